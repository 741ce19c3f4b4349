"""Looks over a deployment: the record, what was set aside, the sources, the index; findings leave, each with a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from newsdesk.errors import NewscentreError
from newsdesk.models import Alarm, AlertMail, Article, Delivery, Fetch, IndexChange, Outgoing, Source

#: Source states that are nobody's trouble.
WELL = ("new", "ok", "unchanged", "empty", "paused")
MOST_SHOWN = 20
#: A change that has waited longer for the index than this is nobody's momentary delay.
LATE = timedelta(minutes=15)
#: A body that is still in its row after so long has no job that archives it, or cannot be read.
UNARCHIVED = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    well: bool
    sentence: str
    detail: str = ""

    def row(self) -> dict[str, Any]:
        """Return it as a row to print."""
        row: dict[str, Any] = {"what": self.what, "well": "yes" if self.well else "NO", "sentence": self.sentence}
        return row | {"detail": self.detail} if self.detail else row


def examine(*, now: datetime | None = None) -> list[Finding]:
    """Look at everything; an index that cannot be examined is a finding, not a failure."""
    moment = now or datetime.now(UTC)
    return [_record(), _pending(), *_quarantined(), *_sources(), _deliveries(), _archive(moment), _index(moment)]


def _record() -> Finding:
    articles, removed = Article.objects.published().count(), Article.objects.exclude(removed_at=None).count()
    return Finding("record", True, f"{articles} articles, {removed} taken down, {Fetch.objects.count()} fetches")


def _pending() -> Finding:
    waiting = Fetch.objects.filter(state=Fetch.State.PENDING, kind=Fetch.Kind.PAGE).count()
    return Finding("ingest", True, f"{waiting} pages wait to be ingested" if waiting else "nothing waits to be ingested")


def _quarantined() -> list[Finding]:
    pages = Fetch.objects.filter(state=Fetch.State.QUARANTINED).order_by("-fetched_at", "-pk")
    count = pages.count()
    if not count:
        return [Finding("quarantine", True, "no page was set aside")]
    shown = pages.values_list("kind", "url", "message", "traceback")[:MOST_SHOWN]
    findings = [Finding(f"quarantined {kind} {url}", False, message, trace) for kind, url, message, trace in shown]
    if count > MOST_SHOWN:
        findings.append(Finding("quarantine", False, f"{count} were set aside in all; the newest {MOST_SHOWN} are shown"))
    return findings


def _sources() -> list[Finding]:
    troubled = Source.objects.filter(enabled=True).exclude(state__in=WELL)
    found = [Finding(f"source {source.key}", False, f"{source.state}: {source.state_detail}") for source in troubled]
    found += [_alarm(alarm) for alarm in Alarm.objects.filter(ended_at=None).order_by("raised_at", "pk")]
    return found or [Finding("sources", True, f"{Source.objects.filter(enabled=True).count()} sources, none in trouble")]


def _alarm(alarm: Alarm) -> Finding:
    from digest.alarms import sentence

    since = f"{alarm.raised_at.astimezone(UTC):%Y-%m-%d}"
    return Finding(f"alarm {alarm.kind} {alarm.subject}", False, f"{sentence(alarm, 'en')} (since {since})")


def _deliveries() -> Finding:
    kinds: tuple[type[Outgoing], ...] = (Delivery, AlertMail)
    failed = sum(kind._default_manager.filter(state=Outgoing.State.FAILED).count() for kind in kinds)
    return Finding("mail", not failed, f"{failed} mails could not be delivered" if failed else "no delivery failed")


def _archive(now: datetime) -> Finding:
    from newscentre.archiving import missing_files, waiting

    if missing := missing_files():
        return Finding("archive", False, f"{len(missing)} files are missing from the archive, the first {missing[0]}")
    late = waiting().filter(fetched_at__lt=now - UNARCHIVED).count()
    if late:
        days = UNARCHIVED // timedelta(days=1)
        return Finding("archive", False, f"{late} bodies have waited for the archive for over {days} days; is `archive` running?")
    return Finding("archive", True, f"{Fetch.objects.exclude(archive_file='').count()} bodies are in the archive")


def _index(now: datetime) -> Finding:
    from newscentre.outbox import check
    from search.opening import open_engine

    behind = IndexChange.objects.count()
    late = IndexChange.objects.filter(created_at__lt=now - LATE).count()
    try:
        difference = check(open_engine(settings.NEWSCENTRE))
    except NewscentreError as error:
        return Finding("index", False, str(error))
    if late:
        minutes = LATE // timedelta(minutes=1)
        return Finding(
            "index", False, f"{late} changes have waited for the index for over {minutes} minutes; is `ingest` running?"
        )
    if difference and not behind:
        return Finding(
            "index", False, f"index and record differ in {len(difference)} articles; run `newscentre index check --repair`"
        )
    return Finding("index", True, f"{behind} changes wait to be indexed" if behind else "index and record agree")
