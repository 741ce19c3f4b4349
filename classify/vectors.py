"""Units of articles go in, rows of numbers come out: sublinear counts weighted by rarity, each block of length one."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from classify.calibration import Floats, Scored, Scores
from classify.features import Reader, Reading


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


@dataclass(frozen=True)
class Rows:
    """Articles as rows of features: all of each, its title alone, its first words alone."""

    whole: csr_matrix
    title: csr_matrix
    lead: csr_matrix

    def of(self, chosen: npt.NDArray[Any] | slice) -> Rows:
        """Return the rows of some of the articles."""
        return Rows(self.whole[chosen], self.title[chosen], self.lead[chosen])

    def scores(self, weights: Floats | Scores, intercepts: Floats | Scores) -> Scored:
        """Apply a linear model; a title or beginning that says nothing counts as the whole article does."""
        whole, title, lead = (rows @ weights + intercepts for rows in (self.whole, self.title, self.lead))
        for part, rows in ((title, self.title), (lead, self.lead)):
            silent = np.diff(rows.indptr) == 0
            part[silent] = whole[silent]
        return Scored(whole, title, lead)


@dataclass(frozen=True)
class Batch:
    """Articles read: their distinct units, how often each article has each, what each stands for, the articles' rows."""

    distinct: npt.NDArray[np.int64]
    units: csr_matrix
    features: csr_matrix
    rows: Rows


class Vectoriser:
    """Turns the units of one reader, that knows the features of a vocabulary, into rows."""

    def __init__(self, vocabulary: Vocabulary, reader: Reader) -> None:
        self._vocabulary = vocabulary
        self._reader = reader

    def read(self, articles: Sequence[Reading]) -> Batch:
        """Gather what a batch of articles is made of."""
        views = [article[view] for view in range(len(Reading._fields)) for article in articles]
        flat = np.fromiter(chain.from_iterable(views), dtype=np.int64)
        ends = np.cumsum([0, *map(len, views)])
        distinct, places = np.unique(flat, return_inverse=True)
        features = self._features(distinct)
        units = csr_matrix((np.ones(len(flat), np.float32), places, ends), shape=(len(views), len(distinct)))  # type: ignore[no-untyped-call]
        units.sum_duplicates()  # type: ignore[no-untyped-call]
        counts = units @ features
        counts.data = 1 + np.log(counts.data)
        rows = self._normalised(counts)
        one, two = len(articles), 2 * len(articles)
        return Batch(distinct, units[:one], features, Rows(rows[:one], rows[one:two], rows[two:]))

    def _features(self, distinct: npt.NDArray[np.int64]) -> csr_matrix:
        """Return which features each of these units stands for: units x features."""
        # Views, that must be gone before the next article makes the arrays grow.
        features, starts = (_view(numbers) for numbers in (self._reader.features, self._reader.starts))
        lengths = starts[distinct + 1] - starts[distinct]
        ends = np.cumsum([0, *lengths])
        chosen = features[np.repeat(starts[distinct] - ends[:-1], lengths) + np.arange(ends[-1])]
        shape = (len(distinct), len(self._vocabulary.names))
        return csr_matrix((np.ones(len(chosen), np.float32), chosen, ends), shape=shape)  # type: ignore[no-untyped-call]

    def _normalised(self, rows: csr_matrix) -> csr_matrix:
        vocabulary = self._vocabulary
        rows.data *= vocabulary.rarity[rows.indices]
        blocks = len(vocabulary.block_weights)
        group = np.repeat(np.arange(rows.shape[0]) * blocks, np.diff(rows.indptr)) + vocabulary.block[rows.indices]
        length = np.sqrt(np.bincount(group, weights=rows.data * rows.data, minlength=rows.shape[0] * blocks))
        scale = (np.tile(vocabulary.block_weights, rows.shape[0]) / np.maximum(length, 1e-9)).astype(np.float32)
        rows.data *= scale[group]
        return rows


def _view(numbers: array[int]) -> npt.NDArray[np.int32]:
    return np.frombuffer(numbers, dtype=np.int32) if numbers else np.zeros(0, np.int32)  # an empty array has no view
