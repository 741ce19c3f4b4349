"""Reads ``wording.toml``, the phrases that publishers write around articles; patterns over all languages leave."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from newsdesk.analysis import normalise
from newsdesk.languages import languages


@dataclass(frozen=True)
class Wording:
    """One pattern a use; all expect text that went through ``newsdesk.analysis.normalise``."""

    skip: re.Pattern[str]
    promotion: re.Pattern[str]
    alone: re.Pattern[str]
    dateline: re.Pattern[str]
    updated: re.Pattern[str]
    byline: re.Pattern[str]
    wall: re.Pattern[str]
    missing: re.Pattern[str]


@cache
def wording() -> Wording:
    """Return the patterns; ``skip``, ``promotion`` and ``byline`` are anchored at the start."""
    tables = tomllib.loads(files("crawler.extract").joinpath("wording.toml").read_text(encoding="utf-8"))

    def either(use: str, pattern: str) -> re.Pattern[str]:
        phrases = sorted({normalise(phrase) for table in tables.values() for phrase in table[use]}, key=len, reverse=True)
        return re.compile(pattern.format("|".join(re.escape(phrase) for phrase in phrases)))

    start = r"^[\W_]*(?:{})(?!\w)"
    return Wording(
        skip=either("skip", start),
        promotion=either("promotion", start),
        alone=either("alone", r"^[\W_]*(?:{})[\W_]*$"),
        dateline=either("dateline", r"(?<!\w)(?:{})(?!\w)"),
        updated=either("updated", r"(?<!\w)(?:{})(?!\w)"),
        byline=either("byline", r"^(?:{})(?!\w)[\s:]*"),
        wall=either("wall", r"(?<!\w)(?:{})(?!\w)"),
        # Possessive: phrases are made of one another («404 error 404»), and trying every division costs time without end.
        missing=either("missing", r"(?:\W*+(?>(?:{})(?!\w)))++\W*"),
    )


@cache
def months() -> dict[str, int]:
    """Return the names of months of all languages, normalised; a name that two languages give to two months is left out."""
    found: dict[str, int] = {}
    clashing: set[str] = set()
    for language in languages().values():
        for name, number in language.months.items():
            folded = normalise(name.replace("_", " "))
            if found.setdefault(folded, number) != number:
                clashing.add(folded)
    return {name: number for name, number in found.items() if name not in clashing}
