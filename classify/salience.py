"""Salience: the mentions of a text go in; per country, the numbers by which a model tells what the text is about come out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classify.mentions import Mention, Reading

#: Characters that count as the head of an article.
HEAD = 1_300
#: Names of the numbers, in the order of the columns.
FEATURES = (
    "in_title", "title_count", "first_in_title", "body_count", "head_count", "head_share", "share", "earliness",
    "in_first_sentence", "in_lead", "spread", "name_share", "adjective_share", "city_share", "standing_share", "cued_share",
    "listed_share", "is_top", "ratio_to_top", "countries", "once", "alone", "title_and_body",
    "rank",
)  # fmt: skip
_KINDS = {
    "name_share": ("country",),
    "adjective_share": ("demonym",),
    "city_share": ("city", "region", "place", "sea", "other"),
    "standing_share": ("institution", "person"),
}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The countries that a text names, and a row of FEATURES for each."""

    codes: tuple[str, ...]
    features: NDArray[np.float64]


def candidates(reading: Reading) -> Candidates:
    """Measure every country named outside the dateline."""
    by_code: dict[str, list[Mention]] = {}
    for mention in reading.mentions:
        if mention.code:
            by_code.setdefault(mention.code, []).append(mention)
    weights = {code: sum(map(_weight, mentions)) for code, mentions in by_code.items()}
    ranked = sorted(by_code, key=lambda code: (-weights[code], by_code[code][0].sentence, by_code[code][0].at))
    whole = _Whole.of(reading, weights)
    rows = [_row(by_code[code], whole, weight=weights[code], rank=rank) for rank, code in enumerate(ranked)]
    return Candidates(tuple(ranked), np.array(rows, dtype=np.float64).reshape(len(ranked), len(FEATURES)))


@dataclass(frozen=True, slots=True)
class _Whole:
    """What all countries of one text are measured against."""

    head: int
    first_of_title: str
    length: int
    sentences: int
    countries: int
    top: float
    total: float

    @classmethod
    def of(cls, reading: Reading, weights: Mapping[str, float]) -> _Whole:
        return cls(
            head=max(1, sum(not mention.in_title and mention.at < HEAD for mention in reading.mentions)),
            first_of_title=next((mention.code for mention in reading.mentions if mention.in_title), ""),
            length=max(1, min(HEAD, reading.length)),
            sentences=max(1, len(reading.sentences) - 1),
            countries=len(weights),
            top=max(weights.values(), default=1.0),
            total=sum(weights.values()),
        )


def _weight(mention: Mention) -> float:
    if mention.in_title:
        return 3.0
    return 1.0 if mention.at < HEAD else 0.4


def _row(mentions: Sequence[Mention], whole: _Whole, *, weight: float, rank: int) -> list[float]:
    count = len(mentions)
    title = [mention for mention in mentions if mention.in_title]
    body = [mention for mention in mentions if not mention.in_title]
    head = [mention for mention in body if mention.at < HEAD]
    first = min((mention.at for mention in body), default=HEAD)
    kinds = Counter([mention.kind for mention in mentions])
    values = {
        "in_title": bool(title),
        "title_count": min(len(title), 3),
        "first_in_title": whole.first_of_title == mentions[0].code,
        "body_count": math.log1p(len(body)),
        "head_count": math.log1p(len(head)),
        "head_share": len(head) / whole.head,
        "share": weight / whole.total,
        "earliness": 1 - min(first / whole.length, 1),
        "in_first_sentence": any(mention.sentence == 1 for mention in body),
        "in_lead": any(mention.sentence <= 3 for mention in body),
        "spread": len({mention.sentence for mention in body}) / whole.sentences,
        **{name: sum(map(kinds.__getitem__, of)) / count for name, of in _KINDS.items()},
        "cued_share": sum(mention.cued for mention in mentions) / count,
        "listed_share": sum(mention.listed for mention in mentions) / count,
        "is_top": rank == 0,
        "ratio_to_top": weight / whole.top,
        "countries": math.log(whole.countries),
        "once": count == 1,
        "alone": whole.countries == 1,
        "title_and_body": bool(title) and bool(body),
        "rank": min(rank, 6) / 6,
    }
    return [float(values[name]) for name in FEATURES]
