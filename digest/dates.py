"""Writes days and months out: a date and a language go in, the words that its readers expect come out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from babel.dates import format_date, format_skeleton

#: Where the readers of a language are, if not where CLDR supposes: the day comes before the month.
_LOCALES = {"en": "en_GB"}
#: How a month's first day is written where that is not «1»; CLDR knows no ordinals.
_FIRST = {"fr": "1er"}


def full_day(day: date, language: str) -> str:
    """Return a day with its weekday, the month in letters."""
    return _first(day, format_date(day, "full", locale=_LOCALES.get(language, language)), language)


def long_day(day: date, language: str) -> str:
    """Return a day, the month in letters."""
    return _first(day, format_date(day, "long", locale=_LOCALES.get(language, language)), language)


def short_day(day: date, language: str) -> str:
    """Return a day as briefly as stays unmistakable."""
    return _first(day, format_skeleton("yMMMd", day, locale=_LOCALES.get(language, language)), language)


def day_and_month(day: date, language: str) -> str:
    """Return a day without its year, as briefly as can be."""
    return _first(day, format_skeleton("MMMd", day, locale=_LOCALES.get(language, language)), language)


def month_name(month: str, language: str) -> str:
    """Return ``2026-03`` as month and year, short."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return str(format_skeleton("yMMM", first, locale=_LOCALES.get(language, language)))


def _first(day: date, written: str, language: str) -> str:
    return re.sub(r"\b1\b", _FIRST.get(language, "1"), written, count=1) if day.day == 1 else written
