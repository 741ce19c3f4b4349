"""The words of a text go in; the ways of naming a topic that stand among them come out (forms of ``data/topics.toml``). Pure.

A form is one or more words in a row, each read as the analysis reads it (``migrants`` stands for ``migrant`` too), as written
(``=migrantes``), or any number (``#``). Forms are kept in a tree by their words, so that a text is read once for all topics.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from newsdesk.analysis import reading_of
from newsdesk.lexicon import concepts, expanded

#: The table of words for people on the move.
CONTEXT = "context"
#: What a form weighs by the list that it stands in; one aside weighs nothing, and takes out its own topic's forms inside it.
WEIGHTS = {"strong": 1.0, "weak": 0.35, "aside": 0.0}
#: How a form names any number written in digits.
NUMBER = "#"
#: Words remembered before a finder starts anew; bounds memory on hostile input.
REMEMBERED = 200_000

#: Rougher, and faster, than what the analysis takes for a word: letters, digits, marks, apostrophes.
WRITTEN = re.compile(r"[\w'’\u0610-\u061a\u064b-\u065f\u0670]+")


class Form(NamedTuple):
    """A way of naming a topic, by the names of its words (terms, ``=word``, ``#``); no ``topic``: it takes out what it covers."""

    words: tuple[str, ...]
    topic: str
    weight: float
    barred: frozenset[str]


class Hit(NamedTuple):
    """A form found: which words of those read it covers."""

    form: Form
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    """A step in the tree of forms: those that end here, and where each name of a next word leads."""

    forms: list[Form] = field(default_factory=list)
    next: dict[str, _Node] = field(default_factory=dict)


class _Word(NamedTuple):
    """A word as read: normalised, how forms may name it, and where the tree of forms begins with it (mostly nowhere).

    ``alone``: it may be a form by itself; ``leads``: the names of the words that may follow it in one.
    """

    word: str
    names: tuple[str, ...]
    nodes: tuple[_Node, ...]
    alone: bool
    leads: frozenset[str]


class FormFinder:
    """The forms of one language, with the words that were read before. Not for use by several threads at once."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._known: dict[str, _Word] = {}

    def hits(self, surfaces: Sequence[str]) -> list[Hit]:
        """Find the forms: of those that overlap the longest counts for each topic, what a barring passage covers for none."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        read = self._read(surfaces)
        found: list[Hit] = []
        taken: dict[str, int] = {}
        for at in [at for at, word in enumerate(read) if word.nodes]:
            word = read[at]
            if not word.alone and (at + 1 == len(read) or word.leads.isdisjoint(read[at + 1].names)):
                continue
            for form in _beginning(read, at):
                if max(taken.get(form.topic, -1), taken.get("", -1)) < at:
                    last = at + len(form.words) - 1
                    taken[form.topic] = last
                    if form.topic:
                        found.append(Hit(form, at, last))
        return found

    def _read(self, surfaces: Sequence[str]) -> list[_Word]:
        known = list(map(self._known.get, surfaces))
        return [word or self._learn(surface) for word, surface in zip(known, surfaces, strict=True)]

    def _learn(self, surface: str) -> _Word:
        term, word = reading_of(surface.strip("'’_"), self._language)
        names = (term, f"={word}", NUMBER) if word.isdigit() else (term, f"={word}")
        first = _tree(self._language).next
        nodes = tuple(first[name] for name in names if name in first)
        alone, leads = any(node.forms for node in nodes), frozenset(name for node in nodes for name in node.next)
        read = self._known[surface] = _Word(word, names, nodes, alone, leads)
        return read


def _beginning(read: Sequence[_Word], at: int) -> list[Form]:
    """Return the forms that begin at this word, the longest first, barring passages before others."""
    found: list[Form] = []
    nodes: Sequence[_Node] = read[at].nodes
    end = at
    while nodes:
        end += 1
        for node in nodes:
            if node.forms:
                found += [form for form in node.forms if not _is_barred(form, read[at:end])]
        names = read[end].names if end < len(read) else ()
        nodes = [following for node in nodes if node.next for name in names if (following := node.next.get(name))]
    return sorted(found, key=lambda form: (-len(form.words), form.topic)) if len(found) > 1 else found


def _is_barred(form: Form, read: Sequence[_Word]) -> bool:
    return bool(form.barred) and any(word.word.rpartition("'")[2] in form.barred for word in read)


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """Return what speaks for each topic, as written."""
    return tomllib.loads(_source())


def _source() -> str:
    return files("classify").joinpath("data/topics.toml").read_text(encoding="utf-8")


@cache
def version() -> str:
    """Return a few letters that change with the table."""
    return hashlib.sha256(_source().encode()).hexdigest()[:6]


@cache
def _tree(language: str) -> _Node:
    """Return the tree of forms of one language; a form that is named twice for a topic keeps its higher weight."""
    known: dict[tuple[str, tuple[str, ...]], Form] = {}
    for form in itertools.chain.from_iterable(_forms_of(topic, row, language) for topic, row in table().items()):
        key = form.topic, form.words
        if key not in known or known[key].weight < form.weight:
            known[key] = form
    root = _Node()
    for form in known.values():
        node = root
        for name in form.words:
            node = node.next.setdefault(name, _Node())
        node.forms.append(form)
    return root


def _forms_of(topic: str, row: Mapping[str, Any], language: str) -> Iterable[Form]:
    if topic == CONTEXT:
        yield from (Form(_names(form, language), CONTEXT, 0.0, frozenset()) for form in expanded(row[language]))
        return
    barred = frozenset(row.get("not", {}).get(language, "").split())
    for key, weight in row["concepts"].items():
        concept = concepts()[key]
        for form in concept.forms.get(language, ()):
            yield Form(_names(form, language), topic, weight, concept.barred.get(language, frozenset()) | barred)
    for name, weight in WEIGHTS.items():
        for form in expanded(row.get(name, {}).get(language, ())):
            yield Form(_names(form, language), topic, weight, barred)
    for form in expanded(row.get("without", {}).get(language, ())):
        yield Form(_names(form, language), "", 0.0, frozenset())


def _names(form: str, language: str) -> tuple[str, ...]:
    """Return how a form names its words."""
    names: list[str] = []
    for part in form.split():
        for surface in WRITTEN.findall(part):
            term, word = reading_of(surface, language)
            names.append(f"={word}" if part.startswith("=") else term)
        if part == NUMBER:
            names.append(NUMBER)
    return tuple(names)
