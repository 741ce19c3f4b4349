"""Files of articles go in, with what a reader said of the topics given to some of them; each topic's precision comes out.

``python -m classify.topics_precision CORPUS.jsonl.gz ... > docs/topics.md`` labels the articles that were read
(``data/verdicts/topics.jsonl``: id, topic, right or not) by the rules as they are now, and counts the topics still given.
``fresh`` marks what was read after the topic's rules were last changed; the rest was read while they were made: it flatters.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

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


def judged(paths: Iterable[Path]) -> list[Verdict]:
    """Return the verdicts on topics that the rules give today to the articles read."""
    read, tagger, classifier = verdicts(), TopicTagger(), ThemeClassifier.load()
    found = []
    for row in _articles(paths, wanted=read):
        given = set(_given(row, tagger, classifier))
        found += [
            Verdict(said["topic"], row["lang"], said["right"], said["fresh"])
            for said in read[row["id"]]
            if said["topic"] in given
        ]
    return found


def _given(row: Mapping[str, Any], tagger: TopicTagger, classifier: ThemeClassifier) -> Iterator[str]:
    """Yield an article's topics: by the themes a reader gave it, or else by those the model gives."""
    themes = row.get("themes")
    if themes is None:
        labels = classifier.labels(row["title"], row["text"], row["lang"])
        themes = [label.value for label in labels if label.kind == "theme" and label.given]
    for label in tagger.labels(row["title"], row["text"], row["lang"], themes=themes):
        if label.given:
            yield label.value


def _articles(paths: Iterable[Path], *, wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
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


HEADING = """# How often a topic is right

Topics are given by rules ([classify/data/topics.toml](../classify/data/topics.toml)) to articles about migration. One reader of
the title, the beginning and the evidence said whether an officer would file the article under the topic. "Fresh" articles were
drawn at random, a like number a language as far as there were any, after the topic's rules were last changed; all those read
include articles from which the rules were made. Where none is fresh, no unread article of the corpus carries the topic any more.
Forms that only add articles (five topics, November 2026) were judged by reading all that they added. How much the rules miss was
not measured against a reader: they are to be right where they speak. About one relevant article in three carries a topic; of 48
without one that were read, most treat recruitment, permits or working conditions, for which there is no topic.

Written by `python -m classify.topics_precision CORPUS.jsonl.gz ... > docs/topics.md`.
"""


def main() -> None:
    """Write the page."""
    sys.stdout.writelines(f"{line}\n" for line in (HEADING, *table(judged(map(Path, sys.argv[1:])))))


if __name__ == "__main__":
    main()
