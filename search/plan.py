"""What both engines run: a query's tree goes in, clauses of analysed terms and stored values come out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations
from math import comb

from django.utils.translation import gettext as _

from newsdesk.analysis import analyse, normalise
from newsdesk.errors import BadQuery
from newsdesk.languages import languages
from search.document import EXACT, LONGEST_TERM, TAGS, paired, seconds
from search.tree import Above, And, Dated, Everything, Is, Last, Near, Not, Or, Phrase, Query, Wildcard, Word

#: How much a match in each part weighs. The lead is part of the body, so it adds weight and never a match.
BOOSTS = {"title": 3.0, "lead": 1.5, "body": 1.0}
#: Phrases that one query may be unfolded into.
MOST_PHRASES = 10_000

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """These terms in a row (or the one term) in a field."""

    field: str
    terms: Run
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Starts:
    """A term that begins so."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Close:
    """These runs in this order in a field, with at most ``between`` other words among them altogether."""

    field: str
    runs: tuple[Run, ...]
    between: int


@dataclass(frozen=True, slots=True)
class Value:
    """A field of whole values holds this one. Does not score."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """A number lies in low <= x < high (``above``: low < x). Does not score."""

    field: str
    low: float | None = None
    high: float | None = None
    above: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part, and none of ``without``."""

    parts: tuple[Clause, ...] = ()
    without: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part; the scores add up. No part: nothing."""

    parts: tuple[Clause, ...]


Clause = Terms | Starts | Close | Value | Range | All | Any


@dataclass(slots=True)
class Planner:
    """Plans one query; ``ignored`` collects the stop words that were left out."""

    now: datetime
    ignored: list[str] = field(default_factory=list)
    phrases: int = 0

    def plan(self, query: Query) -> Clause:
        """Return the clause of a tree; raise BadQuery where it would cost too much."""
        clause: Clause
        match query:
            case Everything():
                clause = All()
            case And(parts):
                clause = self._all(parts)
            case Or(parts):
                clause = Any(tuple(self.plan(part) for part in parts))
            case Not(part):
                clause = All(without=(self.plan(part),))
            case Is() | Above() | Dated() | Last():
                clause = self._stored(query)
            case _:
                clause = self._words(query)
        return clause

    def _stored(self, query: Is | Above | Dated | Last) -> Clause:
        match query:
            case Is(name, value):
                return Value(_STORED[name], value)
            case Above(theme, score):
                return Range(f"score_{theme}", low=score, above=True)
            case Dated(first, last):
                return _dated(first, last)
            case Last():
                return Range("dated", low=seconds(_before(self.now, query)), high=seconds(self.now) + 1)

    def _words(self, query: Word | Phrase | Wildcard | Near) -> Clause:
        match query:
            case Word(text, part, exact) | Phrase(text, part, exact, None):
                return Any(
                    tuple(
                        Terms(f"{each}_{code}", run, BOOSTS[each])
                        for code in languages()
                        if (run := _run(text, code, exact))
                        for each in _parts(part, scoring=True)
                    )
                )
            case Wildcard(prefix, part):
                return _starting(prefix, part)
            case Phrase(text, part, exact, int(between)):
                return self._close(_shuffled(text, exact), part, between)
            case Near():
                return self._near(query)
            case _:
                raise TypeError(query)

    def _all(self, parts: tuple[Query, ...]) -> Clause:
        kept = tuple(part for part in parts if not is_stop_word(part))
        if not any(isinstance(part, Word | Phrase | Wildcard | Near | Or) for part in kept):
            kept = parts
        self.ignored += [part.text for part in parts if part not in kept and isinstance(part, Word)]
        return All(
            parts=tuple(self.plan(part) for part in kept if not isinstance(part, Not)),
            without=tuple(self.plan(part.part) for part in kept if isinstance(part, Not)),
        )

    def _near(self, query: Near) -> Clause:
        orders: dict[str, list[tuple[Run, ...]]] = {}
        for code in languages():
            left, right = list(_operands(query.left, code)), list(_operands(query.right, code))
            pairs: list[tuple[Run, ...]] = [(one, other) for one in left for other in right]
            orders[code] = pairs if query.ordered else pairs + [pair[::-1] for pair in pairs]
        part = next(leaf.part for leaf in _operand_leaves(query.left))
        return self._close(orders, part, query.between)

    def _close(self, orders: dict[str, list[tuple[Run, ...]]], part: str, between: int) -> Clause:
        fields = {f"{each}_{code}": orders[code] for code in orders for each in _parts(part)}
        rows = [Close(name, runs, between) for name in fields for runs in dict.fromkeys(fields[name])]
        self.phrases += sum(comb(between + len(row.runs) - 1, len(row.runs) - 1) for row in rows)
        if self.phrases > MOST_PHRASES:
            raise BadQuery(_("So many words at such a distance would take too long: name fewer, or bring them closer."))
        return Any(tuple(rows))


_STORED = {
    "lang": "language",
    "country": "country",
    "about": "country",
    "outlet": "outlet_key",
    "outlet-country": "outlet_country",
    "theme": "theme",
    "relevant": "relevant",
    "story": "story",
    **{kind: kind for kind in TAGS},
}


def _parts(part: str, *, scoring: bool = False) -> tuple[str, ...]:
    if part:
        return (part,)
    return ("title", "lead", "body") if scoring else ("title", "body")


def _run(text: str, code: str, exact: bool) -> Run:
    return tuple(word if exact else term for word, term in paired(text, code))


def _starting(prefix: str, part: str) -> Clause:
    """Words that begin so as written, and words whose stem does (which has no article or conjunction before it)."""
    word = normalise(prefix)[:LONGEST_TERM]
    fields = [f"{each}_{code}" for code in languages() for each in _parts(part)]
    return Any(tuple(Starts(name, start) for name in fields for start in (EXACT + word, word)))


def _shuffled(text: str, exact: bool) -> dict[str, list[tuple[Run, ...]]]:
    return {code: [tuple((term,) for term in order) for order in permutations(_run(text, code, exact))] for code in languages()}


def _operand_leaves(side: Query) -> list[Word | Phrase]:
    return [leaf for leaf in (side.parts if isinstance(side, Or) else (side,)) if isinstance(leaf, Word | Phrase)]


def _operands(side: Query, code: str) -> Iterator[Run]:
    for leaf in _operand_leaves(side):
        if run := _run(leaf.text, code, leaf.exact):
            yield run


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(normalise(word) for row in languages().values() for word in row.stop_words)


def is_stop_word(part: Query) -> bool:
    """Whether a part is a word so frequent, in any working language, that it says nothing beside others."""
    return isinstance(part, Word) and not part.exact and all(token.word in _stop_words() for token in analyse(part.text, ""))


def _dated(first: str, last: str) -> Clause:
    def midnight(day: str) -> datetime:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)

    high = midnight(last) + timedelta(days=1) if last and last < "9999-12-31" else None
    return Range("dated", low=seconds(midnight(first)) if first else None, high=seconds(high) if high else None)


def _before(now: datetime, last: Last) -> datetime:
    hours = {"h": 1, "d": 24, "w": 24 * 7}.get(last.unit)
    if hours:
        return now - timedelta(hours=hours * last.amount)
    months = (now.year * 12 + now.month - 1) - last.amount * (12 if last.unit == "y" else 1)
    year, month = max(1, months // 12), months % 12 + 1
    return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))
