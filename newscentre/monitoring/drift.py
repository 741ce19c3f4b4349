"""Whether a model's scores still are what they were: spreads of scores enter, an index of how far they moved leaves. Pure.

The index is the population stability index: the sum over bins of (now - before) * ln(now / before), by shares, less what chance
alone adds to it. Scores move for many reasons, most of them in the news; what makes an alarm is one language that moves alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from classify.reference import Spread

#: Fewer articles than this say nothing.
ENOUGH = 100
#: From this index on scores have moved; and by how many times more than in any other language, to make an alarm.
LIMIT, TIMES = 0.25, 3.0
#: Added to every bin, so that an empty one does not count for everything.
SMOOTHING = 0.5


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the scores of one label moved in one language, with the shares that were given it before and are now."""

    language: str
    label: str
    index: float
    before: float
    now: float
    articles: int


def index(before: Spread, now: Spread) -> float:
    """Return how far scores moved: 0 for not at all, 0.1 for a little, 0.25 for much; nothing is claimed of too few."""
    if min(before.total, now.total) < ENOUGH:
        return 0.0
    bins = len(before.counts)
    parts = [
        ((found + SMOOTHING) / (now.total + SMOOTHING * bins), (known + SMOOTHING) / (before.total + SMOOTHING * bins))
        for known, found in zip(before.counts, now.counts, strict=True)
    ]
    moved = sum((found - known) * log(found / known) for found, known in parts)
    used = sum(known + found > 0 for known, found in zip(before.counts, now.counts, strict=True))
    return max(0.0, moved - (used - 1) * (1 / before.total + 1 / now.total))


def drifts(language: str, before: Mapping[str, Spread], now: Mapping[str, Spread]) -> list[Drift]:
    """Return how far each label moved in one language, farthest first; none where there are too few articles."""
    found = [
        Drift(
            language, label, round(index(before[label], now[label]), 4), before[label].share, now[label].share, now[label].total
        )
        for label in now
        if label in before and min(before[label].total, now[label].total) >= ENOUGH
    ]
    return sorted(found, key=lambda drift: (-drift.index, drift.label))


def apart(worst: Mapping[str, Drift]) -> list[Drift]:
    """Return the languages whose scores moved, and far more than in any other language; ``worst`` is each one's farthest label.

    With one language there is no rest to be apart from.
    """
    found = []
    for language, drift in worst.items():
        others = [other.index for code, other in worst.items() if code != language]
        if others and drift.index >= LIMIT and drift.index >= TIMES * max(others):
            found.append(drift)
    return found
