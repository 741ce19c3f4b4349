"""The articles of each hour and what is usual for a source enter; how rare its present silence is, leaves.

The method is a survival test on the model of ``volume``: articles come as a Poisson process whose rate follows the weekday and
the hour of the day (both from the source's own history), times a gamma-distributed level of the day with the dispersion of its
daily counts. A silence in which ``m`` articles are usually due follows an article, and lasts, so often a day:

    rate * E[level * exp(-level * m)] = rate * (1 + dispersion * m) ** -(1 / dispersion + 1)

The level of the last week before the silence counts too, where it was below the usual one: holidays are quiet by themselves.
With days of one level (dispersion 0) that is ``rate * exp(-m)``, all that the counts of any test can tell: five to ten articles
have to be missing. A silence of several days is taken day by day, each with a level of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np
import numpy.typing as npt

from newscentre.monitoring.volume import TESTED, WEEK, Usual, usual_of

Counts = npt.NDArray[np.int64]

DAY_HOURS = 24
#: A silence is told of if one as long comes by itself less often a year than this.
RARE = 0.05
#: How much of each hour's share is the same for all hours, and what one hour of history counts at most, as a factor of the mean.
_EVEN, _BURST = 0.05, 6.0
_YEAR = 365.0
#: The hours before a silence whose level counts.
RECENT = 7 * DAY_HOURS


@dataclass(frozen=True)
class Silence:
    """Hours since the last article, how many usually come in that time, and how many such silences a year come by themselves."""

    hours: int
    due: float
    a_year: float

    @property
    def rare(self) -> bool:
        """Whether an alarm is to be raised."""
        return self.a_year < RARE


def silence_of(hours: Sequence[int] | Counts, usual: Usual) -> Silence:
    """Judge the hours without articles at the end; whole days of hours, oldest first, of the days by which ``usual`` was made."""
    counts = np.asarray(hours)
    came = np.flatnonzero(counts[-TESTED * DAY_HOURS :])
    quiet = min(len(counts), TESTED * DAY_HOURS) - (int(came[-1]) + 1 if len(came) else 0)
    if not quiet:
        return Silence(0, 0.0, inf)
    history = counts[: -TESTED * DAY_HOURS]
    shares = shares_of(history)
    silence = _judged(counts, quiet, shares=shares, means=usual.means, dispersion=usual.dispersion)
    if not silence.rare:
        return silence
    return _judged(
        counts, quiet, shares=shares, means=usual.means, dispersion=max(usual.dispersion, _between_nights(history, shares))
    )


def _between_nights(history: Counts, shares: npt.NDArray[np.float64]) -> float:
    """Return the dispersion of days that begin at the quietest hour: days that are cut at noon are mixtures, more alike."""
    begin = int(np.argmin(shares))
    days = history[begin : len(history) - (DAY_HOURS - begin) % DAY_HOURS].reshape(-1, DAY_HOURS).sum(axis=1)
    # A source that began lately is known from its first article on.
    return usual_of(np.trim_zeros(days, "f").tolist()).dispersion


def _judged(counts: Counts, quiet: int, *, shares: npt.NDArray[np.float64], means: Sequence[float], dispersion: float) -> Silence:
    first, since = len(counts) - quiet, max(0, len(counts) - quiet - RECENT)
    hours = np.arange(since, len(counts))
    rates = np.asarray(means)[hours // DAY_HOURS % WEEK] * shares[hours % DAY_HOURS]
    level = _level(int(counts[since:first].sum()), due=float(rates[: first - since].sum()), dispersion=dispersion)
    due = level * rates[first - since :]
    # In logarithms, as a long silence of a busy source has no other number.
    missed = np.log1p(dispersion * np.add.reduceat(due, np.arange(0, quiet, DAY_HOURS)))
    survived = -float(missed.sum()) / dispersion - float(missed.max())
    return Silence(quiet, float(due.sum()), _YEAR * level * sum(means) / WEEK * exp(max(survived, -700.0)))


def _level(came: int, *, due: float, dispersion: float) -> float:
    """Return the level of the recent days, as the mean of its gamma distribution after what came; never above the usual one."""
    return min(1.0, (came + 1 / dispersion) / (due + 1 / dispersion))


def shares_of(history: Sequence[int] | Counts) -> npt.NDArray[np.float64]:
    """Return which share of a day's articles comes in each of its hours, smoothed over the hours beside it."""
    counts = np.asarray(history, dtype=np.float64)
    most = _BURST * counts.sum() / max(len(counts), 1) + 1
    by_hour = np.minimum(counts, most).reshape(-1, DAY_HOURS).sum(axis=0)
    total = by_hour.sum()
    if not total:
        return np.full(DAY_HOURS, 1 / DAY_HOURS)
    smooth = (np.roll(by_hour, 1) + 2 * by_hour + np.roll(by_hour, -1)) / 4
    even: npt.NDArray[np.float64] = (1 - _EVEN) * smooth / total + _EVEN / DAY_HOURS
    return even
