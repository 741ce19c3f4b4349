"""Reading pages: one fetched page enters, the fields of the article on it leave; pure, one file a question."""

from __future__ import annotations

import logging

from crawler.extract.identity import normalised
from crawler.extract.reading import Reading, read
from newsdesk.values import Extracted, Page

__all__ = ["Reading", "extract", "normalised", "read"]


# What these libraries could not find is told by refusals, page by page; their own warnings name no page.
for library in ("trafilatura", "htmldate", "justext"):
    logging.getLogger(library).setLevel(logging.CRITICAL)


def extract(page: Page) -> Extracted:
    """Return the fields of the article on a page; raise Refused(code, sentence) where there is none."""
    return read(page).extracted
