"""Files of articles go in, with what a reader said of the topics of some of them; each topic's precision and recall come out.

``python -m classify.topics_precision CORPUS.jsonl.gz ... > docs/topics.md`` labels the articles that were read
(``data/verdicts/topics.jsonl``: id, topic, right or not) by the rules as they are now, and counts the topics still given.
``fresh`` marks what was drawn after the topic's rules were last changed, but for forms that only add; the rest was read while
they were made. Recall is counted by ``topics_recall``, from articles for which a reader said all topics.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from classify import topics_recall
from classify.themes import ThemeClassifier
from classify.topics import TopicTagger
from newsdesk.languages import languages
from newsdesk.statistics import wilson
from newsdesk.topics import topic_name, topics


@dataclass(frozen=True, slots=True)
class Verdict:
    """A topic that is given to an article, in which language, whether that is right, and whether the rules knew of it."""

    topic: str
    language: str
    right: bool
    fresh: bool


def verdicts() -> dict[str, list[dict[str, Any]]]:
    """Return what was said of each article that was read, by its id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in files("classify").joinpath("data/verdicts/topics.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["id"], []).append(row)
    return found


def judged(paths: Iterable[Path]) -> tuple[list[Verdict], list[topics_recall.Filing]]:
    """Return the verdicts on topics that the rules give today, and how the articles read for recall were filed."""
    read, filed, tagger, classifier = verdicts(), topics_recall.filed(), TopicTagger(), ThemeClassifier.load()
    found: list[Verdict] = []
    filings: list[topics_recall.Filing] = []
    for row in _articles(paths, wanted=read.keys() | filed.keys()):
        given = frozenset(_given(row, tagger, classifier))
        found += [
            Verdict(said["topic"], row["lang"], said["right"], said["fresh"])
            for said in read.get(row["id"], ())
            if said["topic"] in given
        ]
        if row["id"] in filed:
            filings.append(topics_recall.filing(filed[row["id"]], language=row["lang"], given=given))
    return found, filings


def _given(row: Mapping[str, Any], tagger: TopicTagger, classifier: ThemeClassifier) -> Iterator[str]:
    """Yield an article's topics: by the themes a reader gave it, or else by those the model gives."""
    themes = row.get("themes")
    if themes is None:
        labels = classifier.labels(row["title"], row["text"], row["lang"])
        themes = [label.value for label in labels if label.kind == "theme" and label.given]
    for label in tagger.labels(row["title"], row["text"], row["lang"], themes=themes):
        if label.given:
            yield label.value


def _articles(paths: Iterable[Path], *, wanted: Set[str]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as lines:
            yield from (row for row in map(json.loads, lines) if row["id"] in wanted)


def table(found: Sequence[Verdict]) -> Iterator[str]:
    """Yield the lines of a table: each topic's precision with Wilson's 95% interval, in all, fresh alone, and by language."""
    yield f"| topic | fresh: right of read | precision | 95% | all read | {' | '.join(languages())} |"
    yield f"| --- | --- | --- | --- | --- |{' --- |' * len(languages())}"
    for topic in topics():
        own = [verdict for verdict in found if verdict.topic == topic]
        fresh = [verdict for verdict in own if verdict.fresh]
        measured = wilson(sum(verdict.right for verdict in fresh), len(fresh))
        by_language = [_share([verdict for verdict in own if verdict.language == code]) for code in languages()]
        share, interval = (f"{measured.share:.2f}", f"{measured.low:.2f}–{measured.high:.2f}") if fresh else ("–", "–")
        yield " | ".join(
            (f"| {topic_name(topic, 'en')}", _share(fresh), share, interval, _share(own), *by_language)
        ) + " |"  # fmt: skip


def _share(found: Sequence[Verdict]) -> str:
    return f"{sum(verdict.right for verdict in found)}/{len(found)}"


HEADING = """# How often a topic is right, and how often one is missed

Topics are given by rules ([classify/data/topics.toml](../classify/data/topics.toml)) to articles about migration. One reader of
the title, the beginning and the evidence said whether an officer would file the article under the topic. "Fresh" articles were
drawn at random among those that carry the topic and had not been read, a like number a language as far as there were any, after
the topic's rules were last changed but for a few forms that only add, whose additions were read; all those read include articles
from which the rules were made. Where none is fresh, every article of the corpus that carries the topic has been read.

Written by `python -m classify.topics_precision CORPUS.jsonl.gz ... > docs/topics.md`.
"""

RECALL = """
## What is missed

For articles about migration that had not been read for the rules, drawn at random, the same reader noted every topic under
which an officer would file each, from the title and the beginning (400 to 1,100 characters), before seeing what the rules give.
Topics marked as either way count neither as missed nor as wrong. Of the "development" articles the misses were read and the
forms widened; those of the "held" articles were left alone, but who wrote the forms had read them; the "blind" ones were drawn
and read when the rules were done: theirs is the figure to trust. Before the forms were widened (November 2026) the rules found 10
of the 32 topics of the blind articles (.31; ar 4/12, en 3/9, fr 3/11) and 7 of 38 of the held ones (.18). Of the 2,212 labelled
articles about migration 33% carried a topic then, 54% do now (ar 61%, en 46%, fr 57%); those without one mostly treat the
politics of migration in general, displacement, and aid to the displaced, for which there is no topic. What is still missed is
most often told in words that no form has (remarks quoted without a word for them, clashes at a border), in French above all.
Precision here is of all topics given to these articles, by the same reading.
"""


def main() -> None:
    """Write the page."""
    found, filings = judged(map(Path, sys.argv[1:]))
    lines = (HEADING, *table(found), RECALL, *topics_recall.tables(filings))
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
