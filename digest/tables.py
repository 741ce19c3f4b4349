"""The numbers behind each chart as a table of words: a report's numbers, a chart's name and a language go in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from digest.dates import month_name
from digest.summary import family_name, language_name, percent
from newsdesk.errors import BadInput
from newsdesk.lexicon import concepts, families
from newsdesk.names import country_name
from newsdesk.themes import theme_name

Numbers = Mapping[str, Any]
#: A chart over time needs as many months of which something can be said.
MONTHS_TO_COMPARE = 3


@dataclass(frozen=True)
class Table:
    """A chart's title, a note on how to read it, and its data; the first cell of a row is its heading."""

    chart: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def charts_of(numbers: Numbers) -> list[str]:
    """Return the names of the charts that a report bears: one with nothing to show is left out."""
    if not numbers["totals"]["independent"]:
        return []
    used = [family for family in families() if any(terms["family"] == family for terms in numbers["terms"])]
    over_time = [family for family in used if any(_comparable(terms) for terms in _of(numbers, family))]
    countries = ["countries"] if numbers["countries"] else []
    return ["volume", "themes", *countries, *(f"terms-{name}" for name in used), *(f"months-{name}" for name in over_time)]


def table(numbers: Numbers, chart: str, language: str) -> Table:
    """Return what a chart shows as a table; raise BadInput for a chart that the report does not bear."""
    if chart not in charts_of(numbers):
        raise BadInput(f"this report has no chart {chart!r}; it has: {', '.join(charts_of(numbers)) or 'none'}")
    kind, _, family = chart.partition("-")
    with translation.override(language):
        if kind == "volume":
            return _volume(numbers, language)
        if kind == "themes":
            return _themes(numbers, language)
        if kind == "countries":
            return _countries(numbers, language)
        return _terms(numbers, family, language) if kind == "terms" else _months(numbers, family, language)


def _comparable(terms: Numbers) -> bool:
    return len([month for month in terms["months"] if month["claim"]]) >= MONTHS_TO_COMPARE


def _of(numbers: Numbers, family: str) -> list[Numbers]:
    return [terms for terms in numbers["terms"] if terms["family"] == family]


def _volume(numbers: Numbers, language: str) -> Table:
    return Table(
        "volume",
        gettext("Relevant articles by month"),
        gettext("Independent articles: near-duplicates of another article are not counted."),
        (gettext("Month"), gettext("Language"), gettext("Articles"), gettext("Independent articles"), gettext("Stories")),
        tuple(
            (
                month_name(row["month"], language),
                language_name(row["language"]),
                *(str(row[count]) for count in ("articles", "independent", "stories")),
            )
            for row in numbers["volume"]
        ),
    )


def _themes(numbers: Numbers, language: str) -> Table:
    return Table(
        "themes",
        gettext("Articles by theme"),
        gettext("An article may have several themes."),
        (gettext("Theme"), gettext("Language"), gettext("Independent articles")),
        tuple(
            (theme_name(row["theme"], language), language_name(row["language"]), str(row["independent"]))
            for row in numbers["themes"]
        ),
    )


def _countries(numbers: Numbers, language: str) -> Table:
    codes = list(numbers["languages"])
    return Table(
        "countries",
        gettext("Countries most written about"),
        gettext("What articles are about, not where the outlets are; an article may name several."),
        (gettext("Country"), *(language_name(code) for code in codes), gettext("Independent articles")),
        tuple(
            (
                country_name(row["country"], language),
                *(str(row["languages"].get(code, 0)) for code in codes),
                str(row["independent"]),
            )
            for row in numbers["countries"]
        ),
    )


def _terms(numbers: Numbers, family: str, language: str) -> Table:
    return Table(
        f"terms-{family}",
        family_name(family),
        gettext("Of the articles using any of them, with 95%% intervals; pale: fewer than %(n)s articles.")
        % {"n": numbers["enough"]},
        (gettext("Term"), gettext("Language"), gettext("Articles"), gettext("Share"), gettext("Interval")),
        tuple(
            (
                concepts()[share["concept"]].name(language),
                language_name(terms["language"]),
                gettext("%(count)s of %(n)s") % {"count": share["articles"], "n": terms["n"]},
                percent(share["share"], language) if terms["claim"] else "–",
                _interval(share, language),
            )
            for terms in _of(numbers, family)
            for share in terms["shares"]
        ),
    )


def _months(numbers: Numbers, family: str, language: str) -> Table:
    return Table(
        f"months-{family}",
        gettext("%(family)s, by month") % {"family": family_name(family)},
        gettext("Months with too few articles to say anything are left out."),
        (gettext("Month"), gettext("Language"), gettext("Term"), gettext("Share"), gettext("Interval")),
        tuple(
            (
                month_name(month["month"], language),
                language_name(terms["language"]),
                concepts()[share["concept"]].name(language),
                percent(share["share"], language),
                _interval(share, language),
            )
            for terms in _of(numbers, family)
            if _comparable(terms)
            for month in terms["months"]
            if month["claim"]
            for share in month["shares"]
        ),
    )


def _interval(share: Numbers, language: str) -> str:
    return gettext("%(low)s to %(high)s") % {bound: percent(share[bound], language) for bound in ("low", "high")}
