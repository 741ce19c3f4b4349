"""Learns which written words of a language stand alone: texts go in, the words ``newsdesk/data/words.LANGUAGE.txt`` come out.

``python -m newsdesk.vocabulary LANGUAGE FILE.jsonl.gz ... > words`` reads lines with ``title`` and ``text``. In languages
that write articles, conjunctions and prepositions onto the next word, the list tells ``newsdesk.stemming`` whether a
first letter is one of these (وقال: and he said) or belongs to the word (وزير: minister). Counted evidence decides.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from newsdesk.analysis import normalise, written_words
from newsdesk.languages import Language, languages

#: How often the article must be seen before a word for it to count as a noun.
LEAST_WITH_ARTICLE = 8
#: How often a name must be seen after a free-standing preposition.
LEAST_AFTER_PREPOSITION = 10
#: How often a word that begins like a clitic must be seen, and how rare what follows the clitic must be.
LEAST_ALONE, RAREST_REST = 20, 0.5
#: The share of spellings with a hamza that shows a first alef to be the word's own.
OWN_ALEF = 0.2


@dataclass
class Evidence:
    """Counts over a corpus, by normalised word."""

    words: Counter[str] = field(default_factory=Counter)
    after_preposition: Counter[str] = field(default_factory=Counter)
    with_hamza: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, row: Language) -> None:
        """Count one text."""
        written = list(written_words(text))
        words = [normalise(word) for word in written]
        self.words.update(words)
        self.with_hamza.update(word for word, surface in zip(words, written, strict=True) if surface[0] in "أإآ")
        self.after_preposition.update(word for before, word in pairwise(words) if before in row.prepositions)


def standing_alone(evidence: Evidence, row: Language) -> set[str]:
    """Return the words that are written without a clitic at their front."""
    articles = [clitic for clitic in row.proclitics if clitic.endswith(row.article) and clitic[0] != row.article[-1]]
    own = {word for word, n in evidence.words.items() if _own_article(word, n, evidence, row)}
    nouns: Counter[str] = Counter()
    for word, n in evidence.words.items():
        for clitic in articles:
            if word.startswith(clitic) and word not in own and word[len(clitic) - len(row.article) :] not in own:
                nouns[word[len(clitic) :]] += n
    found = own | {word for word, n in nouns.items() if n >= LEAST_WITH_ARTICLE and len(word) >= 2}
    for word, n in evidence.words.items():
        if len(word) >= 3 and word.isalpha() and not word.startswith(row.article) and _alone(word, n, evidence, nouns, row):
            found.add(word)
    return {word for word in found if word.isalpha()}


def _own_article(word: str, n: int, evidence: Evidence, row: Language) -> bool:
    return n >= 10 and word.startswith(row.article) and evidence.with_hamza[word] / n > OWN_ALEF


def _alone(word: str, n: int, evidence: Evidence, nouns: Counter[str], row: Language) -> bool:
    rests = [word.removeprefix(clitic) for clitic in row.clitics if word.startswith(clitic) and len(word) - len(clitic) >= 2]
    if evidence.after_preposition[word] >= LEAST_AFTER_PREPOSITION and all(evidence.words[rest] < n for rest in rests):
        return True
    rare = all(evidence.words[rest] + nouns[rest] < RAREST_REST * n for rest in rests)
    return bool(rests) and n >= LEAST_ALONE and rare


def texts(paths: Iterable[str]) -> Iterator[str]:
    """Yield title and text of each article of these files."""
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") if Path(path).suffix == ".gz" else open(path, encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                yield f"{article['title']}\n{article['text']}"


def main() -> None:
    """Write the words of a language, learnt from the files named."""
    language, *paths = sys.argv[1:]
    row, evidence = languages()[language], Evidence()
    for text in texts(paths):
        evidence.add(text, row)
    sys.stdout.writelines(f"{word}\n" for word in sorted(standing_alone(evidence, row)))


if __name__ == "__main__":
    main()
