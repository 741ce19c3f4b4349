"""Scores of a linear model go in, probabilities and decisions come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scored:
    """The scores of a linear model (articles x labels): of the whole article, of its title alone, of its first words alone."""

    whole: Scores
    title: Scores
    lead: Scores

    def of(self, chosen: npt.NDArray[Any]) -> Scored:
        """Return the scores of some of the articles."""
        return Scored(self.whole[chosen], self.title[chosen], self.lead[chosen])


@dataclass(frozen=True)
class Calibration:
    """What turns an article's scores (relevance, then the themes) into probabilities and decisions.

    ``mixing`` (labels x labels) lets every score speak for every label, ``prominence`` (2 x labels) says what a label's own score
    of the title and of the first words adds (what is told there is what the article is about), ``offsets`` (languages x
    labels) how frequent each is, ``thresholds`` (languages x labels) from which probability on a label is given.
    """

    mixing: Floats
    prominence: Floats
    offsets: Floats
    thresholds: Floats

    def probabilities(self, scores: Scored, rows: npt.NDArray[np.intp]) -> Scores:
        """Return the probability of each label; ``rows`` is each article's language.

        An article of a theme is about migration, so relevance is at least as probable as the most probable theme.
        """
        prominent = scores.title * self.prominence[0] + scores.lead * self.prominence[1]
        result: Scores = 1 / (1 + np.exp(-(scores.whole @ self.mixing + prominent + self.offsets[rows])))
        result[:, 0] = result.max(axis=1)
        return result

    def given(self, probabilities: Scores, rows: npt.NDArray[np.intp]) -> Bools:
        """Decide: a theme is only given to what is given as relevant."""
        above = probabilities >= self.thresholds[rows]
        return above & above[:, :1]
