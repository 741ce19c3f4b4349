"""Tags: the article that the gazetteer has read goes in; labels for the cities and organisations that matter in it come out.

Rules, no training: what is named in the title, in the lead or again and again matters; what is named once far down does not.
A capital stands for its government as often as for itself, so it counts only where a word before it shows a place.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence

from classify.evidence import forms, passage
from classify.gazetteer import ORGANISATION, capitals
from classify.mentions import Mention, Reading, read
from classify.salience import HEAD
from newsdesk.values import Label

ACTOR = "gazetteer 2.0"
THRESHOLD = 0.5
#: Labels of one kind that an article has at most.
MOST = 8
#: What a mention weighs in the title, the lead, the head and below; a weight of 1.4 alone reaches the threshold.
TITLE, LEAD, HEAD_WEIGHT, BELOW = 3.0, 1.5, 1.0, 0.4
#: The share of its weight that a capital keeps where nothing shows it to be a place.
METONYM = 0.1
#: Kinds of mention that make a label of kind ``city``.
_CITIES = frozenset({"city", "place"})


def tags(title: str, text: str, language: str, *, source_country: str = "", countries: Collection[str] = ()) -> tuple[Label, ...]:
    """Return the labels for cities and organisations, the weightiest first.

    ``countries`` are those that the article was found to be about; a city elsewhere is tagged only if the title names it.
    """
    reading = read(title, text, language, source_country)
    return (*_labels("city", _cities(reading, countries), reading), *_labels(ORGANISATION, _organisations(reading), reading))


def _cities(reading: Reading, countries: Collection[str]) -> dict[str, list[Mention]]:
    found = _by_key(mention for mention in reading.mentions if mention.kind in _CITIES)
    return {
        key: mentions
        for key, mentions in found.items()
        if mentions[0].code in countries or not mentions[0].code or mentions[0].in_title
    }


def _organisations(reading: Reading) -> dict[str, list[Mention]]:
    return _by_key(mention for mention in reading.mentions if mention.kind == ORGANISATION)


def _by_key(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.key, []).append(mention)
    return found


def _labels(kind: str, found: dict[str, list[Mention]], reading: Reading) -> Iterator[Label]:
    scores = {key: _score(mentions, reading) for key, mentions in found.items()}
    given = sorted((key for key in found if scores[key] >= THRESHOLD), key=lambda key: -scores[key])[:MOST]
    for key in given:
        mentions = found[key]
        yield Label(kind, key, scores[key], THRESHOLD, True, ACTOR, passage(mentions, reading), forms(mentions, reading))


def _score(mentions: Sequence[Mention], reading: Reading) -> float:
    return round(1 - math.exp(-sum(_weight(mention, reading) for mention in mentions) / 2), 4)


def _weight(mention: Mention, reading: Reading) -> float:
    share = METONYM if mention.key in capitals() and not mention.cued else 1.0
    if mention.in_title:
        return TITLE * share
    if reading.in_lead(mention):
        return LEAD * share
    return share * (HEAD_WEIGHT if mention.at < HEAD else BELOW)
