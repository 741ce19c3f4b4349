"""Movement: an article and its labels go in; roles of countries, routes and the figures it reports come out, read in one pass."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from classify import figures, roles, routes
from classify.cues import Cues
from classify.mentions import read
from classify.numerals import numerals, tables
from newsdesk.values import Figure, Label

#: Themes of which an article has one if it tells of people on a route.
OF_ROUTES = frozenset({"mixed_migration", "protection"})


class Movement(NamedTuple):
    """What an article says of who moves from where to where."""

    labels: tuple[Label, ...] = ()
    figures: tuple[Figure, ...] = ()


def movement(title: str, text: str, language: str, labels: Collection[Label], *, source_country: str = "") -> Movement:
    """Read an article that is about migration; any other, and one in a language without tables, tells nothing.

    ``labels`` are those of relevance and themes.
    """
    given = {label.value for label in labels if label.given and label.kind in ("relevance", "theme")}
    if language not in tables() or "migration" not in given:
        return Movement()
    reading = read(title, text, language, source_country)
    hints = _cues(language).by_sentence(reading)
    on_route = routes.routes(reading, language, hints) if given & OF_ROUTES else ()
    return Movement(
        labels=(*roles.roles(reading, language, hints), *on_route),
        figures=figures.figures(reading, language, hints, home=source_country),
    )


@cache
def _cues(language: str) -> Cues:
    templates = {**figures.rules(language).templates, **roles.rules(language).templates}
    of_templates = {name: template.cues for name, template in templates.items()}
    words = {**of_templates, **routes.cues(language), roles.CONTEXT: roles.rules(language).context}
    return Cues(words, prefixes=tables()[language].get("prefixes", "").split(), also={figures.NUMBER: numerals(language).begins})
