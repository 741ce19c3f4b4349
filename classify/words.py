"""Words as written go in, numbers come out, with tables of what each number stands for among the features that a model knows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from classify.features import LONGEST_CONCEPT, Grammar, Shape

if TYPE_CHECKING:
    from classify.vectors import Vocabulary

#: Words remembered before all are forgotten; bounds memory on hostile input.
REMEMBERED = 200_000

#: Room for the number of a base in a key.
BASE_BITS = 32

Numbers = npt.NDArray[np.int64]


class Mention(NamedTuple):
    """A concept as written: a number of its own, its feature (-1: none is known), how many words name it."""

    number: int
    column: int
    length: int


class Words(dict[str, int]):
    """The words of one language by how they are written; one not met yet is numbered, and looked up with all that are new.

    Word ``n`` is written ``surfaces[n]``; ``bases[n]`` is the number of its base, which those written a little otherwise share.
    Base ``b`` stands for ``features[starts[b] : starts[b + 1]]``; ``titles[b]`` is the feature that it is in a title,
    ``concepts[b]`` the one of a concept that it alone names (-1: none), ``reaches[b]`` the words of the longest concept that
    it may begin, ``firsts[b]`` and ``seconds[b]`` its stem's number as part of a pair (-1: of none).
    """

    def __init__(self, grammar: Grammar, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._grammar = grammar
        words = vocabulary.named(f"w:{grammar.language}:")
        self._runs = Runs(vocabulary.named(f"g:{grammar.language}:"), grammar.shape)
        self._pairs = Pairs({name: column for name, column in words.items() if " " in name})
        titles = vocabulary.named(f"t:{grammar.language}:")
        #: What a stem is: a word, a word of a title, the first and the second of a pair.
        self._stems = (words, titles, self._pairs.firsts, self._pairs.seconds)
        self._concepts = vocabulary.named("c:")
        self._start()

    def forget(self) -> None:
        """Start numbering anew once too much was met; never between numbering words and using their numbers."""
        if len(self) + len(self._mentions) + len(self._openings) > REMEMBERED:
            self._start()

    def _start(self) -> None:
        self.clear()
        self.surfaces: list[str] = []
        self.bases, self.features, self.starts = array("i"), array("i"), array("i", [0])
        self.titles, self.concepts, self.reaches, self.firsts, self.seconds = (array("i") for _ in range(5))
        self._forms: list[str] = []
        self._numbers: dict[str, int] = {}
        self._mentions: dict[tuple[int, ...], Mention] = {}
        self._openings: dict[int, bool] = {}
        self._numbered: dict[tuple[int, tuple[int, ...]], int] = {}

    def __missing__(self, surface: str) -> int:
        number = self[surface] = len(self.surfaces)
        self.surfaces.append(surface)
        return number

    def numbers(self, surfaces: Iterable[str]) -> list[int]:
        """Return the number of each word; ``look_up`` must follow before anything else is asked of those that are new."""
        return list(map(self.__getitem__, surfaces))

    def look_up(self) -> None:
        """Look all words up that were numbered since the last time."""
        for base in self._grammar.bases(self.surfaces[len(self.bases) :]):
            number = self._numbers.setdefault(base, len(self._forms))
            self.bases.append(number)
            if number == len(self._forms):
                self._forms.append(base)
        if new := self._forms[len(self.reaches) :]:
            self._learn(new)

    def _learn(self, new: Sequence[str]) -> None:
        stems = list(map(self._grammar.stem, new))
        words, *others = ([table.get(stem, -1) for stem in stems] for table in self._stems)
        for table, column in zip((self.titles, self.firsts, self.seconds), others, strict=True):
            table.extend(column)
        stemmed = np.array(words, np.int64)
        at, runs = self._runs.among(new)
        known = np.flatnonzero(stemmed >= 0)
        named = np.concatenate([at << BASE_BITS | runs, known << BASE_BITS | stemmed[known]])
        self._add(np.unique(named), len(new))
        for base in new:
            reach = self._grammar.reach(base)
            alone = self._grammar.mention([base]) if reach else None
            self.concepts.append(self._concepts.get(alone[0], -1) if alone else -1)
            self.reaches.append(min(reach, LONGEST_CONCEPT))

    def _add(self, named: Numbers, count: int) -> None:
        """Add the features of so many bases, each the base's place and the feature's column in one number."""
        ends = np.cumsum(np.bincount(named >> BASE_BITS, minlength=count)) + self.starts[-1]
        self.starts.frombytes(ends.astype(np.int32).tobytes())
        self.features.frombytes((named & (1 << BASE_BITS) - 1).astype(np.int32).tobytes())

    def pairs(self, first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
        """Return the places at which two bases that follow each other are a known pair, and the pairs' features."""
        return self._pairs.among(view(self.firsts)[first], view(self.seconds)[second])

    def may_begin(self, first: Numbers, second: Numbers) -> npt.NDArray[np.bool_]:
        """Tell of which of these bases with those that follow a concept may begin."""
        codes = (first << BASE_BITS | second).tolist()
        new = {code for code in codes if code not in self._openings}
        for code in new:
            one, two = self._forms[code >> BASE_BITS], self._forms[code & (1 << BASE_BITS) - 1]
            self._openings[code] = self._grammar.goes_on(one, two)
        return np.fromiter(map(self._openings.__getitem__, codes), np.bool_, len(codes))

    def mention(self, words: tuple[int, ...]) -> Mention:
        """Return the longest concept with which these words begin."""
        found = self._mentions.get(words)
        if found is None:
            named = self._grammar.mention([self._forms[self.bases[word]] for word in words])
            column, length = (self._concepts.get(named[0], -1), named[1]) if named else (-1, 0)
            number = self._numbered.setdefault((column, words[:length]), len(self._numbered))
            found = self._mentions[words] = Mention(number, column, length)
        return found


