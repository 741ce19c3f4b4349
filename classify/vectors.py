"""Units of articles go in, rows of numbers come out: sublinear counts weighted by rarity, each block of length one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from classify.features import Reader

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows: names, each one's rarity, and each one's block (an index into ``blocks``)."""

    names: tuple[str, ...]
    rarity: Floats
    block: npt.NDArray[np.int8]
    block_weights: Floats

    def columns(self) -> dict[str, int]:
        """Return the column of each feature."""
        return {name: column for column, name in enumerate(self.names)}


def block_of(feature: str) -> str:
    """Return the block that a feature's name begins with."""
    return feature[0]


def learn(documents: Iterable[Iterable[str]], *, rarest: Mapping[str, int], weights: Mapping[str, float]) -> Vocabulary:
    """Learn a vocabulary: a feature stays if at least ``rarest[block]`` documents have it; sorted, so that order never matters.

    ``documents`` gives the distinct features of each. Rarity is ``1 + ln((1+n)/(1+df))``.
    """
    frequency: Counter[str] = Counter()
    count = 0
    for features in documents:
        frequency.update(features)
        count += 1
    blocks = list(weights)
    names = sorted(name for name, times in frequency.items() if times >= rarest[block_of(name)])
    times = np.array([frequency[name] for name in names], dtype=np.float64)
    return Vocabulary(
        names=tuple(names),
        rarity=(1 + np.log((1 + count) / (1 + times))).astype(np.float32),
        block=np.array([blocks.index(block_of(name)) for name in names], dtype=np.int8),
        block_weights=np.array(list(weights.values()), dtype=np.float32),
    )


class Vectoriser:
    """Turns the units of one reader into rows; remembers the columns of each unit."""

    def __init__(self, vocabulary: Vocabulary, columns: Mapping[str, int], reader: Reader) -> None:
        self._vocabulary = vocabulary
        self._columns = columns
        self._reader = reader
        self._known: list[Integers] = []

    def columns_of(self, unit: int) -> Integers:
        """Return the columns of the features of one unit."""
        if len(self._known) > len(self._reader.units):  # the reader has begun anew
            self._known.clear()
        while len(self._known) <= unit:
            features = self._reader.units[len(self._known)].features
            found = [column for feature in features if (column := self._columns.get(feature)) is not None]
            self._known.append(np.array(found, dtype=np.int32))
        return self._known[unit]

    def rows(self, articles: Sequence[Sequence[int]]) -> csr_matrix:
        """Return one row an article."""
        counts = self._counts(articles)
        counts.data = (1 + np.log(counts.data)).astype(np.float32)
        return self._normalised(counts)

    def _counts(self, articles: Sequence[Sequence[int]]) -> csr_matrix:
        flat = np.fromiter((unit for article in articles for unit in article), dtype=np.int64)
        ends = np.cumsum([0, *map(len, articles)])
        distinct, places = np.unique(flat, return_inverse=True)
        columns = [self.columns_of(int(unit)) for unit in distinct]
        width = len(self._vocabulary.names)
        starts = np.cumsum([0, *map(len, columns)])
        indices = np.concatenate(columns) if columns else np.empty(0, dtype=np.int32)
        features = csr_matrix((np.ones(len(indices), np.float32), indices, starts), shape=(len(distinct), width))  # type: ignore[no-untyped-call]
        units = csr_matrix((np.ones(len(flat), np.float32), places, ends), shape=(len(articles), len(distinct)))  # type: ignore[no-untyped-call]
        units.sum_duplicates()  # type: ignore[no-untyped-call]
        result: csr_matrix = (units @ features).tocsr()
        return result

    def _normalised(self, rows: csr_matrix) -> csr_matrix:
        vocabulary = self._vocabulary
        rows.data *= vocabulary.rarity[rows.indices]
        blocks = len(vocabulary.block_weights)
        owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        group = owner * blocks + vocabulary.block[rows.indices]
        length = np.sqrt(np.bincount(group, weights=rows.data.astype(np.float64) ** 2, minlength=rows.shape[0] * blocks))
        scale = np.tile(vocabulary.block_weights, rows.shape[0]) / np.maximum(length, 1e-9)
        rows.data = (rows.data * scale[group]).astype(np.float32)
        return rows
