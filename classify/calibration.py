"""Scores of a linear model go in, probabilities and decisions come out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classify.vectors import Floats

Scores = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """What turns an article's scores (relevance, then the themes) into probabilities and decisions.

    ``mixing`` (labels x labels) lets every score speak for every label, ``offsets`` (languages x labels) says how frequent
    each is, ``thresholds`` (languages x labels) from which probability on a label is given.
    """

    mixing: Floats
    offsets: Floats
    thresholds: Floats

    def probabilities(self, scores: Scores, rows: npt.NDArray[np.intp]) -> Scores:
        """Return the probability of each label; ``rows`` is each article's language.

        An article of a theme is about migration, so relevance is at least as probable as the most probable theme.
        """
        result: Scores = 1 / (1 + np.exp(-(scores @ self.mixing + self.offsets[rows])))
        result[:, 0] = result.max(axis=1)
        return result

    def given(self, probabilities: Scores, rows: npt.NDArray[np.intp]) -> Bools:
        """Decide: a theme is only given to what is given as relevant."""
        above = probabilities >= self.thresholds[rows]
        return above & above[:, :1]
