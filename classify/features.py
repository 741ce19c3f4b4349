"""What the theme classifier sees: a title, a text and a language go in, counted units (words, pairs, title words, concepts) come
out, each with the features it stands for. Frozen with the trained models: its own normalisation and reduction, as data.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from array import array
from collections.abc import Iterable, Mapping, Set
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

_NONE: Set[str] = frozenset()
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
    """One written word: as it stands (``surface``), without clitics (``base``), reduced (``stem``).

    ``in_title`` and ``in_text`` are its units, ``starts`` the concepts that a passage beginning with it may mention,
    ``followers`` are the second words of known pairs that it begins (None: any), ``pairs`` the units of those met, as written.
    """

    surface: str
    base: str
    stem: str
    in_title: int
    in_text: int
    starts: tuple[tuple[tuple[str, ...], str], ...]
    followers: Set[str] | None
    pairs: dict[str, int]


class Reading(NamedTuple):
    """The units of an article, one number for each time that a unit occurs: of all of it, of its title, of its first words."""

    whole: list[int]
    title: list[int]
    lead: list[int]


class Names(dict[str, int]):
    """Features numbered as they are met: what a reader knows that is to learn them all."""

    def get(self, name: str, default: object = None) -> int:  # noqa: ARG002 - as any mapping has it
        """Return the number of a feature, a new one if it was never met."""
        return self.setdefault(name, len(self))


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
    """Reads articles of one language into units, numbered as they are met: words, pairs of words, mentions of concepts.

    ``surfaces`` holds how each unit is written; unit ``n`` stands for the features ``features[starts[n] : starts[n + 1]]``.
    Units that stand for no known feature are passed over.
    """

    def __init__(self, language: str, shape: Shape, known: Mapping[str, int]) -> None:
        self._language = language
        self._shape = shape
        self._known = known
        self._followers = None if isinstance(known, Names) else _pairs_by_first(known, f"w:{language}:")
        self._morphology = morphologies()[language]
        self._stem = Stemmer.Stemmer(self._morphology.stemmer).stemWord if self._morphology.stemmer else self._without_suffix
        self._patterns = self._indexed_patterns()
        self._clear()

    def _clear(self) -> None:
        self.surfaces: list[str] = []
        self.features, self.starts = array("i"), array("i", [0])
        self._words: dict[str, Word] = {}
        self._mentions: dict[tuple[str, str], int] = {}

    def read(self, title: str, text: str) -> Reading:
        """Return the units of an article."""
        head = self._split(title[:TITLE_CHARACTERS])
        body = self._split(text[: self._shape.body_characters])
        titles = self._units(head)
        lead = self._units(body[: self._shape.lead_words])
        rest = self._units(body[self._shape.lead_words :])
        as_title = [word.in_title for word in head if word.in_title >= 0]
        return Reading(as_title + titles + lead + rest, titles, lead)

    def forget(self) -> None:
        """Start numbering anew once too much was met; never between reading an article and using its numbers."""
        if len(self.surfaces) + len(self._words) > REMEMBERED:
            self._clear()

    def _units(self, words: list[Word]) -> list[int]:
        units = [word.in_text for word in words]
        for first, second in pairwise(words):
            if first.followers is None or second.stem in first.followers:
                unit = first.pairs.get(second.surface)
                units.append(self._pair(first, second) if unit is None else unit)
        units += [self._mention(words[at : at + 4]) for at, word in enumerate(words) if word.starts]
        return [unit for unit in units if unit >= 0]

    def _split(self, text: str) -> list[Word]:
        readable = _MARKS.sub("", unicodedata.normalize("NFKC", text))
        known = self._words
        return [known.get(surface) or self._word(surface) for surface in _WORD.findall(readable)]

    def _word(self, surface: str) -> Word:
        base = self._base(surface)
        stem = self._stem(base)
        prefix = f"g:{self._language}:"
        grams = [prefix + gram for gram in self._grams(base)]
        word = self._words[surface] = Word(
            surface=surface,
            base=base,
            stem=stem,
            in_title=self._number(surface, [f"t:{self._language}:{stem}"]),
            in_text=self._number(surface, [f"w:{self._language}:{stem}", *grams]),
            starts=self._patterns_beginning(base),
            followers=None if self._followers is None else self._followers.get(stem, _NONE),
            pairs={},
        )
        return word

    def _pair(self, first: Word, second: Word) -> int:
        name = f"w:{self._language}:{first.stem} {second.stem}"
        number = first.pairs[second.surface] = self._number(f"{first.surface} {second.surface}", [name])
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

    def _number(self, surface: str, names: list[str]) -> int:
        """Give a new unit its number; -1 for one that stands for nothing known."""
        known = self._known.get
        features = sorted([feature for name in names if (feature := known(name)) is not None])
        if not features:
            return -1
        self.surfaces.append(surface)
        self.features.extend(features)
        self.starts.append(len(self.features))
        return len(self.surfaces) - 1

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


def _pairs_by_first(known: Iterable[str], prefix: str) -> dict[str, set[str]]:
    """Return the second words of the pairs among the features that begin so, by the first."""
    pairs: dict[str, set[str]] = {}
    for name in known:
        if " " in name and name.startswith(prefix):
            first, second = name.removeprefix(prefix).split(" ", 1)
            pairs.setdefault(first, set()).add(second)
    return pairs


def _matches(pattern: str, base: str) -> bool:
    return base.startswith(pattern[:-1]) if pattern.endswith("*") else base == pattern


@cache
def concept_table() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the concepts with their forms by language."""
    return tomllib.loads(files("classify").joinpath("data/concepts.toml").read_text(encoding="utf-8"))


def describe(shape: Shape) -> dict[str, int]:
    """Return the choices as plain values for a card."""
    return asdict(shape)
