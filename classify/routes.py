"""Routes: an article goes in; labels for the routes that it tells of people taking come out, each with its evidence.

The rules stand in ``data/routes.toml``; the routes' names and places for readers in ``newsdesk.routes``.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from classify.lines import mentions_by_sentence
from classify.mentions import Mention, Reading
from newsdesk.analysis import normalise
from newsdesk.routes import ROUTES
from newsdesk.values import Label

ACTOR = "routes 1.1"
THRESHOLD = 0.5
MOVEMENT, SEA, MOVERS, COAST = "movement", "sea", "movers", "coast"
#: What each sign is worth: the route's own name, a pair of places with movement between them, a hub, a coast of its own, a coast.
SCORES: Mapping[str, float] = {"name": 0.9, "pair": 0.6, "hub": 0.6, "shore": 0.5, COAST: 0.35}
#: A sentence that names more countries is a list, and says nothing of the way between two of them.
MOST_NAMED = 3
#: Routes of one article: more are a survey of the world.
MOST = 4
_EVIDENCE = 300


@dataclass(frozen=True)
class Pair:
    """Places from and to which people move on a route; ``sea``: only where the sentence speaks of the sea."""

    origins: frozenset[str]
    goals: frozenset[str]
    sea: bool

    def fits(self, named: Collection[str], hint: Collection[str]) -> bool:
        """Say whether a sentence that names these places speaks of the way between them."""
        origins, goals = self.origins.intersection(named), self.goals.intersection(named)
        return bool(origins and goals) and len(origins | goals) > 1 and (not self.sea or SEA in hint)


@dataclass(frozen=True)
class Route:
    """One route's rules in one language."""

    key: str
    name: re.Pattern[str] | None
    hubs: frozenset[str]
    pairs: tuple[Pair, ...]
    coasts: frozenset[str]
    shores: frozenset[str]
    against: frozenset[str]


def routes(reading: Reading, language: str, hints: Mapping[int, frozenset[str]]) -> tuple[Label, ...]:
    """Return the routes of an article about movement, the best shown first.

    ``hints`` tells by sentence whether its words speak of movement, of the sea, of people on the move (see ``classify.cues``).
    """
    shown: dict[str, dict[int, float]] = defaultdict(dict)
    mentions = mentions_by_sentence(reading)
    for at, hint in hints.items():
        if MOVERS in hint or MOVERS in hints.get(at - 1, ()):
            for key, sign in _of_sentence(reading.sentences[at], mentions.get(at, ()), hint, language):
                if MOVERS in hint or sign != COAST:
                    shown[key][at] = max(SCORES[sign], shown[key].get(at, 0.0))
    scored = {key: _score(places) for key, places in shown.items()}
    best = sorted((key for key in scored if scored[key] >= THRESHOLD), key=lambda key: (-scored[key], min(shown[key])))
    return tuple(Label("route", key, scored[key], THRESHOLD, True, ACTOR, _evidence(shown[key], reading)) for key in best[:MOST])


def _of_sentence(sentence: str, mentions: Collection[Mention], hint: frozenset[str], language: str) -> Iterator[tuple[str, str]]:
    text = normalise(sentence)
    if not _any_name(language).search(text):
        text = ""
    if not mentions and not text:
        return
    named = _Named(
        places=frozenset(mention.key for mention in mentions),
        codes=frozenset(mention.code for mention in mentions),
        ends=frozenset(name for mention in mentions if mention.kind != "demonym" for name in (mention.key, mention.code)),
    )
    for route in rules(language):
        if sign := _sign(route, named, text, hint):
            yield route.key, sign


@dataclass(frozen=True)
class _Named:
    """What a sentence names: places, countries, and those of both by their names, not by their people's."""

    places: frozenset[str]
    codes: frozenset[str]
    ends: frozenset[str]


def _sign(route: Route, named: _Named, text: str, hint: frozenset[str]) -> str:
    """Return by what a sentence shows the route, or nothing; ``text`` is empty where it holds no route's name."""
    if text and route.name and route.name.search(text):
        return "name"
    if not hint.isdisjoint((MOVEMENT, SEA)) and not route.hubs.isdisjoint(named.places):
        return "hub"
    if not route.against.isdisjoint(named.places | named.codes):
        return ""
    few = MOVEMENT in hint and len(named.codes) <= MOST_NAMED
    if few and any(pair.fits(named.ends, hint) for pair in route.pairs):
        return "pair"
    if SEA not in hint:
        return ""
    return "shore" if not route.shores.isdisjoint(named.codes) else COAST if not route.coasts.isdisjoint(named.codes) else ""


def _score(places: Mapping[int, float]) -> float:
    """Put the signs together: each sentence takes away its share of what is missing to certainty."""
    missing = 1.0
    for worth in places.values():
        missing *= 1 - worth
    return round(1 - missing, 4)


def _evidence(places: Mapping[int, float], reading: Reading) -> str:
    best = min(places, key=lambda at: (-places[at], at or len(reading.sentences)))
    return " ".join(reading.sentences[best].split())[:_EVIDENCE]


@cache
def _any_name(language: str) -> re.Pattern[str]:
    """Return one pattern that finds whatever any route's name finds: most sentences hold none."""
    return re.compile("|".join(route.name.pattern for route in rules(language) if route.name))


@cache
def rules(language: str) -> tuple[Route, ...]:
    """Return the rules of the routes in one language."""
    table = _table()
    return tuple(_route(key, table[key], language) for key in ROUTES)


def _route(key: str, row: Mapping[str, Any], language: str) -> Route:
    names = row["names"][language]
    spelled = "|".join(re.escape(normalise(name)) for name in names)
    return Route(
        key=key,
        name=re.compile(rf"(?<![^\W_])(?:{spelled})(?![^\W_])") if names else None,
        hubs=frozenset(row["hubs"]),
        pairs=tuple(Pair(frozenset(pair["from"]), frozenset(pair["to"]), pair["sea"]) for pair in row["pairs"]),
        coasts=frozenset(row["coasts"]),
        shores=frozenset(row.get("shores", ())),
        against=frozenset(row["not"]),
    )


@cache
def cues(language: str) -> dict[str, frozenset[str]]:
    """Return the words that hint at movement, at the sea and at people on the move."""
    words = _table()["words"][language]
    return {
        name: frozenset(normalise(word.partition("_")[0]) for word in words[name].split()) for name in (MOVEMENT, SEA, MOVERS)
    }


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("classify").joinpath("data/routes.toml").read_text(encoding="utf-8"))
