"""Matches what comes in: a batch of documents goes in; which saved search found which article comes out, each pair once.

The batch is put into a small index in memory and all searches are asked of that, whichever the main engine is: the engines'
contract makes their answers the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from newscentre.alerts.keeping import request_of
from newsdesk.errors import BadInput
from newsdesk.models import Alert, Article, SavedSearch
from search.batch import Batch
from search.document import Document
from search.engine import planned
from search.kept import kept, read
from search.plan import RANKING, Clause
from search.query import Last, Query, leaves, parse

#: What was fetched longer ago is no news: the labels of an old article changed, or an archive was taken in late.
FRESH = timedelta(days=3)
_WRITTEN = 500
#: Searches whose plans a process keeps from batch to batch.
_REMEMBERED = 50_000
_log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """What one saved search asks; ``reading`` is its query's tree as kept, where it is."""

    query: str
    everything: bool
    copies: bool
    reading: str = ""


class Matches(NamedTuple):
    """By search: the articles that it finds, why it could not be asked, and its query's tree where that had to be parsed."""

    found: dict[int, tuple[int, ...]]
    problems: dict[int, str]
    readings: dict[int, str]


def match(documents: Sequence[Document], *, now: datetime) -> int:
    """Note which saved searches find which of these articles; return how many pairs are new.

    May be run again for the same articles, after a kill or when they changed: each pair is noted once.
    """
    fields = ("pk", "query", "everything", "copies", "reading", "since", "problem")
    searches = list(SavedSearch.objects.watching().only(*fields)) if documents else []
    if not searches:
        return 0
    ids = [document.article_id for document in documents]
    seen = dict(Article.objects.filter(pk__in=ids, first_seen_at__gt=now - FRESH).values_list("pk", "first_seen_at"))
    matched = matches(
        [document for document in documents if document.article_id in seen],
        {search.pk: Asked(search.query, search.everything, search.copies, search.reading) for search in searches},
        now=now,
    )
    since = {search.pk: search.since for search in searches}
    rows = [
        Alert(search_id=search, article_id=article, found_at=now)
        for search, articles in matched.found.items()
        for article in articles
        if seen[article] >= since[search]
    ]
    _note_problems(searches, matched.problems)
    _keep_readings(searches, matched.readings)
    before = Alert.objects.filter(article__in=ids).count()
    Alert.objects.bulk_create(rows, batch_size=_WRITTEN, ignore_conflicts=True)
    return Alert.objects.filter(article__in=ids).count() - before


def matches(documents: Sequence[Document], asked: Mapping[int, Asked], *, now: datetime) -> Matches:
    """Ask all searches of these documents alone."""
    matched = Matches({}, {}, {})
    batch = Batch(documents)
    for search, each in asked.items():
        try:
            found = batch.matching(_lasting(each) or _clause(each, now=now))
        except BadInput as error:
            matched.problems[search] = str(error)
        except Exception as error:  # one search that the engine cannot take must not bar the way of all others
            matched.problems[search] = str(error)
        else:
            if found:
                matched.found[search] = found
            if fresh := _tree(each.query, each.reading)[1]:
                matched.readings[search] = fresh
    return matched


@lru_cache(maxsize=_REMEMBERED)
def _lasting(asked: Asked) -> Clause | None:
    """Return the clause of a search; None for one that depends on the hour."""
    query, _fresh = _tree(asked.query, asked.reading)
    return None if any(isinstance(leaf, Last) for leaf in leaves(query)) else _clause(asked, now=datetime.min)


@lru_cache(maxsize=_REMEMBERED)
def _tree(text: str, reading: str) -> tuple[Query, str]:
    """Return the tree of a query, and what to keep of it if that was not kept yet or by other software."""
    query = read(text, reading)
    if query is not None:
        return query, ""
    query = parse(text)
    return query, kept(text, query)


def _clause(asked: Asked, *, now: datetime) -> Clause:
    query, _fresh = _tree(asked.query, asked.reading)
    request = request_of(query, everything=asked.everything, copies=asked.copies, now=now)
    return planned(request, RANKING, scoring=False)[0]


def _keep_readings(searches: Iterable[SavedSearch], readings: Mapping[int, str]) -> None:
    parsed = [search for search in searches if search.pk in readings]
    for search in parsed:
        search.reading = readings[search.pk]
    SavedSearch.objects.bulk_update(parsed, ["reading"], batch_size=_WRITTEN)


def _note_problems(searches: Iterable[SavedSearch], problems: Mapping[int, str]) -> None:
    for search in searches:
        problem = problems.get(search.pk, "")[:500]
        if problem != search.problem:
            SavedSearch.objects.filter(pk=search.pk).update(problem=problem)
            if problem:
                _log.warning("saved search %s cannot be asked: %s", search.pk, problem)
