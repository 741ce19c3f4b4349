"""Numbers in words and digits: the normalised words of a sentence go in; the same with a ``Number`` where one was written come
out. What stands around a number and tells what it counts is read by ``classify.quantities``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from newsdesk.analysis import normalise

#: No figure of the news is larger.
MOST = 10**13
#: Words in the longest phrase of the tables.
LONGEST = 5
_TEENS_AFTER = frozenset({60, 80})

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """``low`` to ``high`` (None: the same). ``counts`` is False for ages, dates, shares and the like; ``money`` names the
    currency's word. A ``plain`` number is digits alone.
    """

    low: int
    high: int | None = None
    quantifier: str = "exactly"
    money: str = ""
    counts: bool = True
    plain: bool = False


Item = str | Number


@dataclass(frozen=True)
class Numerals:
    """What ``numerals.toml`` says of one language, normalised."""

    digits: str
    thousands: str
    joiners: frozenset[str]
    proclitics: str
    units_first: bool
    words: Mapping[str, int]
    hundred: frozenset[str]
    scales: Mapping[str, int]
    plural_scales: Mapping[str, int]
    money_scales: Mapping[str, int]
    duals: frozenset[str]
    vague: Mapping[Phrase, tuple[int, int | None]]
    openers: frozenset[str]
    before: Mapping[Phrase, str]
    after: Mapping[Phrase, str]
    ranges: frozenset[str]
    framed: frozenset[tuple[str, str]]
    not_after: frozenset[Phrase]
    not_before: frozenset[str]
    of: frozenset[str]
    currencies: Mapping[str, str]
    national: Mapping[str, Mapping[str, str]]

    def begins(self, word: str) -> bool:
        """Say whether a word can begin a number, or a phrase that stands for one."""
        return word in self.openers or word[:1].isdigit()

    def numeric(self, word: str) -> bool:
        """Say whether a word is part of a number."""
        return word in self.words or word in self.hundred or word in self.scales or word in self.plural_scales


@cache
def numerals(language: str) -> Numerals:
    """Read one language's table."""
    row = tables()[language]
    vague = {phrase(text): (low, high or None) for text, low, high in row["vague"]}
    words, duals = _values(row["words"]), _folded(row.get("duals", ""))
    hundred, scales = _folded(row["hundred"]), _values(row["scales"])
    openers = (
        duals
        | hundred
        | {word for word, value in words.items() if value > 1 or row["units_first"]}
        | {*scales, *(key[0] for key in vague)}
    )
    clitics = normalise(row.get("proclitics", ""))
    thousands, decimals = (re.escape("".join(sorted(set(normalise(row[key]))))) for key in ("thousands", "decimals"))
    return Numerals(
        digits=rf"\d{{1,3}}(?:[{thousands}]\d{{3}})+(?!\d)(?:[{decimals}]\d{{1,2}}(?!\d))?|\d+(?:[{decimals}]\d+)?",
        thousands=normalise(row["thousands"]),
        joiners=_folded(row["joiners"]),
        proclitics=clitics,
        units_first=row["units_first"],
        words=words,
        hundred=hundred,
        scales=scales,
        plural_scales=_values(row["plural_scales"]),
        money_scales=_values(row["money_scales"]),
        duals=duals,
        vague=vague,
        openers=frozenset(clitic + word for clitic in ("", *clitics) for word in openers),
        before={phrase(text): name for name, texts in row["quantifiers"].items() for text in texts},
        after={phrase(text): name for name, texts in row["after"].items() for text in texts},
        ranges=frozenset(map(normalise, row["ranges"])),
        framed=frozenset((phrase(first)[-1], normalise(second)) for first, second in row["framed"]),
        not_after=frozenset(phrase(word.replace("_", " ")) for word in row["not_after"].split()),
        not_before=_folded(row["not_before"]),
        of=_folded(row["of"]),
        currencies=dict(_pairs(row["currencies"])),
        national={word: dict(pair.split(":") for pair in codes.split(",")) for word, codes in _pairs(row["national"])},
    )


@cache
def tables() -> Mapping[str, dict[str, Any]]:
    """Return the raw tables by language."""
    return tomllib.loads(files("classify").joinpath("data/numerals.toml").read_text(encoding="utf-8"))


def phrase(text: str) -> Phrase:
    """Return the normalised words of a phrase."""
    return tuple(re.findall(r"[^\W_]+|[^\w\s']", normalise(text)))


def _folded(text: str) -> frozenset[str]:
    return frozenset(map(normalise, text.split()))


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(normalise(word), value) for word, value in (pair.split("=") for pair in text.split())]


def _values(text: str) -> dict[str, int]:
    return {word: int(value) for word, value in _pairs(text)}


def numbered(words: Sequence[str], book: Numerals) -> list[Item]:
    """Put a number where its words stood; a noun that says that there are two stays behind it."""
    items: list[Item] = []
    end = 0
    for at in [at for at, word in enumerate(words) if book.begins(word)]:
        if at < end:  # inside the number before
            continue
        items += words[end:at]
        if words[at] in book.duals or words[at][1:] in book.duals:
            items.append(Number(2))
        number, end = _vague(words, at, book) or _number(words, at, book)
        items.append(number if number is not None else words[at])
    return items + list(words[end:])


