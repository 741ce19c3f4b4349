"""Patterns over lines, as data: a table of word classes and templates goes in; compiled patterns come out.

A template is words between spaces: a plain word stands for itself; ``@name`` for a class of words of the table; ``a|b`` for
either; a ``?`` at the end makes an element optional; ``~3`` lets up to three words stand there, none of them a barrier,
and ``~3,`` what stands between commas or brackets as well: signs, numbers that count nobody, a part of the whole ("including 5");
``{n}`` is a number, ``{m}`` a sum of money, ``{c}`` one country or several in a row, ``{d}`` one nationality
or several: what is between braces is what is asked for; ``‹c›`` and ``‹d›`` are a country and a nationality beside it.
``.`` asks that no noun goes on with what stands before: a sign, a stop word or nothing follows ("through Libya", not
"through Libya airspace").
In a class, words are separated by spaces, ``_`` joins the words of a phrase and ``*`` stands for any ending.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsdesk.analysis import normalise

_WORD = r"[^\W\d_]"
#: What may stand within a sentence between the two ends of a parenthesis, and these.
_SIGNS = ",،()–—-"


@dataclass(frozen=True)
class Template:
    """One template, ready to be searched for; ``cues`` are words of which one is there whenever it matches."""

    kind: str
    pattern: re.Pattern[str]
    cues: frozenset[str]


@dataclass(frozen=True)
class Grammar:
    """The word classes of one language, ready to be put into templates."""

    words: Mapping[str, str]
    classes: Mapping[str, str]
    prefixes: tuple[str, ...]
    barrier: str
    part: str
    joiners: str
    article: str
    stop_words: Collection[str]

    @classmethod
    def of(cls, table: Mapping[str, Any], *, stop_words: Collection[str]) -> Grammar:
        """Read ``prefixes`` (written onto words), ``joiners`` between countries, ``articles`` before them, and ``classes``, among
        them ``barrier`` and ``part`` if there is any.
        """
        prefixes = tuple(table.get("prefixes", "").split())
        classes = {name: alternation(words, prefixes) for name, words in table["classes"].items()}
        joiners = "|".join(re.escape(normalise(word)) for word in table["joiners"].split())
        barrier, part = (classes.get(name, "(?!)") for name in ("barrier", "part"))
        article = f"(?:{alternation(table['articles'])} )?" if "articles" in table else ""
        return cls(table["classes"], classes, prefixes, barrier, part, joiners, article, stop_words)

    def templates(self, table: Mapping[str, Sequence[str]], *, untelling: Collection[str]) -> dict[str, Template]:
        """Compile templates by kind, and name each; words of the classes ``untelling`` are no cues."""
        return {
            f"{kind}/{number}": Template(kind, re.compile(" " + self._template(text)), self._cues(text, untelling))
            for kind, texts in table.items()
            for number, text in enumerate(texts)
        }

    def _cues(self, template: str, untelling: Collection[str]) -> frozenset[str]:
        """Return the words of the first telling element: one that is no stop word and not optional."""
        named = (element.split("|") for element in template.split() if element[0] not in "~{‹." and element[-1] != "?")
        telling = [parts for parts in named if not {f"@{name}" for name in untelling} & set(parts)]
        best = [parts for parts in telling if not any(normalise(part).partition("_")[0] in self.stop_words for part in parts)]
        parts = [part for part in (best or telling)[0] if not part.startswith("‹")]
        words = " ".join(self.words[part[1:]] if part.startswith("@") else part for part in parts)
        return frozenset(normalise(word.partition("_")[0]) for word in words.split())

    def _template(self, template: str) -> str:
        return "".join(map(self._element, template.split()))

    def _element(self, element: str) -> str:
        if element.startswith("~"):
            word = rf"(?!(?:{self.barrier}) )(?:{_WORD}+|‹\w+›)"
            if element.endswith(","):
                # Each word is read in one way only: a row of words for a part would be tried in all ways there are.
                word = rf"(?:(?:{self.part})(?: <\d+>)?|\( <\d+> \)|[{_SIGNS}]|\d+|(?!(?:{self.part}) ){word})"
            return rf"(?:{word} ){{0,{element[1:].removesuffix(',')}}}?"
        if element == ".":
            return rf"(?=[^\w‹]|(?:{'|'.join(map(re.escape, sorted(self.stop_words)))}) |\Z)"
        bare = element.removesuffix("?")
        optional = "?" if bare != element else ""
        return f"(?:{self._alternatives(bare)} ){optional}"

    def _alternatives(self, element: str) -> str:
        if element in ("{n}", "{m}"):
            return r"(<\d+>)" if element == "{n}" else r"(\{\d+\})"
        parts = element.split("|")
        if kinds := "".join(part[1] for part in parts if part in ("{c}", "{d}")):
            one = rf"‹[{kinds}]\d+›"
            return rf"{self.article}({one}(?: (?:(?:{self.joiners}) ){{0,3}}{one}){{0,6}})"
        return "(?:" + "|".join(self._one(part) for part in parts) + ")"

    def _one(self, part: str) -> str:
        if part.startswith("@"):
            return self.classes[part[1:]]
        return rf"‹{part[1]}\d+›" if part.startswith("‹") else alternation(part, self.prefixes)


def overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern, one from each place at which it fits."""
    at = 0
    while match := pattern.search(text, at):
        yield match
        at = match.start() + 1


def alternation(words: str, prefixes: Sequence[str] = ()) -> str:
    """Turn a class of words into a pattern, longest first; each may have one of the prefixes."""
    parts = sorted({_as_pattern(word) for word in words.split()}, key=lambda part: (-len(part), part))
    optional = f"(?:{'|'.join(sorted(prefixes, key=len, reverse=True))})?" if prefixes else ""
    return optional + "(?:" + "|".join(parts) + ")"


def _as_pattern(word: str) -> str:
    pieces = [re.escape(normalise(piece)) for piece in word.replace("_", " ").split("*")]
    return rf"{_WORD}*".join(pieces).replace(r"\ ", " ")
