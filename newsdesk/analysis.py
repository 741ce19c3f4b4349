"""The one text analysis: a text and its language go in, terms with their places come out. Search, highlights, lexicon and
trends all read texts through here, so that they agree on what a word is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from newsdesk.languages import languages
from newsdesk.stemming import stemmer

#: Goes up whenever the same text would give other terms; an index built by another version must be rebuilt.
ANALYSIS_VERSION = 6

#: A written word: letters, marks and digits, with inner apostrophes; everything else separates words.
_LETTERS_AND_DIGITS = r"[^\W_]+(?:[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200c\u200d]+[^\W_]*)*"
_WORD = re.compile(rf"{_LETTERS_AND_DIGITS}(?:['’ʼ‘＇]{_LETTERS_AND_DIGITS})*")
#: What is left out of a word: vowel marks, tatweel, joiners, soft hyphens, marks of direction.
_MARKS = re.compile(
    r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\u00ad\ufeff]"
)
_FOLDS = str.maketrans(
    "أإآٱىؤئةکیھەۀ" + "’ʼ‘＇" + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹",
    "اااايويهكيههه" + "''''" + "0123456789" + "0123456789",
) | {ord("œ"): "oe", ord("æ"): "ae"}
_CLITIC_NUMBER = re.compile(r"[^\W\d_]{1,3}(\d+)")


class Token(NamedTuple):
    """One word of a text: the stemmed ``term``, the normalised ``word``, its place among the words, its characters."""

    term: str
    word: str
    position: int
    start: int
    end: int


def normalise(text: str) -> str:
    """Fold case, compatibility forms, diacritics of Arabic, alef, hamza, ya, ta marbuta and digits; keep accents of Latin."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _MARKS.sub("", text)).casefold()
    return unicodedata.normalize("NFC", _MARKS.sub("", folded)).translate(_FOLDS)


def analyse(text: str, language: str) -> list[Token]:
    """Split a text into tokens; ``start`` and ``end`` are offsets in ``text`` as given. An unknown language is not stemmed."""
    found = ((_analysed(match.group(), language), match) for match in _pattern(language).finditer(text))
    written = ((terms, match) for terms, match in found if terms[1])
    return [Token(*terms, position, match.start(), match.end()) for position, (terms, match) in enumerate(written)]


def surfaces(text: str, language: str) -> list[str]:
    """Return the words of a text as ``analyse`` finds them, before they are read; some may come to nothing."""
    return _pattern(language).findall(text)


def reading_of(surface: str, language: str) -> tuple[str, str]:
    """Return the stemmed term of one written word, and the word normalised."""
    return _analysed(surface, language)


def written_words(text: str) -> Iterator[str]:
    """Yield the words of a text as written, without marks."""
    return filter(None, (_MARKS.sub("", match.group()) for match in _WORD.finditer(text)))


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Return what finds a word, or a number whose thousands are set apart as this language sets them."""
    row = languages().get(language)
    if row is None or not row.thousands:
        return _WORD
    apart = f"[{re.escape(row.thousands)}]"
    clitic = rf"(?:(?:{'|'.join(row.clitics)})\u0640?)?" if row.clitics else ""
    # No number has more thousands than these; a row of figures without end would be read anew from each of them.
    return re.compile(rf"(?<![\w.,٫]){clitic}\d{{1,3}}(?:{apart}\d{{3}}){{1,6}}(?!\w|{apart}\d)|{_WORD.pattern}")


@lru_cache(maxsize=300_000)
def _analysed(surface: str, language: str) -> tuple[str, str]:
    word = "".join(normalise(surface).split())  # some ligatures of vowel marks stand for a space with marks on it
    row = languages().get(language)
    if row is None or not word:
        return stemmer(language)(word), word
    if word[-1].isdigit():
        word = "".join(character for character in word if character not in row.thousands)
    for elision in row.elisions:
        if word.startswith(elision) and len(word) > len(elision):
            word = word.removeprefix(elision)
            break
    for possessive in row.possessives:
        word = word.removesuffix(possessive) or word
    number = _CLITIC_NUMBER.fullmatch(word)
    if number and word[: number.start(1)] in row.clitics:
        return number[1], number[1]
    return stemmer(language)(word), word
