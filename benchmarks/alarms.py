"""Simulates sources whose history is known to measure the alarms: false ones a year, and hours until a true one.

``python -m benchmarks.alarms [YEARS]``. A source has a mean a day, halved at weekends and in two holiday weeks, a daily rhythm,
a level that drifts, and bursts (gamma). It is judged every hour, as the recurring job does. «No sooner» is what counts can tell
at all: the hours, in the mean over hours of the day, until a test that knows a source's true rate, steady but for its rhythm,
raises an alarm, if it may raise a false one every other year.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from newscentre.monitoring.layout import LEAST_HISTORY, TESTED, PageFacts, layout_of
from newscentre.monitoring.silences import silence_of
from newscentre.monitoring.volume import LONGEST_HISTORY, volume_of
from newscentre.monitoring.volume import TESTED as TESTED_DAYS

HISTORY = TESTED_DAYS + LONGEST_HISTORY
YEAR = 365
STEP = 1
FALSE_A_YEAR = 0.5
_HOURS = np.exp(1.2 * np.cos((np.arange(24) - 13) / 24 * 2 * np.pi))


@dataclass(frozen=True)
class Made:
    """An invented source: articles a day, how bursty it is, and to which part it falls (None: it does not)."""

    mean: float
    dispersion: float
    fallen_to: float | None = None


def hours_of(made: Made, *, days: int, rng: np.random.Generator) -> np.ndarray:
    """Return the articles of each hour."""
    day = np.arange(days)
    level = made.mean * np.exp(np.cumsum(rng.normal(0, 0.01, days)))
    level *= np.where(day % 7 >= 5, 0.5, 1.0) * 7 / 6
    level *= np.where((day % YEAR // 7 == 12) | (day % YEAR // 7 == 38), 0.5, 1.0)
    level *= rng.gamma(1 / made.dispersion, made.dispersion, days)
    counts: np.ndarray = rng.poisson(level[:, None] * _HOURS / _HOURS.sum()).reshape(-1)
    return counts


def raised(hours: np.ndarray, *, start: int) -> Iterator[int]:
    """Yield the hours, from ``start`` on, at which an alarm is raised."""
    total = np.concatenate([[0], np.cumsum(hours)])
    is_open = False
    for hour in range(start, len(hours), STEP):
        ends = np.arange(hour % 24, hour + 1, 24)[-HISTORY - 1 :]
        volume = volume_of((total[ends[1:]] - total[ends[:-1]]).tolist())
        if volume is None:
            continue
        silence = silence_of(hours[ends[0] : ends[-1]], volume.usual)
        if (volume.quiet or silence.rare) and not is_open:
            is_open = True
            yield hour
        elif volume.well and not silence.rare:
            is_open = False


def false_alarms(made: Made, *, years: int, seed: int = 1) -> float:
    """Return the alarms a year of a source with which nothing is wrong."""
    rng = np.random.default_rng(seed)
    runs = (hours_of(made, days=HISTORY + YEAR, rng=rng) for _ in range(years))
    return sum(len(list(raised(hours, start=24 * HISTORY))) for hours in runs) / years


def delays(made: Made, *, sources: int, seed: int = 2) -> list[int]:
    """Return for each source how many hours after its fall the alarm came; those that it never reached have 60 days."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(sources):
        hours = hours_of(made, days=HISTORY + 160, rng=rng)
        fall = 24 * (HISTORY + 100) + int(rng.integers(0, 168))
        hours[fall:] = rng.binomial(hours[fall:], made.fallen_to or 0.0)
        found.append(next(raised(hours, start=fall), fall + 60 * 24) - fall)
    return found


def least_delay(made: Made) -> float:
    """Return the hours, in the mean over hours of a weekday, in which so many articles are due that their lack is no chance."""
    due = log(YEAR * made.mean / FALSE_A_YEAR)
    clock = np.cumsum(np.tile(made.mean * _HOURS / _HOURS.sum(), 60))
    return float(np.mean([np.searchsorted(clock, clock[hour] + due) - hour for hour in range(24)]))


def pages_of(count: int, *, rng: np.random.Generator, broken: str = "") -> list[PageFacts]:
    """Return what extraction found on so many pages of a source: some short, some undated, with runs of alike ones."""
    short = rng.random(count) < 0.1
    # Series of picture stories come in runs.
    for place in range(1, count):
        short[place] = short[place - 1] if rng.random() < 0.3 else short[place]
    lengths = np.exp(rng.normal(7.8, 0.5, count)) * np.where(short, 0.2, 1.0)
    return [
        PageFacts(
            length=int(60 if broken == "short" else 0 if broken == "empty" else length),
            titled=broken != "title",
            dated=broken != "date" and bool(rng.random() > 0.03),
            language="und" if broken == "language" else "ar" if rng.random() > 0.02 else "en",
        )
        for length in lengths
    ]


def false_layouts(*, pages: int, seed: int = 3) -> float:
    """Return the alarms in so many pages of a source whose layout stays, judged with each page."""
    rng = np.random.default_rng(seed)
    facts, alarms, is_open = pages_of(pages, rng=rng), 0, False
    for end in range(LEAST_HISTORY + TESTED, pages + 1):
        layout = layout_of(facts[max(0, end - 440) : end - TESTED], facts[end - TESTED : end])
        if layout is not None and layout.changes and not is_open:
            alarms, is_open = alarms + 1, True
        elif layout is not None and layout.well:
            is_open = False
    return float(alarms)


def pages_until(broken: str, *, seed: int = 4) -> int:
    """Return how many broken pages it takes to raise an alarm."""
    rng = np.random.default_rng(seed)
    history, new = pages_of(300, rng=rng), pages_of(TESTED, rng=rng, broken=broken)
    for count in range(1, TESTED + 1):
        layout = layout_of(history, [*history[-TESTED + count :], *new[:count]][-TESTED:])
        if layout is not None and layout.changes:
            return count
    return TESTED + 1


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    years = int(arguments[0]) if arguments else 20
    print("articles a day | dispersion | false alarms a year | hours, median (90 %): silent | a tenth is left | no sooner")
    for mean in (1, 3, 10, 30, 100):
        for dispersion in (0.1, 0.4):
            wrong = false_alarms(Made(mean, dispersion), years=years)
            told = [np.percentile(delays(Made(mean, dispersion, to), sources=years), [50, 90]) for to in (0.0, 0.1)]
            hours = (f"{middle:.0f} ({most:.0f})" for middle, most in told)
            print(mean, dispersion, round(wrong, 2), *hours, f"{least_delay(Made(mean, dispersion)):.0f}", sep=" | ", flush=True)
    print("layout: false alarms in 10,000 pages:", false_layouts(pages=10_000))
    for broken in ("title", "date", "language", "short", "empty"):
        counts = [pages_until(broken, seed=seed) for seed in range(20)]
        print(f"layout, {broken}: pages until raised, median (most):", int(np.median(counts)), f"({max(counts)})")


if __name__ == "__main__":
    main(sys.argv[1:])
