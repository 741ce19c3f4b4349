"""Stages for the ingest tests, loaded in real worker processes: the body of a page says what should happen to it."""

from __future__ import annotations

import os
import time

from classify.duplicates import fingerprint
from newsdesk import values
from newsdesk.errors import BadArtefact, Refused


class Stages:
    """Stages for tests: the body says what should happen; everything else is real."""

    def __call__(self, page: values.Page) -> values.Analysed:
        body = page.body.decode()
        if body.startswith("die"):
            os._exit(9)
        if body.startswith("hang"):
            time.sleep(60)
        if body.startswith("crash"):
            raise ZeroDivisionError("a bug met by this page")
        if body.startswith("refuse"):
            raise Refused("empty", "there is no article on this page")
        language, title, text = body.split("|")
        relevance = values.Label("relevance", "migration", 0.9, 0.5, given=True, actor="test 1")
        theme = values.Label("theme", "protection", 0.8 if "asylum" in text else 0.2, 0.5, given="asylum" in text, actor="test 1")
        return values.Analysed(
            # A lone surrogate is what no database takes.
            extracted=values.Extracted(title=title.replace("UNSTORABLE", "\ud800"), text=text, canonical_url=page.url),
            language=language,
            language_score=0.99,
            labels=(relevance, theme),
            fingerprint=fingerprint(text, language),
            story_terms=(("boat", 1.0),),
        )


def load_nothing() -> Stages:
    """Fail as a damaged model does."""
    raise BadArtefact("models/themes.npz is damaged")


def load_wrongly() -> Stages:
    """Fail as a bug does."""
    raise ZeroDivisionError("a bug met while loading")


def load() -> Stages:
    """Make the stages, in the worker."""
    return Stages()
