"""The desk's page on drift: measurements of the record go in, tables with small lines of months come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.alarms import sentence
from newscentre.monitoring.drift import LIMIT, Drift
from newscentre.monitoring.drifting import DriftReport, Month, measure
from newscentre.site.access import needs
from newscentre.site.context import current_language
from newscentre.site.counting import remembered
from newsdesk.models import Alarm, Role

#: Months that are shown, and the box in which a line of them is drawn.
MONTHS = 13
WIDTH, HEIGHT = 120, 24


@dataclass(frozen=True)
class LanguageDrift:
    """One language: its newest articles (None: too few), against what, its months, and two lines drawn through them."""

    language: str
    recent: Drift | None
    against: str
    months: tuple[Month, ...]
    indices: str
    shares: str


@require_safe
@needs(Role.EDITOR)
def drift(request: HttpRequest) -> HttpResponse:
    """Show how the models' scores have moved, by language, month and source, and the alarms that stand."""
    report = remembered("drift", lambda: measure(now=datetime.now(UTC)))
    alarms = Alarm.objects.filter(kind="drift", ended_at=None)
    context = {
        "model": report.model,
        "languages": [_language(report, code) for code in dict.fromkeys(month.language for month in report.months)],
        "sources": report.sources,
        "alarms": [(alarm, sentence(alarm, current_language())) for alarm in alarms],
        "limit": LIMIT,
        "width": WIDTH,
        "height": HEIGHT,
        "limit_at": _at(LIMIT, most=1.0),
    }
    return render(request, "site/drift.html", context)


def _language(report: DriftReport, code: str) -> LanguageDrift:
    months = tuple(month for month in report.months if month.language == code)[-MONTHS:]
    return LanguageDrift(
        language=code,
        recent=report.recent.get(code),
        against=report.against.get(code, ""),
        months=months,
        indices=line([month.index for month in months], most=1.0),
        shares=line([month.shares.get("relevant", 0.0) for month in months], most=1.0),
    )


def line(values: Sequence[float], *, most: float) -> str:
    """Return the points of a line through these values, from left to right; a single one is drawn across."""
    drawn = [*values, *values] if len(values) == 1 else list(values)
    step = WIDTH / max(1, len(drawn) - 1)
    return " ".join(f"{place * step:.1f},{_at(value, most=most):.1f}" for place, value in enumerate(drawn))


def _at(value: float, *, most: float) -> float:
    return HEIGHT - 1 - (HEIGHT - 2) * min(max(value / most, 0.0), 1.0)
