"""Runs the demo: the newsroom's next release is crawled, tagged, indexed, told in digests and measured; what was done leaves.

Each step is the very one that a deployment runs. A step that fails is noted, and the others go on with what there is.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from rich.progress import Progress

from crawler.catalogue import read_catalogue
from crawler.events import CrawlEvent
from crawler.run import crawl
from digest.deliver import deliver_next
from digest.editions import build_edition
from digest.transport import transport_for
from digest.trends import build_report
from newscentre.demo import folder, releases
from newscentre.demo.accounts import accounts, readers
from newscentre.demo.newsroom import Newsroom
from newscentre.demo.releases import Releases
from newscentre.ingest.run import ingest, pending
from newscentre.outbox import drain_configured, reindex
from newsdesk.errors import BadInput, NewscentreError, Unavailable
from newsdesk.languages import languages
from newsdesk.models import Article, Fetch
from search.opening import open_engine

#: How long the demo's crawler waits for an answer; the slow page takes longer.
CRAWL_TIMEOUT = 2.0
CRAWL_DELAY = 0.02
#: The trend report looks back so many whole months, and over the present one.
MONTHS = 5
#: What a crawl tells of pages that were asked for.
ANSWERED = ("stored", "unchanged", "refused", "quarantined")


@dataclass
class Done:
    """What a run did. ``problems`` are sentences about steps that failed, ``bugs`` their tracebacks where unforeseen."""

    release: int = 0
    port: int = 0
    nothing_left: bool = False
    crawled: Counter[str] = field(default_factory=Counter)
    ingested: Counter[str] = field(default_factory=Counter)
    indexed: int = 0
    editions: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    report: int | None = None
    passwords: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)


def moment() -> datetime:
    """Return the time by which a new release is dated."""
    return datetime.now(UTC)


def released(data: Path, state: Releases, now: datetime) -> Releases:
    """Bring the next release out, if it is due, and keep that; raise BadInput for a record that is another deployment's."""
    if not state.times and Fetch.objects.exists():
        raise BadInput(f"the record of {data} is not the demo's; name another folder with --data")
    advanced = state.advanced(now)
    releases.write(data, advanced)
    return advanced


def newsroom_of(state: Releases) -> Newsroom:
    """Return the newsroom as it is with the releases so far."""
    return Newsroom(port=state.port, times=state.times)


def run(data: Path, state: Releases, *, progress: Progress, workers: int = 0) -> Done:
    """Do the whole job once, while the newsroom is being served; return what was done."""
    done = Done(release=state.current, port=state.port, nothing_left=state.exhausted)
    steps: tuple[Callable[[], None], ...] = (
        lambda: done.passwords.update(accounts(data)),
        lambda: _crawl(data, state, done, progress),
        lambda: _ingest(done, progress, workers=workers),
        lambda: _index(done),
        lambda: _tell(done, progress),
        lambda: _measure(done, progress),
    )
    for step in steps:
        _attempt(step, done)
    return done


def _attempt(step: Callable[[], None], done: Done) -> None:
    try:
        step()
    except NewscentreError as error:
        done.problems.append(str(error))
    except Exception as error:
        done.problems.append(f"{type(error).__name__}: {error}")
        done.bugs.append(traceback.format_exc())


def _crawl(data: Path, state: Releases, done: Done, progress: Progress) -> None:
    outlets = read_catalogue(data / folder.CATALOGUE)
    task = progress.add_task("crawling", total=0)
    found = 0
    for event in crawl(
        outlets.values(), test_hosts=folder.hosts(state.port), delay=CRAWL_DELAY, timeout=CRAWL_TIMEOUT, again_every=0
    ):
        if event.kind == "found":
            found += event.count
            progress.update(task, total=found)
        _count(event, done.crawled)
        if event.kind in ANSWERED and event.what == "page":
            progress.advance(task)
    releases.write(data, state.done())


def _count(event: CrawlEvent, counts: Counter[str]) -> None:
    if event.kind == "refused":
        counts[f"refused:{event.code}"] += 1
    elif event.kind == "finished":
        counts["sources"] += 1
    elif event.what == "page" and event.kind in ANSWERED:
        counts[event.kind] += 1


def _ingest(done: Done, progress: Progress, *, workers: int) -> None:
    task = progress.add_task("tagging", total=pending().count())

    def note(_fetch: Fetch, result: str) -> None:
        done.ingested[result] += 1
        progress.advance(task)

    ingest(workers=workers, on_outcome=note)


def _index(done: Done) -> None:
    """Bring the index up to date; build it anew where it was left by another version of this software."""
    try:
        done.indexed = drain_configured()
    except Unavailable:
        reindex(open_engine(settings.NEWSCENTRE))
        done.indexed = drain_configured()  # what waits is new to saved searches too


def _tell(done: Done, progress: Progress) -> None:
    """Build the day's digest in each language and send what waits to be sent."""
    now = datetime.now(UTC)
    readers(now)
    task = progress.add_task("writing digests", total=len(languages()))
    for language in languages():
        edition = build_edition(language, day=now.date(), now=now)
        done.editions[language] = "new" if edition.created_at == now else "built before"
        progress.advance(task)
    transport = transport_for(settings.NEWSCENTRE)
    while deliver_next(now, transport):
        done.sent += 1


def _measure(done: Done, progress: Progress) -> None:
    """Measure the media's language over the last months; a later run of the same day measures anew."""
    if not Article.objects.published().relevant().exists():
        return
    task = progress.add_task("measuring trends", total=1)
    now = datetime.now(UTC)
    month = now.year * 12 + now.month - 1 - MONTHS
    start = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    end = datetime.combine(now.date() + timedelta(days=1), time.min, UTC)
    done.report = build_report(start, end, now).pk
    progress.advance(task)
