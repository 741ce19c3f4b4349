"""The page about one source: how it is doing, what it gave, what is wrong; and the switch with which editors let it rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newscentre.monitoring.alarms import FIRST_VISIT, daily, hourly_counts
from newscentre.monitoring.volume import volume_of
from newscentre.pausing import pause, resume
from newscentre.site.access import may, needs
from newsdesk.models import Article, Fetch, Role, Source, User

DAY = timedelta(days=1)
DAYS_SHOWN = 28
ALARMS_SHOWN = 10
#: Of the little chart: between two bars, and the height of the highest.
_PITCH, _HEIGHT = 10, 60


@dataclass(frozen=True)
class Bar:
    """One day of the chart: the 24 hours until a moment."""

    until: datetime
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Shown:
    """What a source gave in the last weeks, and what is usual on a day like the last; nothing usual where too little is known."""

    days: tuple[Bar, ...]
    low: int = 0
    high: int = 0


@require_safe
def source(request: HttpRequest, key: str) -> HttpResponse:
    """Show one source."""
    now = datetime.now(UTC)
    found = get_object_or_404(Source.objects.select_related("paused_by"), key=key)
    next_visit = found.next_crawl_at if found.enabled and found.paused_at is None else None
    context = {
        "source": found,
        "stored": Article.objects.published().filter(source=found).count(),
        "next_visit": max(next_visit, now) if next_visit else None,
        "volume": _shown(found, now),
        "alarms": found.alarms.all()[:ALARMS_SHOWN],
        "answers": _answers(found, now) if may(request, Role.EDITOR) else (),
    }
    return render(request, "site/source.html", context)


@require_POST
@needs(Role.EDITOR)
def set_pause(request: HttpRequest, key: str) -> HttpResponse:
    """Let a source rest, or have it visited again."""
    found = get_object_or_404(Source, key=key)
    person = request.user if isinstance(request.user, User) else None
    if request.POST.get("act") == "resume":
        resume(found, now=datetime.now(UTC))
        messages.success(request, _("It will be visited again."))
    else:
        pause(found, by=person, now=datetime.now(UTC))
        messages.success(request, _("It is not visited until somebody resumes it."))
    return redirect("source", key=key)


def _shown(found: Source, now: datetime) -> Shown:
    first = Fetch.objects.filter(source=found).order_by("fetched_at").values_list("fetched_at", flat=True).first()
    counts = daily(hourly_counts(found, since=(first or now) + FIRST_VISIT, now=now))
    volume = volume_of(counts)
    last = counts[-DAYS_SHOWN:]
    most = max(*last, 1) if last else 1
    bars = []
    for place, count in enumerate(last):
        height = round(_HEIGHT * count / most)
        left = (DAYS_SHOWN - len(last) + place) * _PITCH
        bars.append(Bar(now - (len(last) - 1 - place) * DAY, count, left, _HEIGHT - height, height))
    return Shown(tuple(bars), *(volume.usual.band(volume.day) if volume else ()))


def _answers(found: Source, now: datetime) -> Sequence[Mapping[str, object]]:
    rows = Fetch.objects.filter(source=found, kind=Fetch.Kind.PAGE, fetched_at__gt=now - 7 * DAY).order_by()
    return list(rows.values("state", "code", "verdict").annotate(n=Count("pk")).order_by("-n", "state", "code", "verdict"))
