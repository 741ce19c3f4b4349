"""The engine at scale: clauses go in, hits come out of an Elasticsearch 8 index behind an alias."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any as Anything
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from django.utils.translation import gettext as _
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from newsdesk.errors import BadQuery, Unavailable
from search.document import Document, Indexed
from search.engine import DEEPEST, Answer, Found, SearchRequest, counted, listed, planned
from search.indexes import PAUSE, Indexes, NotTaken, Shape, placed
from search.patterns import Pattern, Run, Term, halves
from search.plan import RANKING, All, Any, AtLeast, Clause, Close, Range, Ranking, Terms, These, Value

#: Seconds to wait for an answer, and how often a node that gives none is asked again, or the next one.
TIMEOUT = 30
RETRIES = 3
#: Clauses counted by one request.
TALLIED = 100

#: How Elasticsearch says that a pattern stands for more words than it will look for.
_TOO_MANY = ("too many terms", "too_many_clauses", "maxClauseCount")

_Result = TypeVar("_Result")


class ElasticEngine:
    """The index behind ``alias`` on the nodes of ``url`` (comma-separated); one that is down is passed over."""

    name = "elastic"

    def __init__(
        self,
        url: str,
        alias: str,
        ranking: Ranking = RANKING,
        *,
        shape: Shape | None = None,
        timeout: int = TIMEOUT,
        pause: float = PAUSE,
    ) -> None:
        nodes = [node.strip() for node in url.split(",")]
        self.ranking = ranking
        self.address = ", ".join(map(_without_password, nodes))
        self.client = Elasticsearch(nodes, request_timeout=timeout, retry_on_timeout=True, max_retries=RETRIES)
        self.alias = alias
        self.shape = shape or Shape()
        self.indexes = Indexes(self.client, alias, self.shape, pause=pause, seconds=max(1, timeout // 2))

    def apply(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        """Take out and put in; visible when this returns."""
        self._ask(lambda: self.indexes.write(deletions, additions))

    def search(self, request: SearchRequest) -> Answer:
        """Answer a request."""
        clause, ignored = planned(request, self.ranking)
        tied = self.ranking.tie and request.sort == "relevance"
        if not (request.limit and (tied or request.collapse)):
            return _answer(self._found(clause, request), request, ignored)
        deep = replace(request, offset=0, limit=DEEPEST)
        found = self._found(clause, deep)
        hits, length = listed(map(_hit, found["hits"]["hits"][:DEEPEST]), request, self.ranking)
        return replace(_answer(found, deep, ignored), hits=hits, listed=length, cursor=None)

    def _found(self, clause: Clause, request: SearchRequest) -> Anything:
        body: dict[str, Anything] = {
            "query": translate(clause),
            "from_": request.offset,
            "size": request.limit + (request.limit > 0),
            "sort": [{"recency": "desc"}] if request.sort == "date" else ["_score", {"recency": "desc"}],
            "track_scores": request.sort != "date",
            "track_total_hits": True,
            "aggs": {name: {"terms": {"field": name, "size": 5_000}} for name in request.facets},
            "source": False,
            "docvalue_fields": ["thread"] if request.collapse else [],
        }
        if request.after is not None:
            body |= {"search_after": [request.after], "from_": 0}
        return self._searched(**body)

    def tally(self, clauses: Sequence[Clause]) -> tuple[int, ...]:
        """Return how many articles match each clause."""
        counts: list[int] = []
        for at in range(0, len(clauses), TALLIED):
            filters = [translate(clause) for clause in clauses[at : at + TALLIED]]
            aggs = {"tally": {"filters": {"filters": {str(number): each for number, each in enumerate(filters)}}}}
            buckets = self._searched(size=0, aggs=aggs)["aggregations"]["tally"]["buckets"]
            counts += [int(buckets[str(number)]["doc_count"]) for number in range(len(filters))]
        return tuple(counts)

    def rebuild(self, batches: Iterable[Iterable[Document | Indexed]]) -> None:
        """Build a whole new index beside the old one, then move the alias."""
        self._ask(lambda: self.indexes.rebuild(batches))

    def clear(self) -> None:
        """Put an empty index of the present make in place."""
        self.rebuild(())

    def drop(self) -> None:
        """Delete the index and its alias."""
        self._ask(self.indexes.drop)

    def count(self) -> int:
        """Return the number of articles in the index."""
        return int(self._searched(size=0, track_total_hits=True)["hits"]["total"]["value"])

    def article_ids(self) -> Iterator[int]:
        """Yield the id of every article in the index."""
        after: list[int] | None = None
        while True:
            found = self._searched(size=10_000, sort=[{"recency": "asc"}], source=False, search_after=after)
            hits = found["hits"]["hits"]
            if not hits:
                return
            yield from (int(hit["_id"]) for hit in hits)
            after = hits[-1]["sort"]

    def _searched(self, **body: Anything) -> Anything:
        """Search all shards with one measure of how rare a word is; a missing shard is a failure, not a shorter answer."""
        several = self.shape.monthly or self.shape.shards > 1
        return self._ask(
            lambda: self.client.search(
                index=self.indexes.ready(),
                allow_partial_search_results=False,
                search_type="dfs_query_then_fetch" if several else "query_then_fetch",
                **body,
            )
        )

    def _ask(self, question: Callable[[], _Result]) -> _Result:
        """Ask the server; turn every way in which it fails to answer into Unavailable."""
        try:
            return question()
        except NotFoundError as error:
            self.indexes.forget()
            raise Unavailable(
                f"Elasticsearch at {self.address} has no index {self.alias}; fill it: newscentre reindex"
            ) from error
        except NotTaken as error:
            self.indexes.forget()
            raise Unavailable(f"Elasticsearch at {self.address} {error}") from error
        except (ApiError, TransportError) as error:
            if isinstance(error, ApiError) and any(sign in str(error.body) for sign in _TOO_MANY):
                raise BadQuery(_("Too many words fit «*» or «?» here: write more letters.")) from error
            raise Unavailable(f"Elasticsearch at {self.address} does not answer: {str(error).splitlines()[0][:300]}") from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _hit(hit: Anything) -> Found:
    """Read one hit of a list that is put in order here; without a thread it is never put together with another."""
    thread = hit.get("fields", {}).get("thread", [0])[0]
    return Found(int(hit["_id"]), round(float(hit["_score"] or 0), 4), int(hit["sort"][-1]), int(thread))


def _answer(found: Anything, request: SearchRequest, ignored: tuple[str, ...]) -> Answer:
    total, hits = int(found["hits"]["total"]["value"]), found["hits"]["hits"]
    buckets = {name: found["aggregations"][name]["buckets"] for name in request.facets}
    more = len(hits) > request.limit > 0 and request.sort == "date"
    hits = hits[: request.limit]
    return Answer(
        total=total,
        listed=total if request.sort == "date" or not request.limit else min(total, DEEPEST),
        hits=tuple((int(hit["_id"]), round(float(hit["_score"] or 0), 4)) for hit in hits),
        facets={name: counted({row["key"]: row["doc_count"] for row in rows}) for name, rows in buckets.items()},
        ignored=ignored,
        cursor=int(hits[-1]["sort"][0]) if more else None,
    )


def translate(clause: Clause) -> dict[str, Anything]:
    """Return the Elasticsearch query of a clause."""
    match clause:
        case All():
            query = _all(clause)
        case Any(parts):
            query = (
                {"bool": {"should": [translate(part) for part in parts], "minimum_should_match": 1}}
                if parts
                else {"match_none": {}}
            )
        case AtLeast(parts, least):
            query = {"bool": {"should": [translate(part) for part in parts], "minimum_should_match": least}}
        case Terms(field, terms, boost):
            query = _row(field, terms, boost)
        case Close(field, runs, between):
            query = {"intervals": {field: _in_order((_run(field, run) for run in runs), between)}}
        case Value() | Range() | These():
            query = {"constant_score": {"filter": _filter(clause), "boost": 0}}
    return query


def _all(clause: All) -> dict[str, Anything]:
    must = [translate(part) for part in clause.parts] or [{"constant_score": {"filter": {"match_all": {}}, "boost": 0}}]
    return {"bool": {"must": must, "must_not": [translate(part) for part in clause.without]}}


def _row(field: str, terms: Run, boost: float) -> dict[str, Anything]:
    match terms:
        case (str(term),):
            return {"term": {placed(field, term): {"value": term, "boost": boost}}}
        case (Pattern() as pattern,):
            fitting = [
                {"regexp": {placed(field, source): {"value": source, "flags": "NONE"}}} for source in halves(pattern) if source
            ]
            return {"constant_score": {"filter": {"bool": {"should": fitting}}, "boost": 0}}
    fields = {placed(field, term) if isinstance(term, str) else "" for term in terms}
    if len(fields) > 1 or "" in fields:
        return {"intervals": {field: _in_order((_term(field, term) for term in terms), 0)}}
    return {"match_phrase": {fields.pop(): {"query": " ".join(map(str, terms)), "analyzer": "whitespace", "boost": boost}}}


def _run(field: str, terms: Run) -> dict[str, Anything]:
    return _term(field, terms[0]) if len(terms) == 1 else _in_order((_term(field, term) for term in terms), 0)


def _term(field: str, term: Term) -> dict[str, Anything]:
    if isinstance(term, str):
        return {"match": {"query": term, "analyzer": "whitespace", "use_field": placed(field, term)}}
    found = [{"regexp": {"pattern": source, "use_field": placed(field, source)}} for source in halves(term) if source]
    return found[0] if len(found) == 1 else {"any_of": {"intervals": found}}


def _in_order(intervals: Iterable[dict[str, Anything]], between: int) -> dict[str, Anything]:
    return {"all_of": {"ordered": True, "max_gaps": between, "intervals": list(intervals)}}


def _filter(clause: Value | Range | These) -> dict[str, Anything]:
    match clause:
        case These(ids):
            return {"ids": {"values": [str(each) for each in ids]}}
        case Value(field, value):
            return {"term": {field: {"value": value}}}
        case Range(field, low, high, above):
            bounds = {"gt" if above else "gte": low, "lt": high}
            return {"range": {field: {name: bound for name, bound in bounds.items() if bound is not None}}}
