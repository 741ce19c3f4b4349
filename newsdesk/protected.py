"""Learns which names the stemmer must leave alone: texts go in, the words ``newsdesk/data/names.LANGUAGE.txt`` come out.

``python -m newsdesk.protected LANGUAGE FILE.jsonl.gz ... > names`` reads lines with ``title`` and ``text``. A place's name
is protected where stemming would make it one with another word that texts have (البحرين and البحر, Gaza and gaz,
Halle and hall). Names that are also common words (``ambiguous_names`` of the language's row, or seldom with a capital) are not.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace

from newsdesk.analysis import normalise, reading_of, written_words
from newsdesk.countries import country_codes, shipped_name
from newsdesk.gazetteer import places
from newsdesk.languages import Language, languages
from newsdesk.stemming import stemmer_of, without_accents
from newsdesk.vocabulary import texts

#: How often the other word must be seen, and the share of capitals that shows a name.
LEAST_SEEN, LEAST_CAPITALS = 2, 0.6
_MARKS = re.compile(r"[?~]+$")
_SENTENCE = re.compile(r"[.!?:\n«“\"]\s*")


@dataclass
class Seen:
    """Words of a corpus: how often, and how often with a capital inside a sentence beside how often without."""

    words: Counter[str] = field(default_factory=Counter)
    capitals: Counter[str] = field(default_factory=Counter)
    small: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Count one text."""
        for sentence in _SENTENCE.split(text):
            for place, written in enumerate(written_words(sentence)):
                word = normalise(written)
                self.words[word] += 1
                if not written[0].isupper():
                    self.small[word] += 1
                elif place and not written.isupper():
                    self.capitals[word] += 1


def names_of(code: str) -> set[str]:
    """Return the names of places and countries in a language that are one word, normalised."""
    named = {form for place in places().values() for form in place.forms.get(code, ())}
    named |= {shipped_name(country, code) for country in country_codes()}
    plain = (normalise(_MARKS.sub("", name)) for name in named)
    return {name for name in plain if name.isalpha()}


def protected(seen: Seen, row: Language) -> set[str]:
    """Return the names to protect in a language."""
    stem = stemmer_of(replace(row, names=frozenset()))
    by_stem: dict[str, set[str]] = {}
    for word, count in seen.words.items():
        if count >= LEAST_SEEN:
            bare = reading_of(word, row.code)[1]
            by_stem.setdefault(stem(bare), set()).add(bare)
    return {
        name
        for name in names_of(row.code) - row.ambiguous_names
        if (term := stem(name)) != without_accents(name)
        and _is_name(name, seen)
        and any(_is_other(word, name, row) for word in by_stem.get(term, ()))
    }


def _is_name(name: str, seen: Seen) -> bool:
    """Whether texts write it with a capital; scripts without capitals cannot tell."""
    if not name[0].upper().isupper():
        return True
    return seen.capitals[name] >= LEAST_CAPITALS * (seen.capitals[name] + seen.small[name])


def _is_other(word: str, name: str, row: Language) -> bool:
    """Whether this is another word than the name: not its spelling without accents, with a clitic, or its people."""
    bare = name.removeprefix(row.article)
    own = {f"{clitic}{form}" for clitic in ("", *row.clitics) for form in (name, bare)}
    if without_accents(word) in {without_accents(form) for form in own}:
        return False
    return not any(word.endswith(ending) for ending in row.peoples)


def main() -> None:
    """Write the names of a language to protect, learnt from the files named."""
    code, *paths = sys.argv[1:]
    seen = Seen()
    for text in texts(paths):
        seen.add(text)
    sys.stdout.writelines(f"{name}\n" for name in sorted(protected(seen, languages()[code])))


if __name__ == "__main__":
    main()
