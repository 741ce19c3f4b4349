"""What the theme classifier sees: a title, a text and a language go in, the names of features (words, pairs, words of the title,
letters, concepts) come out. Frozen with the trained models: its own normalisation and reduction, as data.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import itemgetter

import Stemmer

#: Bound on what is read of a title; a longer one is no title.
TITLE_CHARACTERS = 400
#: A "word" longer than this is noise (an address, a hash) and is cut.
WORD_CHARACTERS = 30
#: Words of which a concept may be named at most.
LONGEST_CONCEPT = 4
#: Letters of a word that are looked at before it is asked which concepts it may begin.
OPENING = 5

_WORD = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+")
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]")
_LETTERS = str.maketrans("أإآٱىؤئکیھة’", "اااايويكيهه'")


#: Forms of concepts, each as its words (``*`` ends one that may go on), with the concept.
Patterns = tuple[tuple[tuple[str, ...], str], ...]


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
    folds: bool = True
    """Whether spellings of one letter are taken for the same (``normalise``); otherwise small and capital ones only."""


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
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).lower()
    return _MARKS.sub("", folded).translate(_LETTERS)


class Grammar:
    """How articles of one language are taken apart."""

    def __init__(self, language: str, shape: Shape, morphology: Morphology | None = None) -> None:
        self.language = language
        self.shape = shape
        self._morphology = morphology or morphologies()[language]
        stemmer = self._morphology.stemmer
        #: Reduces the base of a word to its stem.
        self.stem: Callable[[str], str] = Stemmer.Stemmer(stemmer).stemWord if stemmer else self._without_suffix
        self._patterns = self._indexed_patterns()
        #: The first letters of the first words of concepts, and how many these are: few words go further.
        self._openings = {key[:OPENING] for key in self._patterns}
        self._sizes = sorted(set(map(len, self._openings)))
        self._named = lru_cache(maxsize=50_000)(self._name)
        self._sorted_patterns = lru_cache(maxsize=20_000)(self._sort_patterns)

    def parts(self, title: str, text: str) -> tuple[list[str], list[str], list[str]]:
        """Return the words, as written, of the title, of the first words of the text, and of the rest of its beginning."""
        body, lead = self._split(text[: self.shape.body_characters]), self.shape.lead_words
        return self._split(title[:TITLE_CHARACTERS]), body[:lead], body[lead:]

    def names(self, title: str, text: str) -> set[str]:
        """Return the name of each feature of an article: ``w:`` words and pairs, ``g:`` letters, ``t:`` title words, ``c:``
        concepts.
        """
        found: set[str] = set()
        for place, part in enumerate(self.parts(title, text)):
            bases = self.bases(part)
            stems = list(map(self.stem, bases))
            found.update(f"w:{self.language}:{first} {second}" for first, second in pairwise(stems))
            found.update(*map(self._named, set(zip(bases, stems, strict=True))))
            found.update(f"t:{self.language}:{stem}" for stem in stems if not place)
            mentions = (self.mention(bases[at : at + LONGEST_CONCEPT]) for at in range(len(bases)) if self.reach(bases[at]))
            found.update(f"c:{mention[0]}" for mention in mentions if mention)
        return found

    def _name(self, word: tuple[str, str]) -> tuple[str, ...]:
        """Return the names of the features that a word is, given its base and its stem."""
        base, stem = word
        return (f"w:{self.language}:{stem}", *(f"g:{self.language}:{gram}" for gram in self.grams(base)))

    def bases(self, surfaces: Sequence[str]) -> list[str]:
        """Return written words normalised, without what is written together with them."""
        if not surfaces:
            return []
        together = "\n".join(surfaces)
        return list(map(self._base, (normalise(together) if self._morphology.folds else together.lower()).split("\n")))

    def _base(self, normalised: str) -> str:
        morphology = self._morphology
        form = normalised[:WORD_CHARACTERS]
        if morphology.elisions and form.startswith(morphology.elisions):
            cut = next(elision for elision in morphology.elisions if form.startswith(elision))
            form = form.removeprefix(cut) or form
        if morphology.prefixes and form.startswith(morphology.prefixes):
            for prefix in morphology.prefixes:
                if form.startswith(prefix) and len(form) - len(prefix) >= morphology.shortest:
                    return form.removeprefix(prefix)
        return form

    def grams(self, base: str) -> set[str]:
        """Return the runs of letters of a word, its edges marked."""
        padded = f" {base} "
        if len(padded) <= self.shape.shortest_gram:
            return {padded} if len(padded) == self.shape.shortest_gram else set()
        return set(_runs(len(padded), self.shape.shortest_gram, self.shape.longest_gram)(padded))

    def reach(self, base: str) -> int:
        """Return how many words the longest concept has that may begin with this word; 0 if none does."""
        patterns = self._beginning(base)
        return len(patterns[0][0]) if patterns else 0

    def goes_on(self, first: str, second: str) -> bool:
        """Tell whether a concept of several words may begin with these two."""
        return any(len(pattern) > 1 and _matches(pattern[1], second) for pattern, _ in self._beginning(first))

    def mention(self, bases: Sequence[str]) -> tuple[str, int] | None:
        """Return the longest concept with which these words begin, and how many words name it."""
        for pattern, concept in self._beginning(bases[0]):
            if len(pattern) <= len(bases) and all(map(_matches, pattern, bases)):
                return concept, len(pattern)
        return None

    def _beginning(self, base: str) -> Patterns:
        """Return the concepts that may begin with a word, the longest first."""
        marked = f"{base}$"
        return () if self._openings.isdisjoint([marked[:size] for size in self._sizes]) else self._sorted_patterns(base)

    def _sort_patterns(self, base: str) -> Patterns:
        rows = [row for size in range(self._sizes[0], len(base) + 2) for row in self._patterns.get(f"{base}$"[:size], ())]
        return tuple(sorted(rows, key=lambda row: (-len(row[0]), row)))

    def _split(self, text: str) -> list[str]:
        return _WORD.findall(text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKC", text)))

    def _without_suffix(self, base: str) -> str:
        if not base.endswith(self._morphology.suffixes):
            return base
        for suffix in self._morphology.suffixes:
            if base.endswith(suffix) and len(base) - len(suffix) >= self._morphology.shortest:
                return base.removesuffix(suffix)
        return base

    def _indexed_patterns(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """Index the forms of concepts by what their first word begins with (``word$`` where it is the whole word)."""
        index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for concept, forms in concept_table().items():
            for form in forms.get(self.language, ()):
                bare = self.bases(form.replace("*", "").split())
                pattern = tuple(base + "*" * part.endswith("*") for base, part in zip(bare, form.split(), strict=True))
                key = pattern[0][:-1] if pattern[0].endswith("*") else f"{pattern[0]}$"
                index.setdefault(key, []).append((pattern, concept))
        return index


@cache
def _runs(length: int, shortest: int, longest: int) -> Callable[[str], tuple[str, ...]]:
    """Return what takes all runs of so many letters out of a string of a length that has several, without a loop."""
    sizes = range(shortest, longest + 1)
    return itemgetter(*(slice(at, at + size) for size in sizes for at in range(length - size + 1)))


def _matches(pattern: str, base: str) -> bool:
    return base.startswith(pattern[:-1]) if pattern.endswith("*") else base == pattern


@cache
def concept_table() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the concepts with their forms by language."""
    return tomllib.loads(files("classify").joinpath("data/concepts.toml").read_text(encoding="utf-8"))


def describe(shape: Shape) -> dict[str, int]:
    """Return the choices as plain values for a card."""
    return asdict(shape)
