"""Shows where a query matches: a text of the record and the query go in, segments of (text, is it a hit) come out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from newsdesk.analysis import Token, analyse
from newsdesk.languages import languages
from search.document import EXACT, LONGEST_TERM
from search.patterns import Run, Term
from search.plan import is_stop_word, runs_of
from search.tree import And, Concept, Near, Not, Often, Or, Passage, Phrase, Query, Some, Wildcard, Word

#: Characters of a snippet.
WIDTH = 200
ELLIPSIS = "…"
#: Characters of a text in which hits are looked for: all of nearly every article, and a bound for the rest.
READ = 50_000

Segment = tuple[str, bool]
Span = tuple[int, int]


def snippet(text: str, language: str, query: Query, *, width: int = WIDTH) -> tuple[Segment, ...]:
    """Return the passage of at most ``width`` characters that holds most hits, or else the beginning of the text."""
    hits = _hits(text[:READ], language, query, ("", "body", "lead"))
    low, high = _window(text, hits, width)
    before, after = ELLIPSIS if low > 0 else "", ELLIPSIS if high < len(text.rstrip()) else ""
    inside = [(max(start, low), min(end, high)) for start, end in hits if start < high and end > low]
    segments = _segments(text[low:high].replace("\n", " "), [(start - low, end - low) for start, end in inside])
    return tuple(segment for segment in ((before, False), *segments, (after, False)) if segment[0])


def marked(text: str, language: str, query: Query, *, part: str = "title") -> tuple[Segment, ...]:
    """Return a whole text, such as a title, with its hits."""
    return tuple(_segments(text, _hits(text, language, query, ("", part))))


def _hits(text: str, language: str, query: Query, parts: Sequence[str]) -> list[Span]:
    needles = dict.fromkeys(needle for leaf in _wanted(query) if leaf.part in parts for needle in _needles(leaf, language))
    if not needles:
        return []
    spans = sorted(_Reading(analyse(text, language)).spans(needles))
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _wanted(query: Query) -> Iterator[Passage]:
    """Yield the words that an article may have been found by."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from () if isinstance(part, Not) else _wanted(part)
        case Some(words):
            yield from words
        case Near():
            yield from _wanted(query.left)
            yield from _wanted(query.right)
        case Often(word, _, exact):
            yield Word(word, exact=exact)
        case Word() | Phrase() | Wildcard() | Concept():
            if not is_stop_word(query):
                yield query
        case _:
            return


def _needles(leaf: Passage, language: str) -> Iterator[Run]:
    """Yield what to mark in a text of this language: terms and patterns in a row."""
    if language not in languages():
        return
    for run in runs_of(leaf, language):
        if isinstance(leaf, Phrase) and leaf.between is not None:
            yield from ((term,) for term in run)
        elif run:
            yield run


class _Reading:
    """The tokens of a text, with the places of each form."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.places: dict[str, list[int]] = {}
        for at, token in enumerate(tokens):
            for form in _forms(token):
                self.places.setdefault(form, []).append(at)

    def spans(self, runs: Iterable[Run]) -> Iterator[Span]:
        """Yield the characters at which each run stands."""
        for run in runs:
            for at in self._begins(run[0]):
                held = self.tokens[at : at + len(run)]
                if len(held) == len(run) and all(map(_fits, held, run)):
                    yield held[0].start, held[-1].end

    def _begins(self, first: Term) -> Iterable[int]:
        if isinstance(first, str):
            return self.places.get(first, ())
        return sorted({at for form, places in self.places.items() if first.fits(form) for at in places})


def _forms(token: Token) -> tuple[str, str]:
    return token.term[:LONGEST_TERM], EXACT + token.word[:LONGEST_TERM]


def _fits(token: Token, term: Term) -> bool:
    return term in _forms(token) if isinstance(term, str) else any(map(term.fits, _forms(token)))


def _window(text: str, hits: list[Span], width: int) -> Span:
    """Return the bounds, on word boundaries, of the window in which most hits lie; the first of equals."""
    if not hits:
        return 0, _cut(text, width)
    ends = [end for _start, end in hits]  # in order, since hits neither overlap nor touch
    room = width * 3 // 4
    _most, place = max((bisect_right(ends, start + room) - at, -at) for at, (start, _end) in enumerate(hits))
    first = hits[-place]
    low = max(0, first[0] - width // 4)
    if low > 0:
        low = min(first[0], next((at + 1 for at in range(low, first[0]) if text[at].isspace()), first[0]))
    return low, low + _cut(text[low:], width)


def _cut(text: str, width: int) -> int:
    if len(text) <= width:
        return len(text)
    space = text.rfind(" ", width // 2, width + 1)
    return space if space > 0 else width


def _segments(text: str, spans: list[Span]) -> Iterator[Segment]:
    at = 0
    for start, end in spans:
        if start > at:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False
