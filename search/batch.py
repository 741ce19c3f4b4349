"""Asks much of little: a few documents and thousands of clauses go in; the ids of the articles that match each come out.

The documents make a small embedded index in memory. Before it is asked, each clause is narrowed to what these documents hold:
most searches find none of their words in a batch, and those that do need few of the forms and places they would look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from newsdesk.languages import languages
from search.document import PARTS, Document, Indexed, indexed
from search.embedded import ids_of, index_of
from search.embedded_queries import Translator
from search.patterns import Pattern, Run, either
from search.plan import All, Any, Clause, Close, Terms, Value

#: A clause that matches nothing.
NOTHING = Any(())


class Batch:
    """An index in memory of a few documents, each of another article."""

    def __init__(self, documents: Sequence[Document]) -> None:
        fields = [indexed(document) for document in documents]
        self.narrowing = Narrowing(fields)
        index = index_of(fields)
        self.searcher = index.searcher()
        self.translator = Translator(index.schema, remember=True)

    def matching(self, clause: Clause) -> tuple[int, ...]:
        """Return the ids of all articles that match a clause, in no order."""
        narrowed, possible = self.narrowing.of(clause)
        if not possible:
            return ()
        return ids_of(self.searcher, self.translator.translate(narrowed))


class Narrowing:
    """Takes out of clauses what a few documents cannot match.

    Sets of documents are whole numbers, one bit a document. What is said of a clause is an upper bound: words that must stand
    in a row or close together are only known to be there, and ranges are not looked at.
    """

    def __init__(self, documents: Sequence[Indexed]) -> None:
        self._all = (1 << len(documents)) - 1
        self._holding: dict[str, dict[str, int]] = {}
        for number, document in enumerate(documents):
            for field, values in _values(document):
                held = self._holding.setdefault(field, {})
                for value in values:
                    held[value] = held.get(value, 0) | 1 << number
        self._words = {code: "\n" + "".join(f"{term}\n" for term in self._terms(code)) for code in languages()}
        self._fits: dict[tuple[str, str], list[str]] = {}
        #: By identity: comparing deep clauses would cost more than it saves. The clause is kept, so that its id is.
        self._known: dict[int, tuple[Clause, tuple[Clause, int]]] = {}

    def of(self, clause: Clause) -> tuple[Clause, int]:
        """Return a clause that matches the same of these documents, and those it may match."""
        match clause:
            case Terms(field, terms):
                run, possible = self._row(field, terms)
                return (clause if run is terms else replace(clause, terms=run)), possible
            case Any(parts):
                known = self._known.get(id(clause))
                if known is None:
                    known = self._known[id(clause)] = (clause, self._any(parts))
                return known[1]
            case All():
                return self._every(clause)
            case Value(field, value):
                return clause, self._holding.get(field, {}).get(value, 0)
            case Close():
                return self._close(clause)
        return clause, self._all

    def _any(self, parts: Iterable[Clause]) -> tuple[Clause, int]:
        kept, possible = [], 0
        for part in parts:
            narrowed, may = self.of(part)
            if may:
                kept.append(narrowed)
                possible |= may
        return (kept[0] if len(kept) == 1 else Any(tuple(kept))), possible

    def _every(self, clause: All) -> tuple[Clause, int]:
        parts, possible = [], self._all
        for part in clause.parts:
            narrowed, may = self.of(part)
            possible &= may
            if not possible:
                return NOTHING, 0
            parts.append(narrowed)
        without = [narrowed for narrowed, may in map(self.of, clause.without) if may & possible]
        return All(tuple(parts), tuple(without)), possible

    def _close(self, clause: Close) -> tuple[Clause, int]:
        possible, runs = self._all, []
        for run in clause.runs:
            narrowed, may = self._row(clause.field, run)
            possible &= may
            if not possible:
                return NOTHING, 0
            runs.append(narrowed)
        return replace(clause, runs=tuple(runs)), possible

    def _row(self, field: str, terms: Run) -> tuple[Run, int]:
        """Return what may stand in a row here, patterns as the words that they fit here, and where."""
        held = self._holding.get(field)
        if held is None:
            return terms, 0
        possible, run = self._all, terms
        for place, term in enumerate(terms):
            if isinstance(term, str):
                possible &= held.get(term, 0)
            elif fitting := [each for each in self._fitting(field, term) if each in held]:
                possible &= reduce(or_, (held[each] for each in fitting))
                run = (*run[:place], either(fitting), *run[place + 1 :])
            else:
                possible = 0
        return run, possible

    def _fitting(self, field: str, pattern: Pattern) -> list[str]:
        """Return the words that a pattern fits in these documents, in any field of the language of this one."""
        key = field.rpartition("_")[2], pattern.source
        if key not in self._fits:
            found = re.finditer(rf"\n({pattern.source})(?=\n)", self._words[key[0]])
            self._fits[key] = [match[1] for match in found]
        return self._fits[key]

    def _terms(self, code: str) -> Iterable[str]:
        fields = (held for field, held in self._holding.items() if field in {f"{part}_{code}" for part in PARTS})
        return dict.fromkeys(term for held in fields for term in held)


def _values(document: Indexed) -> Iterable[tuple[str, Iterable[str]]]:
    for field, terms in document.terms.items():
        yield field, set(terms.split())
    yield from document.counts.items()
    yield from document.keywords.items()
