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
from search.document import Document
from search.embedded import EmbeddedEngine
from search.engine import planned
from search.plan import RANKING, Clause
from search.query import Last, Query, leaves, parse

#: What was fetched longer ago is no news: the labels of an old article changed, or an archive was taken in late.
FRESH = timedelta(days=3)
_WRITTEN = 500
_log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """What one saved search asks."""

    query: str
    everything: bool
    copies: bool


def match(documents: Sequence[Document], *, now: datetime) -> int:
    """Note which saved searches find which of these articles; return how many pairs are new.

    May be run again for the same articles, after a kill or when they changed: each pair is noted once.
    """
    searches = list(SavedSearch.objects.watching().only("pk", "query", "everything", "copies", "since", "problem"))
    if not searches or not documents:
        return 0
    ids = [document.article_id for document in documents]
    seen = dict(Article.objects.filter(pk__in=ids, first_seen_at__gt=now - FRESH).values_list("pk", "first_seen_at"))
    found, problems = matches(
        [document for document in documents if document.article_id in seen],
        {search.pk: Asked(search.query, search.everything, search.copies) for search in searches},
        now=now,
    )
    since = {search.pk: search.since for search in searches}
    rows = [
        Alert(search_id=search, article_id=article, found_at=now)
        for search, articles in found.items()
        for article in articles
        if seen[article] >= since[search]
    ]
    _note_problems(searches, problems)
    before = Alert.objects.filter(article__in=ids).count()
    Alert.objects.bulk_create(rows, batch_size=_WRITTEN, ignore_conflicts=True)
    return Alert.objects.filter(article__in=ids).count() - before


def matches(
    documents: Sequence[Document], asked: Mapping[int, Asked], *, now: datetime
) -> tuple[dict[int, tuple[int, ...]], dict[int, str]]:
    """Return by search the articles that it finds, and by search why it could not be asked."""
    clauses: dict[int, Clause] = {}
    problems: dict[int, str] = {}
    for search, each in asked.items():
        try:
            clauses[search] = _lasting(each) or _clause(each, now=now)
        except BadInput as error:
            problems[search] = str(error)
    if not documents:
        return {}, problems
    engine = EmbeddedEngine(None)
    engine.apply((), documents)
    return {search: ids for search, ids in zip(clauses, _answers(engine, clauses, problems), strict=True) if ids}, problems


def _answers(engine: EmbeddedEngine, clauses: Mapping[int, Clause], problems: dict[int, str]) -> Iterable[tuple[int, ...]]:
    """Ask all at once, or, if one of them breaks the engine, one by one without that."""
    try:
        return list(engine.matching(clauses.values()))
    except Exception:
        return [_alone(engine, search, clause, problems) for search, clause in clauses.items()]


def _alone(engine: EmbeddedEngine, search: int, clause: Clause, problems: dict[int, str]) -> tuple[int, ...]:
    try:
        return next(iter(engine.matching([clause])))
    except Exception as error:  # one search that the engine cannot take must not bar the way of all others
        problems[search] = str(error)
        return ()


@lru_cache(maxsize=20_000)
def _lasting(asked: Asked) -> Clause | None:
    """Return the clause of a search; None for one that depends on the hour."""
    return None if any(isinstance(leaf, Last) for leaf in leaves(_tree(asked.query))) else _clause(asked, now=datetime.min)


@lru_cache(maxsize=20_000)
def _tree(query: str) -> Query:
    return parse(query)


def _clause(asked: Asked, *, now: datetime) -> Clause:
    request = request_of(_tree(asked.query), everything=asked.everything, copies=asked.copies, now=now)
    return planned(request, RANKING, scoring=False)[0]


def _note_problems(searches: Iterable[SavedSearch], problems: Mapping[int, str]) -> None:
    for search in searches:
        problem = problems.get(search.pk, "")[:500]
        if problem != search.problem:
            SavedSearch.objects.filter(pk=search.pk).update(problem=problem)
            if problem:
                _log.warning("saved search %s cannot be asked: %s", search.pk, problem)
