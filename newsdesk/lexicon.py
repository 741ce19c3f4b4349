"""The trilingual lexicon, ``data/lexicon.toml``: concepts of the field with their forms in each language, found in texts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from newsdesk.analysis import Token, analyse


@dataclass(frozen=True)
class Concept:
    """One concept: a key, the family it belongs to (terms that can stand for each other share one), forms by language."""

    key: str
    family: str
    forms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mention:
    """A form of a concept found in a text: characters ``start`` to ``end``."""

    concept: str
    start: int
    end: int


@cache
def concepts() -> Mapping[str, Concept]:
    """Return the concepts by key, in the order of the table."""
    table = tomllib.loads(files("newsdesk").joinpath("data/lexicon.toml").read_text(encoding="utf-8"))
    return {
        key: Concept(key, row.get("family", ""), {code: tuple(forms) for code, forms in row.items() if code != "family"})
        for key, row in table.items()
    }


def find_concepts(tokens: Iterable[Token], language: str) -> list[Mention]:
    """Return every concept mentioned, in order, the longest form first where several begin at one word."""
    terms = list(tokens)
    patterns = _patterns(language)
    found: list[Mention] = []
    at = 0
    while at < len(terms):
        for length, pattern, concept in patterns.get(terms[at].term, ()):
            if tuple(token.term for token in terms[at : at + length]) == pattern:
                found.append(Mention(concept, terms[at].start, terms[at + length - 1].end))
                at += length - 1
                break
        at += 1
    return found


@cache
def _patterns(language: str) -> Mapping[str, list[tuple[int, tuple[str, ...], str]]]:
    by_first: dict[str, list[tuple[int, tuple[str, ...], str]]] = {}
    for concept in concepts().values():
        for form in concept.forms.get(language, ()):
            pattern = tuple(token.term for token in analyse(form, language))
            by_first.setdefault(pattern[0], []).append((len(pattern), pattern, concept.key))
    return {first: sorted(rows, reverse=True) for first, rows in by_first.items()}
