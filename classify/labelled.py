"""Files of labelled articles (JSON Lines, plain or gzip) go in, checked examples and complaints about bad lines come out."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

from classify.features import morphologies
from newsdesk.errors import BadInput
from newsdesk.values import THEMES

#: Words in a shingle, and the share of the shorter text's shingles from which on two texts are copies.
SHINGLE, COPIED = 5, 0.3
#: A shingle in more texts than this is boilerplate and says nothing.
BOILERPLATE = 50


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled article; ``truth`` is relevance and the themes, as ``artefact.LABELS``; ``source`` its outlet, if known."""

    id: str
    language: str
    title: str
    text: str
    truth: tuple[bool, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A line that cannot be used, and why."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.reason}"


def read(paths: Iterable[Path], *, labels: Mapping[str, Any] | None = None) -> Iterator[Example | Complaint]:
    """Yield what each line of each file holds; raise BadInput if a file cannot be read at all.

    With ``labels`` (rows by id, see ``readers_labels``) the files hold bare articles: those with a label are yielded.
    """
    for path in paths:
        try:
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip() and (found := _example(line, path=path, number=number, labels=labels)):
                        yield found
        except (OSError, EOFError) as error:
            raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def readers_labels() -> dict[str, Any]:
    """Return the labels that readers gave to articles whose texts are kept elsewhere, by id (``data/labels/*.jsonl``).

    Those that a second reader might well give otherwise are left out.
    """
    folder = files("classify").joinpath("data/labels")
    lines = (
        line for file in sorted(folder.iterdir(), key=lambda file: file.name) for line in file.read_text("utf-8").splitlines()
    )
    return {row["id"]: row for row in map(json.loads, lines) if row["certain"]}


def _example(line: bytes, *, path: Path, number: int, labels: Mapping[str, Any] | None) -> Example | Complaint | None:
    try:
        row = json.loads(line)
        if labels is not None:
            if not isinstance(row, dict) or row.get("id") not in labels:
                return None
            row |= {key: labels[row["id"]][key] for key in ("relevant", "themes")}
        return _checked(row)
    except UnicodeDecodeError:
        return Complaint(path, number, "it is not UTF-8")
    except json.JSONDecodeError as error:
        return Complaint(path, number, f"it is not JSON ({error.msg}, column {error.colno})")
    except (ValueError, RecursionError) as error:
        return Complaint(path, number, str(error))


def _checked(row: Any) -> Example:
    if not isinstance(row, dict):
        raise ValueError("it is not an object")
    texts = {key: row.get(key) for key in ("id", "lang", "title", "text")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} is missing or no text")
    if row["lang"] not in morphologies():
        raise ValueError(f"lang is {row['lang']!r}; known: {', '.join(morphologies())}")
    if not isinstance(row.get("relevant"), bool):
        raise ValueError("relevant must be true or false")
    themes = row.get("themes")
    if not isinstance(themes, list) or not set(map(str, themes)) <= set(THEMES):
        raise ValueError(f"themes must be a list of {', '.join(THEMES)}")
    truth = (row["relevant"], *(theme in themes for theme in THEMES))
    return Example(row["id"], row["lang"], row["title"], row["text"], truth, str(row.get("source") or ""))


def own_examples() -> list[Example]:
    """Return the examples written for this project (``data/examples.toml``): to learn from, never to measure on."""
    table = tomllib.loads(files("classify").joinpath("data/examples.toml").read_text(encoding="utf-8"))
    themes = {"both": ("labour", "development"), **{theme: (theme,) for theme in THEMES}}
    return [
        Example(
            id=f"own-{language}-{kind}-{number}",
            language=language,
            title=title,
            text=text,
            truth=(kind != "nothing", *(theme in themes.get(kind, ()) for theme in THEMES)),
        )
        for language, kinds in table.items()
        for kind, articles in kinds.items()
        for number, (title, text) in enumerate(articles)
    ]


def without_copies(candidates: list[Example], known: list[Example]) -> list[Example]:
    """Leave out the candidates that are near-copies of a known example, or of an earlier candidate."""
    first = copies(example.text for example in (*known, *candidates))
    return [example for place, example in enumerate(candidates, start=len(known)) if first[place] == place]


def copies(texts: Iterable[str]) -> list[int]:
    """Return for each text the place of the first text of its group of near-copies (transitive, by shared shingles)."""
    shingles = [_shingles(text) for text in texts]
    parent = list(range(len(shingles)))
    for (first, second), times in _shared(shingles).items():
        if times >= COPIED * min(len(shingles[first]), len(shingles[second])):
            one, other = sorted((_root(parent, first), _root(parent, second)))
            parent[other] = one
    return [_root(parent, place) for place in range(len(parent))]


def _shared(shingles: list[set[tuple[str, ...]]]) -> dict[tuple[int, int], int]:
    """Count the shingles that each pair of texts shares, where it shares any."""
    owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, own in enumerate(shingles):
        for shingle in own:
            owners[shingle].append(place)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for places in owners.values():
        if len(places) <= BOILERPLATE:
            for pair in combinations(places, 2):
                shared[pair] += 1
    return shared


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()[:2000]
    return {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place
