"""Patterns over lines, as data: a table of word classes and templates goes in; compiled patterns come out.

A template is words between spaces: a plain word stands for itself; ``@name`` for a class of words of the table; ``a|b`` for
either; a ``?`` at the end makes an element optional; ``~3`` lets up to three words stand there, none of them a barrier;
``{n}`` is a number, ``{m}`` a sum of money, ``{c}`` one country or several in a row, ``{d}`` one nationality
or several.
In a class, words are separated by spaces, ``_`` joins the words of a phrase and ``*`` stands for any ending.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsdesk.analysis import normalise

_WORD = r"[^\W\d_]"


@dataclass(frozen=True)
class Grammar:
    """The word classes of one language, ready to be put into templates."""

    words: Mapping[str, str]
    classes: Mapping[str, str]
    proclitics: str
    barrier: str
    joiners: str

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Grammar:
        """Read ``proclitics`` (a pattern), ``joiners`` and ``classes``, of which one may be called ``barrier``."""
        proclitics = table.get("proclitics", "")
        classes = {name: alternation(words, proclitics) for name, words in table["classes"].items()}
        joiners = "|".join(re.escape(normalise(word)) for word in table["joiners"].split())
        return cls(table["classes"], classes, proclitics, classes.get("barrier", "(?!)"), joiners)

    def pattern(self, templates: Sequence[str]) -> re.Pattern[str]:
        """Compile templates into one pattern."""
        return re.compile("|".join(f"(?: {self._template(template)})" for template in templates))

    def cues(self, templates: Sequence[str], *, besides: Collection[str], stop_words: Collection[str]) -> re.Pattern[str]:
        """Compile words of which one is there whenever a template matches: of each template its first telling element.

        The classes ``besides`` and the stop words tell nothing.
        """
        found = set()
        for template in templates:
            named = (element.split("|") for element in template.split() if element[0] not in "~{‹" and element[-1] != "?")
            telling = [parts for parts in named if not {f"@{name}" for name in besides} & set(parts)]
            best = [parts for parts in telling if not any(normalise(part).partition("_")[0] in stop_words for part in parts)]
            found |= {self._first_words(part) for part in (best or telling)[0] if not part.startswith("‹")}
        return re.compile("|".join(sorted(found)))

    def _first_words(self, part: str) -> str:
        words = self.words[part[1:]] if part.startswith("@") else part
        return alternation(" ".join(word.partition("_")[0] for word in words.split()), self.proclitics)

    def _template(self, template: str) -> str:
        return "".join(map(self._element, template.split()))

    def _element(self, element: str) -> str:
        if element.startswith("~"):
            return rf"(?:(?!(?:{self.barrier}) )(?:{_WORD}+|‹\w+›) ){{0,{element[1:]}}}?"
        bare = element.removesuffix("?")
        optional = "?" if bare != element else ""
        return f"(?:{self._alternatives(bare)} ){optional}"

    def _alternatives(self, element: str) -> str:
        match element:
            case "{n}":
                return r"<\d+>"
            case "{m}":
                return r"\{\d+\}"
            case "{c}" | "{d}":
                one = rf"‹{element[1]}\d+›"
                return rf"{one}(?: (?:(?:{self.joiners}) ){{0,3}}{one}){{0,6}}"
        parts = [self._one(part) for part in element.split("|")]
        return "(?:" + "|".join(parts) + ")"

    def _one(self, part: str) -> str:
        if part.startswith("@"):
            return self.classes[part[1:]]
        return part if part.startswith("‹") else alternation(part, self.proclitics)


def alternation(words: str, proclitics: str = "") -> str:
    """Turn a class of words into a pattern, longest first."""
    parts = sorted({_as_pattern(word) for word in words.split()}, key=lambda part: (-len(part), part))
    return proclitics + "(?:" + "|".join(parts) + ")"


def _as_pattern(word: str) -> str:
    pieces = [re.escape(normalise(piece)) for piece in word.replace("_", " ").split("*")]
    return rf"{_WORD}*".join(pieces).replace(r"\ ", " ")
