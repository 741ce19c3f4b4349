"""The parsed query: a tree of frozen values. ``str`` writes it in the query language; parsing that gives the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: Where words are looked for; empty means the title and the text.
PARTS = ("", "title", "lead", "body")


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in any of its forms, or (``exact``) as written."""

    text: str
    part: str = ""
    exact: bool = False

    def __str__(self) -> str:
        return _scoped(self.part, f"exact:{self.text}" if self.exact else self.text)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Every word of this pattern: ``?`` is one letter, ``*`` at the end any number; ``exact``: as written."""

    pattern: str
    part: str = ""
    exact: bool = False

    def __str__(self) -> str:
        return _scoped(self.part, f"exact:{self.pattern}" if self.exact else self.pattern)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words (and patterns) in a row; with ``between``, in any order with at most so many other words among them."""

    text: str
    part: str = ""
    exact: bool = False
    between: int | None = None

    def __str__(self) -> str:
        tail = "" if self.between is None else f"~{self.between}"
        return _scoped(self.part, f'{"exact:" if self.exact else ""}"{self.text}"{tail}')


@dataclass(frozen=True, slots=True)
class Often:
    """A word, in any of its forms, at least so many times in title and text together."""

    word: str
    times: int
    exact: bool = False

    def __str__(self) -> str:
        return f"atleast{self.times}({'exact:' if self.exact else ''}{self.word})"


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of the lexicon: any of its forms in their own language, but those in ``without``."""

    key: str
    without: tuple[str, ...] = ()
    part: str = ""

    def __str__(self) -> str:
        inside = " ".join([self.key, *(f"-{form}" for form in self.without)])
        return _scoped(self.part, f'concept:"{inside}"' if self.without else f"concept:{self.key}")


@dataclass(frozen=True, slots=True)
class Near:
    """Two operands with at most ``between`` other words between them, in the given order if ``ordered``."""

    left: Query
    right: Query
    between: int
    ordered: bool = False

    def __str__(self) -> str:
        return f"({self.left} {'ONEAR' if self.ordered else 'NEAR'}/{self.between} {self.right})"


@dataclass(frozen=True, slots=True)
class Is:
    """A keyword of the article: ``field`` (as in the query language) has this value."""

    field: str
    value: str

    def __str__(self) -> str:
        plain = all(character.isalnum() or character in "._-" for character in self.value)
        return f"{self.field}:{self.value}" if plain else f'{self.field}:"{self.value}"'


@dataclass(frozen=True, slots=True)
class Above:
    """The article carries this theme with a score above ``score``."""

    theme: str
    score: float

    def __str__(self) -> str:
        return f"theme:{self.theme}>{self.score:g}"


@dataclass(frozen=True, slots=True)
class Dated:
    """Dated within these days, both included, in UTC, as ``YYYY-MM-DD``; an empty side is open."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"date:{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class Last:
    """Dated within so many hours, days, weeks, months or years (``hdwmy``) before now."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"last:{self.amount}{self.unit}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return "(" + " AND ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return "(" + " OR ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Some:
    """At least so many of these words, and not all. No one can write it: it is asked where few articles have them all."""

    words: tuple[Word, ...]
    least: int

    def __str__(self) -> str:
        return "(" + " OR ".join(map(str, self.words)) + ")"


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but the part."""

    part: Query

    def __str__(self) -> str:
        return f"NOT {self.part}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every article: what an empty query asks for."""

    def __str__(self) -> str:
        return ""


#: What can be found in a text at a place, and so stand beside NEAR.
Passage = Word | Wildcard | Phrase | Concept
Query = Word | Wildcard | Phrase | Often | Concept | Near | Is | Above | Dated | Last | And | Or | Some | Not | Everything


def leaves(query: Query) -> Iterator[Query]:
    """Yield the parts of a tree that have none themselves, in the order written."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
    elif isinstance(query, Some):
        yield from query.words
    elif isinstance(query, Not):
        yield from leaves(query.part)
    elif isinstance(query, Near):
        yield from leaves(query.left)
        yield from leaves(query.right)
    else:
        yield query


def asks(query: Query, field: str) -> bool:
    """Tell whether a query itself says which values of a field it wants, so that no default should."""
    return any(isinstance(leaf, Is) and leaf.field == field for leaf in leaves(query))


def _scoped(part: str, written: str) -> str:
    return f"{part}:({written})" if part else written
