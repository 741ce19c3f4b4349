"""What readers found in articles goes in beside what the rules give; the shares found and right, by kind, come out.

``python -m classify.movement_reading CORPUS.jsonl.gz ...`` prints the tables of ``docs/movement.md``.

``data/verdicts/movement_read.tsv`` holds all that a reader found in the title and the first 2,000 characters of an article,
before seeing what the rules give; ``told`` is what the rules should give, ``either`` counts neither way; an article without
anything has a row without a value. Articles of the part ``development`` were read for the rules, ``blind`` ones when the rules
were done once; then the rules learnt from their misses too. ``data/verdicts/movement.tsv`` holds what was said of single
findings of the rules at various times: right or wrong.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from classify.movement import movement
from newsdesk.languages import languages
from newsdesk.statistics import wilson
from newsdesk.values import Label

#: Characters of a text that were read.
READ = 2_000
KINDS = ("figure", "origin", "transit", "destination", "route")
_ABOUT = tuple(
    Label(kind, value, 1.0, 0.5, True, "reader") for kind, value in (("relevance", "migration"), ("theme", "mixed_migration"))
)

Found = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Reading:
    """What a reader found in one article, by kind: what should be found, and what may be."""

    part: str
    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    either: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Read:
    """One article read in full, beside what the rules give."""

    language: str
    reading: Reading
    given: Found


@dataclass(frozen=True)
class Judged:
    """One finding that a reader called right or wrong, and whether the rules still give it."""

    kind: str
    right: bool
    given: bool


def compared(paths: Iterable[Path]) -> tuple[list[Read], list[Judged]]:
    """Return all that was read, beside what the rules give today."""
    readings, verdicts = _readings(), _verdicts()
    read, judged = [], []
    for row in _articles(paths, wanted=readings.keys() | verdicts.keys()):
        if row["id"] in readings:
            read.append(Read(row["lang"], readings[row["id"]], _given(row, row["text"][:READ])))
        if row["id"] in verdicts:
            given = _given(row, row["text"])
            judged += [Judged(kind, right, value in given[kind]) for kind, value, right in verdicts[row["id"]]]
    return read, judged


def _given(row: Mapping[str, Any], text: str) -> Found:
    found = movement(row["title"], text, row["lang"], _ABOUT)
    given: dict[str, set[str]] = defaultdict(set, figure={f"{figure.kind}:{figure.low}" for figure in found.figures})
    for label in found.labels:
        given[label.kind].add(label.value)
    return given


def _articles(paths: Iterable[Path], *, wanted: Set[str]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from (row for row in map(json.loads, lines) if row["id"] in wanted)


def _rows(name: str) -> Iterator[dict[str, str]]:
    table = files("classify").joinpath(f"data/verdicts/{name}.tsv").read_text(encoding="utf-8")
    return csv.DictReader(table.splitlines(), delimiter="\t")


def _readings() -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for row in _rows("movement_read"):
        reading = found.setdefault(row["id"], Reading(row["part"]))
        if row["value"]:
            (reading.told if row["verdict"] == "told" else reading.either)[row["what"]].add(row["value"])
    return found


def _verdicts() -> dict[str, list[tuple[str, str, bool]]]:
    found: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for row in _rows("movement"):
        found[row["id"]].append((row["what"], row["value"], row["verdict"] == "right"))
    return found


def shares(read: Iterable[Read], kind: str) -> Counter[str]:
    """Count what should be found (``told``), is found (``found``), and is given (``given``), of which ``found`` is right."""
    counts: Counter[str] = Counter()
    for article in read:
        told, given = article.reading.told[kind], article.given.get(kind, set())
        counts.update(told=len(told), found=len(told & given), given=len((given - article.reading.either[kind]) | (told & given)))
    return counts


def tables(read: list[Read], judged: list[Judged]) -> Iterator[str]:
    """Yield the lines of two tables: what is found of what is told; what is right of what was judged and is still given."""
    yield f"| found of told | blind | development | {' | '.join(f'{code}, both' for code in languages())} |"
    yield "| --- |" + " --- |" * (2 + len(languages()))
    for kind in KINDS:
        parts = ([each for each in read if each.reading.part == part] for part in ("blind", "development"))
        spoken = ([each for each in read if each.language == code] for code in languages())
        cells = (_share(counts["found"], counts["told"]) for counts in (shares(own, kind) for own in (*parts, *spoken)))
        yield f"| {kind} | {' | '.join(cells)} |"
    yield ""
    yield "| right of given | all findings ever judged | articles read in full |"
    yield "| --- | --- | --- |"
    for kind in KINDS:
        kept = [each.right for each in judged if each.kind == kind and each.given]
        counts = shares(read, kind)
        yield f"| {kind} | {_share(sum(kept), len(kept))} | {_share(counts['found'], counts['given'])} |"


def _share(count: int, total: int) -> str:
    measured = wilson(count, total)
    return f"{count}/{total} = {measured.share:.2f} ({measured.low:.2f}–{measured.high:.2f})" if total else "–"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in tables(*compared(map(Path, sys.argv[1:]))))
