"""The recurring work of a deployment: each job does what is due, once, and says whether there was any."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q

from crawler.catalogue import load_catalogue
from crawler.run import crawl
from digest.deliver import deliver_next
from digest.editions import build_edition
from digest.secretariat import mail_secretariat
from digest.transport import transport_for
from newscentre.alerts.mailing import make_mails, send_next
from newscentre.alerts.watching import watch_next
from newscentre.archiving import archive_bodies
from newscentre.ingest.run import ingest
from newscentre.monitoring.alarms import watch
from newscentre.monitoring.drifting import watch_drift
from newscentre.outbox import drain_configured
from newscentre.retention import expire
from newsdesk.languages import languages
from newsdesk.models import Edition, Source
from search.opening import open_engine

#: How long one round of visits may last, in seconds. What a source has beyond that is left for its next visit, so that none
#: waits for another's backlog: with the shortest interval, a piece of news is searchable 15 minutes after it came out.
LONGEST_ROUND = 120.0


def crawl_due(now: datetime | None = None, **orders: Any) -> bool:
    """Crawl the sources whose next crawl is due and that no editor has paused; ``orders`` are those of ``crawler.run.crawl``."""
    outlets = load_catalogue(settings.NEWSCENTRE.data / "sources.toml")
    at_rest = Q(next_crawl_at__gt=now or datetime.now(UTC)) | Q(paused_at__isnull=False)
    waiting = set(Source.objects.filter(at_rest).values_list("key", flat=True))
    due = [outlet for key, outlet in outlets.items() if outlet.enabled and key not in waiting]
    at = now.isoformat() if now else ""
    for _event in crawl(due, **{"longest": LONGEST_ROUND, "at": at, **orders}) if due else ():
        pass
    return bool(due)


def ingest_pending(now: datetime | None = None) -> bool:
    """Turn pending fetches into articles and bring the index up to date."""
    indexed = 0
    try:
        counts = ingest(now=lambda: now or datetime.now(UTC))
    finally:
        # The index also waits for what editors changed, whether or not pages can be taken in.
        indexed = drain_configured()
    return bool(counts) or indexed > 0


def build_editions() -> bool:
    """Build today's digest in each language, once its hour has come."""
    now = datetime.now(UTC)
    if now.hour < settings.NEWSCENTRE.digest_hour:
        return False
    missing = [language for language in languages() if not _built(language, now.date())]
    failures: list[Exception] = []
    for language in missing:
        try:
            build_edition(language, day=now.date(), now=now)
        except Exception as error:  # one language's trouble is not the others'
            failures.append(error)
    if failures:
        raise failures[0]
    return bool(missing)


def deliver() -> bool:
    """Send one digest that waits to be sent."""
    return deliver_next(datetime.now(UTC), transport_for(settings.NEWSCENTRE))


def mail_alerts(now: datetime | None = None) -> bool:
    """Make the mails of saved searches that are due, and send one that waits."""
    now = now or datetime.now(UTC)
    return make_mails(now) + send_next(now, transport_for(settings.NEWSCENTRE)) > 0


def watch_searches(now: datetime | None = None) -> bool:
    """Look whether one saved search finds far more than usual."""
    return watch_next(open_engine(settings.NEWSCENTRE), now or datetime.now(UTC))


def archive() -> bool:
    """Move the bodies of settled fetches to the archive."""
    return archive_bodies() > 0


def keep_to_retention() -> bool:
    """Delete what is older than its class may be, and the sessions of who signed in long ago."""
    SessionStore.clear_expired()
    return any(each.items for each in expire())


def _built(language: str, day: date) -> bool:
    return Edition.objects.filter(language=language, day=day).exists()


def watch_sources(now: datetime | None = None) -> bool:
    """Compare each source with its own history; raise and end alarms."""
    return bool(watch(now or datetime.now(UTC)))


def tell_secretariat(now: datetime | None = None) -> bool:
    """Send the weekly mail about alarms, if it is due and there is something to say."""
    return mail_secretariat(now or datetime.now(UTC), transport_for(settings.NEWSCENTRE))


def watch_scores(now: datetime | None = None) -> bool:
    """Compare the models' scores of late with those of before, language by language; raise and end alarms."""
    return bool(watch_drift(now=now or datetime.now(UTC)))


#: What `up` runs: the job's name, the job, and how often it looks whether there is work.
SCHEDULE = {
    "crawl": (crawl_due, timedelta(minutes=1)),
    "ingest": (ingest_pending, timedelta(minutes=1)),
    "editions": (build_editions, timedelta(minutes=5)),
    "deliver": (deliver, timedelta(seconds=10)),
    "alerts": (mail_alerts, timedelta(seconds=20)),
    "surges": (watch_searches, timedelta(seconds=50)),
    "watch": (watch_sources, timedelta(hours=1)),
    "drift": (watch_scores, timedelta(days=1)),
    "secretariat": (tell_secretariat, timedelta(hours=1)),
    "archive": (archive, timedelta(minutes=10)),
    "retention": (keep_to_retention, timedelta(hours=6)),
}
