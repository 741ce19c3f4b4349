"""Takes in everything that is pending: fetches in order of id go through the workers to the committer.

Killed at any instant and run again, it ends with the same record: a fetch is pending until the transaction that writes
its outcome (and those of some more), and every value written comes from the fetch, not from the clock.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import QuerySet

from newscentre.ingest.committer import Committer
from newscentre.ingest.workers import Analyse, Charged, Crashed, Outcome, Workers, load_stages
from newscentre.parallel import SECONDS_AN_ITEM, cores
from newsdesk.locks import advisory_lock
from newsdesk.models import Fetch
from newsdesk.values import Hint, Page

#: What became of each fetch: new, revised, unchanged, duplicate, removed, refused, quarantined.
Counts = Counter[str]
GONE = (404, 410)
#: As the crawler names an answer by which a known article is to be taken down, whatever its status.
TAKEDOWN = "gone"
READ_AT_ONCE = 100
#: Outcomes written in one transaction, and the seconds after which one that waits for others is written with those there are.
WRITTEN_AT_ONCE, LONGEST_WAIT = 16, 1.0


def ingest(
    *,
    workers: int = 0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_outcome: Callable[[Fetch, str], None] = lambda _fetch, _result: None,
    seconds_a_page: float = SECONDS_AN_ITEM,
    load: Callable[[], Analyse] = load_stages,
) -> Counts:
    """Ingest all pending fetches; return how many ended in which way.

    ``workers`` 0 takes the setting, or one a core. ``on_outcome`` is called after each commit. Raises Busy if another
    process is ingesting.
    """
    counts: Counts = Counter()
    with advisory_lock("ingest"):
        waiting = pending().count()
        if not waiting:
            return counts
        committer = Committer()
        count = min(workers or settings.NEWSCENTRE.workers or cores(), waiting)
        with Workers(count, seconds=seconds_a_page, load=load) as pool:
            for fetch, result in _ingested(committer, pool, now=now):
                counts[result] += 1
                on_outcome(fetch, result)
    return counts


def pending() -> QuerySet[Fetch]:
    """Return the fetches that wait to be ingested, in order."""
    return Fetch.objects.filter(state=Fetch.State.PENDING, kind=Fetch.Kind.PAGE).order_by("pk")


def release_quarantined() -> int:
    """Let every quarantined page wait to be ingested again (after a bug was mended); return how many there were."""
    set_aside = Fetch.objects.filter(state=Fetch.State.QUARANTINED, kind=Fetch.Kind.PAGE)
    return set_aside.update(state=Fetch.State.PENDING, attempts=0, code="", message="", traceback="")


def _ingested(committer: Committer, pool: Workers, *, now: Callable[[], datetime]) -> Iterator[tuple[Fetch, str]]:
    """Yield each fetch with what became of it, in order, once that is written.

    A page whose worker died is tried again before the next.
    """
    read: dict[int, Fetch] = {}

    def pages() -> Iterator[tuple[int, Page | Crashed | None]]:
        for fetch in _in_order():
            read[fetch.pk] = fetch
            yield fetch.pk, None if _takes_down(fetch) else _opened(fetch)

    waiting: list[tuple[Fetch, Outcome | None]] = []
    since = 0.0
    for number, outcome in pool.outcomes(pages()):
        fetch = read.pop(number)
        if isinstance(outcome, Charged):
            yield from _written(committer, waiting, now=now)
            yield fetch, _tried_again(committer, pool, fetch, outcome, now=now)
            continue
        since = since if waiting else time.monotonic()
        waiting.append((fetch, outcome))
        if len(waiting) >= WRITTEN_AT_ONCE or time.monotonic() - since > LONGEST_WAIT:
            yield from _written(committer, waiting, now=now)
    yield from _written(committer, waiting, now=now)


def _written(
    committer: Committer, waiting: list[tuple[Fetch, Outcome | None]], *, now: Callable[[], datetime]
) -> Iterator[tuple[Fetch, str]]:
    """Write what waits, leave nothing waiting, and yield each fetch with what became of it."""
    together = waiting.copy()
    waiting.clear()
    results = committer.commit_together(together, now=now()) if together else []
    yield from ((fetch, result) for (fetch, _), result in zip(together, results, strict=True))


def _tried_again(
    committer: Committer, pool: Workers, fetch: Fetch, outcome: Outcome | None, *, now: Callable[[], datetime]
) -> str:
    """Write an outcome by itself; while it asks for another try, analyse the page again."""
    result = committer.commit(fetch, outcome, now=now())
    while result == "retry":
        result = committer.commit(fetch, pool.analyse(page_of(fetch)), now=now())
    return result


def _in_order() -> Iterator[Fetch]:
    """Read the pending fetches a few at a time, those that arrive meanwhile too."""
    last = 0
    while True:
        some = list(pending().filter(pk__gt=last).select_related("source")[:READ_AT_ONCE])
        if not some:
            return
        yield from some
        last = some[-1].pk


def _takes_down(fetch: Fetch) -> bool:
    return fetch.code == TAKEDOWN or fetch.status in GONE


def _opened(fetch: Fetch) -> Page | Crashed:
    """Return the page, or why its row cannot be read."""
    try:
        return page_of(fetch)
    except Exception as error:
        return Crashed(f"{type(error).__name__}: {error}", traceback.format_exc())


def page_of(fetch: Fetch) -> Page:
    """Return a fetch as the pure stages see it."""
    source, hint = fetch.source, fetch.hint
    return Page(
        url=fetch.final_url,
        body=fetch.body,
        fetched_at=fetch.fetched_at,
        media_type=fetch.media_type,
        charset=fetch.charset,
        languages=tuple(source.languages) if source else (),
        source_country=source.country if source else "",
        dataset=fetch.dataset,
        hint=Hint(
            title=hint.get("title", ""),
            author=hint.get("author", ""),
            published=_moment(hint.get("published", "")),
            language=hint.get("language", ""),
            summary=hint.get("summary", ""),
        ),
    )


def _moment(iso: str) -> datetime | None:
    """Read a hint's ISO 8601 time; one without a zone is taken for UTC, an unreadable one for none."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
