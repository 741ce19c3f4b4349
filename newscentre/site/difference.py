"""What changed between two revisions: two texts go in, pieces marked same, added or taken out come out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Paragraphs of more words are compared whole: comparing word by word takes time that grows with the square.
MOST_WORDS = 1_500


@dataclass(frozen=True)
class Piece:
    """A stretch of text: ``kind`` is ``same``, ``added`` or ``removed``."""

    kind: str
    text: str


def difference(before: str, after: str) -> list[list[Piece]]:
    """Return the paragraphs of both texts, each as pieces; paragraphs that did not change are left out."""
    old, new = before.splitlines(), after.splitlines()
    paragraphs: list[list[Piece]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            paragraphs += _changed(old[a:b], new[c:d])
    return paragraphs


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Piece]]:
    paired = min(len(old), len(new))
    for before, after in zip(old[:paired], new[:paired], strict=True):
        yield list(_words(before, after))
    for before in old[paired:]:
        yield [Piece("removed", before)]
    for after in new[paired:]:
        yield [Piece("added", after)]


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    if max(len(old), len(new)) > MOST_WORDS:
        yield from (Piece("removed", before), Piece("added", after))
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Piece("removed", "".join(old[a:b]))
        if d > c:
            yield Piece("added", "".join(new[c:d]))