def _vague(words: Sequence[str], at: int, book: Numerals) -> tuple[Number, int] | None:
    for length in range(LONGEST, 0, -1):
        key = tuple(words[at : at + length])
        found = book.vague.get(key) or (book.vague.get((key[0][1:], *key[1:])) if key[0][:1] in tuple(book.proclitics) else None)
        if found and len(key) == length:
            low, high = found
            return Number(low, high, "about"), at + length
    return None


def _number(words: Sequence[str], at: int, book: Numerals) -> tuple[Number | None, int]:
    """Read one number; the words are left as they are (and one is passed over) where none begins."""
    first = words[at]
    if first[0].isdigit():
        value, end = _of_digits(words, at, book)
    elif book.numeric(first) and first not in book.plural_scales:
        value, end = _of_words(words, at, book)
        if value <= 1:
            return None, at + 1  # an article as often as a number
    else:
        return None, at + 1
    value, end = _continued(value, words, end, book)
    if value > MOST or value != int(value):
        return Number(0, counts=False), end
    return Number(int(value), plain=end == at + 1 and first.isdigit()), end


def _of_digits(words: Sequence[str], at: int, book: Numerals) -> tuple[Decimal, int]:
    scale, end = _scale(words, at + 1, book)
    return _read_digits(words[at], book, scaled=scale > 1) * scale, end


def _continued(value: Decimal, words: Sequence[str], at: int, book: Numerals) -> tuple[Decimal, int]:
    """Add what follows in digits: a million and 800 thousand, where numbers are written so."""
    while book.units_first and at + 1 < len(words) and words[at] in book.joiners and words[at + 1][0].isdigit():
        rest, end = _of_digits(words, at + 1, book)
        if value != int(value) or rest >= _last_scale(int(value)):
            break
        value, at = value + rest, end
    return value, at


def _scale(words: Sequence[str], at: int, book: Numerals) -> tuple[int, int]:
    word = words[at] if at < len(words) else ""
    scale = book.scales.get(word) or book.plural_scales.get(word)
    if scale is None and (value := book.money_scales.get(word)):
        scale = value
    return (scale, at + 1) if scale else (1, at)


def _read_digits(text: str, book: Numerals, *, scaled: bool) -> Decimal:
    parts = re.split(r"(\D)", text)
    separators, groups = parts[1::2], parts[2::2]
    whole = [
        mark in book.thousands and len(group) == 3 and not (scaled and len(groups) == 1 and mark != " ")
        for mark, group in zip(separators, groups, strict=True)
    ]
    if all(whole):
        return Decimal("".join([parts[0], *groups]))
    return Decimal("".join([parts[0], *groups[:-1]]) + "." + groups[-1])


def _of_words(words: Sequence[str], at: int, book: Numerals) -> tuple[Decimal, int]:
    total, current, end, here = 0, 0, at, at
    while here < len(words):
        word = words[here]
        if word in book.joiners and here > at and (following := _after_joiners(words, here, book)):
            here = following
            continue
        value = _next(word, current, total, book)
        if value is None:
            break
        total, current = value
        here += 1
        end = here
    return Decimal(total + current), end


def _after_joiners(words: Sequence[str], at: int, book: Numerals) -> int:
    """Return where the number goes on after one joiner or several (thirty-and-one), or 0 where it does not."""
    while at < len(words) and words[at] in book.joiners:
        at += 1
    return at if at < len(words) and book.numeric(words[at]) else 0


def _next(word: str, current: int, total: int, book: Numerals) -> tuple[int, int] | None:
    """Add a word to a number read so far; None if it belongs to another one."""
    scale = book.scales.get(word) or (book.plural_scales.get(word) if current else None)
    if scale:
        return (total + max(current, 1) * scale, 0) if not total or scale < _last_scale(total) else None
    if word in book.hundred and 0 < current < 10:
        return total, current * 100
    if word in book.hundred and not current:
        return total, 100
    value = book.words.get(word)
    if value is None or (total and value >= _last_scale(total)):
        return None
    return (total, current + value) if _fits(value, current, book) else _multiplied(value, current, total)


def _last_scale(total: int) -> int:
    return next(scale for scale in (10**9, 10**6, 10**3, 1) if total % scale == 0)


def _fits(value: int, current: int, book: Numerals) -> bool:
    """Say whether a word of this value may follow: forty then five, three hundred then forty; in some, five then forty."""
    below = current % 100
    if value >= 100:
        return current == 0
    if book.units_first and 0 < below < 10:
        return value >= 10 and value % 10 == 0
    if value >= 10:
        return below == 0 or (below in _TEENS_AFTER and value < 20)
    return below == 0 or (below % 10 == 0 and below >= 20)


def _multiplied(value: int, current: int, total: int) -> tuple[int, int] | None:
    """Four twenties."""
    return (total, current - 4 + 80) if value == 20 and current % 100 == 4 else None
