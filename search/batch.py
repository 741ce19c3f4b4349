"""Asks much of little: a few documents and thousands of clauses go in; the ids of the articles that match each come out.

Each clause is narrowed to what these documents hold, which answers all that asks for single words, values and numbers. The
documents also make a small embedded index in memory, which is asked where words must stand in a row or close together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import NamedTuple

from newsdesk.languages import languages
from search.document import PARTS, Document, Indexed, indexed
from search.embedded import ids_of, index_of
from search.embedded_queries import Translator
from search.patterns import Pattern, Run, either
from search.plan import All, Any, Clause, Close, Range, Terms, Value

#: A clause that matches nothing.
NOTHING = Any(())


class Batch:
    """An index in memory of a few documents, each of another article."""

    def __init__(self, documents: Sequence[Document]) -> None:
        fields = [indexed(document) for document in documents]
        self.ids = [document.article_id for document in documents]
        self.narrowing = Narrowing(fields)
        index = index_of(fields)
        self.searcher = index.searcher()
        self.translator = Translator(index.schema, remember=True)

    def matching(self, clause: Clause) -> tuple[int, ...]:
        """Return the ids of all articles that match a clause, in no order."""
        narrowed = self.narrowing.of(clause)
        if narrowed.sure == narrowed.may:
            return tuple(each for number, each in enumerate(self.ids) if narrowed.may >> number & 1)
        return ids_of(self.searcher, self.translator.translate(narrowed.clause))


class Narrowed(NamedTuple):
    """A clause that matches the same of a few documents, those that it may match, and those of them that it surely does.

    Sets of documents are whole numbers, one bit a document.
    """

    clause: Clause
    may: int
    sure: int


class Narrowing:
    """Takes out of clauses what a few documents cannot match.

    Of words that must stand in a row or close together it is only known that they are there.
    """

    def __init__(self, documents: Sequence[Indexed]) -> None:
        self._all = (1 << len(documents)) - 1
        self._holding: dict[str, dict[str, int]] = {}
        self._numbers = [{**document.numbers, **document.scores} for document in documents]
        for number, document in enumerate(documents):
            for field, values in _values(document):
                held = self._holding.setdefault(field, {})
                for value in values:
                    held[value] = held.get(value, 0) | 1 << number
        self._words = {code: "\n" + "".join(f"{term}\n" for term in self._terms(code)) for code in languages()}
        self._fits: dict[tuple[str, str], list[str]] = {}
        #: By identity: comparing deep clauses would cost more than it saves. The clause is kept, so that its id is.
        self._known: dict[int, tuple[Clause, Narrowed]] = {}

    def of(self, clause: Clause) -> Narrowed:
        """Narrow a clause."""
        match clause:
            case Terms(field, terms):
                run, may = self._row(field, terms)
                narrowed = Narrowed(clause if run is terms else replace(clause, terms=run), may, may if len(run) == 1 else 0)
            case Any(parts):
                known = self._known.get(id(clause)) or (clause, self._any(parts))
                narrowed = self._known.setdefault(id(clause), known)[1]
            case All():
                narrowed = self._every(clause)
            case Value(field, value):
                held = self._holding.get(field, {}).get(value, 0)
                narrowed = Narrowed(clause, held, held)
            case Range():
                within = self._within(clause)
                narrowed = Narrowed(clause, within, within)
            case Close():
                narrowed = self._close(clause)
            case _:
                narrowed = Narrowed(clause, self._all, 0)
        return narrowed

    def _any(self, parts: Iterable[Clause]) -> Narrowed:
        kept = [narrowed for narrowed in map(self.of, parts) if narrowed.may]
        if len(kept) == 1:
            return kept[0]
        may, sure = reduce(or_, (each.may for each in kept), 0), reduce(or_, (each.sure for each in kept), 0)
        return Narrowed(Any(tuple(each.clause for each in kept)), may, sure)

    def _every(self, clause: All) -> Narrowed:
        parts, may, sure = [], self._all, self._all
        for part in clause.parts:
            narrowed = self.of(part)
            may &= narrowed.may
            sure &= narrowed.sure
            if not may:
                return Narrowed(NOTHING, 0, 0)
            parts.append(narrowed.clause)
        without = [narrowed for narrowed in map(self.of, clause.without) if narrowed.may & may]
        for narrowed in without:
            may &= ~narrowed.sure
            sure &= ~narrowed.may
        return Narrowed(All(tuple(parts), tuple(narrowed.clause for narrowed in without)), may, sure)

    def _close(self, clause: Close) -> Narrowed:
        may, runs = self._all, []
        for run in clause.runs:
            narrowed, there = self._row(clause.field, run)
            may &= there
            if not may:
                return Narrowed(NOTHING, 0, 0)
            runs.append(narrowed)
        return Narrowed(replace(clause, runs=tuple(runs)), may, 0)

    def _within(self, clause: Range) -> int:
        found = 0
        for number, held in enumerate(self._numbers):
            value = held.get(clause.field)
            if value is None:
                fits = clause.low is None and clause.high is None
            else:
                low = clause.low is None or value > clause.low or (value == clause.low and not clause.above)
                fits = low and (clause.high is None or value < clause.high)
            found |= fits << number
        return found

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
