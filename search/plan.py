"""What both engines run: a query's tree goes in, clauses of analysed terms and stored values come out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import permutations
from math import comb, prod

from django.utils.translation import gettext as _

from newsdesk.analysis import analyse, normalise
from newsdesk.errors import BadQuery
from newsdesk.languages import languages
from search.concepts import Form, kept_forms
from search.document import MOST_TIMES, TAGS, often, paired, seconds
from search.patterns import Pattern, Run, gathered, run_of, ways
from search.tree import (
    Above,
    And,
    Concept,
    Dated,
    Everything,
    Is,
    Last,
    Near,
    Not,
    Often,
    Or,
    Passage,
    Phrase,
    Query,
    Some,
    Wildcard,
    Word,
)

#: Phrases that one query may be unfolded into, and forms of concepts.
MOST_PHRASES = 10_000
MOST_FORMS = 400
#: Ways in which the wild words of one phrase may be placed on written words and stems.
MOST_WAYS = 16


@dataclass(frozen=True, slots=True)
class Ranking:
    """How hits are ordered: what a match in a part of the article weighs, and how far apart scores count as equal.

    The lead is part of the body, so it adds weight and never a match; it is not looked at where it weighs nothing. Among
    equal scores the newest article is first. The weights are those that ranked best (docs/search-quality.md).
    """

    title: float = 5.0
    lead: float = 0.0
    body: float = 1.0
    tie: float = 0.0


RANKING = Ranking()


@dataclass(frozen=True, slots=True)
class Terms:
    """These terms and patterns in a row (or the one) in a field. A pattern alone does not score."""

    field: str
    terms: Run
    boost: float = 1.0


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
class These:
    """The articles with these ids. Does not score."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every part, and none of ``without``."""

    parts: tuple[Clause, ...] = ()
    without: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part; the scores add up. No part: nothing."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many of the parts; the scores of those that match add up."""

    parts: tuple[Clause, ...]
    least: int


Clause = Terms | Close | Value | Range | These | All | Any | AtLeast


@dataclass(slots=True)
class Planner:
    """Plans one query; ``ignored`` collects the stop words that were left out. Not ``scoring``: what only adds weight is too."""

    now: datetime
    ranking: Ranking = RANKING
    ignored: list[str] = field(default_factory=list)
    phrases: int = 0
    forms: int = 0
    scoring: bool = True

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
            case Some():
                clause = self._some(query)
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

    def _words(self, query: Passage | Often | Near) -> Clause:
        match query:
            case Phrase(text, part, exact, int(between)):
                return self._close(_shuffled(text, exact=exact), part, between)
            case Word() | Phrase() | Wildcard():
                return self._row(query)
            case Concept():
                return self._concept(query)
            case Often(word, times, exact):
                runs = {code: paired(word, code) for code in languages()}
                forms = [(code, run[0][not exact]) for code, run in runs.items() if run]
                counts = range(times, MOST_TIMES + 1)
                return Any(tuple(Value(f"often_{code}", often(form, count)) for code, form in forms for count in counts))
            case Near():
                return self._near(query)
            case _:
                raise TypeError(query)

    def _row(self, query: Word | Phrase | Wildcard) -> Clause:
        clause = _anywhere(query, self.ranking, self.scoring)
        if any(ways(row.terms) > MOST_WAYS for row in clause.parts if isinstance(row, Terms)):
            raise BadQuery(_("Too many words fit «*» or «?» here: write more letters."))
        return clause

    def form(self, form: Form, part: str = "") -> Clause:
        """Return the clause of one form of a concept."""
        return Any(tuple(_run(form.run, f"_{form.language}", part, self.ranking, self.scoring)))

    def _concept(self, query: Concept) -> Clause:
        forms = kept_forms(query)
        self.forms += len(forms)
        if self.forms > MOST_FORMS:
            raise BadQuery(_("These concepts have too many forms together; name fewer, or leave out forms."))
        return _any_form(query, self.ranking, self.scoring)

    def _all(self, parts: tuple[Query, ...]) -> Clause:
        kept = tuple(part for part in parts if not is_stop_word(part))
        if not any(isinstance(part, Passage | Often | Near | Or) for part in kept):
            kept = parts
        self.ignored += [part.text for part in parts if part not in kept and isinstance(part, Word)]
        return All(
            parts=tuple(self.plan(part) for part in kept if not isinstance(part, Not)),
            without=tuple(self.plan(part.part) for part in kept if isinstance(part, Not)),
        )

    def _some(self, query: Some) -> Clause:
        words = tuple(self.plan(word) for word in query.words)
        return All(parts=(AtLeast(words, query.least),), without=(All(words),))

    def _near(self, query: Near) -> Clause:
        orders: dict[str, list[tuple[Run, ...]]] = {}
        for code in languages():
            left, right = _operands(query.left, code), _operands(query.right, code)
            pairs: list[tuple[Run, ...]] = [(one, other) for one in left for other in right]
            orders[code] = pairs if query.ordered else pairs + [pair[::-1] for pair in pairs]
        part = _operand_leaves(query.left)[0].part
        try:
            return self._close(orders, part, query.between)
        except BadQuery as error:
            raise _too_much(query) or error from None

    def _close(self, orders: dict[str, list[tuple[Run, ...]]], part: str, between: int) -> Clause:
        fields = {f"{each}_{code}": orders[code] for code in orders for each in _parts(part)}
        rows = [Close(name, runs, between) for name in fields for runs in dict.fromkeys(fields[name])]
        self.phrases += sum(comb(between + len(row.runs) - 1, len(row.runs) - 1) * prod(map(ways, row.runs)) for row in rows)
        if self.phrases > MOST_PHRASES:
            raise BadQuery(_("So many words at such a distance would take too long: name fewer, or bring them closer."))
        return Any(tuple(rows))


