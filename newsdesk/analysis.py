"""The one text analysis: a text and its language go in, terms with their places come out. Search, highlights, lexicon and
trends all read texts through here, so that they agree on what a word is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

import Stemmer

from newsdesk.languages import languages

#: Goes up whenever the same text would give other terms; an index built by another version must be rebuilt.
ANALYSIS_VERSION = 1

#: A written word: letters, marks and digits, with inner apostrophes; everything else separates words.
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*", re.UNICODE)
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]")
_LETTERS = str.maketrans(
    "أإآٱىؤئةکیھە’ʼ" + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹",
    "اااايويهكيهه''" + "0123456789" + "0123456789",
)


class Token(NamedTuple):
    """One word of a text: the stemmed ``term``, the normalised ``word``, its place among the words, its characters."""

    term: str
    word: str
    position: int
    start: int
    end: int


def normalise(text: str) -> str:
    """Fold case, compatibility forms, diacritics of Arabic, alef, hamza, ya, ta marbuta and digits; keep accents of Latin."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _MARKS.sub("", folded).translate(_LETTERS)


def analyse(text: str, language: str) -> list[Token]:
    """Split a text into tokens; ``start`` and ``end`` are offsets in ``text`` as given. An unknown language is not stemmed."""
    return [
        Token(*_analysed(match.group(), language), position, match.start(), match.end())
        for position, match in enumerate(_WORD.finditer(_MARKS.sub(_same_length, text)))
    ]


def _same_length(match: re.Match[str]) -> str:
    return match.group()


@lru_cache(maxsize=200_000)
def _analysed(surface: str, language: str) -> tuple[str, str]:
    word = normalise(surface)
    row = languages().get(language)
    if row is None:
        return word, word
    for elision in row.elisions:
        if word.startswith(elision) and len(word) > len(elision):
            word = word.removeprefix(elision)
            break
    if word in row.unstemmed:
        return word, word
    if word in row.stems:
        return row.stems[word], word
    return _stemmer(row.stemmer).stemWord(word), word


@cache
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)
