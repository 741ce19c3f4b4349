"""When a sentence says that something was: the sentence goes in; a year, month, day or range of years comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from classify.numerals import tables
from newsdesk.analysis import normalise
from newsdesk.languages import languages

_YEAR = r"((?:19|20)\d\d)\b"
_Form = Callable[[re.Match[str]], str]


def period(sentence: str, language: str) -> str:
    """Return the one period that a sentence names (``2015``, ``2015-04``, ``2015-04-18``, ``2010..2014``, ``2011..``), or
    nothing where it names none or several.
    """
    text = normalise(sentence)
    for pattern, form in _patterns(language):
        found = {form(match) for match in pattern.finditer(text)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], _Form], ...]:
    """Return what is looked for, the most exact first, and how each is written down."""
    row = tables()[language]
    cues, since = (_either(row[key].split()) for key in ("year_cues", "since"))
    months = {normalise(name.replace("_", " ")): at for name, at in languages()[language].months.items()}
    month = rf"\b({_either(sorted(months, key=len, reverse=True))})\b"
    between = rf"\s*(?:-|–|{_either(['to', 'and', 'et', 'à', 'و', 'الى', 'الى عام', 'وعام'])})\s*"
    return (
        (re.compile(rf"\b{_YEAR}{between}{_YEAR}"), lambda match: f"{match[1]}..{match[2]}"),
        (re.compile(rf"\b{since}\s(?:{cues}\s)?{_YEAR}"), lambda match: f"{match[1]}.."),
        (re.compile(rf"\b(\d{{1,2}})(?:er|st|nd|rd|th)?\s{month}\s{_YEAR}"), lambda m: _day(m[3], months[m[2]], int(m[1]))),
        (re.compile(rf"{month}\s(\d{{1,2}}),\s{_YEAR}"), lambda m: _day(m[3], months[m[1]], int(m[2]))),
        (re.compile(rf"{month},?\s{_YEAR}"), lambda match: f"{match[2]}-{months[match[1]]:02}"),
        (re.compile(rf"\b{cues}\s(?:{cues}\s)?{_YEAR}(?![.,]\d)"), lambda match: match[1]),
    )


def _day(year: str, month: int, day: int) -> str:
    return f"{year}-{month:02}-{day:02}" if 1 <= day <= 31 else f"{year}-{month:02}"


def _either(words: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(normalise(word)) for word in words) + ")"
