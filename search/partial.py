"""What comes near: an answer that few articles have all the words of goes in, the best of those with some of them come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from heapq import merge
from math import log

from search.engine import Answer, Engine, SearchRequest
from search.plan import All, Planner, These, is_stop_word
from search.tree import Above, And, Dated, Is, Last, Query, Some, Word

#: An answer of fewer articles has a second part, which lists at most so many.
SHORT = 20
MOST = 20
#: Of more words than this an article must have two.
MANY = 3
#: Who writes more words than this has quoted a text, and gets what has them all: each word is looked for in each article listed.
MOST_WORDS = 16


@dataclass(frozen=True, slots=True)
class Partial:
    """The second part of an answer, best first: articles with some of the words, and the words that each lacks.

    It counts for nothing else. Its scores can be held against those of the first part: each is the engine's, times the
    share of the words that the article has, rare words weighing more (docs/search-quality.md).
    """

    query: Some
    hits: tuple[tuple[int, float], ...]
    lacks: Mapping[int, tuple[str, ...]]


def partial(engine: Engine, request: SearchRequest, answer: Answer) -> Partial | None:
    """Return what comes near, for the first page of plain words by relevance of which an engine found few; None otherwise.

    The filters hold as they do for the answer. What an analyst made precise is never loosened.
    """
    words = plain_words(request.query)
    if answer.total >= SHORT or request.sort != "relevance" or request.offset or not request.limit:
        return None
    if not 2 <= len(words) <= MOST_WORDS:
        return None
    some = Some(words, least_of(len(words)))
    narrowed = [part for part in _parts(request.query) if not isinstance(part, Word)]
    asked = replace(request, query=And((some, *narrowed)), limit=MOST, facets=())
    found = engine.search(asked).hits
    rarity, present = _present(engine, request, words, tuple(article_id for article_id, _ in found))
    whole = sum(rarity.values())
    hits = [(each, round(score * sum(rarity[word] for word in present[each]) / whole, 4)) for each, score in found]
    lacks = {each: tuple(word.text for word in words if word not in present[each]) for each, _ in found}
    return Partial(some, tuple(sorted(hits, key=lambda hit: -hit[1])), lacks)


def _present(
    engine: Engine, request: SearchRequest, words: tuple[Word, ...], ids: tuple[int, ...]
) -> tuple[dict[Word, float], dict[int, tuple[Word, ...]]]:
    """Return how rare each word is in the index, and which of them each of some articles has."""
    planner = Planner(request.now, scoring=False)
    clauses = tuple(planner.plan(word) for word in words)
    counts = iter(engine.tally((*clauses, *(All((These((each,)), clause)) for each in ids for clause in clauses))))
    articles = engine.count()
    rarity = {word: log(1 + articles / max(1, next(counts))) for word in words}
    return rarity, {each: tuple(word for word in words if next(counts)) for each in ids}


def together(answer: Answer, near: Partial | None) -> tuple[tuple[int, float], ...]:
    """Return the hits of both parts by score, each part in its own order; of equal ones those with all the words first."""
    return tuple(merge(answer.hits, near.hits if near else (), key=lambda hit: -hit[1]))


def plain_words(query: Query) -> tuple[Word, ...]:
    """Return the words that say something, of a query that is but words and filters; none of any other query."""
    parts = _parts(query)
    if not all(isinstance(part, Is | Above | Dated | Last) or _is_plain(part) for part in parts):
        return ()
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, Word) and not is_stop_word(part)))


def least_of(words: int) -> int:
    """Return how many of so many words an article must have; more would lose more than they spare (docs/search-quality.md)."""
    return 2 if words > MANY else 1


def _parts(query: Query) -> tuple[Query, ...]:
    return query.parts if isinstance(query, And) else (query,)


def _is_plain(part: Query) -> bool:
    return isinstance(part, Word) and not part.part and not part.exact
