"""Numbers in the news: an article goes in; the figures it reports of people on the move and of remittances come out.

One grammar for all languages; what the languages write stands in ``data/figures.toml`` and ``data/numerals.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from classify.lines import Line, line_of, mentions_by_sentence
from classify.mentions import Reading
from classify.numerals import Number, numerals, tables
from classify.patterns import Grammar, alternation
from classify.periods import period
from newsdesk.analysis import normalise
from newsdesk.languages import languages
from newsdesk.values import Figure

ACTOR = "figures 1.0"
#: Sentences whose numbers one article gives, and more of one kind than any report holds.
MOST = 24
#: Fewer than this is no sum that a country's remittances come to; more people than this never move.
LEAST_SUM, MOST_PEOPLE = 10_000, 100_000_000
_SENTENCE = 500
_NUMBER = "number"
_NUMBERED = re.compile(r"[<{](\d+)[>}]")
#: Words before a match among which one that says "planned" undoes it; words between a figure and its place.
UNREAL_WITHIN, PLACE_WITHIN = 5, 12
#: Classes of words that show no kind of figure.
_GENERIC = ("mover", "people", "was", "boat")


@dataclass(frozen=True)
class Rules:
    """One language's patterns by kind, and what shows whether a sentence is about people on the move."""

    patterns: Mapping[str, re.Pattern[str]]
    movers: re.Pattern[str]
    boats: re.Pattern[str]
    context: re.Pattern[str]
    guard: re.Pattern[str]
    unreal: re.Pattern[str]
    compared: re.Pattern[str]
    cues: Mapping[str, re.Pattern[str]]


def figures(reading: Reading, language: str, *, home: str = "") -> tuple[Figure, ...]:
    """Return the figures of a relevant article in the order of its text, each once; its title only where nothing else has it."""
    if language not in tables():
        return ()
    found: dict[tuple[object, ...], Figure] = {}
    mentions = mentions_by_sentence(reading)
    for at, kinds in _promising(reading, language):
        line = line_of(reading.sentences[at], mentions.get(at, ()), language)
        near = (reading.sentences[0], reading.sentences[at - 1] if at else "")
        for figure in _of_line(line, kinds, sentence=reading.sentences[at], near=near, language=language, home=home):
            found.setdefault((figure.kind, figure.unit, figure.low, figure.high), figure)
    return tuple(found.values())[:MOST]


def _promising(reading: Reading, language: str) -> list[tuple[int, frozenset[str]]]:
    """Return the sentences that hold a number and words of a kind of figure, with these kinds; the title last."""
    marks: dict[int, set[str]] = {}
    for surface, sentence in zip(reading.tokens.surface, reading.tokens.sentence, strict=True):
        if shown := _shows(surface, language):
            marks.setdefault(sentence, set()).update(shown)
    found = [(at, frozenset(kinds - {_NUMBER})) for at, kinds in marks.items() if _NUMBER in kinds and len(kinds) > 1]
    return sorted(found, key=lambda row: row[0] or len(reading.sentences))


@lru_cache(maxsize=100_000)
def _shows(surface: str, language: str) -> frozenset[str]:
    """Return the kinds of figure that a word may tell of, and ``number`` if it is one."""
    rules, book = _rules(language), numerals(language)
    parts = normalise(surface).split("'")
    kinds = {kind for kind, cues in rules.cues.items() if any(map(cues.fullmatch, parts))}
    return frozenset(kinds | {_NUMBER} if any(map(book.begins, parts)) else kinds)


def _of_line(
    line: Line, kinds: Collection[str], *, sentence: str, near: Sequence[str], language: str, home: str
) -> Iterator[Figure]:
    rules = _rules(language)
    claims = _claims(line, kinds, rules)
    if not claims:
        return
    guarded = rules.guard.search(line.text) is not None
    moving = rules.context.search(line.text) is not None or any(rules.context.search(_plain(text)) for text in near)
    for number, claim in sorted(claims.items()):
        value = line.numbers[number]
        sure = value.money or rules.movers.search(claim.matched) or (moving and not guarded)
        unit = _unit(value, claim.matched, line, rules, language=language, home=home) if value.counts and sure else ""
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
                period=period(rules.compared.split(line.text)[0], language),
            )


class _Claim(NamedTuple):
    """A pattern's match about a number: the shorter, the better."""

    length: int
    kind: str
    matched: str


def _claims(line: Line, kinds: Collection[str], rules: Rules) -> dict[int, _Claim]:
    """Return the shortest match for each number, leaving out what is only planned, feared or foreseen."""
    claims: dict[int, _Claim] = {}
    for kind in kinds:
        for match in _overlapping(rules.patterns[kind], line.text):
            before = " ".join(line.text[: match.start()].split()[-UNREAL_WITHIN:])
            if not rules.unreal.search(f" {before} "):
                claim = _Claim(len(match.group()), kind, match.group())
                for number in map(int, _NUMBERED.findall(claim.matched)):
                    claims[number] = min(claim, claims.get(number, claim))
    return claims


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while match := pattern.search(text, at):
        yield match
        at = match.start() + 1


def _plain(text: str) -> str:
    return f" {normalise(text)} "


def _unit(number: Number, matched: str, line: Line, rules: Rules, *, language: str, home: str) -> str:
    if not number.money:
        return "boats" if rules.boats.search(matched[matched.rfind(">") :]) and not rules.movers.search(matched) else "people"
    book = numerals(language)
    if number.money in book.currencies:
        return book.currencies[number.money]
    national = book.national[number.money]
    named = {mention.code for mention in line.mentions} & set(national) or {home} & set(national)
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
def _rules(language: str) -> Rules:
    table = tomllib.loads(files("classify").joinpath("data/figures.toml").read_text(encoding="utf-8"))[language]
    grammar, classes, stop_words = Grammar.of(table), table["classes"], languages()[language].stop_words

    def either(*names: str) -> re.Pattern[str]:
        words = alternation(" ".join(classes[name] for name in names), table.get("proclitics", ""))
        return re.compile(rf"(?<![^\W_]){words}(?![^\W_])")

    return Rules(
        patterns={kind: grammar.pattern(templates) for kind, templates in table["patterns"].items()},
        movers=either("mover"),
        boats=either("boat"),
        context=either("context"),
        guard=either("guard"),
        unreal=either("unreal"),
        compared=either("compared"),
        cues={
            kind: grammar.cues(templates, besides=_GENERIC, stop_words=stop_words)
            for kind, templates in table["patterns"].items()
        },
    )
