"""Keeps the index in step with the record: pending index changes go in, one commit of the engine comes out; saved searches are
matched with the same articles.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from django.conf import settings
from django.db.models import Exists, OuterRef

from newscentre.alerts.matching import match
from newscentre.parallel import Failed, Pool, cores
from newsdesk.errors import Busy
from newsdesk.locks import advisory_lock
from newsdesk.models import Article, IndexChange
from search.document import Document, Indexed, all_indexed, document_of
from search.engine import Engine, SearchRequest
from search.opening import open_engine

#: Articles in one commit of a rebuild.
REBUILD_BATCH = 2_000
#: Fewer articles are analysed here; more in one process a core, so many at a time.
ALONE, ANALYSED = 5_000, 100
#: Seconds that these may take.
_PATIENCE = 600
#: Articles taken down, the latest, that a search leaves out while their change waits in the outbox.
MOST_GONE = 10_000
#: Rows deleted by one statement; SQLite takes a limited number of parameters.
_DELETE_BATCH = 500
_log = logging.getLogger(__name__)


def drain(engine: Engine, *, batch: int = 500) -> int:
    """Bring the oldest pending changes into the index, in one commit; return how many were worked off (0: none waited).

    Raise Busy if somebody else is at it, Unavailable if the engine does not answer: the changes then stay. Being killed
    between the commit and the deletion of the rows is harmless, since a change says which article, not what to do.
    """
    with advisory_lock("index"):
        rows = list(IndexChange.objects.order_by("id").values_list("id", "article_id")[:batch])
        if not rows:
            return 0
        changed = list(dict.fromkeys(article_id for _, article_id in rows))
        documents = list(_documents(changed))
        present = {document.article_id for document in documents}
        engine.apply([article_id for article_id in changed if article_id not in present], documents)
        # Before the rows go: a process that is killed here matches again, and what is noted already is not noted twice.
        match(documents, now=datetime.now(UTC))
        for some in _in_batches([row_id for row_id, _ in rows], _DELETE_BATCH):
            IndexChange.objects.filter(id__in=some).delete()
        return len(rows)


def drain_all(engine: Engine, *, batch: int = 500) -> int:
    """Drain until no change waits; return how many were worked off."""
    total = 0
    while done := drain(engine, batch=batch):
        total += done
    return total


def standing(request: SearchRequest) -> SearchRequest:
    """Leave out what the record has taken down and the index still holds, so that all that is counted can be shown."""
    waiting = IndexChange.objects.filter(~Exists(Article.objects.published().filter(pk=OuterRef("article_id"))))
    gone = waiting.order_by("-id").values_list("article_id", flat=True)[:MOST_GONE]
    return replace(request, gone=tuple(sorted(set(gone))))


def drain_configured() -> int:
    """Drain into the engine that the settings name; 0 also where another process is already at it."""
    try:
        return drain_all(open_engine(settings.NEWSCENTRE))
    except Busy:
        return 0


def reindex(engine: Engine, *, advanced: Callable[[int], None] = lambda _count: None) -> int:
    """Build the engine's index anew from the whole record and return the number of articles.

    The old index answers until the new one takes its place. ``advanced`` is told of every batch. Changes made while
    it runs stay in the outbox.
    """
    total = 0

    def batches() -> Iterator[list[Document]]:
        nonlocal total
        ids = Article.objects.published().order_by("id").values_list("id", flat=True)
        for some in _in_batches(ids.iterator(chunk_size=REBUILD_BATCH), REBUILD_BATCH):
            documents = list(_documents(some))
            total += len(documents)
            yield documents
            advanced(len(documents))

    with advisory_lock("index"):
        engine.rebuild(batches() if cores() == 1 or Article.objects.count() < ALONE else analysed(batches(), workers=cores()))
    return total


def analysed(batches: Iterable[list[Document]], *, workers: int) -> Iterator[list[Indexed]]:
    """Yield the documents as an engine takes them, read in processes of their own: most of the work of a rebuild."""
    with Pool(workers, seconds=_PATIENCE) as pool:
        some = (documents[at : at + ANALYSED] for documents in batches for at in range(0, len(documents), ANALYSED))
        for documents, found in pool.ordered(all_indexed, some):
            if isinstance(found, Failed):
                _log.warning("articles are analysed in the main process: %s", found.message)
                yield all_indexed(documents)
            else:
                yield found


def check(engine: Engine) -> list[int]:
    """Return the ids of the articles that the record has and the index lacks, or the other way round, in order.

    Articles whose change still waits in the outbox may be among them. Raise Unavailable if the engine does not answer.
    """
    recorded = set(Article.objects.published().values_list("id", flat=True))
    return sorted(recorded.symmetric_difference(engine.article_ids()))


def repair(engine: Engine) -> int:
    """Bring index and record to agree where they differ, through the outbox; return the number of articles mended.

    Raise Busy if somebody else drains, Unavailable if the engine does not answer: what was found then waits in the outbox.
    """
    differing = check(engine)
    waiting = set(IndexChange.objects.values_list("article_id", flat=True))
    now = datetime.now(UTC)
    missed = [IndexChange(article_id=number, created_at=now) for number in differing if number not in waiting]
    IndexChange.objects.bulk_create(missed, batch_size=_DELETE_BATCH)
    drain_all(engine)
    return len(differing)


def _documents(ids: Sequence[int]) -> Iterator[Document]:
    for some in _in_batches(ids, _DELETE_BATCH):
        articles = (
            Article.objects.published().filter(id__in=some).select_related("source").prefetch_related("labels").order_by("id")
        )
        yield from map(document_of, articles)


def _in_batches(values: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
