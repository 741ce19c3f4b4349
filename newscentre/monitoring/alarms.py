"""Each source's history is read from the record; alarms are raised there, or ended where all is well again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Length

from newscentre.monitoring.layout import LONGEST_HISTORY, Layout, PageFacts, layout_of
from newscentre.monitoring.layout import TESTED as TESTED_PAGES
from newscentre.monitoring.silences import DAY_HOURS, Silence, silence_of
from newscentre.monitoring.volume import LONGEST_HISTORY as HISTORY_DAYS
from newscentre.monitoring.volume import TESTED as TESTED_DAYS
from newscentre.monitoring.volume import Volume, volume_of
from newsdesk.models import Alarm, Article, Fetch, Source

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
#: A source that was not visited for so long is not judged: what did not come may be our own fault.
UNVISITED = timedelta(hours=25)
#: Pages at least as new as this are tested for a changed layout, and so many of them in any case.
RECENT = timedelta(days=3)
LEAST_RECENT = 10
#: What came in with the first visit is a backlog, no day's news.
FIRST_VISIT = timedelta(hours=2)
#: A headline that so many of the pages share is none of their own.
REPEATED = 3


def watch(now: datetime) -> Counter[str]:
    """Compare every source with its own history; return how many alarms were ``raised`` and how many ``ended``."""
    counts: Counter[str] = Counter()
    _end(Alarm.objects.filter(ended_at=None, kind__in=("quiet", "layout"), source__enabled=False), now=now, counts=counts)
    _end(Alarm.objects.filter(ended_at=None, source__paused_at__isnull=False), now=now, counts=counts)
    for source in Source.objects.filter(enabled=True, paused_at=None, crawled_at__gt=now - UNVISITED):
        first = Fetch.objects.filter(source=source).order_by("fetched_at").values_list("fetched_at", flat=True).first()
        if first is not None:
            _watch_volume(source, since=first + FIRST_VISIT, now=now, counts=counts)
            _watch_layout(source, now=now, counts=counts)
    return counts


def _watch_volume(source: Source, *, since: datetime, now: datetime, counts: Counter[str]) -> None:
    # Nothing can have come in since the last visit.
    hours = hourly_counts(source, since=since, now=min(now, source.crawled_at or now))
    days = daily(hours)
    volume = volume_of(days)
    if volume is None:
        # It has been quiet for so long that nothing is usual any more; whatever comes is good news.
        if days[-1]:
            _end(_open("quiet", source), now=now, counts=counts)
        return
    silence = silence_of(hours, volume.usual)
    if volume.quiet or silence.rare:
        if not Fetch.objects.filter(source=source, kind=Fetch.Kind.PAGE, state=Fetch.State.PENDING).exists():
            _raise("quiet", source, detail=_figures(volume, silence, source), now=now, counts=counts)
    elif volume.well:
        _end(_open("quiet", source), now=now, counts=counts)


def hourly_counts(source: Source, *, since: datetime, now: datetime, days: int = HISTORY_DAYS + TESTED_DAYS) -> list[int]:
    """Return how many articles a source gave in each hour of the last days, counted back from now, oldest first."""
    rows = Article.objects.filter(source=source, first_seen_at__gt=max(since, now - days * DAY), first_seen_at__lte=now)
    ago = Counter((now - at) // HOUR for at in rows.values_list("first_seen_at", flat=True))
    known = min(days, max((now - since) // DAY, 1))
    return [ago[hour] for hour in range(known * DAY_HOURS - 1, -1, -1)]


def daily(hours: Sequence[int]) -> list[int]:
    """Sum whole days of hours."""
    return [sum(hours[start : start + DAY_HOURS]) for start in range(0, len(hours), DAY_HOURS)]


def _figures(volume: Volume, silence: Silence, source: Source) -> dict[str, Any]:
    low, high = volume.usual.band(volume.day)
    return {
        "last": volume.last,
        "expected": _rounded(volume.expected),
        "low": low,
        "high": high,
        "statistic": round(volume.statistic, 1),
        "state": source.state,
        **({"silent": silence.hours, "due": _rounded(silence.due)} if silence.rare else {}),
    }


def _rounded(articles: float) -> float:
    return round(articles, 1) if articles < 10 else round(articles)


def _watch_layout(source: Source, *, now: datetime, counts: Counter[str]) -> None:
    found = _open("layout", source)
    raised_at = found.values_list("raised_at", flat=True).first()
    # While an alarm is open, what is usual is what was before it: a broken page must not become the usual one.
    changed_since = (raised_at or now) - RECENT
    tested = _pages(source, after=changed_since, before=now, most=TESTED_PAGES)
    if len(tested) < LEAST_RECENT and raised_at is None:
        tested = _pages(source, after=now - HISTORY_DAYS * DAY, before=now, most=LEAST_RECENT)
    if not tested:
        return
    history = _pages(source, after=None, before=min(changed_since, tested[0][0]), most=LONGEST_HISTORY)
    layout = layout_of(_facts(history), _facts(tested))
    if layout is not None and layout.changes:
        _raise("layout", source, detail=_changes(layout), now=now, counts=counts)
    elif layout is not None and layout.well:
        _end(found, now=now, counts=counts)


#: When a page came, and what was found on it: length, title, origin of the date, language.
_Row = tuple[datetime, int, str, str, str]


def _pages(source: Source, *, after: datetime | None, before: datetime, most: int) -> list[_Row]:
    """Return the newest pages of a span, oldest first: those that became articles, and those on which no text was found."""
    articles = Article.objects.filter(source=source, first_seen_at__lte=before)
    empty = Fetch.objects.filter(source=source, kind=Fetch.Kind.PAGE, code="empty", fetched_at__lte=before)
    if after is not None:
        articles, empty = articles.filter(first_seen_at__gt=after), empty.filter(fetched_at__gt=after)
    columns = ("first_seen_at", Length("text"), "title", "date_origin", "language")
    rows: list[_Row] = list(articles.order_by("-first_seen_at", "-pk").values_list(*columns)[:most])
    rows += [(at, 0, "", "", "") for at in empty.order_by("-fetched_at").values_list("fetched_at", flat=True)[:most]]
    return sorted(rows, key=lambda row: row[0])[-most:]


def _facts(rows: Sequence[_Row]) -> list[PageFacts]:
    titles = Counter(title for _, _, title, _, _ in rows)
    return [
        PageFacts(
            length=length,
            titled=not length or (bool(title) and titles[title] < REPEATED),
            dated=not length or origin != "fetch",
            language=language,
        )
        for _, length, title, origin, language in rows
    ]


def _changes(layout: Layout) -> dict[str, Any]:
    rows: Iterable[dict[str, Any]] = map(asdict, layout.changes)
    return {"changes": [{name: round(x, 3) if isinstance(x, float) else x for name, x in row.items()} for row in rows]}


def _open(kind: str, source: Source) -> Any:
    return Alarm.objects.filter(kind=kind, subject=source.key, ended_at=None)


def _raise(kind: str, source: Source, *, detail: dict[str, Any], now: datetime, counts: Counter[str]) -> None:
    told = {"source": source, "detail": detail, "raised_at": now}
    _, made = Alarm.objects.get_or_create(kind=kind, subject=source.key, ended_at=None, defaults=told)
    counts["raised"] += made


def _end(alarms: Any, *, now: datetime, counts: Counter[str]) -> None:
    counts["ended"] += alarms.update(ended_at=now)
