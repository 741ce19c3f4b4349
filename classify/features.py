"""What the theme classifier sees: a title, a text and a language go in, counted units (words, pairs, title words, concepts) come
out, each with the features it stands for. Frozen with the trained models: its own normalisation and reduction, as data.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

import Stemmer

#: Bound on what is read of a title; a longer one is no title.
TITLE_CHARACTERS = 400
#: A "word" longer than this is noise (an address, a hash) and is cut.
WORD_CHARACTERS = 30
#: Units remembered by a reader before it starts anew; bounds memory on hostile input.
REMEMBERED = 500_000

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]")
_LETTERS = str.maketrans("أإآٱىؤئکیھ’", "اااايوىكيه'")
_ALEF_MAQSURA = str.maketrans("ىة", "يه")


@dataclass(frozen=True)
class Shape:
    """Choices of what to read, stored with the model, so that an artefact is read as it was trained."""

    body_characters: int = 2000
    lead_words: int = 60
    shortest_gram: int = 3
    longest_gram: int = 5


@dataclass(frozen=True)
class Morphology:
    """How words of one language are reduced."""

    stemmer: str
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    elisions: tuple[str, ...]
    shortest: int


@dataclass(frozen=True, slots=True)
class Word:
    """One written word: as it stands (``surface``), normalised, without clitics (``base``), reduced (``stem``).

    ``in_title`` and ``in_text`` are its units, ``starts`` the concepts that a passage beginning with it may mention.
    """

    surface: str
    base: str
    stem: str
    in_title: int
    in_text: int
    starts: tuple[tuple[tuple[str, ...], str], ...]


class Reading(NamedTuple):
    """The units of an article, one number for each time that a unit occurs: of all of it, of its title, of its first words."""

    whole: list[int]
    title: list[int]
    lead: list[int]


class Unit(NamedTuple):
    """Something that is counted in an article: how it is written, and the names of the features that it stands for."""

    surface: str
    features: tuple[str, ...]


@cache
def morphologies() -> Mapping[str, Morphology]:
    """Return the languages that can be classified, by code."""
    table = tomllib.loads(files("classify").joinpath("data/morphology.toml").read_text(encoding="utf-8"))
    return {
        code: Morphology(
            stemmer=row["stemmer"],
            prefixes=_longest_first(row["prefixes"]),
            suffixes=_longest_first(row["suffixes"]),
            elisions=_longest_first(row["elisions"]),
            shortest=row["shortest"],
        )
        for code, row in table.items()
    }


def _longest_first(words: str) -> tuple[str, ...]:
    return tuple(sorted(words.split(), key=lambda word: (-len(word), word)))


def normalise(text: str) -> str:
    """Fold compatibility forms, case, Arabic marks and the spellings of alef, hamza, ya and ta marbuta."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _MARKS.sub("", folded).translate(_LETTERS).translate(_ALEF_MAQSURA)


