"""The one protocol of both engines: a request with a parsed query goes in, ids with scores, a total and facets come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Protocol

from django.utils.translation import gettext as _

from newsdesk.errors import BadInput
from search.document import TAGS, Document, Indexed
from search.plan import All, Clause, Planner, Ranking, These, Value
from search.tree import And, Everything, Query

#: Facets that can be asked for; each is a field of whole values.
FACETS = ("language", "theme", "country", "group", "outlet", "outlet_country", "month", "relevant", "story", *TAGS)
#: Lists by relevance end here; by date any number can be had, page after page, with ``after``.
DEEPEST = 1_000
LARGEST_PAGE = 1_000
#: Values counted for one facet.
MOST_VALUES = 500


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question.

    ``filters`` narrow the query without scoring. ``after`` is the ``cursor`` of an earlier answer sorted by date: the
    page begins behind it. ``fold`` leaves out near-duplicates of an earlier article. ``collapse`` lists each story once,
    by its first article in the order of the list. ``gone`` are articles to leave out, whatever asks for them: those that
    the record has taken down and the index has not. ``now`` is what ``last:7d`` counts from.
    """

    query: Query = field(default_factory=Everything)
    filters: tuple[Query, ...] = ()
    sort: Literal["relevance", "date"] = "relevance"
    limit: int = 20
    offset: int = 0
    after: int | None = None
    facets: tuple[str, ...] = ()
    fold: bool = False
    collapse: bool = False
    gone: tuple[int, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits as ``(article_id, score)``, best or newest first, equal ones newest first. ``total`` counts all that match,
    ``listed`` the hits that can be listed altogether: fewer where the list is by relevance or of stories, and ends.

    ``facets`` lists ``(value, count)`` by name, most frequent first. ``cursor`` is where the next page begins (only
    when sorted by date; None: there is no more). ``ignored`` names the stop words that were left out.
    """

    total: int
    hits: tuple[tuple[int, float], ...]
    listed: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    cursor: int | None = None


class Engine(Protocol):
    """A search engine. Raises Busy where another process writes, Unavailable where it does not answer or needs rebuilding."""

    name: str

    def apply(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        """Take out and put in, in one commit; an addition replaces an article of the same id."""

    def search(self, request: SearchRequest) -> Answer:
        """Answer a request; raise BadQuery or BadInput for one that cannot be answered."""

    def tally(self, clauses: Sequence[Clause]) -> tuple[int, ...]:
        """Return how many articles match each clause."""

    def rebuild(self, batches: Iterable[Iterable[Document | Indexed]]) -> None:
        """Build a whole new index of the present make beside the old one, then put it in its place at once.

        No article comes twice; some may have been analysed before. The old index answers meanwhile; whoever writes to it is
        told to wait, or waits outside.
        """

    def clear(self) -> None:
        """Put an empty index of the present make in place."""

    def count(self) -> int:
        """Return the number of articles in the index."""

    def article_ids(self) -> Iterator[int]:
        """Yield the id of every article in the index, in no order."""


def planned(request: SearchRequest, ranking: Ranking, *, scoring: bool = True) -> tuple[Clause, tuple[str, ...]]:
    """Check a request and return its clause and the words ignored, alike for both engines."""
    if not 0 <= request.limit <= LARGEST_PAGE or request.offset < 0:
        raise BadInput(_("A page holds at most %d articles.") % LARGEST_PAGE)
    if request.offset + request.limit > DEEPEST:
        raise BadInput(_("Only the first %d articles can be listed this way; narrow the search or sort by date.") % DEEPEST)
    if request.after is not None and request.sort != "date":
        raise BadInput(_("Only a list sorted by date can be continued."))
    if request.after is not None and request.collapse:
        raise BadInput(_("A list of stories cannot be continued; list the articles one by one."))
    if unknown := set(request.facets) - set(FACETS):
        raise BadInput(_("There is no facet «%s».") % sorted(unknown)[0])
    planner = Planner(request.now, ranking, scoring=scoring)
    query = And((request.query, *request.filters)) if request.filters else request.query
    clause = planner.plan(query)
    without = ((Value("duplicate", "yes"),) if request.fold else ()) + ((These(request.gone),) if request.gone else ())
    if without:
        clause = All(parts=(clause,), without=without)
    return clause, tuple(planner.ignored)


def every_hit(engine: Engine, request: SearchRequest) -> Iterator[tuple[int, float]]:
    """Yield all that matches, newest first, page by page; the number yielded is the ``total`` of an unchanged index."""
    page = replace(request, sort="date", limit=LARGEST_PAGE, offset=0, after=None, facets=(), collapse=False)
    while True:
        answer = engine.search(page)
        yield from answer.hits
        if answer.cursor is None:
            return
        page = replace(page, after=answer.cursor)


@dataclass(frozen=True, slots=True)
class Found:
    """One of the first ``DEEPEST`` hits of a list, as an engine found it."""

    article_id: int
    score: float
    recency: int
    thread: int


def listed(found: Iterable[Found], request: SearchRequest, ranking: Ranking) -> tuple[tuple[tuple[int, float], ...], int]:
    """Put the first hits of a list in order, each story once if asked, and return its page with the length of the list.

    Scores closer than the ranking's tie are equal; among equals the newest is first.
    """

    def place(hit: Found) -> tuple[float, int]:
        if request.sort == "date":
            return 0.0, hit.recency
        return (hit.score // ranking.tie if ranking.tie else hit.score), hit.recency

    ordered = sorted(found, key=place, reverse=True)
    if request.collapse:
        # The first of each thread stands for it: read backwards, it is the last to be put in.
        first = {hit.thread: hit.article_id for hit in reversed(ordered)}
        ordered = [hit for hit in ordered if first[hit.thread] == hit.article_id]
    page = ordered[request.offset : request.offset + request.limit]
    return tuple((hit.article_id, hit.score) for hit in page), len(ordered)


def counted(buckets: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Put the values of a facet in order: most frequent first, equal ones by name."""
    return tuple(sorted(buckets.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES])
