"""How many articles a source gave in each of its last days enters; whether it has gone quiet, and what to expect, leaves.

Two methods on one model. The model: a day's count is negative binomial (news come in bursts, so that a Poisson band would be
too narrow) around the mean of its weekday, both estimated by moments from the source's own past eight weeks. The band: the
quantiles of that distribution. The change-point test: a one-sided CUSUM (Page 1954) of the log-likelihood ratio between the
usual mean and a twentieth of it, over the last two weeks. It finds what comes in drops; a source that stops dead is found sooner
by ``silences``, on the same model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Any

WEEK = 7
#: Days that the test looks at, and days before them from which it knows what is usual.
TESTED = 14
LONGEST_HISTORY = 56
#: With less history nothing is claimed.
LEAST_DAYS = 21
LEAST_ARTICLES = 21
#: The change that is looked for: a fall to this part of the usual.
FALLEN_TO = 0.05
#: The statistic at which an alarm is raised, below which it ends, and beyond which it does not grow, so that it can end soon.
RAISED_AT = 13.0
ENDED_AT = 1.0
MOST = 2 * RAISED_AT
#: How much a weekday's own mean counts against the overall one: as if so many weeks had been seen of the latter.
_SHRINKAGE = 2.0
#: Never believe a source to be more regular, or less, than this; the variance is mean + dispersion * mean ** 2.
_DISPERSION = (0.05, 2.0)
_BAND = (0.005, 0.995)


@dataclass(frozen=True)
class Usual:
    """What a source usually gives a day: a mean for each of seven days, and the dispersion around them."""

    means: tuple[float, ...]
    dispersion: float

    def band(self, day: int) -> tuple[int, int]:
        """Return the least and the most articles to be expected on a day (99 in 100 lie within)."""
        # Imported here: it takes long, and the test itself does without it.
        from scipy import stats

        nbinom: Any = getattr(stats, "nbinom")  # noqa: B009 - its stubs do not know it
        size = 1 / self.dispersion
        low, high = (nbinom.ppf(share, size, size / (size + self.means[day % WEEK])) for share in _BAND)
        return int(low), int(high)


@dataclass(frozen=True)
class Volume:
    """How the last days compare with what is usual: the statistic of the change; the last day's count, and its number."""

    statistic: float
    last: int
    day: int
    usual: Usual

    @property
    def expected(self) -> float:
        """How many articles the last day usually brings."""
        return self.usual.means[self.day % WEEK]

    @property
    def quiet(self) -> bool:
        """Whether an alarm is to be raised."""
        return self.statistic >= RAISED_AT

    @property
    def well(self) -> bool:
        """Whether an alarm is to end."""
        return self.statistic < ENDED_AT


def volume_of(counts: Sequence[int]) -> Volume | None:
    """Judge a source by its articles a day, oldest first, the last 24 hours last; None where too little is known.

    Days are counted back from now, so that each falls on one weekday's hours like the seventh before it.
    """
    if len(counts) < LEAST_DAYS + TESTED:
        return None
    first = max(0, len(counts) - TESTED - LONGEST_HISTORY)
    history = counts[first : len(counts) - TESTED]
    # A source that began lately is known from its first article on.
    began = next((day for day, count in enumerate(history) if count), len(history))
    history = history[began:]
    if len(history) < LEAST_DAYS or sum(history) < LEAST_ARTICLES:
        return None
    usual = usual_of(history, phase=first + began)
    statistic = 0.0
    for day in range(len(counts) - TESTED, len(counts)):
        step = _evidence(counts[day], mean=usual.means[day % WEEK], dispersion=usual.dispersion)
        statistic = min(max(0.0, statistic + step), MOST)
    return Volume(statistic, counts[-1], len(counts) - 1, usual)


def usual_of(history: Sequence[int], *, phase: int = 0) -> Usual:
    """Estimate what is usual from days of history, two or more, the first of which is the ``phase``-th of a week."""
    counted = [[count for at, count in enumerate(history, start=phase) if at % WEEK == day] for day in range(WEEK)]
    # A backlog that came in at once, or the news of the year, is not what every such weekday brings.
    ordinary = sorted(history)[: -max(1, len(history) // 20)]
    overall = sum(ordinary) / len(ordinary)
    most = [3 * max(overall, median(days or [0])) + 3 for days in counted]
    by_day = [[min(count, cap) for count in days] for days, cap in zip(counted, most, strict=True)]
    mean = sum(map(sum, by_day)) / len(history)
    means = tuple((sum(days) + _SHRINKAGE * mean) / (len(days) + _SHRINKAGE) for days in by_day)
    pairs = [(count, due) for days, due in zip(by_day, means, strict=True) for count in days]
    excess = sum((count - due) ** 2 - due for count, due in pairs)
    squares = sum(due**2 for _, due in pairs)
    least, greatest = _DISPERSION
    return Usual(means, min(max(excess / squares if squares else least, least), greatest))


def _evidence(count: int, *, mean: float, dispersion: float) -> float:
    """Return the log-likelihood ratio of a day's count: for the fallen mean, against the usual one."""
    size = 1 / dispersion
    shift = log((size + mean) / (size + FALLEN_TO * mean))
    return count * (log(FALLEN_TO) + shift) + size * shift