class Reader:
    """Reads articles of one language into units, numbered as they are met; ``units`` holds what each number means.

    With ``known`` features, all others are passed over, and the units that stand for nothing else.
    """

    def __init__(self, language: str, shape: Shape, *, known: Container[str] | None = None) -> None:
        self.units: list[Unit] = []
        self.generation = 0
        self._known = known
        self._language = language
        self._shape = shape
        self._morphology = morphologies()[language]
        self._stem = Stemmer.Stemmer(self._morphology.stemmer).stemWord if self._morphology.stemmer else self._without_suffix
        self._words: dict[str, Word] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._mentions: dict[tuple[str, str], int] = {}
        self._patterns = self._indexed_patterns()

    def read(self, title: str, text: str) -> Reading:
        """Return the units of an article."""
        head = self._split(title[:TITLE_CHARACTERS])
        body = self._split(text[: self._shape.body_characters])
        titles = self._units(head)
        lead = self._units(body[: self._shape.lead_words])
        rest = self._units(body[self._shape.lead_words :])
        as_title = [word.in_title for word in head if word.in_title >= 0]
        return Reading(as_title + titles + lead + rest, titles, lead)

    def _units(self, words: list[Word]) -> list[int]:
        units = [word.in_text for word in words]
        pairs = self._pairs
        for first, second in pairwise(words):
            unit = pairs.get((first.surface, second.surface))
            units.append(self._pair(first, second) if unit is None else unit)
        units += [self._mention(words[at : at + 4]) for at, word in enumerate(words) if word.starts]
        return [unit for unit in units if unit >= 0]

    def forget(self) -> None:
        """Start numbering anew once too much was met; never between reading an article and using its numbers."""
        if len(self.units) + len(self._pairs) > REMEMBERED:
            for memory in (self.units, self._words, self._pairs, self._mentions):
                memory.clear()
            self.generation += 1

    def _split(self, text: str) -> list[Word]:
        readable = _MARKS.sub("", unicodedata.normalize("NFKC", text))
        known = self._words
        return [known.get(surface) or self._word(surface) for surface in _WORD.findall(readable)]

    def _word(self, surface: str) -> Word:
        base = self._base(surface)
        stem = self._stem(base)
        names = [f"w:{self._language}:{stem}", *[f"g:{self._language}:{gram}" for gram in sorted(self._grams(base))]]
        word = self._words[surface] = Word(
            surface=surface,
            base=base,
            stem=stem,
            in_title=self._number(surface, [f"t:{self._language}:{stem}"]),
            in_text=self._number(surface, names),
            starts=self._patterns_beginning(base),
        )
        return word

    def _pair(self, first: Word, second: Word) -> int:
        surfaces = (first.surface, second.surface)
        name = f"w:{self._language}:{first.stem} {second.stem}"
        number = self._pairs[surfaces] = self._number(" ".join(surfaces), [name])
        return number

    def _mention(self, words: list[Word]) -> int:
        """Return the unit of the longest concept with which these words begin, or -1."""
        for pattern, concept in words[0].starts:
            if len(pattern) <= len(words) and all(map(_matches, pattern, (word.base for word in words))):
                surface = " ".join(word.surface for word in words[: len(pattern)])
                number = self._mentions.get((concept, surface))
                if number is None:
                    number = self._mentions[concept, surface] = self._number(surface, [f"c:{concept}"])
                return number
        return -1

    def _number(self, surface: str, features: list[str]) -> int:
        """Give a new unit its number; -1 for one that stands for nothing known."""
        if self._known is not None:
            features = [name for name in features if name in self._known]
            if not features:
                return -1
        self.units.append(Unit(surface, tuple(features)))
        return len(self.units) - 1

    def _base(self, surface: str) -> str:
        form = normalise(surface)[:WORD_CHARACTERS]
        for elision in self._morphology.elisions:
            if form.startswith(elision) and len(form) > len(elision):
                form = form.removeprefix(elision)
                break
        for prefix in self._morphology.prefixes:
            if form.startswith(prefix) and len(form) - len(prefix) >= self._morphology.shortest:
                return form.removeprefix(prefix)
        return form

    def _without_suffix(self, base: str) -> str:
        for suffix in self._morphology.suffixes:
            if base.endswith(suffix) and len(base) - len(suffix) >= self._morphology.shortest:
                return base.removesuffix(suffix)
        return base

    def _grams(self, base: str) -> set[str]:
        padded = f" {base} "
        sizes = range(self._shape.shortest_gram, self._shape.longest_gram + 1)
        return {padded[at : at + size] for size in sizes for at in range(len(padded) - size + 1)}

    def _indexed_patterns(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """Index the forms of concepts by what their first word begins with (``word$`` where it is the whole word)."""
        index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for concept, forms in concept_table().items():
            for form in forms.get(self._language, ()):
                pattern = tuple(self._base(part.rstrip("*")) + ("*" if part.endswith("*") else "") for part in form.split())
                key = pattern[0][:-1] if pattern[0].endswith("*") else f"{pattern[0]}$"
                index.setdefault(key, []).append((pattern, concept))
        return index

    def _patterns_beginning(self, base: str) -> tuple[tuple[tuple[str, ...], str], ...]:
        rows = [row for size in range(1, len(base) + 2) for row in self._patterns.get(f"{base}$"[:size], ())]
        return tuple(sorted(rows, key=lambda row: (-len(row[0]), row)))


def _matches(pattern: str, base: str) -> bool:
    return base.startswith(pattern[:-1]) if pattern.endswith("*") else base == pattern


@cache
def concept_table() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the concepts with their forms by language."""
    return tomllib.loads(files("classify").joinpath("data/concepts.toml").read_text(encoding="utf-8"))


def describe(shape: Shape) -> dict[str, int]:
    """Return the choices as plain values for a card."""
    return asdict(shape)
