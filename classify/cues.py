"""Which sentences are worth a closer look: words of an article go in; by sentence, what they hint at comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from classify.mentions import Reading
from newsdesk.analysis import normalise

#: Words whose hints are kept. A word's hints never change, so nothing goes wrong when the memory is emptied.
KEPT = 100_000
_NOTHING: frozenset[str] = frozenset()


class Cues:
    """Words by what they hint at; what a written word hints at is worked out once."""

    def __init__(
        self, words: Mapping[str, Collection[str]], *, prefixes: Sequence[str], also: Mapping[str, Callable[[str], bool]]
    ) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        for name, cues in words.items():
            for cue in cues:
                self._names[cue].add(name)
        self._prefixes, self._also = ("", *prefixes), also
        self._hints: dict[str, frozenset[str]] = {}

    def hints(self, surface: str) -> frozenset[str]:
        """Return what a written word hints at; a word with an apostrophe is two."""
        found = self._hints.get(surface)
        if found is None:
            if len(self._hints) >= KEPT:
                self._hints.clear()
            found = self._hints[surface] = frozenset(self._of_parts(normalise(surface).split("'"))) or _NOTHING
        return found

    def _of_parts(self, parts: Sequence[str]) -> set[str]:
        bare = [part[len(prefix) :] for part in parts for prefix in self._prefixes if part.startswith(prefix)]
        names = {name for word in bare if word in self._names for name in self._names[word]}
        return names | {name for name, fits in self._also.items() if any(map(fits, parts))}

    def by_sentence(self, reading: Reading) -> dict[int, frozenset[str]]:
        """Return what the words of each sentence hint at, for those in which some do."""
        surfaces, sentences = reading.tokens.surface, reading.tokens.sentence
        written = set(surfaces)
        for surface in written.difference(self._hints):
            self.hints(surface)
        telling = {surface: hints for surface in written if (hints := self._hints.get(surface))}
        found: dict[int, set[str]] = defaultdict(set)
        for at, surface in [(at, surface) for at, surface in enumerate(surfaces) if surface in telling]:
            found[sentences[at]] |= telling[surface]
        return {sentence: frozenset(hints) for sentence, hints in found.items()}
