"""Numbers in the news: an article goes in; the figures it reports of people on the move and of remittances come out.

One grammar for all languages; what the languages write stands in ``data/figures.toml`` and ``data/numerals.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from classify.lines import Line, line_of, mentions_by_sentence
from classify.mentions import Reading
from classify.numerals import Number, numerals
from classify.patterns import Grammar, Template, overlapping
from classify.periods import period
from newsdesk.analysis import normalise
from newsdesk.languages import languages
from newsdesk.values import Figure

ACTOR = "figures 1.1"
#: Sentences whose numbers one article gives, and more of one kind than any report holds.
MOST = 24
#: Fewer than this is no sum that a country's remittances come to; more people than this never move.
LEAST_SUM, MOST_PEOPLE = 10_000, 100_000_000
_SENTENCE = 500
#: What a sentence hints at that has a number.
NUMBER = "number"
#: The kind that counts money; all others count people or boats.
OF_MONEY = "remittances"
#: Words before a match among which one that says "planned" undoes it; words between a figure and its place.
UNREAL_WITHIN, PLACE_WITHIN = 5, 12
#: Classes of words that show no kind of figure.
_GENERIC = ("mover", "people", "was", "boat")


@dataclass(frozen=True)
class Rules:
    """One language's patterns by kind, and what shows whether a sentence is about people on the move."""

    templates: Mapping[str, Template]
    movers: re.Pattern[str]
    boats: re.Pattern[str]
    context: re.Pattern[str]
    guard: re.Pattern[str]
    voyage: re.Pattern[str]
    never: re.Pattern[str]
    unreal: re.Pattern[str]
    part: re.Pattern[str]
    compared: re.Pattern[str]


def figures(reading: Reading, language: str, hints: Mapping[int, frozenset[str]], *, home: str = "") -> tuple[Figure, ...]:
    """Return the figures of a relevant article in the order of its text, each once; its title only where nothing else has it.

    ``hints`` names by sentence the templates that its words hint at, and says whether any is a number (see ``classify.cues``).
    """
    found: dict[tuple[object, ...], Figure] = {}
    mentions = mentions_by_sentence(reading)
    countries = ({home}, {mention.code for mention in reading.mentions})
    for at in sorted(hints, key=lambda at: at or len(reading.sentences)):
        wanted = hints[at].intersection(rules(language).templates)
        if wanted and NUMBER in hints[at]:
            line = line_of(reading.sentences[at], mentions.get(at, ()), language)
            near = (reading.sentences[0], reading.sentences[at - 1] if at else "")
            for figure in _of_line(
                line, wanted, sentence=reading.sentences[at], near=near, language=language, countries=countries
            ):
                found.setdefault((figure.kind, figure.unit, figure.low, figure.high), figure)
    return tuple(found.values())[:MOST]


def _of_line(
    line: Line, wanted: Collection[str], *, sentence: str, near: Sequence[str], language: str, countries: Sequence[Set[str]]
) -> Iterator[Figure]:
    book = rules(language)
    counted = {bool(number.money) for number in line.numbers if number.counts}
    claims = _claims(line, [name for name in wanted if (book.templates[name].kind == OF_MONEY) in counted], book)
    if not claims or book.never.search(line.text):
        return
    around = [line.text, *map(_plain, near)]
    guarded = any(map(book.guard.search, around[:2]))
    moving = any(map(book.context.search, around)) and any(map(book.voyage.search, around))
    for number, claim in sorted(claims.items()):
        value = line.numbers[number]
        sure = value.money or book.movers.search(claim.matched) or (moving and not guarded)
        unit = _unit(value, claim.matched, line, book, language=language, countries=countries) if value.counts and sure else ""
        if unit and _likely(value, unit):
            yield Figure(
                kind=claim.kind,
                low=value.low,
                high=value.high,
                quantifier=value.quantifier,
                unit=unit,
                sentence=" ".join(sentence.split())[:_SENTENCE],
                actor=ACTOR,
                place=_place(line, number),
                period=period(book.compared.split(line.text)[0], language),
            )


class _Claim(NamedTuple):
    """A pattern's match about a number: the shorter, the better."""

    length: int
    kind: str
    matched: str


def _claims(line: Line, wanted: Collection[str], rules: Rules) -> dict[int, _Claim]:
    """Return the shortest match for each number, leaving out parts ("including 5") and what is only planned or feared."""
    claims: dict[int, _Claim] = {}
    for template in map(rules.templates.__getitem__, wanted):
        for match in overlapping(template.pattern, line.text):
            before = f" {' '.join(line.text[: match.start()].split()[-UNREAL_WITHIN:])} "
            if not rules.unreal.search(before) and not rules.part.search(before):
                claim = _Claim(len(match.group()), template.kind, match.group())
                for number in (int(placeholder[1:-1]) for placeholder in match.groups()):
                    claims[number] = min(claim, claims.get(number, claim))
    return claims


def _plain(text: str) -> str:
    return f" {normalise(text)} "


def _unit(number: Number, matched: str, line: Line, rules: Rules, *, language: str, countries: Sequence[Set[str]]) -> str:
    """Return what a number counts; ``countries`` tell whose dirhams they are where the sentence does not, the surest first."""
    if not number.money:
        return "boats" if rules.boats.search(matched[matched.rfind(">") :]) and not rules.movers.search(matched) else "people"
    book = numerals(language)
    if number.money in book.currencies:
        return book.currencies[number.money]
    national = book.national[number.money]
    near = ({mention.code for mention in line.mentions}, *countries)
    named = next(filter(None, (codes & national.keys() for codes in near)), set())
    return national[named.pop()] if len(named) == 1 else ""


def _likely(number: Number, unit: str) -> bool:
    return number.low >= LEAST_SUM if len(unit) == 3 else 0 < number.low <= MOST_PEOPLE


def _place(line: Line, number: int) -> str:
    """Return the country that stands near the number, where the sentence names just one."""
    words = line.text.split()
    at = next((place for place, word in enumerate(words) if word[1:-1] == str(number) and word[0] in "<{"), 0)
    named = [(place, line.place(word).code) for place, word in enumerate(words) if word.startswith("‹c")]
    near = {code for place, code in named if abs(place - at) <= PLACE_WITHIN}
    return near.pop() if len(near) == 1 and len({code for _, code in named}) == 1 else ""


@cache
def rules(language: str) -> Rules:
    """Read one language's patterns."""
    table = tomllib.loads(files("classify").joinpath("data/figures.toml").read_text(encoding="utf-8"))[language]
    grammar = Grammar.of(table, stop_words=languages()[language].stop_words)

    def words(name: str) -> re.Pattern[str]:
        return re.compile(rf"(?<![^\W_]){grammar.classes[name]}(?![^\W_])")

    return Rules(
        templates=grammar.templates(table["patterns"], untelling=_GENERIC),
        movers=words("mover"),
        boats=words("boat"),
        context=words("context"),
        guard=words("guard"),
        voyage=words("voyage"),
        never=words("never"),
        unreal=words("unreal"),
        part=re.compile(rf" (?:{grammar.part}) \Z"),
        compared=words("compared"),
    )
