"""Story terms: an article goes in; the few weighted terms by which reports of one event know each other come out.

A term begins with its kind: ``ar:``, ``en:``, ``fr:`` a stem of that language; alike in every language are ``p:`` a place,
``o:`` a person or institution, ``c:`` a country, ``n:`` a number, ``k:`` a concept of the lexicon. Weights are tf-idf, of
length 1 together.
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classify.mentions import Mention, read
from newsdesk.analysis import Token, analyse, normalise
from newsdesk.errors import BadArtefact
from newsdesk.languages import languages
from newsdesk.lexicon import find_concepts
from newsdesk.values import Label

MOST = 40
#: Of these, places, numbers, countries and the like.
MOST_INDEPENDENT = 16
#: Characters of the text that are read: an event is told at the top, background follows.
READ = 2_000
#: A longer row of digits counts nothing.
MOST_DIGITS = 12
TITLE = 3.0
#: Weight of a term of each language-independent kind, as multiples of one stem that a thousandth of the articles have.
KINDS = {"p": 1.2, "o": 0.6, "n": 0.8, "c": 0.3, "k": 0.3}
#: Kinds of mention that tell an event, by the kind of their term.
_TOLD_BY = {**dict.fromkeys(("city", "region", "place", "sea"), "p"), **dict.fromkeys(("institution", "person", "other"), "o")}
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?![\w])|(?<![\w.,])\d{2,7}(?![\w])")
_SEPARATORS = re.compile(r"\D")
_SHIPPED = Path(__file__).resolve().parents[1] / "models" / "story_terms.npz"
_COMMON_IDF = math.log(1_000)


@dataclass(frozen=True)
class Frequencies:
    """Inverse document frequencies by the hash of the term; ``unseen`` is that of any other term."""

    by_hash: Mapping[int, float]
    unseen: float

    def of(self, term: str) -> float:
        """Return the inverse document frequency of a term."""
        return self.by_hash.get(term_hash(term), self.unseen)


@lru_cache(maxsize=200_000)
def term_hash(term: str) -> int:
    """Return 32 bits that stand for a term, alike on every machine."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "little")


@cache
def frequencies() -> Frequencies:
    """Read the shipped table; raise BadArtefact if it is missing or damaged."""
    try:
        with np.load(_SHIPPED, allow_pickle=False) as table:
            return Frequencies(dict(zip(table["hashes"].tolist(), table["idf"].tolist(), strict=True)), float(table["unseen"]))
    except (OSError, KeyError, ValueError) as error:
        raise BadArtefact(f"{_SHIPPED}: the table of story terms cannot be read: {error}") from error


def story_terms(
    title: str,
    text: str,
    language: str,
    labels: Iterable[Label] = (),
    *,
    source_country: str = "",
    table: Frequencies | None = None,
) -> tuple[tuple[str, float], ...]:
    """Return at most 40 terms, heaviest first (ties by name)."""
    table = table or frequencies()
    parts = [(TITLE, title[:READ], analyse(title[:READ], language)), (1.0, text[:READ], analyse(text[:READ], language))]
    counts = _independent(read(title, text, language, source_country).mentions, labels)
    for share, part, tokens in parts:
        for number in numbers(part, language):
            counts[f"n:{number}"] += share
        for found in find_concepts(tokens, language):
            counts[f"k:{found.concept}"] += share
    independent = {term: KINDS[term[0]] * (1 + math.log(count)) * _COMMON_IDF for term, count in counts.items()}
    within = _within(((share, tokens) for share, _, tokens in parts), language, table=table)
    kept = _heaviest(independent, MOST_INDEPENDENT)
    kept = _heaviest({**kept, **_heaviest(within, MOST - len(kept))}, MOST)
    length = math.sqrt(sum(weight * weight for weight in kept.values())) or 1.0
    return tuple((term, round(weight / length, 4)) for term, weight in kept.items())


def _heaviest(weights: Mapping[str, float], most: int) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:most])


def stems(tokens: Iterable[Token], language: str) -> Iterator[str]:
    """Yield the content stems among tokens, as terms."""
    row = languages().get(language)
    stop_words = _folded_stop_words(language) if row else frozenset()
    for token in tokens:
        if len(token.word) > 2 and token.word not in stop_words and not token.word.isdigit():
            yield f"{language}:{token.term}"


def _within(parts: Iterable[tuple[float, Sequence[Token]]], language: str, *, table: Frequencies) -> dict[str, float]:
    """Return the weights of the stems, which say something within their language only."""
    counts: dict[str, float] = defaultdict(float)
    for share, tokens in parts:
        for term in stems(tokens, language):
            counts[term] += share
    return {term: (1 + math.log(count)) * table.of(term) for term, count in counts.items()}


def _independent(mentions: Iterable[Mention], labels: Iterable[Label]) -> dict[str, float]:
    """Count the places, persons, institutions and countries, which are alike in every language."""
    counts: dict[str, float] = defaultdict(float)
    for mention in mentions:
        if mention.kind in _TOLD_BY and mention.key and mention.at < READ:
            counts[f"{_TOLD_BY[mention.kind]}:{mention.key}"] += TITLE if mention.in_title else 1
    for label in labels:
        if label.kind == "country" and label.given:
            counts[f"c:{label.value}"] += 1
    return counts


def numbers(text: str, language: str) -> list[int]:
    """Return the counts of a text from ten on, in digits or words; years and round thousands tell nothing and are left out."""
    plain = normalise(text)
    digits = (_SEPARATORS.sub("", match.group()) for match in _NUMBER.finditer(plain))
    found = [int(each) for each in digits if len(each) <= MOST_DIGITS]
    written = _number_words(language)
    found += [written[word] for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", plain) if word in written]
    return [number for number in found if number >= 10 and not 1900 <= number <= 2100]


@cache
def _number_words(language: str) -> Mapping[str, int]:
    table = tomllib.loads(files("classify").joinpath("data/story_numbers.toml").read_text(encoding="utf-8"))
    return {normalise(word): int(number) for number, words in table.get(language, {}).items() for word in words}


@cache
def _folded_stop_words(language: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in languages()[language].stop_words)


def count_frequencies(articles: Iterable[tuple[str, str, str]], *, rarest: int = 3) -> dict[str, NDArray[np.generic]]:
    """Count (title, text, language) into the arrays of ``story_terms.npz``: terms of at least ``rarest`` articles a language."""
    seen: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    total: dict[str, int] = defaultdict(int)
    for title, text, language in articles:
        total[language] += 1
        for key in {term_hash(term) for term in stems(analyse(f"{title}\n{text[:READ]}", language), language)}:
            seen[language][key] += 1
    idf = {
        key: math.log(total[language] / count)
        for language, counts in seen.items()
        for key, count in counts.items()
        if count >= rarest
    }
    keys = sorted(idf)
    unseen = math.log(max(total.values()) / (rarest - 1))
    return {
        "hashes": np.array(keys, dtype=np.uint32),
        "idf": np.array([idf[key] for key in keys], dtype=np.float16),
        "unseen": np.array(unseen, dtype=np.float32),
    }
