"""Reduces a normalised word to its term: a word and a language's row go in, what all forms of the word share comes out.

Languages with a Snowball algorithm use it. ``affixes`` is a light stemmer for languages that write small words onto
others: it splits what stands before the word, takes off pronouns behind it, then number and gender, and asks at each
step a list of words known to stand alone (``newsdesk.vocabulary``) whether a letter belongs to the word. The idea of
light stemming is that of Larkey, Ballesteros and Connell (2002); the list makes it sparing where they cut blindly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import Stemmer

from newsdesk.languages import Language, languages

#: The shortest that may remain when something is cut off at the end.
SHORTEST = 3
#: The shortest word from whose front something unknown may be cut.
SHORTEST_SPLIT = 5


@cache
def stemmer(code: str) -> Callable[[str], str]:
    """Return the function that reduces a word of this language; an unknown language is left alone."""
    row = languages().get(code)
    return without_accents if row is None else stemmer_of(row)


def stemmer_of(row: Language) -> Callable[[str], str]:
    """Return the function that reduces a word of the language of this row."""
    reduce = Affixes(row, _words(row.code)) if row.stemmer == "affixes" else _Snowball(row)
    return lambda word: without_accents(reduce(word))


def without_accents(word: str) -> str:
    """Drop accents of Latin letters: texts and queries often lack them."""
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(c for c in plain if not "\u0300" <= c <= "\u036f"))


class _Snowball:
    """A Snowball algorithm with exceptions."""

    def __init__(self, row: Language) -> None:
        self.unstemmed = {without_accents(word) for word in row.protected}
        self.stems = {without_accents(word): stem for word, stem in row.stems.items()}
        self.rewrites = row.rewrites
        self.algorithm = Stemmer.Stemmer(row.stemmer)

    def __call__(self, word: str) -> str:
        plain = without_accents(word)
        if plain in self.unstemmed:
            return plain
        if (stem := self.stems.get(plain)) is not None:
            return stem
        end = next((end for end in self.rewrites if plain.endswith(end) and len(plain) - len(end) >= SHORTEST), "")
        return str(self.algorithm.stemWord(plain.removesuffix(end) + self.rewrites.get(end, "")))


@dataclass(frozen=True)
class Affixes:
    """The light stemmer of one language. ``words`` are those known to stand alone."""

    row: Language
    words: frozenset[str]

    def __call__(self, word: str) -> str:
        """Return the term of a normalised word."""
        if word in self.row.stop_words or not word.isalpha():
            return word
        bare = self._split(word)
        if (stem := self.row.stems.get(bare)) is not None:
            return stem
        return bare if bare in self.row.protected else self._shortened(bare)

    def _known(self, word: str) -> bool:
        return len(word) > 1 and (word in self.words or word in self.row.protected or word in self.row.stems)

    def _split(self, word: str) -> str:
        """Cut off what is written before the word."""
        if self._known(word):
            return word
        if whole := self._with_hidden_article(word):
            return whole
        rests = [word.removeprefix(clitic) for clitic in self.row.clitics if word.startswith(clitic)]
        for known in (self.row.protected, self.words, self.row.stems):
            if found := next((rest for rest in rests if len(rest) > 1 and rest in known), None):
                return found
        if found := next((form for form in (word, *rests) if len(form) > 2 and self._known_by_stem(form)), None):
            return found
        if len(word) < SHORTEST_SPLIT:
            return word
        return next((word.removeprefix(clitic) for clitic in self.row.proclitics if word.startswith(clitic)), word)

    def _with_hidden_article(self, word: str) -> str | None:
        """Return the protected name whose article a preposition hides (للقاهرة: القاهرة)."""
        wholes = (article + word.removeprefix(begin) for begin, article in self.row.contracted.items() if word.startswith(begin))
        return next((whole for whole in wholes if whole in self.row.names), None)

    def _known_by_stem(self, word: str) -> bool:
        """Whether the word is a known one with a pronoun, a number or a gender."""
        return any(
            self._stands(word.removesuffix(ending), ending)
            for ending in (*self.row.enclitics, *self.row.endings)
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST
        )

    def _stands(self, rest: str, ending: str) -> bool:
        """Whether what is left stands alone, itself or with the mark of gender that the ending replaced."""
        return self._known(rest) or (bool(ending) and self._known(rest + self.row.gender)) or self._joined(rest) is not None

    def _joined(self, rest: str) -> str | None:
        """Return the word that ended in the mark of gender before a pronoun was joined to it (مدينتها: مدينة)."""
        if rest.endswith(self.row.joined_gender) and self._known(whole := rest[: -len(self.row.joined_gender)] + self.row.gender):
            return whole
        return None

    def _shortened(self, word: str) -> str:
        """Cut off pronouns, then endings."""
        for enclitic in self.row.enclitics:
            rest = word.removesuffix(enclitic)
            if rest == word or len(rest) < SHORTEST or (len(enclitic) == 1 and self._known(word)):
                continue
            if (whole := self._joined(rest)) is not None:
                return self._without_ending(whole)
            if self._known(rest) or (len(enclitic) > 1 and not self._known(word)):
                return self._without_ending(rest)
        return self._without_ending(word)

    def _without_ending(self, word: str) -> str:
        if (stem := self.row.stems.get(word)) is not None:
            return stem
        if word in self.row.protected:
            return word
        for ending in self.row.endings:
            rest = word.removesuffix(ending)
            if rest == word or len(rest) < SHORTEST:
                continue
            known = self._known(rest) or self._known(rest + self.row.gender)
            if ending == self.row.gender or (known and not (ending in self.row.weak_endings and self._known(word))):
                return self.row.stems.get(rest, rest)
            if not self._known(word) and len(rest) > SHORTEST and ending not in self.row.weak_endings:
                return self.row.stems.get(rest, rest)
        return word


def _words(code: str) -> frozenset[str]:
    file = files("newsdesk").joinpath(f"data/words.{code}.txt")
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else frozenset()
