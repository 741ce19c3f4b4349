"""Shares and how sure they are: counts go in, proportions with 95% intervals come out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

#: The standard normal quantile of a two-sided 95% interval.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Proportion:
    """``count`` of ``total``, with the bounds of its interval; without any observations the interval is all of 0..1."""

    count: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The observed proportion."""
        return self.count / self.total if self.total else 0.0


def wilson(count: int, total: int) -> Proportion:
    """Return a proportion with Wilson's score interval (Wilson 1927), which keeps within 0..1 and holds for small samples."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no proportion")
    if total == 0:
        return Proportion(0, 0, 0.0, 1.0)
    share, squared = count / total, Z * Z
    centre = (share + squared / (2 * total)) / (1 + squared / total)
    reach = Z / (1 + squared / total) * sqrt(share * (1 - share) / total + squared / (4 * total * total))
    return Proportion(count, total, max(0.0, centre - reach), min(1.0, centre + reach))


def difference(first: Proportion, second: Proportion) -> tuple[float, float, float]:
    """Return first minus second with the bounds of Newcombe's interval (Newcombe 1998, method 10)."""
    gap = first.share - second.share
    below = sqrt((first.share - first.low) ** 2 + (second.high - second.share) ** 2)
    above = sqrt((first.high - first.share) ** 2 + (second.share - second.low) ** 2)
    return gap, gap - below, gap + above
