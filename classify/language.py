"""A text and what its source declares go in, the language that it is written in comes out, always the same for the same text."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.utils.ngram import NGram

#: What is read of a text; more does not change the answer, only the time.
CHARACTERS = 500
#: Fewer letters than this are no language.
FEWEST_LETTERS = 3
#: From which share of letters of its own a language is plain, and of function words, in how many words, against what rival.
LETTER_SHARE, WORD_SHARE, FEWEST_WORDS, RIVAL = 0.04, 0.15, 12, 0.5
#: How much more likely than any other language: one of ours, and one that the page or its source declares.
WORKING, DECLARED = 10.0, 100.0
#: What an n-gram that a profile lacks is worth (langdetect's own), and how much of each n-gram counts.
SMOOTHING, TEMPER = 0.5 / 10_000, 1 / 3
#: Below this it is guessing.
LEAST_PROBABILITY = 0.5

_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Detected:
    """A language (ISO 639-1, or ``und``) and how sure that is, 0..1."""

    language: str
    score: float


UNDETERMINED = Detected("und", 0.0)


@dataclass(frozen=True)
class Marks:
    """What gives a language away: letters that the working languages lack, function words; ``final`` if words may settle it."""

    letters: frozenset[str]
    words: frozenset[str]
    final: bool


class LanguageDetector:
    """Recognises a language by its own letters or function words where these are plain, else by n-grams with priors.

    The n-gram statistics are langdetect's. Its sampling is not used: drawing the same few n-grams of a title again and again
    drowns any prior and makes it sure of nonsense. Every n-gram counts once here, and a third, since three share a letter
    (naive Bayes, tempered).
    """

    def __init__(self) -> None:
        factory = DetectorFactory()  # type: ignore[no-untyped-call]
        # In a fixed order, for sums are rounded: the same text then has the same score on every machine.
        profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
        factory.load_json_profile([path.read_text(encoding="utf-8") for path in profiles])  # type: ignore[no-untyped-call]
        self._codes = [_code(name) for name in factory.get_lang_list()]  # type: ignore[no-untyped-call]
        self._rows = {gram: place for place, gram in enumerate(factory.word_lang_prob_map)}
        probabilities = np.array(list(factory.word_lang_prob_map.values()), dtype=np.float32)
        self._logarithms = np.log(probabilities + SMOOTHING) * TEMPER

    def detect(self, text: str, *, declared: Sequence[str] = (), page_language: str = "") -> Detected:
        """Return the language of the text.

        ``declared`` is what the source publishes in, most frequent first; ``page_language`` what the page says of itself.
        Both count the more, the less there is to read, and never against a text that is plainly of another language.
        """
        beginning = _beginning(text)
        letters = [character for character in beginning.lower() if character.isalpha()]
        if len(letters) < FEWEST_LETTERS:
            return UNDETERMINED
        expected = {_code(tag) for tag in (page_language, *declared)}
        return _by_letters(letters) or _by_words(beginning.lower()) or self._by_profile(beginning, expected)

    def _by_profile(self, text: str, expected: Set[str]) -> Detected:
        rows = [row for gram in _grams(text) if (row := self._rows.get(gram)) is not None]
        if not rows:
            return UNDETERMINED
        evidence = self._logarithms[rows].sum(axis=0) + self._log_priors(expected)
        likelihood = np.exp(evidence - evidence.max())
        best = int(likelihood.argmax())
        score = float(likelihood[best] / likelihood.sum())
        return Detected(self._codes[best], round(score, 4)) if score >= LEAST_PROBABILITY else UNDETERMINED

    def _log_priors(self, expected: Set[str]) -> npt.NDArray[np.float64]:
        return np.log([DECLARED if code in expected else WORKING if _is_final(code) else 1.0 for code in self._codes])


@cache
def marks() -> Mapping[str, Marks]:
    """Return the marks of languages by code, in the order of the table."""
    table = tomllib.loads(files("classify").joinpath("data/marks.toml").read_text(encoding="utf-8"))
    return {
        code: Marks(frozenset(row.get("letters", "")), frozenset(row["words"].split()), row.get("final", False))
        for code, row in table.items()
    }


def _beginning(text: str) -> str:
    readable = _ADDRESS.sub(" ", text[: 2 * CHARACTERS])
    return unicodedata.normalize("NFC", readable)[:CHARACTERS]


def _grams(text: str) -> Iterator[str]:
    """Yield the one- to three-letter sequences of a text as langdetect counts them; of a headline in capitals, in small ones."""
    window = NGram()  # type: ignore[no-untyped-call]
    for character in text.lower() if text.isupper() else text:
        window.add_char(character)  # type: ignore[no-untyped-call]
        if not window.capitalword:
            for size in range(1, NGram.N_GRAM + 1):
                gram = window.get(size)  # type: ignore[no-untyped-call]
                if gram and gram != " ":
                    yield gram


def _by_letters(letters: Sequence[str]) -> Detected | None:
    counts = Counter(letters)
    for code, row in marks().items():
        share = sum(counts[letter] for letter in row.letters) / len(letters)
        if share >= LETTER_SHARE:
            return Detected(code, round(min(1.0, 0.9 + share), 4))
    return None


def _by_words(text: str) -> Detected | None:
    """Settle for a working language whose function words are many, and clearly more than those of any other language."""
    words = _WORD.findall(text)
    shares = sorted(((sum(word in row.words for word in words) / max(1, len(words)), code) for code, row in marks().items()))
    (second, _), (first, code) = shares[-2:]
    if len(words) >= FEWEST_WORDS and marks()[code].final and first >= WORD_SHARE and second <= RIVAL * first:
        return Detected(code, round(1 - second / (2 * first), 4))
    return None


def _code(tag: str) -> str:
    """Return the ISO 639-1 code of a language tag."""
    return tag.replace("_", "-").split("-")[0].strip().lower()


def _is_final(code: str) -> bool:
    row = marks().get(code)
    return row is not None and row.final
