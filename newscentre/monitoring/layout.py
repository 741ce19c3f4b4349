"""What extraction found on a source's pages, oldest first, enters; the ways in which it has changed leave.

For each sign of trouble (no title, no date, another language, far shorter or longer than usual, no text at all) a CUSUM of the
log-likelihood ratio runs over the newest pages: usual share of the sign, from the pages before them, against a half or more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

#: As many of the newest pages are worth testing, and as many before them tell what is usual.
TESTED = 40
LEAST_HISTORY = 40
LONGEST_HISTORY = 400
RAISED_AT = 9.0
ENDED_AT = 1.0
MOST = 2 * RAISED_AT
#: A length outside of these shares of the past ones is unusual; by this factor beyond them, lest a narrow past be a trap.
_UNUSUAL = (0.02, 0.98)
_MARGIN = 1.5
#: A sign that so many pages show anyway says nothing.
_TOO_USUAL = 0.5
_LEAST_SHARE = 0.03
#: A language of fewer pages than this share is not one that the source publishes in.
_LEAST_SPOKEN = 0.05


@dataclass(frozen=True)
class PageFacts:
    """What extraction found on one page: ``length`` in characters, 0 where it found no text."""

    length: int
    titled: bool = True
    dated: bool = True
    language: str = ""


@dataclass(frozen=True)
class Change:
    """One sign of a changed layout: ``title``, ``date``, ``language``, ``short``, ``long`` or ``empty``; its share before and
    in the pages since the change began; the statistic.
    """

    sign: str
    before: float
    now: float
    statistic: float


@dataclass(frozen=True)
class Layout:
    """How the newest pages compare with those before: the changes, gravest first, and whether all is as it was."""

    changes: tuple[Change, ...]
    well: bool


def layout_of(history: Sequence[PageFacts], tested: Sequence[PageFacts]) -> Layout | None:
    """Judge a source's newest pages by those before them, both oldest first; None where too little is known."""
    if len(history) < LEAST_HISTORY or not tested:
        return None
    changes = []
    well = True
    for sign, shown in _signs(history).items():
        change = _tested(sign, [shown(page) for page in history], [shown(page) for page in tested])
        if change is not None:
            well = well and change.statistic < ENDED_AT
            if change.statistic >= RAISED_AT:
                changes.append(change)
    return Layout(tuple(sorted(changes, key=lambda change: -change.statistic)), well)


def _signs(history: Sequence[PageFacts]) -> Mapping[str, Callable[[PageFacts], bool]]:
    lengths = sorted(page.length for page in history if page.length) or [0]
    short, long = (lengths[int(share * (len(lengths) - 1))] for share in _UNUSUAL)
    spoken = Counter(page.language for page in history)
    usual = {language for language, count in spoken.items() if count >= _LEAST_SPOKEN * len(history)}
    return {
        "title": lambda page: not page.titled,
        "date": lambda page: not page.dated,
        "language": lambda page: bool(page.length) and page.language not in usual,
        "short": lambda page: 0 < page.length * _MARGIN < short,
        "long": lambda page: page.length > long * _MARGIN,
        "empty": lambda page: not page.length,
    }


def _tested(sign: str, before: Sequence[bool], now: Sequence[bool]) -> Change | None:
    usual = max((sum(before) + 1) / (len(before) + 2), _LEAST_SHARE)
    if usual > _TOO_USUAL:
        return None
    changed = (1 + usual) / 2
    statistic, began = 0.0, 0
    for place, shown in enumerate(now):
        step = log(changed / usual) if shown else log((1 - changed) / (1 - usual))
        statistic = min(statistic + step, MOST)
        if statistic <= 0:
            statistic, began = 0.0, place + 1
    since = now[began:]
    return Change(sign, sum(before) / len(before), sum(since) / len(since) if since else 0.0, statistic)
