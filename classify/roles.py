"""Roles: an article goes in; the countries from where, through where and to where people move, as its text says, come out.

What the languages write stands in ``data/roles.toml``. The words closest to a country decide.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classify.lines import Line, line_of, mentions_by_sentence
from classify.mentions import Reading
from classify.patterns import Grammar, Template, overlapping
from newsdesk.analysis import normalise
from newsdesk.languages import languages
from newsdesk.values import Label

ACTOR = "roles 1.2"
ROLES = ("origin", "transit", "destination")
#: What a sentence hints at that speaks of people on the move.
CONTEXT = "context"
#: Countries of one role; and how many times rarer than another role of the same country a role is not believed.
MOST, DOUBTFUL = 10, 3
#: One statement is given this score; each further one halves what is missing to certainty.
FIRST_SCORE, THRESHOLD = 0.8, 0.5
EVIDENCE = 300
#: Who moves, not how many, says where from and to.
_NUMBER = re.compile(r" (?:<\d+>|\{\d+\})")


@dataclass(frozen=True)
class Rules:
    """One language's templates by name, and the words of journeys that nobody makes on the way to somewhere."""

    templates: Mapping[str, Template]
    otherwise: re.Pattern[str]
    context: frozenset[str]


def roles(reading: Reading, language: str, hints: Mapping[int, frozenset[str]]) -> tuple[Label, ...]:
    """Return the labels of the roles that a relevant article gives to countries, the most often stated first.

    ``hints`` names by sentence the templates that its words hint at (see ``classify.cues``).
    """
    stated: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, mentions in mentions_by_sentence(reading).items():
        hint = hints.get(at, frozenset())
        if CONTEXT in hint and (wanted := hint.intersection(rules(language).templates)):
            line = line_of(reading.sentences[at], mentions, language)
            for role, code in _of_line(line, wanted, language):
                stated[role, code].append(at)
    return tuple(_labels(stated, reading))


def _of_line(line: Line, wanted: Collection[str], language: str) -> Iterator[tuple[str, str]]:
    book = rules(language)
    closest: dict[str, tuple[int, str]] = {}
    text = _NUMBER.sub("", line.text)
    for template in map(book.templates.__getitem__, wanted):
        for match in overlapping(template.pattern, text):
            claim = (len(match.group()), template.kind)
            for placeholder in re.findall(r"‹\w+›", "".join(filter(None, match.groups()))):
                closest[placeholder] = min(claim, closest.get(placeholder, claim))
    # Nobody comes from a camp, a crossing or a small island: they are left, on the way.
    closest = {at: claim for at, claim in closest.items() if claim[1] != "origin" or line.place(at).kind != "place"}
    if any(role != "origin" for _, role in closest.values()) and book.otherwise.search(line.text):
        closest = {placeholder: claim for placeholder, claim in closest.items() if claim[1] == "origin"}
    yield from dict.fromkeys((role, line.place(placeholder).code) for placeholder, (_, role) in sorted(closest.items()))


def _labels(stated: Mapping[tuple[str, str], list[int]], reading: Reading) -> Iterator[Label]:
    for role in ROLES:
        codes = {code: places for (of, code), places in stated.items() if of == role}
        for code, places in sorted(codes.items(), key=lambda item: (-len(item[1]), min(item[1])))[:MOST]:
            if all(DOUBTFUL * len(places) > len(stated.get((other, code), ())) for other in ROLES):
                first = min(places, key=lambda at: at or len(reading.sentences))
                evidence = " ".join(reading.sentences[first].split())[:EVIDENCE]
                score = round(1 - (1 - FIRST_SCORE) / 2 ** (len(places) - 1), 4)
                yield Label(role, code, score, THRESHOLD, True, ACTOR, evidence)


@cache
def rules(language: str) -> Rules:
    """Read one language's patterns."""
    table = tomllib.loads(files("classify").joinpath("data/roles.toml").read_text(encoding="utf-8"))[language]
    grammar = Grammar.of(table, stop_words=languages()[language].stop_words)
    return Rules(
        templates=grammar.templates(table["patterns"], untelling=("barrier",)),
        otherwise=re.compile(rf" (?:{grammar.classes['return']}|{grammar.classes['others']}) "),
        context=frozenset(map(normalise, grammar.words["context"].split())),
    )
