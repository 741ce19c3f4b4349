"""What a reader would file each article under goes in beside what the rules give; the shares found and right come out. Pure.

Each row of ``data/verdicts/topics_filed.jsonl`` names an article, the topics under which an officer would file it, those that
are as well given as not (``either``: they count neither way), and its part: ``development`` (its misses were read and the
forms widened) or ``blind`` (filed before the forms were last widened, and its misses never read).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from newsdesk.languages import languages
from newsdesk.statistics import wilson

#: The parts of the articles read, the most telling first.
PARTS = ("blind", "development")


@dataclass(frozen=True, slots=True)
class Filing:
    """The topics an article was filed under, those that may go either way, and those the rules give."""

    language: str
    part: str
    wanted: frozenset[str]
    either: frozenset[str]
    given: frozenset[str]

    @property
    def counted(self) -> frozenset[str]:
        """What the rules give, without what may go either way."""
        return self.given - self.either


def filed() -> dict[str, dict[str, Any]]:
    """Return how each article was filed, by its id."""
    lines = files("classify").joinpath("data/verdicts/topics_filed.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def filing(row: dict[str, Any], *, language: str, given: frozenset[str]) -> Filing:
    """Return an article's row beside the topics that the rules give it."""
    return Filing(language, row["part"], frozenset(row["topics"]), frozenset(row["either"]), given)


def table(found: Sequence[Filing]) -> Iterator[str]:
    """Yield the lines of a table: recall and precision of all topics together, by part and language, with 95% intervals."""
    yield "| articles | read | topics found of filed | recall | 95% | right of given | precision | 95% |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for part in PARTS:
        for language in ("", *languages()):
            own = [each for each in found if each.part == part and language in ("", each.language)]
            yield f"| {part}, {language or 'all'} | {len(own)} | {_shares(own)} |"


def _shares(found: Sequence[Filing]) -> str:
    hits = sum(len(each.wanted & each.given) for each in found)
    recall = wilson(hits, sum(len(each.wanted) for each in found))
    right = wilson(sum(len(each.wanted & each.counted) for each in found), sum(len(each.counted) for each in found))
    cells = (f"{it.count}/{it.total} | {it.share:.2f} | {it.low:.2f}–{it.high:.2f}" for it in (recall, right))
    return " | ".join(cells)


def found_of(topic: str, part: str, found: Sequence[Filing]) -> str:
    """Return how many articles of a part carry a topic, of those filed under it."""
    wanted = [each for each in found if each.part == part and topic in each.wanted]
    return f"{sum(topic in each.given for each in wanted)}/{len(wanted)}"