class Runs:
    """The runs of letters that a model knows, to be looked for in many words at once.

    A run is packed into one number: its letters' places in an alphabet, that of the model, which no other letter is in.
    """

    def __init__(self, columns: Mapping[str, int], shape: Shape) -> None:
        self._sizes = range(shape.shortest_gram, shape.longest_gram + 1)
        alphabet = sorted(set("".join(columns)))
        self._bits = len(alphabet).bit_length()
        if self._bits * shape.longest_gram > np.iinfo(np.int64).bits - 1:
            raise ValueError(f"its {len(alphabet)} letters are too many")
        self._letters = np.zeros(max(map(ord, alphabet), default=0) + 2, np.int64)
        self._letters[list(map(ord, alphabet))] = np.arange(1, len(alphabet) + 1)
        lengths = np.fromiter(map(len, columns), np.int64, len(columns))
        letters = np.concatenate([self._letters[_points("".join(columns))], np.zeros(shape.longest_gram, np.int64)])
        starts = lengths.cumsum() - lengths
        codes = np.zeros(len(columns), np.int64)
        for at in range(shape.longest_gram):
            codes |= np.where(at < lengths, letters[starts + at] << at * self._bits, 0)
        self._table = Table(codes, columns.values())

    def among(self, words: Iterable[str]) -> tuple[Numbers, Numbers]:
        """Return the known runs of words, the words' edges marked by spaces: the word's place and the run's column, by run."""
        padded = [f" {word} " for word in words]
        lengths = np.fromiter(map(len, padded), np.int64, len(padded))
        letters = self._letters[np.minimum(_points("".join(padded)), len(self._letters) - 1)]
        owner = np.repeat(np.arange(len(padded)), lengths)
        left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(letters))
        found = [self._known(letters, left, size=size) for size in self._sizes]
        places = np.concatenate([at for at, _ in found])
        return owner[places], np.concatenate([columns for _, columns in found])

    def _known(self, letters: Numbers, left: Numbers, *, size: int) -> tuple[Numbers, Numbers]:
        """Return where known runs of this size begin, and their columns; ``left`` counts a word's letters from each on."""
        many = max(0, len(letters) - size + 1)
        parts = [letters[at : at + many] for at in range(size)]
        places = np.flatnonzero((left[:many] >= size) & np.logical_and.reduce(parts))
        codes = sum((part[places] << at * self._bits for at, part in enumerate(parts)), np.zeros(len(places), np.int64))
        known, columns = self._table.look_up(codes)
        return places[known], columns


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
        self._table = Table(codes, columns.values())

    def among(self, first: npt.NDArray[np.int32], second: npt.NDArray[np.int32]) -> tuple[Numbers, Numbers]:
        """Return the places at which first and second stem (-1: of no pair) are a pair, and its columns."""
        places = np.flatnonzero((first >= 0) & (second >= 0))
        codes = first[places].astype(np.int64) * len(self.seconds) + second[places]
        known, columns = self._table.look_up(codes)
        return places[known], columns


class Table:
    """Numbers and the column that each stands for, to be looked up by the thousand."""

    def __init__(self, codes: Numbers, columns: Iterable[int]) -> None:
        order = np.argsort(codes)
        self._codes = codes[order]
        self._columns = np.fromiter(columns, np.int64, len(codes))[order]

    def look_up(self, codes: Numbers) -> tuple[Numbers, Numbers]:
        """Return which of these numbers are in the table, by their places, and their columns."""
        at = np.searchsorted(self._codes, codes)
        at[at == len(self._codes)] = 0
        known = np.flatnonzero(self._codes[at] == codes) if len(self._codes) else at[:0]
        return known, self._columns[at[known]]


def _points(text: str) -> npt.NDArray[np.uint32]:
    """Return the number of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def view(numbers: array[int]) -> npt.NDArray[np.int32]:
    """Look at an array as numpy's; such views must be gone before another word makes it grow."""
    return np.frombuffer(numbers, dtype=np.int32) if numbers else np.zeros(0, np.int32)  # an empty array has no view
