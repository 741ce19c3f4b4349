"""Sentences as lines of plain words, numbers and countries: a reading goes in; what patterns are matched against comes out.

A line is the normalised words of a sentence between single spaces. ``<3>`` stands for its number 3, ``{3}`` for number 3 if it
is a sum of money (one that counts nobody, as a year, stays as it is), ``‹c3›`` for its mention 3 of a country or of a place in
one, ``‹d3›`` for a nationality.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from classify.mentions import Mention, Reading
from classify.numerals import Item, Number, numerals
from classify.quantities import with_numbers
from newsdesk.analysis import normalise

#: Characters of a sentence that are read, and sentences whose lines are kept for the next stage.
READ, KEPT = 700, 256
_RESERVED = re.compile(r"[‹›<>{}]")
_PLACED = {"country": "c", "city": "c", "region": "c", "place": "c", "demonym": "d"}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence; the placeholders of its text count ``numbers`` and ``mentions``."""

    text: str
    numbers: tuple[Number, ...]
    mentions: tuple[Mention, ...]

    def place(self, placeholder: str) -> Mention:
        """Return the mention that a placeholder stands for."""
        return self.mentions[int(placeholder[2:-1])]


def mentions_by_sentence(reading: Reading) -> dict[int, list[Mention]]:
    """Return the mentions that have a placeholder, by the sentence they stand in."""
    found: dict[int, list[Mention]] = {}
    for mention in reading.mentions:
        if mention.code and mention.kind in _PLACED:
            found.setdefault(mention.sentence, []).append(mention)
    return found


def line_of(sentence: str, mentions: Sequence[Mention], language: str) -> Line:
    """Turn one sentence into a line."""
    return _line(sentence[:READ], tuple(mentions), language)


@lru_cache(maxsize=KEPT)
def _line(sentence: str, mentions: tuple[Mention, ...], language: str) -> Line:
    parts, at = [], 0
    for number, mention in enumerate(mentions):
        if at <= mention.start and mention.end <= len(sentence):
            parts += [_RESERVED.sub(" ", sentence[at : mention.start]), f" ‹{_PLACED[mention.kind]}{number}› "]
            # The last stop of an abbreviation ends nothing: "U.S. courts".
            at = mention.end + ("." in sentence[mention.start : mention.end] and sentence.startswith(".", mention.end))
    parts.append(_RESERVED.sub(" ", sentence[at:]))
    items = with_numbers(_words(normalise("".join(parts)), language), language)
    numbers = [item for item in items if isinstance(item, Number)]
    return Line(f" {' '.join(_written(items))} ", tuple(numbers), mentions)


def _written(items: Sequence[Item]) -> list[str]:
    written, count = [], 0
    for item in items:
        if isinstance(item, str):
            written.append(item)
        else:
            written.append(str(item.low) if not item.counts else f"{{{count}}}" if item.money else f"<{count}>")
            count += 1
    return written


def _words(text: str, language: str) -> list[str]:
    """Split a normalised sentence; a conjunction written onto a word of number is a word of its own."""
    book = numerals(language)
    words: list[str] = []
    for match in _pattern(language).finditer(text):
        word = match.group()
        if word[0] in book.joiners and len(word) > 1 and (book.numeric(word[1:]) or (word[1:],) in book.vague):
            words += [word[0], word[1:]]
        else:
            words.append(word)
    return words


@cache
def _pattern(language: str) -> re.Pattern[str]:
    return re.compile(rf"{numerals(language).digits}|[^\W\d_]+|‹\w+›|[$€£₹¥₦%,;:.!?()/،؛؟–—-]")
