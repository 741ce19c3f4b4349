"""Words with ``*`` and ``?``: a text with them goes in, the terms and patterns it stands for in a language come out in a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from newsdesk.analysis import normalise
from newsdesk.languages import languages
from search.document import EXACT, LONGEST_TERM, paired

#: A word that holds a star or a question mark.
WILD = re.compile(r"[\w'’]*[*?][\w'’*?]*")
#: What is never a letter of a pattern. Both engines' regular expressions agree on all others.
_SPECIAL = re.compile(r"[^\w'=\u0300-\u036f]")

#: The beginning of a wild word's regular expression: whether words as written are meant, articles, and letters.
_BEGINNING = re.compile(r"(=\??|)(?:\(([^()]*)\)\?)?((?:[\w'\u0300-\u036f]|\\.)*)")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Every term that this regular expression fits as a whole; ``parts`` are those that it was put together from."""

    source: str
    parts: tuple[str | Pattern, ...] = ()

    def fits(self, term: str) -> bool:
        """Whether a term is among them."""
        return _compiled(self.source).fullmatch(term) is not None


Term = str | Pattern
Run = tuple[Term, ...]
#: What may stand at each place of a run.
_Choices = tuple[tuple[Term, ...], ...]


@lru_cache(maxsize=20_000)
def run_of(text: str, code: str, *, exact: bool) -> Run:
    """Return what stands in a row where this text stands: stems, or written forms if ``exact``, and patterns for wild words."""
    run: list[Term] = []
    at = 0
    for wild in WILD.finditer(text):
        run += [*_plain(text[at : wild.start()], code, exact=exact), _pattern(wild.group(), code, exact=exact)]
        at = wild.end()
    return (*run, *_plain(text[at:], code, exact=exact))


def either(terms: Iterable[Term]) -> Term:
    """Return one term or pattern that stands for all of these."""
    distinct = tuple(dict.fromkeys(terms))
    return distinct[0] if len(distinct) == 1 else Pattern(_alternatives(map(source_of, distinct)), distinct)


def gathered(runs: Iterable[Run]) -> list[Run]:
    """Return fewer runs that stand for just the same: those alike but at one place become one, with all that stands there."""
    rows: list[_Choices] = [tuple((term,) for term in run) for run in dict.fromkeys(runs)]
    before = len(rows) + 1
    while len(rows) < before:
        before = len(rows)
        for place in range(max(map(len, rows), default=0)):
            rows = list(_gathered_at(place, rows))
    return [tuple(map(either, row)) for row in rows]


def _gathered_at(place: int, rows: Iterable[_Choices]) -> Iterator[_Choices]:
    alike: dict[object, list[_Choices]] = {}
    for row in rows:
        alike.setdefault((row[:place], row[place + 1 :], place < len(row)), []).append(row)
    for same in alike.values():
        row = same[0]
        if len(same) > 1:
            terms = {term for each in same for term in each[place]}
            row = (*row[:place], tuple(sorted(terms, key=source_of)), *row[place + 1 :])
        yield row


def halves(term: Term) -> tuple[str, str]:
    """Return the regular expressions of the written words and of the stems that a term stands for, empty for none."""
    if isinstance(term, Pattern) and term.parts:
        written, stems = zip(*map(halves, term.parts), strict=True)
        return _alternatives(filter(None, written)), _alternatives(filter(None, stems))
    source = source_of(term)
    if source.startswith(f"{EXACT}?"):
        return EXACT + source[2:], source[2:]
    return (source, "") if source.startswith(EXACT) else ("", source)


def ways(run: Run) -> int:
    """Return in how many ways a run can be placed on written words and stems."""
    return prod(len(list(filter(None, halves(term)))) for term in run if isinstance(term, Pattern))


def beginnings(pattern: Pattern) -> tuple[str, ...]:
    """Return how terms begin that one wild word can fit: those that begin otherwise need not be looked at."""
    found = _BEGINNING.match(pattern.source)
    start, articles, letters = found.groups() if found else ("", "", "")
    letters = re.sub(r"\\(.)", r"\1", letters)
    if start == f"{EXACT}?":
        return EXACT + letters, letters
    return tuple(start + article + letters for article in ("", *filter(None, (articles or "").split("|"))))


def _alternatives(sources: Iterable[str]) -> str:
    joined = "|".join(sources)
    return joined and f"({joined})"


def source_of(term: Term) -> str:
    """Return the regular expression of a term."""
    return term.source if isinstance(term, Pattern) else escaped(term)


def escaped(text: str) -> str:
    """Write a text so that it is no pattern, in the regular expressions of both engines."""
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def _plain(text: str, code: str, *, exact: bool) -> Iterator[str]:
    return (word if exact else term for word, term in paired(text, code))


def _pattern(wild: str, code: str, *, exact: bool) -> Pattern:
    """Return the pattern of one wild word.

    A beginning (``word*``) fits words as written, and stems, which have no article or conjunction before them. With ``?``
    letters are counted, so that only words as written fit, with or without an article written onto them.
    """
    row = languages()[code]
    word = normalise(wild)
    elision = next((each for each in row.elisions if word.startswith(each)), "")
    body = "".join({"*": ".*", "?": "."}.get(c) or escaped(c) for c in word.removeprefix(elision)[:LONGEST_TERM])
    if exact:
        return Pattern(f"{EXACT}{body}")
    if "?" not in word:
        return Pattern(f"{EXACT}?{body}")
    articles = "|".join(clitic for clitic in row.proclitics if len(clitic) > 1)
    return Pattern(f"{EXACT}({articles})?{body}" if articles else f"{EXACT}{body}")


@lru_cache(maxsize=1_000)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)
