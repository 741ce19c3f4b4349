"""Shows where a query matches: a text of the record and the query go in, segments of (text, is it a hit) come out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsdesk.analysis import Token, analyse
from search.document import EXACT, LONGEST_TERM, paired
from search.plan import is_stop_word
from search.tree import And, Near, Not, Or, Phrase, Query, Wildcard, Word

#: Characters of a snippet.
WIDTH = 200
ELLIPSIS = "…"
#: Characters of a text in which hits are looked for: all of nearly every article, and a bound for the rest.
READ = 50_000

Segment = tuple[str, bool]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Needle:
    """What to mark: forms in a row (``=word`` or stem), or one beginning of a word (``starts``)."""

    forms: tuple[str, ...]
    starts: bool = False


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
    needles = [needle for leaf in _wanted(query) if leaf.part in parts for needle in _needles(leaf, language)]
    if not needles:
        return []
    tokens = analyse(text, language)
    spans = sorted(span for needle in needles for span in _found(tokens, needle))
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _wanted(query: Query) -> Iterator[Word | Phrase | Wildcard]:
    """Yield the words that an article may have been found by."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from () if isinstance(part, Not) else _wanted(part)
        case Near():
            yield from _wanted(query.left)
            yield from _wanted(query.right)
        case Word() | Phrase() | Wildcard():
            if not is_stop_word(query):
                yield query
        case _:
            return


def _needles(leaf: Word | Phrase | Wildcard, language: str) -> Iterator[_Needle]:
    if isinstance(leaf, Wildcard):
        for token in analyse(leaf.prefix, ""):
            yield _Needle((token.word[:LONGEST_TERM],), starts=True)
        return
    forms = tuple(word if leaf.exact else term for word, term in paired(leaf.text, language))
    if isinstance(leaf, Phrase) and leaf.between is not None:
        for form in forms:
            yield _Needle((form,))
    elif forms:
        yield _Needle(forms)


def _found(tokens: list[Token], needle: _Needle) -> Iterator[Span]:
    length = len(needle.forms)
    for at in range(len(tokens) - length + 1):
        if all(_fits(tokens[at + place], form, needle.starts) for place, form in enumerate(needle.forms)):
            yield tokens[at].start, tokens[at + length - 1].end


def _fits(token: Token, form: str, starts: bool) -> bool:
    if starts:
        return token.word.startswith(form) or token.term.startswith(form)
    return form in (token.term[:LONGEST_TERM], EXACT + token.word[:LONGEST_TERM])


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
