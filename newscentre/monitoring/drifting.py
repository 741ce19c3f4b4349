"""Watches the models' scores: labels of the record enter; drift by language, month and source leaves, and alarms of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from classify import reference
from classify.artefact import LABELS
from classify.reference import EDGES, Spread, by_label, together
from newscentre.monitoring.drift import ENOUGH, Drift, apart, drifts
from newsdesk.errors import BadArtefact
from newsdesk.languages import languages
from newsdesk.models import Alarm, Label

#: The first months of a language that have enough articles together are what later ones are compared with.
REFERENCE_MONTHS = 3
#: What is judged: the newest articles.
RECENT = timedelta(days=30)
MOST_SOURCES = 50

Spreads = Mapping[str, Spread]


@dataclass(frozen=True)
class Month:
    """One language in one month: articles, how far its scores moved at most and by which label, and the shares given."""

    language: str
    month: str
    articles: int
    index: float
    label: str
    shares: Mapping[str, float]


@dataclass(frozen=True)
class SourceDrift:
    """One source: its newest articles against its own before."""

    source: str
    drift: Drift


@dataclass(frozen=True)
class DriftReport:
    """What was measured: under which model, against what (``record`` or ``card``), by language, and what stands apart."""

    model: str
    against: Mapping[str, str]
    recent: Mapping[str, Drift]
    months: tuple[Month, ...]
    sources: tuple[SourceDrift, ...]
    apart: tuple[Drift, ...]


def measure(*, now: datetime) -> DriftReport:
    """Measure the record's scores of the model that labelled its newest article; empty where there is none."""
    newest = Label.objects.filter(kind="relevance", person=None, superseded_at=None).order_by("-pk").first()
    if newest is None:
        return DriftReport("", {}, {}, (), (), ())
    months, recent, by_source = _cells(newest.actor, now=now)
    against, before = _references(newest.actor, months, now=now)
    worst = {code: found[0] for code, own in recent.items() if (found := drifts(code, before.get(code, {}), own))}
    return DriftReport(
        model=newest.actor,
        against=against,
        recent=worst,
        months=tuple(_months(months, before)),
        sources=tuple(sorted(_sources(by_source), key=lambda row: -row.drift.index)[:MOST_SOURCES]),
        apart=tuple(apart(worst)),
    )


_Row = tuple[str, float, bool]
_Cells = Mapping[tuple[str, str], Spreads]


def _cells(
    actor: str, *, now: datetime
) -> tuple[_Cells, Mapping[str, Spreads], Mapping[tuple[str, str], tuple[Spreads, Spreads]]]:
    """Return spreads by language and month, by language of the newest articles, and by source: before, and newest."""
    months: dict[tuple[str, str], Counter[_Row]] = defaultdict(Counter)
    recent: dict[str, Counter[_Row]] = defaultdict(Counter)
    sources: dict[tuple[str, str], tuple[Counter[_Row], Counter[_Row]]] = defaultdict(lambda: (Counter(), Counter()))
    columns = ("article__language", "article__dated_at", "article__outlet", "kind", "value", "score", "given")
    found = Label.objects.filter(actor=actor, kind__in=("relevance", "theme"), person=None, superseded_at=None)
    found = found.filter(article__removed_at=None, article__dated_at__lte=now, article__language__in=list(languages()))
    for language, dated, outlet, kind, value, score, given in found.order_by().values_list(*columns).iterator():
        # Of a score only its bin counts: a large record has few rows that differ.
        row = ("relevant" if kind == "relevance" else value, (0.0, *EDGES)[bisect_right(EDGES, score)], given)
        if row[0] not in LABELS:
            continue
        newest = dated > now - RECENT
        months[language, f"{dated.astimezone(UTC):%Y-%m}"][row] += 1
        sources[outlet, language][newest][row] += 1
        if newest:
            recent[language][row] += 1
    return (
        {key: by_label(rows.elements()) for key, rows in sorted(months.items())},
        {code: by_label(rows.elements()) for code, rows in sorted(recent.items())},
        {key: (by_label(before.elements()), by_label(after.elements())) for key, (before, after) in sources.items()},
    )


def _references(actor: str, months: _Cells, *, now: datetime) -> tuple[dict[str, str], dict[str, Spreads]]:
    """Return for each language what its scores are compared with: its own first months, or else the model's reference."""
    against: dict[str, str] = {}
    before: dict[str, Spreads] = {}
    card = _card(actor)
    this_month = f"{now - RECENT:%Y-%m}"
    for code in {language for language, _ in months}:
        first = [spreads for (language, month), spreads in months.items() if language == code and month < this_month]
        own = _joined(first[:REFERENCE_MONTHS])
        if own and own["relevant"].total >= ENOUGH:
            against[code], before[code] = "record", own
        elif code in card:
            against[code], before[code] = "card", card[code]
    return against, before


def _joined(cells: Iterable[Spreads]) -> dict[str, Spread]:
    listed = list(cells)
    return {label: together([cell[label] for cell in listed]) for label in LABELS} if listed else {}


def _card(actor: str) -> Mapping[str, Spreads]:
    """Return the reference that ships with the model, if it is this model's."""
    try:
        version, spreads = reference.load()
    except BadArtefact:
        return {}
    return spreads if actor == f"themes {version}" else {}


def _months(months: _Cells, before: Mapping[str, Spreads]) -> Iterable[Month]:
    for (code, month), spreads in months.items():
        found = drifts(code, before.get(code, {}), spreads)
        shares = {label: spread.share for label, spread in spreads.items()}
        worst = (found[0].index, found[0].label) if found else (0.0, "")
        yield Month(code, month, spreads["relevant"].total, *worst, shares)


def _sources(by_source: Mapping[tuple[str, str], tuple[Spreads, Spreads]]) -> Iterable[SourceDrift]:
    for (outlet, language), (before, newest) in by_source.items():
        if outlet and (found := drifts(language, before, newest)):
            yield SourceDrift(outlet, found[0])


def watch_drift(*, now: datetime) -> Counter[str]:
    """Raise an alarm for each language that moves alone, end those that are over; return how many were raised and ended."""
    counts: Counter[str] = Counter()
    report = measure(now=now)
    standing = {drift.language: drift for drift in report.apart}
    for drift in standing.values():
        detail = _detail(drift, report)
        _, made = Alarm.objects.get_or_create(
            kind="drift", subject=drift.language, ended_at=None, defaults={"detail": detail, "raised_at": now}
        )
        counts["raised"] += made
    over = Alarm.objects.filter(kind="drift", ended_at=None).exclude(subject__in=list(standing))
    counts["ended"] += over.update(ended_at=now)
    return +counts


def _detail(drift: Drift, report: DriftReport) -> dict[str, Any]:
    others = [other.index for code, other in report.recent.items() if code != drift.language]
    return {
        "label": drift.label,
        "index": round(drift.index, 3),
        "others": round(max(others, default=0.0), 3),
        "before": round(drift.before, 4),
        "now": round(drift.now, 4),
        "articles": drift.articles,
        "model": report.model,
    }
