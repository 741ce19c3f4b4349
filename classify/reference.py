"""How a model's scores are spread where it is at home: articles go in, counts by bin, label and language come out, kept by it.

``python -m classify.reference CORPUS.jsonl.gz ...`` writes ``models/themes.reference.json`` for the model that ships. A
deployment compares its own articles with it until it has months of its own to compare with (``newscentre.monitoring.drift``).
"""

from __future__ import annotations

import gzip
import json
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from classify.artefact import LABELS
from classify.themes import ThemeClassifier, shipped
from newsdesk.errors import BadArtefact

#: Where one bin of scores ends and the next begins: narrow near nought, where most scores are.
EDGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BINS = len(EDGES) + 1
#: Articles scored at a time.
BATCH = 512


@dataclass(frozen=True, slots=True)
class Spread:
    """How the scores of one label are spread: counts by bin, and to how many articles it was given."""

    counts: tuple[int, ...]
    given: int

    @property
    def total(self) -> int:
        """The number of articles."""
        return sum(self.counts)

    @property
    def share(self) -> float:
        """The part of the articles that was given the label."""
        return self.given / self.total if self.total else 0.0


def spread(scores: Iterable[tuple[float, bool]]) -> Spread:
    """Count scores, each with whether the label was given, by bin."""
    counts, given = [0] * BINS, 0
    for score, was_given in scores:
        counts[bisect_right(EDGES, score)] += 1
        given += was_given
    return Spread(tuple(counts), given)


def load(path: Path | None = None) -> tuple[str, Mapping[str, Mapping[str, Spread]]]:
    """Return the model's version and the spreads by language and label; raise BadArtefact for a file that cannot be used."""
    place = path or _shipped()
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return str(kept["model"]), {
            language: {label: Spread(tuple(row["counts"]), int(row["given"])) for label, row in labels.items()}
            for language, labels in kept["languages"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadArtefact(f"{place} cannot be used: {error}") from error


def measure(paths: Iterable[Path], classifier: ThemeClassifier) -> dict[str, Any]:
    """Score every article and return what is kept."""
    scores: dict[str, dict[str, list[tuple[float, bool]]]] = {}
    articles = _articles(paths)
    while batch := list(islice(articles, BATCH)):
        for (_, _, language), labels in zip(batch, classifier.labels_of_many(batch), strict=True):
            own = scores.setdefault(language, {label: [] for label in LABELS})
            for name, label in zip(LABELS, labels, strict=True):
                own[name].append((label.score, label.given))
    spreads = {language: {name: spread(found) for name, found in own.items()} for language, own in sorted(scores.items())}
    return {
        "model": classifier.version,
        "edges": EDGES,
        "languages": {
            language: {name: {"counts": each.counts, "given": each.given} for name, each in own.items()}
            for language, own in spreads.items()
        },
    }


def _articles(paths: Iterable[Path]) -> Iterator[tuple[str, str, str]]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as lines:
            yield from ((row["title"], row["text"], row["lang"]) for row in map(json.loads, lines))


def _shipped() -> Path:
    return shipped().with_suffix(".reference.json")


def by_label(rows: Iterable[tuple[str, float, bool]]) -> Mapping[str, Spread]:
    """Count rows of label, score and whether it was given, label by label."""
    found: dict[str, list[tuple[float, bool]]] = {label: [] for label in LABELS}
    for label, score, given in rows:
        found[label].append((score, given))
    return {label: spread(scores) for label, scores in found.items()}


def together(spreads: Sequence[Spread]) -> Spread:
    """Return many spreads as one."""
    columns = zip(*(each.counts for each in spreads), strict=True)
    return Spread(tuple(map(sum, columns)) or (0,) * BINS, sum(each.given for each in spreads))


def main() -> None:
    """Write the reference of the shipped model."""
    kept = measure(map(Path, sys.argv[1:]), ThemeClassifier.load())
    _shipped().write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
