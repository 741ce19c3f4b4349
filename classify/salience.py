"""Salience: the mentions of a text go in; per country, the numbers by which a model tells what the text is about come out."""

from __future__ import annotations

import math
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
    rows = [_row(by_code[code], reading=reading, weights=weights, rank=rank) for rank, code in enumerate(ranked)]
    return Candidates(tuple(ranked), np.array(rows, dtype=np.float64).reshape(len(ranked), len(FEATURES)))


def _weight(mention: Mention) -> float:
    if mention.in_title:
        return 3.0
    return 1.0 if mention.at < HEAD else 0.4


def _row(mentions: Sequence[Mention], *, reading: Reading, weights: Mapping[str, float], rank: int) -> list[float]:
    code = mentions[0].code
    count = len(mentions)
    title = [mention for mention in mentions if mention.in_title]
    body = [mention for mention in mentions if not mention.in_title]
    head = [mention for mention in body if mention.at < HEAD]
    head_total = sum(not mention.in_title and mention.at < HEAD for mention in reading.mentions)
    first_of_title = next((mention.code for mention in reading.mentions if mention.in_title), "")
    top = max(weights.values())
    values = {
        "in_title": bool(title),
        "title_count": min(len(title), 3),
        "first_in_title": first_of_title == code,
        "body_count": math.log1p(len(body)),
        "head_count": math.log1p(len(head)),
        "head_share": len(head) / max(1, head_total),
        "share": weights[code] / sum(weights.values()),
        "earliness": 1 - min(min((mention.at for mention in body), default=HEAD) / max(1, min(HEAD, reading.length)), 1),
        "in_first_sentence": any(mention.sentence == 1 for mention in body),
        "in_lead": any(mention.sentence <= 3 for mention in body),
        "spread": len({mention.sentence for mention in body}) / max(1, len(reading.sentences) - 1),
        **{name: sum(mention.kind in kinds for mention in mentions) / count for name, kinds in _KINDS.items()},
        "cued_share": sum(mention.cued for mention in mentions) / count,
        "listed_share": sum(mention.listed for mention in mentions) / count,
        "is_top": rank == 0,
        "ratio_to_top": weights[code] / top,
        "countries": math.log(len(weights)),
        "once": count == 1,
        "alone": len(weights) == 1,
        "title_and_body": bool(title) and bool(body),
        "rank": min(rank, 6) / 6,
    }
    return [float(values[name]) for name in FEATURES]
