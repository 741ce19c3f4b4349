"""Stories: the terms of one article after another go in; for each, the story that it belongs to comes out, or none.

Single-pass clustering (as in topic detection and tracking: J. Allan ed., 2002) against the articles of the last days. An
article joins the story of the report most like it. Between languages stems say nothing: there the places and the
numbers that both name must agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from classify.story_terms import story_terms

__all__ = ["StoryBook", "story_terms"]

#: How far apart two reports may lie to be matched, and how long a story may last from its first report.
WINDOW = timedelta(days=4)
LONGEST = timedelta(days=7)
#: Cosine from which two reports in one language tell one story. Of pairs read among 17,000 real articles (copies left out), the
#: share that told one story was, at .45 and above, three in four in Arabic (dense days of one country's papers) and nineteen in
#: twenty in English and French; at .35 to .45 about six in ten.
SAME_LANGUAGE = 0.48
#: Points of agreement from which two reports in different languages do: two for a place, one or two for a number.
ENOUGH = 7


@dataclass(frozen=True, slots=True)
class _Report:
    story: int
    weights: Mapping[str, float]
    language: str
    at: datetime


class StoryBook:
    """The reports of the last days and their stories. The same calls in the same order give the same answers."""

    def __init__(self) -> None:
        self._reports: dict[int, _Report] = {}
        self._having: dict[str, list[int]] = defaultdict(list)
        self._began: dict[int, datetime] = {}
        self._next = 0
        self._latest: datetime | None = None

    def __len__(self) -> int:
        return len(self._reports)

    def add(self, story_id: int, terms: Iterable[tuple[str, float]], at: datetime) -> None:
        """Remember a report of a story."""
        weights = dict(terms)
        self._reports[self._next] = _Report(story_id, weights, _language(weights), at)
        for term in weights:
            self._having[term].append(self._next)
        self._began[story_id] = min(at, self._began.get(story_id, at))
        self._next += 1
        self._latest = max(at, self._latest or at)
        if self._next % 512 == 0:
            self._forget()

    def match(self, terms: Iterable[tuple[str, float]], at: datetime) -> int | None:
        """Return the story of the nearest report; ties go to the story begun first."""
        weights = dict(terms)
        language = _language(weights)
        best: tuple[float, int] | None = None
        for number in sorted(self._candidates(weights)):
            report = self._reports[number]
            if abs(report.at - at) > WINDOW or abs(at - self._began[report.story]) > LONGEST:
                continue
            nearness = _nearness(weights, report.weights, same_language=language == report.language)
            if nearness >= 1 and (best is None or (nearness, -report.story) > best):
                best = (nearness, -report.story)
        return None if best is None else -best[1]

    def _candidates(self, weights: Mapping[str, float]) -> set[int]:
        """Return the reports that share a telling term: countries and concepts are too common to look by."""
        telling = [term for term in weights if not term.startswith(("c:", "k:"))]
        return {number for term in telling for number in self._having.get(term, ())}

    def _forget(self) -> None:
        """Drop what lies too far back to be matched by anything on time."""
        if self._latest is None:
            return
        kept = {number: report for number, report in self._reports.items() if self._latest - report.at <= 2 * LONGEST}
        self._reports, self._having = kept, defaultdict(list)
        for number, report in kept.items():
            for term in report.weights:
                self._having[term].append(number)


def _language(weights: Mapping[str, float]) -> str:
    return next((term[:2] for term in weights if term[2:3] == ":"), "")


def _nearness(a: Mapping[str, float], b: Mapping[str, float], *, same_language: bool) -> float:
    """Return how near two reports are, 1 being just near enough."""
    if same_language:
        return sum(weight * b[term] for term, weight in a.items() if term in b) / SAME_LANGUAGE
    return _agreement(a, b)


def _agreement(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Return how strongly places and numbers agree: two places and two points of numbers are the least.

    A number of three digits or more, unless round, rarely agrees by chance: it counts for two.
    """
    shared = [term for term in a if term in b]
    places = sum(term.startswith("p:") for term in shared)
    counts = sum(map(_telling, (term for term in shared if term.startswith("n:"))))
    return 0.0 if places < 2 or counts < 2 else (2 * places + counts) / ENOUGH


def _telling(number: str) -> float:
    digits = number.removeprefix("n:")
    if digits.endswith("0"):
        return 0.5
    return 2.0 if len(digits) > 2 else 1.0
