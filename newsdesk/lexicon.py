"""The trilingual lexicon, ``data/lexicon.toml``: concepts of the field with their forms in each language, found in texts."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from newsdesk.analysis import Token, analyse, normalise
from newsdesk.languages import languages

_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Concept:
    """One concept: a key, the family it belongs to (terms that can stand for each other share one), forms by language."""

    key: str
    family: str
    forms: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str] = field(default_factory=dict)
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By language, words (normalised) that share a stem with a form but mean something else."""

    def name(self, language: str) -> str:
        """Return what a reader calls it, in English where the language has no name for it."""
        return self.names.get(language) or self.names.get("en") or self.key.replace("_", " ")


@dataclass(frozen=True)
class Mention:
    """A form of a concept found in a text: characters ``start`` to ``end``."""

    concept: str
    start: int
    end: int


@dataclass(frozen=True)
class _Pattern:
    terms: tuple[str, ...]
    concept: str
    barred: frozenset[str]
    group: str
    """The family, or the concept itself if it has none: within a group the longest form alone counts."""


@cache
def concepts() -> Mapping[str, Concept]:
    """Return the concepts by key, in the order of the table."""
    table = tomllib.loads(files("newsdesk").joinpath("data/lexicon.toml").read_text(encoding="utf-8"))
    return {key: _concept(key, row) for key, row in table.items()}


@cache
def families() -> Mapping[str, tuple[Concept, ...]]:
    """Return the families of terms that can stand for each other, in the order of the table."""
    grouped: dict[str, list[Concept]] = {}
    for concept in concepts().values():
        if concept.family:
            grouped.setdefault(concept.family, []).append(concept)
    return {family: tuple(members) for family, members in grouped.items()}


def find_concepts(tokens: Iterable[Token], language: str) -> list[Mention]:
    """Return every concept mentioned, in order of place.

    Of forms that overlap, the longest counts in each family (in "illegal migrants" the status is told and the person too).
    """
    read = list(tokens)
    terms = [token.term for token in read]
    by_first = _patterns(language)
    taken: dict[str, int] = {}
    found: list[Mention] = []
    for at, term in enumerate(terms):
        for pattern in by_first.get(term, ()):
            end = at + len(pattern.terms)
            if at < taken.get(pattern.group, 0) or tuple(terms[at:end]) != pattern.terms:
                continue
            if not (pattern.barred and _words(read[at:end]) & pattern.barred):
                taken[pattern.group] = end
                found.append(Mention(pattern.concept, read[at].start, read[end - 1].end))
    return found


def _words(tokens: Iterable[Token]) -> set[str]:
    """Return the words as written, normalised, without an elided article before an apostrophe."""
    return {token.word.rpartition("'")[2] for token in tokens}


def _concept(key: str, row: Mapping[str, Any]) -> Concept:
    return Concept(
        key=key,
        family=row.get("family", ""),
        forms={code: expanded(row[code]) for code in languages() if code in row},
        names=row.get("name", {}),
        barred={code: frozenset(map(normalise, words.split())) for code, words in row.get("not", {}).items()},
    )


def expanded(forms: Iterable[str]) -> tuple[str, ...]:
    """Spell out the alternatives in parentheses: ``(a|b) c`` gives ``a c`` and ``b c``."""
    spelt: dict[str, None] = {}
    for form in forms:
        parts = _ALTERNATIVES.split(form)
        choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
        spelt.update(dict.fromkeys("".join(choice) for choice in itertools.product(*choices)))
    return tuple(spelt)


@cache
def _patterns(language: str) -> Mapping[str, tuple[_Pattern, ...]]:
    """Return the patterns by their first term, the longest first; of equal ones in a group the first in the table."""
    known: dict[tuple[tuple[str, ...], str], _Pattern] = {}
    for concept in concepts().values():
        group, barred = concept.family or concept.key, concept.barred.get(language, frozenset())
        for form in concept.forms.get(language, ()):
            terms = tuple(token.term for token in analyse(form, language))
            known.setdefault((terms, group), _Pattern(terms, concept.key, barred, group))
    by_first: dict[str, list[_Pattern]] = {}
    for pattern in known.values():
        by_first.setdefault(pattern.terms[0], []).append(pattern)
    return {first: tuple(sorted(rows, key=lambda row: -len(row.terms))) for first, rows in by_first.items()}
