"""What comes near: an answer that few articles have all the words of goes in, the best of those with some of them come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsdesk.analysis import analyse
from search.document import LONGEST_TERM
from search.engine import Answer, Engine, SearchRequest
from search.patterns import Run, run_of
from search.plan import is_stop_word
from search.tree import Above, And, Dated, Is, Last, Query, Some, Word

#: An answer of fewer articles has a second part, which lists at most so many.
SHORT = 20
MOST = 20
#: Of more words than this an article must have two.
MANY = 3


@dataclass(frozen=True, slots=True)
class Partial:
    """The second part of an answer, best first: articles with some of the words. It counts for nothing else."""

    query: Some
    hits: tuple[tuple[int, float], ...]


def partial(engine: Engine, request: SearchRequest, answer: Answer) -> Partial | None:
    """Return what comes near, for the first page of plain words by relevance of which an engine found few; None otherwise.

    The filters hold as they do for the answer. What an analyst made precise is never loosened.
    """
    words = plain_words(request.query)
    if answer.total >= SHORT or request.sort != "relevance" or request.offset or not request.limit or len(words) < 2:
        return None
    some = Some(words, least_of(len(words)))
    narrowed = [part for part in _parts(request.query) if not isinstance(part, Word)]
    asked = replace(request, query=And((some, *narrowed)), limit=MOST, facets=())
    return Partial(some, engine.search(asked).hits)


def plain_words(query: Query) -> tuple[Word, ...]:
    """Return the words that say something, of a query that is but words and filters; none of any other query."""
    parts = _parts(query)
    if not all(isinstance(part, Is | Above | Dated | Last) or _is_plain(part) for part in parts):
        return ()
    return tuple(dict.fromkeys(part for part in parts if isinstance(part, Word) and not is_stop_word(part)))


def least_of(words: int) -> int:
    """Return how many of so many words an article must have; more would lose more than they spare (docs/search-quality.md)."""
    return 2 if words > MANY else 1


def missing(query: Some, title: str, text: str, language: str) -> tuple[str, ...]:
    """Return the words that an article in a language has in no form."""
    read = [tuple(token.term[:LONGEST_TERM] for token in analyse(part, language)) for part in (title, text)]
    runs = {word.text: run_of(word.text, language, exact=False) for word in query.words}
    return tuple(word for word, run in runs.items() if not any(_stands(run, terms) for terms in read))


def _stands(run: Run, terms: Sequence[str]) -> bool:
    return bool(run) and any(terms[at : at + len(run)] == run for at in range(len(terms)))


def _parts(query: Query) -> tuple[Query, ...]:
    return query.parts if isinstance(query, And) else (query,)


def _is_plain(part: Query) -> bool:
    return isinstance(part, Word) and not part.part and not part.exact
