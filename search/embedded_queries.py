"""Turns clauses into the queries of the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any as Anything

import tantivy
from django.utils.translation import gettext as _

from newsdesk.errors import BadQuery
from search.document import EXACT, NUMBERS
from search.patterns import Pattern, Run, Term, beginnings, either, halves
from search.plan import All, Any, AtLeast, Clause, Close, Range, Terms, These, Value

#: Phrases that a row of alternatives is written out into, where they cost less than a regular expression.
MOST_WRITTEN_OUT = 1_000
#: What the rows of one query may cost, in articles whose places of words are read for them: some two seconds of a core. Each
#: row costs as many beside, one with a regular expression more.
MOST_READ, A_ROW, A_PHRASE = 5_000_000, 800, 50


class Translator:
    """Turns clauses into Tantivy's queries; ``remember`` makes that of one and the same clause only once.

    ``searcher`` tells what the index holds: rows of words of which it lacks one are not looked for, and BadQuery is raised
    where rows would take too long.
    """

    def __init__(self, schema: tantivy.Schema, *, searcher: tantivy.Searcher | None = None, remember: bool = False) -> None:
        self.schema = schema
        self.searcher = searcher
        self._read = 0
        self._present: dict[tuple[str, Term], Term | None] = {}
        self._counts: dict[tuple[str, Term], int] = {}
        #: By identity; the clause is kept, so that its id is.
        self.known: dict[int, tuple[Clause, tantivy.Query]] | None = {} if remember else None

    def translate(self, clause: Clause) -> tantivy.Query:
        """Return the query of a clause."""
        if self.known is None:
            return self._translated(clause)
        known = self.known.get(id(clause))
        if known is None:
            known = self.known[id(clause)] = (clause, self._translated(clause))
        return known[1]

    def _translated(self, clause: Clause) -> tantivy.Query:
        match clause:
            case All():
                query = self._all(clause)
            case Any(parts):
                query = self._any([self.translate(part) for part in parts])
            case AtLeast(parts, least):
                some = [(tantivy.Occur.Should, self.translate(part)) for part in parts]
                query = tantivy.Query.boolean_query(some, minimum_number_should_match=least)
            case Terms(field, (Pattern(source),), _):
                query = tantivy.Query.const_score_query(tantivy.Query.regex_query(self.schema, field, source), 0.0)
            case Terms(field, terms, boost):
                run = self._run(field, terms)
                query = tantivy.Query.boost_query(self._any([self._row(field, list(enumerate(run)))] if run else []), boost)
            case Close(field, runs, between):
                present = tuple(run for run in (self._run(field, each) for each in runs) if run is not None)
                rows = spread(present, between) if len(present) == len(runs) else ()
                query = self._any([self._row(field, row) for row in rows])
            case Value() | Range() | These():
                query = tantivy.Query.const_score_query(self._filter(clause), 0.0)
        return query

    def _filter(self, clause: Value | Range | These) -> tantivy.Query:
        match clause:
            case These(ids):
                return self._any([tantivy.Query.term_query(self.schema, "article_id", each) for each in ids])
            case Value(field, value):
                return tantivy.Query.term_query(self.schema, field, value, index_option="basic")
            case Range():
                return self._range(clause)

    def _all(self, clause: All) -> tantivy.Query:
        must = [(tantivy.Occur.Must, self.translate(part)) for part in clause.parts]
        must_not = [(tantivy.Occur.MustNot, self.translate(part)) for part in clause.without]
        if not must:
            must = [(tantivy.Occur.Must, tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0))]
        return tantivy.Query.boolean_query(must + must_not)

    @staticmethod
    def _any(parts: list[tantivy.Query]) -> tantivy.Query:
        if not parts:
            return tantivy.Query.empty_query()
        return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def _row(self, field: str, terms: list[tuple[int, Term]]) -> tantivy.Query:
        first = terms[0][1]
        if len(terms) == 1 and isinstance(first, str):
            return tantivy.Query.term_query(self.schema, field, first)
        if any(isinstance(term, Pattern) for _, term in terms):
            return self._alternatives(field, terms)
        return tantivy.Query.phrase_query(self.schema, field, [(_place(at, str(term)), str(term)) for at, term in terms])

    def _alternatives(self, field: str, terms: list[tuple[int, Term]]) -> tantivy.Query:
        """Return what finds a row with alternatives: phrases of plain words or regular expressions, whichever costs less."""
        written, patterns = _written_out(terms), list(product(*map(_placed, terms)))
        plain = sum(A_PHRASE + min(self._articles(field, word) for _at, word in row) for row in written)
        wild = sum(self._articles(field, term) for _at, term in terms if isinstance(term, Pattern))
        cost = len(patterns) * (A_ROW + wild)
        if written and plain <= cost:
            self._charge(plain)
            return self._either([tantivy.Query.phrase_query(self.schema, field, [*row]) for row in written])
        self._charge(cost)
        return self._either([tantivy.Query.regex_phrase_query(self.schema, field, list(row)) for row in patterns])

    @staticmethod
    def _either(found: list[tantivy.Query]) -> tantivy.Query:
        return found[0] if len(found) == 1 else tantivy.Query.disjunction_max_query(found)

    def _run(self, field: str, run: Run) -> Run | None:
        """Return a run with the alternatives that the index has; None where it lacks a word."""
        terms = [self._term(field, term) for term in run]
        present = tuple(term for term in terms if term is not None)
        return present if len(present) == len(run) else None

    def _term(self, field: str, term: Term) -> Term | None:
        if self.searcher is None:
            return term
        key = field, term
        if key not in self._present:
            if isinstance(term, Pattern) and term.parts:
                kept = [part for part in (self._term(field, each) for each in term.parts) if part is not None]
                self._present[key] = either(kept) if kept else None
            else:
                self._present[key] = term if self._articles(field, term) else None
        return self._present[key]

    def _articles(self, field: str, term: Term) -> int:
        """Return how many articles have each word that a term stands for, added up."""
        if self.searcher is None:
            return 0
        key = field, term
        if key not in self._counts:
            if isinstance(term, str):
                self._counts[key] = self.searcher.doc_freq(field, term)
            elif term.parts:
                self._counts[key] = sum(self._articles(field, part) for part in term.parts)
            else:
                found = (pair for start in beginnings(term) for pair in self.searcher.terms_with_prefix(field, start))
                self._counts[key] = sum(count for word, count in found if term.fits(word))
        return self._counts[key]

    def _charge(self, cost: int) -> None:
        """Raise BadQuery where the rows of a query together would take too long; of few documents none do."""
        self._read += cost
        if self.searcher is not None and self._read > MOST_READ:
            raise BadQuery(_("So many words at such a distance would take too long: name fewer, or bring them closer."))

    def _range(self, clause: Range) -> tantivy.Query:
        number: Anything = int if clause.field in NUMBERS else float
        kind = tantivy.FieldType.Unsigned if clause.field in NUMBERS else tantivy.FieldType.Float
        if clause.low is None and clause.high is None:
            return tantivy.Query.all_query()
        return tantivy.Query.range_query(
            self.schema,
            clause.field,
            kind,
            None if clause.low is None else number(clause.low),
            None if clause.high is None else number(clause.high),
            include_lower=clause.low is None or not clause.above,
            include_upper=clause.high is None,
        )


def _written_out(terms: list[tuple[int, Term]]) -> list[list[tuple[int, str]]]:
    """Return the phrases of plain words that a row with alternatives stands for; none where one is wild, or they are too many."""
    choices = [[(at, term)] if isinstance(term, str) else [(at, each) for each in _plain(term)] for at, term in terms]
    if prod(map(len, choices)) > MOST_WRITTEN_OUT:
        return []
    return [[(_place(at, term), term) for at, term in row] for row in product(*choices)]


def _plain(pattern: Pattern) -> list[str]:
    """Return the words that a pattern was put together from; none if it has a wild one among them."""
    words: list[str] = []
    for part in pattern.parts:
        inner = [part] if isinstance(part, str) else _plain(part)
        if not inner:
            return []
        words += inner
    return words


def _place(at: int, term: str) -> int:
    """Return where a term of the word at this place stands: each word takes two places, as written and its stem."""
    return 2 * at + (not term.startswith(EXACT))


def _placed(term: tuple[int, Term]) -> list[tuple[int, str]]:
    """Return the places at which terms may stand that fit, and the regular expression for each."""
    return [(2 * term[0] + side, source) for side, source in enumerate(halves(term[1])) if source]


def spread(runs: tuple[Run, ...], between: int) -> Iterator[list[tuple[int, Term]]]:
    """Yield every placing of the runs, in order, with at most ``between`` other words among them, as (offset, term)."""
    first = list(enumerate(runs[0]))
    if len(runs) == 1:
        yield first
        return
    for gap in range(between + 1):
        for rest in spread(runs[1:], between - gap):
            yield first + [(offset + len(runs[0]) + gap, term) for offset, term in rest]
