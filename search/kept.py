"""Parsed queries that are kept: a tree goes in, lists as JSON come out, and the tree again where the same software reads them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from newsdesk.lexicon import concepts
from newsdesk.values import THEMES
from search import tree
from search.fields import READERS, UNITS
from search.parse import MOST_NESTED
from search.tree import And, Near, Not, Or, Query


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int)


def _is_part(value: object) -> bool:
    return value in tree.PARTS


def _is_day(value: object) -> bool:
    return value == "" or bool(date.fromisoformat(str(value)))


#: What a leaf holds, in the order in which it is kept.
_LEAVES: dict[str, tuple[Callable[[Any], bool], ...]] = {
    "Word": (_is_text, _is_part, _is_flag),
    "Wildcard": (_is_text, _is_part, _is_flag),
    "Phrase": (_is_text, _is_part, _is_flag, lambda value: value is None or _is_count(value)),
    "Often": (_is_text, _is_count, _is_flag),
    "Concept": (lambda value: value in concepts(), _are_texts, _is_part),
    "Is": (lambda value: value in READERS, _is_text),
    "Above": (lambda value: value in THEMES, lambda value: isinstance(value, float)),
    "Dated": (_is_day, _is_day),
    "Last": (_is_count, lambda value: value in tuple(UNITS)),
    "Everything": (),
}
#: A tree is no deeper than brackets and negations allow.
_DEEPEST = 4 * MOST_NESTED


def kept(text: str, query: Query) -> str:
    """Return what is kept of a query and the tree that it was parsed into."""
    return json.dumps([seal(text), _lists(query)], ensure_ascii=False, separators=(",", ":"))


def read(text: str, stored: str) -> Query | None:
    """Return the tree of a query as it was kept; None where it must be parsed: other text, other software, or damage."""
    try:
        match json.loads(stored):
            case [str(seen), list(node)] if seen == seal(text):
                return _tree(node, _DEEPEST)
    except (ValueError, TypeError, RecursionError):
        pass
    return None


def seal(text: str) -> str:
    """Return what a kept tree must carry: it changes with the text and with all that decides how a text is read."""
    return hashlib.sha256(f"{_reader()}\n{text}".encode()).hexdigest()[:32]


@cache
def _reader() -> str:
    """Return one name for the code and the data that read queries, so that no update can leave an outdated tree behind."""
    found = hashlib.sha256(version("babel").encode())
    for folder in (files("search"), files("newsdesk"), files("newsdesk").joinpath("data")):
        for file in _sorted_files(folder):
            found.update(file.name.encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _sorted_files(folder: Traversable) -> Iterator[Traversable]:
    return iter(sorted((each for each in folder.iterdir() if each.is_file()), key=lambda file: file.name))


def _lists(query: Query) -> list[Any]:
    match query:
        case And(parts) | Or(parts):
            return [type(query).__name__, [_lists(part) for part in parts]]
        case Not(part):
            return ["Not", _lists(part)]
        case Near(left, right, between, ordered):
            return ["Near", _lists(left), _lists(right), between, ordered]
    values = (getattr(query, name) for name in type(query).__match_args__)
    return [type(query).__name__, *(list(value) if isinstance(value, tuple) else value for value in values)]


def _tree(node: list[Any], depth: int) -> Query:
    """Build a tree; raise ValueError or TypeError for what is none."""
    if depth == 0:
        raise ValueError
    match node:
        case ["And", list(parts)]:
            return And(tuple([_tree(part, depth - 1) for part in parts]))
        case ["Or", list(parts)]:
            return Or(tuple([_tree(part, depth - 1) for part in parts]))
        case ["Not", list(part)]:
            return Not(_tree(part, depth - 1))
        case ["Near", list(left), list(right), int(between), bool(ordered)]:
            return Near(_tree(left, depth - 1), _tree(right, depth - 1), between, ordered)
        case [str(name), *values] if name in _LEAVES:
            return _leaf(name, values)
    raise ValueError


def _leaf(name: str, values: list[Any]) -> Query:
    checks = _LEAVES[name]
    if len(values) != len(checks) or not all(fits(value) for fits, value in zip(checks, values, strict=True)):
        raise ValueError
    made: Query = getattr(tree, name)(*(tuple(value) if isinstance(value, list) else value for value in values))
    return made
