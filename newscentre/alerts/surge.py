"""How many articles a search found on each of its last days enters; whether the last brought far more than usual leaves.

The method: a day's count is negative binomial around the mean of its weekday, both estimated by moments from the search's own
past eight weeks (as in ``newscentre.monitoring.volume``); a day is a surge if so many or more have a probability under one in
a thousand. That is the upper-quantile rule of Farrington et al. (1996) for outbreaks, with the negative binomial quantile that
Noufaily et al. (2013) put in the place of the normal one. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from newscentre.monitoring.volume import LONGEST_HISTORY, WEEK, usual_of

#: With less history nothing is claimed.
LEAST_DAYS = 21
#: Days of history and the day that is judged.
DAYS = LONGEST_HISTORY + 1
RAISED_BELOW = 0.001
ENDED_ABOVE = 0.05
#: Fewer articles are no surge, however rare the search's finds are, nor is less than so many times the usual.
LEAST_ARTICLES = 5
LEAST_FACTOR = 2.0
#: What never was found is taken to come once in ten days.
_LEAST_MEAN = 0.1


@dataclass(frozen=True)
class Surge:
    """How the last day compares: its count, what is usual on such a day, and how probable so many or more are."""

    count: int
    expected: float
    probability: float

    @property
    def raised(self) -> bool:
        """Whether there is far more than usual."""
        return self.probability < RAISED_BELOW and self.count >= LEAST_ARTICLES and self.count >= LEAST_FACTOR * self.expected

    @property
    def over(self) -> bool:
        """Whether a surge has ended."""
        return self.probability > ENDED_ABOVE


def surge_of(counts: Sequence[int]) -> Surge | None:
    """Judge the last day by those before it, oldest first; None where too little is known."""
    *history, last = counts[-DAYS:]
    if len(history) < LEAST_DAYS:
        return None
    usual = usual_of(history)
    expected = max(usual.means[len(history) % WEEK], _LEAST_MEAN)
    return Surge(last, expected, _tail(last, mean=expected, dispersion=usual.dispersion))


def _tail(count: int, *, mean: float, dispersion: float) -> float:
    """Return the probability of so many or more."""
    # Imported here: it takes long, and most commands do without it.
    from scipy import stats

    nbinom: Any = getattr(stats, "nbinom")  # noqa: B009 - its stubs do not know it
    size = 1 / dispersion
    return float(nbinom.sf(count - 1, size, size / (size + mean)))
