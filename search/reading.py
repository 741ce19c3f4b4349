"""How a query was read: its tree goes in, what each of its words became in each language comes out, for people to check."""

from __future__ import annotations

from dataclasses import dataclass

from newsdesk.languages import languages
from search.document import EXACT
from search.plan import runs_of
from search.tree import Often, Phrase, Query, Wildcard, Word, leaves


@dataclass(frozen=True, slots=True)
class Reading:
    """One word or phrase of a query, and what is looked for: ``(language, stems)``, or written forms where it is exact."""

    written: str
    forms: tuple[tuple[str, str], ...]


def readings(query: Query) -> tuple[Reading, ...]:
    """Return what the words of a query were read as, in the order written, each once. Patterns stand for themselves."""
    words = (Word(leaf.word, exact=leaf.exact) if isinstance(leaf, Often) else leaf for leaf in leaves(query))
    return tuple(dict.fromkeys(_reading(word) for word in words if isinstance(word, Word | Phrase | Wildcard)))


def _reading(word: Word | Phrase | Wildcard) -> Reading:
    if isinstance(word, Wildcard):
        return Reading(word.pattern, ())
    runs = {code: [term for run in runs_of(word, code) for term in run] for code in languages()}
    shown = {
        code: " ".join(term.removeprefix(EXACT) if isinstance(term, str) else "…" for term in run) for code, run in runs.items()
    }
    return Reading(word.text, tuple(shown.items()))
