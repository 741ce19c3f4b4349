"""Measures the media's language: articles as rows go in, the numbers of a trend report come out as plain JSON. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newsdesk.lexicon import families
from newsdesk.statistics import wilson
from newsdesk.themes import SECTIONS
from newsdesk.values import OTHER

#: With fewer articles that use any term of a family, a report shows the counts and claims nothing.
ENOUGH = 30
#: The same for one month's point on a chart.
ENOUGH_A_MONTH = 10
MOST_COUNTRIES = 15


@dataclass(frozen=True, slots=True)
class Row:
    """One relevant article of a media outlet; ``copy`` says that it repeats another; ``concepts`` are the terms it uses.

    ``model`` is who says that it is relevant: a model and version, or a person.
    """

    language: str
    month: str
    outlet: str
    outlet_country: str
    story: int | None
    copy: bool
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    concepts: frozenset[str]
    model: str = ""


def measure(rows: Iterable[Row], *, start: datetime, end: datetime, left_out: Mapping[str, int]) -> dict[str, Any]:
    """Return the numbers of a report.

    Everything but ``articles`` counts independent articles: near-duplicates of another are folded into it. The share of
    a term is the part of the articles using any term of its family that use this one; an article may use several.
    """
    listed = list(rows)
    independent = [row for row in listed if not row.copy]
    codes = sorted({row.language for row in listed})
    return {
        "window": {"start": start.isoformat(), "end": end.isoformat()},
        "months": months_between(start, end),
        "totals": _totals(listed),
        "languages": {code: _totals([row for row in listed if row.language == code]) for code in codes},
        "volume": _volume(listed),
        "themes": _themes(independent),
        "countries": _countries(independent),
        "terms": [terms for code in codes for terms in _terms([row for row in independent if row.language == code], code)],
        "panel": _panel(independent),
        "models": dict(sorted(Counter(row.model for row in listed if row.model).items())),
        "left_out": dict(left_out),
        "enough": ENOUGH,
    }


def months_between(start: datetime, end: datetime) -> list[str]:
    """Return the months (``YYYY-MM``, UTC) that a window touches; its end is not part of it."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    months, year, month = [], first.year, first.month
    while (moment := datetime(year, month, 1, tzinfo=UTC)) < last:
        months.append(f"{moment:%Y-%m}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _totals(rows: Sequence[Row]) -> dict[str, int]:
    independent = [row for row in rows if not row.copy]
    return {
        "articles": len(rows),
        "independent": len(independent),
        "stories": _stories(independent),
        "outlets": len({row.outlet for row in rows if row.outlet}),
    }


def _stories(rows: Iterable[Row]) -> int:
    listed = list(rows)
    return len({row.story for row in listed if row.story is not None}) + sum(row.story is None for row in listed)


def _volume(rows: Iterable[Row]) -> list[dict[str, Any]]:
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        cells[row.language, row.month].append(row)
    return [{"language": code, "month": month, **_totals(cell)} for (code, month), cell in sorted(cells.items())]


def _themes(rows: Iterable[Row]) -> list[dict[str, Any]]:
    counts = Counter((theme, row.language) for row in rows for theme in (row.themes or (OTHER,)))
    return [
        {"theme": theme, "language": code, "independent": counts[theme, code]}
        for theme in SECTIONS
        for code in sorted({code for _, code in counts})
    ]


def _countries(rows: Iterable[Row]) -> list[dict[str, Any]]:
    by_country: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for country in set(row.countries):
            by_country[country][row.language] += 1
    ranked = sorted(by_country.items(), key=lambda pair: (-pair[1].total(), pair[0]))[:MOST_COUNTRIES]
    return [
        {"country": code, "independent": counts.total(), "languages": dict(sorted(counts.items()))} for code, counts in ranked
    ]


def _terms(rows: Sequence[Row], language: str) -> list[dict[str, Any]]:
    found = []
    for family, members in families().items():
        keys = [concept.key for concept in members]
        using = [row for row in rows if row.concepts & set(keys)]
        if using:
            found.append(
                {
                    "family": family,
                    "language": language,
                    "n": len(using),
                    "claim": len(using) >= ENOUGH,
                    "shares": _shares(using, keys),
                    "months": _monthly(using, keys),
                }
            )
    return found


def _monthly(rows: Sequence[Row], keys: Sequence[str]) -> list[dict[str, Any]]:
    by_month: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_month[row.month].append(row)
    return [
        {"month": month, "n": len(cell), "claim": len(cell) >= ENOUGH_A_MONTH, "shares": _shares(cell, keys)}
        for month, cell in sorted(by_month.items())
    ]


def _shares(rows: Sequence[Row], keys: Sequence[str]) -> list[dict[str, Any]]:
    shares = []
    for key in keys:
        one = wilson(sum(key in row.concepts for row in rows), len(rows))
        bounds = {"share": one.share, "low": one.low, "high": one.high}
        shares.append({"concept": key, "articles": one.count, **{name: round(bound, 4) for name, bound in bounds.items()}})
    return shares


def _panel(rows: Iterable[Row]) -> list[dict[str, Any]]:
    by_outlet: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_outlet[row.outlet, row.outlet_country][row.language] += 1
    ranked = sorted(by_outlet.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [
        {"outlet": outlet, "country": country, "independent": counts.total(), "languages": dict(sorted(counts.items()))}
        for (outlet, country), counts in ranked
    ]
