"""Watches how much saved searches find: the main index is asked for counts a day; far more than usual becomes a mail, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from newscentre.alerts.keeping import request_of
from newscentre.alerts.surge import DAYS, Surge, surge_of
from newsdesk.errors import BadInput
from newsdesk.models import AlertMail, SavedSearch
from search.document import seconds
from search.engine import Engine, planned
from search.plan import RANKING, All, Clause, Range
from search.query import parse

#: How often a search is looked at.
EVERY = timedelta(hours=3)
DAY = timedelta(days=1)


def watch_next(engine: Engine, now: datetime) -> bool:
    """Look at one search that is due; say whether there was one. Raise Unavailable if the engine does not answer."""
    at_rest = Q(watched_at=None) | Q(watched_at__lte=now - EVERY)
    wanted = SavedSearch.objects.filter(at_rest, spikes=True, paused_at=None, user__is_active=True)
    search = wanted.order_by(F("watched_at").asc(nulls_first=True), "pk").first()
    if search is None:
        return False
    if not SavedSearch.objects.filter(pk=search.pk, watched_at=search.watched_at).update(watched_at=now):
        return True  # another process was faster
    try:
        surge = surge_of(counts_of(search, engine, now=now))
    except BadInput as error:
        SavedSearch.objects.filter(pk=search.pk).update(problem=str(error)[:500])
        return True
    if surge is not None:
        _judge(search, surge, now=now)
    return True


def counts_of(search: SavedSearch, engine: Engine, *, now: datetime) -> list[int]:
    """Count what the search finds in each of the last days of 24 hours, oldest first."""
    request = request_of(parse(search.query), everything=search.everything, copies=search.copies, now=now)
    clause, _ignored = planned(request, RANKING, scoring=False)
    ends = [now - DAY * back for back in reversed(range(DAYS))]
    return list(engine.tally([_within(clause, end - DAY, end) for end in ends]))


def _within(clause: Clause, start: datetime, end: datetime) -> Clause:
    return All(parts=(clause, Range("dated", low=seconds(start), high=seconds(end))))


def _judge(search: SavedSearch, surge: Surge, *, now: datetime) -> None:
    """Tell of a surge when it begins; another is told only after that is over."""
    this = SavedSearch.objects.filter(pk=search.pk, spiking_since=search.spiking_since)
    if search.spiking_since is not None:
        if surge.over:
            this.update(spiking_since=None)
    elif surge.raised:
        with transaction.atomic():
            if this.update(spiking_since=now):
                spike = {"count": surge.count, "expected": round(surge.expected, 2)}
                AlertMail.objects.create(search=search, created_at=now, spike=spike)
