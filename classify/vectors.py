"""What a linear model reads: the features that it knows, as learnt from articles, and articles as rows of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from classify.calibration import Floats, Scored, Scores


@dataclass(frozen=True)
class Vocabulary:
    """The features that a model knows: names in order, the rarity of each, its block (an index into ``block_weights``)."""

    names: tuple[str, ...]
    rarity: Floats
    block: npt.NDArray[np.int8]
    block_weights: Floats

    def named(self, prefix: str) -> dict[str, int]:
        """Return the columns of the features whose names begin so, by the rest of their names."""
        first, end = (bisect_left(self.names, edge) for edge in (prefix, f"{prefix}\U0010ffff"))
        return {name[len(prefix) :]: column for column, name in enumerate(self.names[first:end], start=first)}

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """Turn counts (articles x features, in place) into rows: sublinear, weighted by rarity, each block of its length."""
        counts.sort_indices()  # type: ignore[no-untyped-call]  # sums are then made in one order, whatever was read before
        counts.data = _sublinear(counts.data) * self.rarity[counts.indices]
        blocks = len(self.block_weights)
        group = np.repeat(np.arange(counts.shape[0]) * blocks, np.diff(counts.indptr)) + self.block[counts.indices]
        length = np.sqrt(np.bincount(group, weights=counts.data * counts.data, minlength=counts.shape[0] * blocks))
        scale = (np.tile(self.block_weights, counts.shape[0]) / np.maximum(length, 1e-9)).astype(np.float32)
        counts.data *= scale[group]
        return counts


def _sublinear(counts: Floats) -> Floats:
    """Return ``1 + ln(count)`` of whole counts; nearly all are small, and looked up."""
    most = int(counts.max(initial=1))
    return (1 + np.log(np.maximum(1, np.arange(most + 1, dtype=np.float32))))[counts.astype(np.intp)]


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