@lru_cache(maxsize=20_000)
def _anywhere(query: Word | Phrase | Wildcard, ranking: Ranking, scoring: bool) -> Any:
    """Return the clause of words, one object for equal words: saved searches share most of theirs."""
    runs = {code: run_of(_written(query), code, exact=query.exact) for code in languages()}
    return Any(tuple(clause for code, run in runs.items() for clause in _run(run, f"_{code}", query.part, ranking, scoring)))


@lru_cache(maxsize=2_000)
def _any_form(query: Concept, ranking: Ranking, scoring: bool) -> Any:
    planner = Planner(datetime.min, ranking, scoring=scoring)
    return Any(tuple(planner.form(form, query.part) for form in kept_forms(query)))


def _run(run: Run, suffix: str, part: str, ranking: Ranking, scoring: bool) -> Iterator[Terms]:
    """Yield what finds a run in the fields of a language; the lead adds weight, so that a lone pattern needs none.

    A part that is asked for by name scores, whatever it adds otherwise.
    """
    scoring = scoring and ranking.lead > 0 and not (len(run) == 1 and isinstance(run[0], Pattern))
    if run:
        names = _parts(part, scoring=scoring)
        yield from (Terms(each + suffix, run, getattr(ranking, each) or ranking.body) for each in names)


_STORED = {
    "lang": "language",
    "country": "country",
    "group": "group",
    "about": "country",
    "outlet": "outlet_key",
    "outlet-country": "outlet_country",
    "theme": "theme",
    "relevant": "relevant",
    "duplicate": "duplicate",
    "undated": "undated",
    "label-by": "labelled_by",
    "story": "story",
    **{kind: kind for kind in TAGS},
}


def _parts(part: str, *, scoring: bool = False) -> tuple[str, ...]:
    if part:
        return (part,)
    return ("title", "lead", "body") if scoring else ("title", "body")


def _written(leaf: Word | Phrase | Wildcard) -> str:
    return leaf.pattern if isinstance(leaf, Wildcard) else leaf.text


def _shuffled(text: str, *, exact: bool) -> dict[str, list[tuple[Run, ...]]]:
    runs = {code: run_of(text, code, exact=exact) for code in languages()}
    return {code: [tuple((term,) for term in order) for order in permutations(run)] for code, run in runs.items()}


def _operand_leaves(side: Query) -> list[Passage]:
    return [leaf for leaf in (side.parts if isinstance(side, Or) else (side,)) if isinstance(leaf, Passage)]


def _too_much(query: Near) -> BadQuery | None:
    """Return what is said of a nearness with too many forms; None where no concept is to blame."""
    sides = (query.left, query.right)
    if not any(isinstance(leaf, Concept) for side in sides for leaf in _operand_leaves(side)):
        return None
    one, other = (sum(len(runs_of(leaf, code)) for leaf in _operand_leaves(side) for code in languages()) for side in sides)
    message = _(
        "«%(left)s» has %(one)d forms, «%(right)s» %(other)d: so many at such a distance would take too long. "
        "Leave out forms, or bring them closer."
    )
    return BadQuery(message % {"left": query.left, "one": one, "right": query.right, "other": other})


def _operands(side: Query, code: str) -> list[Run]:
    """Return the runs of one side of NEAR in a language, as few as say the same."""
    return gathered(run for leaf in _operand_leaves(side) for run in runs_of(leaf, code) if run)


def runs_of(leaf: Passage, code: str) -> list[Run]:
    """Return what stands in a row in a text of a language where this stands."""
    if isinstance(leaf, Concept):
        return [form.run for form in kept_forms(leaf) if form.language == code]
    return [run_of(_written(leaf), code, exact=leaf.exact)]


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
