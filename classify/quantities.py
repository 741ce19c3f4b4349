"""What numbers count: the words of a sentence go in; the same with its numbers in place come out, each with the end of its
range, its quantifier and its currency, and marked where it counts nobody (a year, an age, a share).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from classify.numerals import LONGEST, Item, Number, Numerals, Phrase, numbered, numerals

#: A plain number of four digits in this span is a year unless something counts with it.
YEARS = range(1900, 2100)
#: "Nine in ten": what stands after is no number of people.
LARGEST_SHARE = 10
#: Signs of currencies, which are of no use once the sum is known.
_SIGNS = frozenset("$€£₹¥₦")


def with_numbers(words: Sequence[str], language: str) -> list[Item]:
    """Put a number where its words stood, quantifier and currency included."""
    book = numerals(language)
    items = numbered(words, book)
    if Number in map(type, items):
        for step in (_ranged, _priced, _quantified, _guarded):
            items = step(items, book)
    return items


def _numbers(items: Sequence[Item]) -> list[tuple[int, Number]]:
    return [(at, item) for at, item in enumerate(items) if type(item) is Number]


def _ranged(items: list[Item], book: Numerals) -> list[Item]:
    """Join two numbers that are the ends of one range."""
    found: list[Item] = []
    done = 0
    for at, low in _numbers(items):
        high = items[at + 2] if at + 2 < len(items) else ""
        if at < done or not (isinstance(high, Number) and _ascending(low, high)):
            continue
        found += items[done:at]
        framed = ((found[-1] if found else ""), items[at + 1]) in book.framed
        done = at
        if framed or items[at + 1] in book.ranges:
            del found[len(found) - framed :]
            quantifier = "about" if low.quantifier == "about" else "exactly"
            found.append(replace(low, high=high.low, quantifier=quantifier, plain=False))
            done = at + 3
    return found + items[done:]


def _ascending(low: Number, high: Number) -> bool:
    years = low.plain and high.plain and low.low in YEARS and high.low in YEARS
    return low.high is None and high.high is None and low.low < high.low <= 20 * low.low and not years


def _quantified(items: list[Item], book: Numerals) -> list[Item]:
    """Take the quantifier before or after each number into it."""
    found: list[Item] = []
    done = 0
    for at, number in _numbers(items):
        found += items[done:at]
        length, name = _phrase_before(found, book)
        if length:
            del found[len(found) - length :]
        behind, after = _phrase_at(items, at + 1, book.after)
        after = after or _phrase_at(items, at + 2, book.after)[1]
        found.append(replace(number, quantifier=name or after, plain=False) if name or after else number)
        done = at + 1 + behind
    return found + items[done:]


def _phrase_before(items: Sequence[Item], book: Numerals) -> tuple[int, str]:
    words = _words(items[-LONGEST:])
    for length in range(len(words), 0, -1):
        key = words[-length:]
        bare = (key[0][1:], *key[1:]) if key[0][:1] in tuple(book.proclitics) else key
        if name := book.before.get(key) or book.before.get(bare):
            return length, name
    return 0, ""


def _phrase_at(items: Sequence[Item], at: int, table: Mapping[Phrase, str]) -> tuple[int, str]:
    """Find a phrase right after a number, or after its noun ("40 people or more")."""
    words = _words(items[at : at + LONGEST])
    for length in range(len(words), 0, -1):
        if name := table.get(words[:length]):
            return length, name
    return 0, ""


def _words(items: Sequence[Item]) -> Phrase:
    return tuple(item if isinstance(item, str) else "" for item in items)


def _priced(items: list[Item], book: Numerals) -> list[Item]:
    """Name the currency beside each sum."""
    found = list(items)
    for at, number in _numbers(items):
        beside = _words([*items[at + 1 : at + 3], *items[max(0, at - 1) : at]])
        money = next((word for word in beside if word in book.currencies or word in book.national), "")
        if money:
            found[at] = replace(number, money=money)
    return [item for item in found if not isinstance(item, str) or item not in _SIGNS]


def _guarded(items: list[Item], book: Numerals) -> list[Item]:
    """Mark the numbers that count nobody."""
    found = list(items)
    for at, number in _numbers(items):
        before, part = items[at - 1] if at else "", items[at - 2] if at > 1 else ""
        year = number.plain and number.low in YEARS
        ratio = isinstance(part, Number) and (part.low == 1 or (before in book.of and part.low < number.low <= LARGEST_SHARE))
        converted = bool(number.money) and before == "("
        if year or ratio or converted or before in book.not_before or before == "/" or _measured(items, at + 1, book.not_after):
            found[at] = replace(number, counts=False)
    return found


def _measured(items: Sequence[Item], at: int, units: Collection[Phrase]) -> bool:
    if at < len(items) and items[at] == "-":
        at += 1
    following = _words(items[at : at + 2])
    return bool(following) and (following[:1] in units or following in units)
