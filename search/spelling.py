"""«Did you mean»: a query with words that no article has goes in, the query with the likeliest words instead comes out, or None.

Candidates are a letter away: one dropped, doubled, swapped, put in or exchanged; or any letters exchanged for those
that a language's row says are confused with them (ض and ظ; ph and f). The index is asked which of them it has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from newsdesk.analysis import analyse, normalise
from newsdesk.languages import Language, languages
from search.document import EXACT
from search.engine import Engine
from search.plan import Any, Clause, Terms
from search.rewriting import rewritten
from search.tree import Query, Word, leaves

#: Lists shorter than this are looked at for misspelt words.
FEW = 5
#: Words looked at, letters a word must have to be looked at, and the most it can have.
MOST_WORDS, LEAST_LETTERS, MOST_LETTERS = 3, 4, 20
#: What an exchange of confused letters counts, beside one of any letters.
CONFUSED, EDITED = 0, 1


@dataclass(frozen=True, slots=True)
class _Candidate:
    word: str
    language: str
    cost: int


def did_you_mean(query: Query, engine: Engine) -> Query | None:
    """Return the query with every unknown word replaced by the nearest that the index knows, most frequent first."""
    words = dict.fromkeys(leaf for leaf in leaves(query) if isinstance(leaf, Word) and not leaf.exact and _can_err(leaf.text))
    asked = list(words)[:MOST_WORDS]
    known = engine.tally([_any_form(word.text) for word in asked])
    better = {word: best for word, count in zip(asked, known, strict=True) if not count and (best := _best(word.text, engine))}
    if not better:
        return None
    return rewritten(query, lambda leaf: replace(leaf, text=better[leaf]) if isinstance(leaf, Word) and leaf in better else leaf)


def _can_err(text: str) -> bool:
    return len(analyse(text, "")) == 1 and text.isalpha() and LEAST_LETTERS <= len(text) <= MOST_LETTERS


def _best(text: str, engine: Engine) -> str | None:
    word = normalise(text)
    found = list({(each.word, each.language): each for row in _rows(word) for each in _candidates(word, row)}.values())
    counts = engine.tally([_written(each.word, each.language) for each in found])
    ranked = sorted((each.cost, -count, each.word) for each, count in zip(found, counts, strict=True) if count)
    return ranked[0][2] if ranked else None


def _rows(word: str) -> list[Language]:
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in word}
    return [row for row in languages().values() if row.script in scripts]


def _candidates(word: str, row: Language) -> Iterator[_Candidate]:
    """Yield the neighbours of a word in a language; the cheapest last, so that they stay."""
    for each in dict.fromkeys(_edits(word, row.letters)):
        yield _Candidate(each, row.code, EDITED)
    for each in dict.fromkeys(_confusions(word, row.confused)):
        yield _Candidate(each, row.code, CONFUSED)


def _edits(word: str, letters: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (f"{before}{letter}{after}" for letter in letters)
        if after:
            yield f"{before}{after[1:]}"
            yield from (f"{before}{letter}{after[1:]}" for letter in letters if letter != after[0])
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"


def _confusions(word: str, groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the word with each group's spellings exchanged, at one place or at all."""
    pairs = [pair for group in groups for pair in permutations(group, 2)]
    for one, other in pairs:
        if len(one) == len(other) == 1:
            yield word.translate({ord(one): other, ord(other): one})
        if one in word:
            yield word.replace(one, other)
            yield from (word[:at] + other + word[at + len(one) :] for at in range(len(word)) if word.startswith(one, at))


def _written(word: str, language: str) -> Clause:
    return Any(tuple(Terms(f"{part}_{language}", (EXACT + word,)) for part in ("title", "body")))


def _any_form(text: str) -> Clause:
    forms = [(code, token) for code in languages() for token in analyse(text, code)]
    return Any(tuple(Terms(f"{part}_{code}", (token.term,)) for code, token in forms for part in ("title", "body")))
