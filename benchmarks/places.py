"""Measures what is read of countries, cities, organisations, roles, routes and figures, against spaCy's PhraseMatcher alone.

    python -m benchmarks.places [--articles N] [--json FILE]

Counted is processor time of one process over real articles of the shared corpus, a third of them in each language. The
baseline, in the same run, tokenizes the same characters with a blank pipeline and looks the same names up, and does no more.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.matcher import PhraseMatcher

from benchmarks.pages import SHARED
from classify.countries import CountryTagger
from classify.gazetteer import gazetteer
from classify.movement import movement
from classify.reading import READ
from classify.tags import tags
from classify.themes import ThemeClassifier
from newsdesk.languages import languages
from newsdesk.values import Label

WARM = 50


def articles(language: str, count: int) -> list[dict[str, Any]]:
    """Return the first articles of one language."""
    with gzip.open(SHARED.parent / "corpus" / f"{language}.background.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(count), lines, strict=False)]


def bare(language: str) -> Callable[[dict[str, Any], tuple[Label, ...]], object]:
    """Return the baseline: tokenize, look up, no more."""
    pipeline = spacy.blank(language)
    matcher = PhraseMatcher(pipeline.vocab, attr="LOWER")
    matcher.add("name", [pipeline.make_doc(" ".join(form)) for form in gazetteer(language).forms])
    return lambda row, _: matcher(pipeline.make_doc(f"{row['title']}\n{row['text'][:READ]}"))


def stages(language: str, tagger: CountryTagger) -> dict[str, Callable[[dict[str, Any], tuple[Label, ...]], object]]:
    """Return what the ingest does, in its order: the first stage reads, the others share its reading."""

    def countries(row: dict[str, Any], _: tuple[Label, ...]) -> object:
        return tagger.labels(row["title"], row["text"], language)

    def tagged(row: dict[str, Any], _: tuple[Label, ...]) -> object:
        return tags(row["title"], row["text"], language)

    def moving(row: dict[str, Any], themes: tuple[Label, ...]) -> object:
        return movement(row["title"], row["text"], language, themes)

    return {"countries": countries, "cities and organisations": tagged, "roles, routes, figures": moving}


def measured(language: str, count: int, tagger: CountryTagger, themes: ThemeClassifier) -> dict[str, float]:
    """Return the seconds of each stage and of the baseline."""
    rows = articles(language, count + WARM)
    labels = themes.labels_of_many([(row["title"], row["text"], language) for row in rows])
    runs = {**stages(language, tagger), "baseline": bare(language)}
    spent = dict.fromkeys(runs, 0.0)
    for at, (row, given) in enumerate(zip(rows, labels, strict=True)):
        for name, run in runs.items():
            start = time.process_time()
            run(row, given)
            if at >= WARM:
                spent[name] += time.process_time() - start
    return spent


def report(spent: dict[str, float], count: int) -> dict[str, float]:
    """Return articles a second and the ratio to the baseline."""
    ours = sum(seconds for name, seconds in spent.items() if name != "baseline")
    each = {f"{name}, ms": round(1000 * seconds / count, 3) for name, seconds in spent.items()}
    return each | {"articles a second": round(count / ours), "times the baseline": round(ours / spent["baseline"], 2)}


def _lines(found: dict[str, dict[str, float]]) -> Iterator[str]:
    for language, row in found.items():
        yield f"{language:5}" + "  ".join(f"{name}: {value:g}" for name, value in row.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=600, help="of each language")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    tagger, themes = CountryTagger.load(), ThemeClassifier.load()
    each = {language: measured(language, wanted.articles, tagger, themes) for language in languages()}
    total = {name: sum(spent[name] for spent in each.values()) for name in next(iter(each.values()))}
    found = {language: report(spent, wanted.articles) for language, spent in each.items()}
    found["all"] = report(total, wanted.articles * len(each))
    print("\n".join(_lines(found)))
    if wanted.json:
        wanted.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
