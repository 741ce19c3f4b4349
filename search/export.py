"""Writes results down: articles of the record go in, rows of titles, links and labels come out, never their text."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

from newsdesk.models import Article
from search.engine import Engine, SearchRequest, every_hit

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
COLUMNS = (
    "id",
    "url",
    "title",
    "language",
    "date",
    "outlet",
    "outlet_country",
    "themes",
    "topics",
    "countries",
    "story",
    "query",
    "query_sha256",
)
_PAGE = 500

Row = dict[str, object]


def row_of(article: Article, score: float) -> Row:
    """Return one result as lists and interfaces show it."""
    return {
        "id": article.pk,
        "url": article.url,
        "title": article.title,
        "language": article.language,
        "date": article.dated_at.date().isoformat(),
        "outlet": article.outlet,
        "score": score,
        "themes": article.themes,
        "countries": article.countries,
    }


def articles_of(hits: Iterable[tuple[int, float]]) -> Iterator[tuple[Article, float]]:
    """Yield the articles of these hits, in order, with their scores; one removed since it was indexed is left out."""
    rest = iter(hits)
    while some := list(islice(rest, _PAGE)):
        found = Article.objects.published().prefetch_related("labels").in_bulk([article_id for article_id, _ in some])
        yield from ((found[article_id], score) for article_id, score in some if article_id in found)


def write_csv(file: TextIO, engine: Engine, request: SearchRequest) -> int:
    """Write everything that matches, newest first, as CSV that spreadsheets open rightly; return the number of rows.

    ``file`` must be open with ``encoding="utf-8-sig", newline=""``, so that it begins with the mark by which
    spreadsheets know UTF-8. Every row carries the query and its SHA-256, so that a part of the file still says what it
    answers.
    """
    query = " ".join(filter(None, map(str, (request.query, *request.filters))))
    digest = hashlib.sha256(query.encode()).hexdigest()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for article, score in articles_of(every_hit(engine, request)):
        row = row_of(article, score) | {
            "outlet_country": article.outlet_country,
            "topics": article.given("topic"),
            "story": article.story_id or "",
            "query": query,
            "query_sha256": digest,
        }
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        count += 1
    return count


def _cell(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
