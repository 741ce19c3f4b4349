"""Words as written go in, numbers come out, with tables of what each number stands for among the features that a model knows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from classify.features import LONGEST_CONCEPT, Grammar

if TYPE_CHECKING:
    from classify.vectors import Vocabulary

#: Words remembered before all are forgotten; bounds memory on hostile input.
REMEMBERED = 200_000

Numbers = npt.NDArray[np.int64]


class Mention(NamedTuple):
    """A concept as written: a number of its own, its feature (-1: none is known), how many words name it."""

    number: int
    column: int
    length: int


class Words(dict[str, int]):
    """The words of one language by how they are written; asked for a word not met yet, it looks that up and numbers it.

    Word ``n`` is written ``surfaces[n]`` and stands for ``features[starts[n] : starts[n + 1]]``; ``titles[n]`` is the feature
    that it is in a title, ``concepts[n]`` the one of a concept that it alone names (-1: none), ``reaches[n]`` the words of the
    longest concept that it may begin, ``firsts[n]`` and ``seconds[n]`` its stem's number as part of a pair (-1: of none).
    """

    def __init__(self, grammar: Grammar, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._grammar = grammar
        stems = vocabulary.named(f"w:{grammar.language}:")
        self._grams = vocabulary.named(f"g:{grammar.language}:")
        self._titles = vocabulary.named(f"t:{grammar.language}:")
        self._concepts = vocabulary.named("c:")
        self._stems = {name: column for name, column in stems.items() if " " not in name}
        self._pairs = Pairs({name: column for name, column in stems.items() if " " in name})
        self._start()

    def forget(self) -> None:
        """Start numbering anew once too much was met; never between numbering words and using their numbers."""
        if len(self) + len(self._mentions) > REMEMBERED:
            self._start()

    def _start(self) -> None:
        self.clear()
        self.surfaces: list[str] = []
        self.features, self.starts = array("i"), array("i", [0])
        self.titles, self.concepts, self.reaches, self.firsts, self.seconds = (array("i") for _ in range(5))
        self._bases: list[str] = []
        self._alike: dict[str, int] = {}  # the first word of each base: those of one base differ in their surface only
        self._mentions: dict[tuple[int, ...], Mention] = {}
        self._written: dict[tuple[int, tuple[int, ...]], int] = {}

    def numbers(self, surfaces: Iterable[str]) -> list[int]:
        """Return the number of each word."""
        return list(map(self.__getitem__, surfaces))

    def pairs(self, first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
        """Return the places at which two words that follow each other are a known pair, and the pairs' features."""
        return self._pairs.among(view(self.firsts)[first], view(self.seconds)[second])

    def mention(self, words: tuple[int, ...]) -> Mention:
        """Return the longest concept with which these words begin."""
        found = self._mentions.get(words)
        if found is None:
            named = self._grammar.mention([self._bases[word] for word in words])
            column, length = (self._concepts.get(named[0], -1), named[1]) if named else (-1, 0)
            number = self._written.setdefault((column, words[:length]), len(self._written))
            found = self._mentions[words] = Mention(number, column, length)
        return found

    def __missing__(self, surface: str) -> int:
        base = self._grammar.base(surface)
        self.surfaces.append(surface)
        self._bases.append(base)
        number = self[surface] = len(self.surfaces) - 1
        alike = self._alike.setdefault(base, number)
        if alike == number:
            self._look_up(base)
        else:
            self.features.extend(self.features[self.starts[alike] : self.starts[alike + 1]])
            for table in (self.titles, self.concepts, self.reaches, self.firsts, self.seconds):
                table.append(table[alike])
        self.starts.append(len(self.features))
        return number

    def _look_up(self, base: str) -> None:
        stem = self._grammar.stem(base)
        names = [self._stems.get(stem), *map(self._grams.get, self._grammar.grams(base))]
        self.features.extend(sorted([column for column in names if column is not None]))
        reach = self._grammar.reach(base)
        alone = self._grammar.mention([base]) if reach == 1 else None
        self.titles.append(self._titles.get(stem, -1))
        self.concepts.append(self._concepts.get(alone[0], -1) if alone else -1)
        self.reaches.append(min(reach, LONGEST_CONCEPT))
        self.firsts.append(self._pairs.firsts.get(stem, -1))
        self.seconds.append(self._pairs.seconds.get(stem, -1))


class Pairs:
    """The pairs of stems that a model knows, to be looked for by the thousand."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self.firsts: dict[str, int] = {}
        self.seconds: dict[str, int] = {}
        keys = np.empty((len(columns), 2), dtype=np.int64)
        for place, name in enumerate(columns):
            first, _, second = name.partition(" ")
            keys[place] = self.firsts.setdefault(first, len(self.firsts)), self.seconds.setdefault(second, len(self.seconds))
        codes = keys[:, 0] * len(self.seconds) + keys[:, 1]
        order = np.argsort(codes)
        self._codes: Numbers = codes[order]
        self._columns: Numbers = np.fromiter(columns.values(), np.int64, len(columns))[order]

    def among(self, first: npt.NDArray[np.int32], second: npt.NDArray[np.int32]) -> tuple[Numbers, Numbers]:
        """Return the places at which first and second stem (-1: of no pair) are a pair, and its columns."""
        places = np.flatnonzero((first >= 0) & (second >= 0))
        codes = first[places].astype(np.int64) * len(self.seconds) + second[places]
        at = np.minimum(np.searchsorted(self._codes, codes), max(0, len(self._codes) - 1))
        known = self._codes[at] == codes if len(self._codes) else np.zeros(len(codes), dtype=bool)
        return places[known], self._columns[at[known]] if len(self._codes) else at[:0]


def view(numbers: array[int]) -> npt.NDArray[np.int32]:
    """Look at an array as numpy's; such views must be gone before another word makes it grow."""
    return np.frombuffer(numbers, dtype=np.int32) if numbers else np.zeros(0, np.int32)  # an empty array has no view
