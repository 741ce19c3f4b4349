"""Topics and articles enter our engines and their baselines; how well each ranks the ten best, as judged by reading, leaves.

``python -m benchmarks.relevance run RUNS.json FILE.jsonl.gz ... [--elasticsearch URL]`` asks every topic of
``data/relevance_topics.tsv`` of our engines, of Elasticsearch's own ``arabic``, ``french`` and ``english`` analysers and of
SQLite's FTS5 (unicode61), and writes the ids found. ``show RUNS.json FILE ...`` prints what is not yet judged, ``score
RUNS.json`` prints nDCG@10 and the paired bootstrap. A judgement is a topic, the id of an article and a grade (2 about the
need, 1 touches it, 0 not); the article's words are never kept.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import random
import sqlite3
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from search.document import Document
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.query import parse

DATA = Path(__file__).parent / "data"
DEPTH = 10
BATCH = 1_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESAMPLES = 10_000
STOCK = {"ar": "arabic", "en": "english", "fr": "french"}
Runs = dict[str, dict[str, list[str]]]


def rows(name: str) -> list[dict[str, str]]:
    """Read one file of the benchmark's data."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def articles(paths: Sequence[str]) -> list[dict[str, Any]]:
    """Read the articles, each id once, in the order of the files."""
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                found.setdefault(row["id"], row)
    return list(found.values())


def ours(engine: Engine, found: list[dict[str, Any]]) -> Callable[[dict[str, str]], list[int]]:
    """Fill an engine; return what asks it a topic and gives the numbers of articles."""

    def documents() -> Iterator[list[Document]]:
        for start in range(0, len(found), BATCH):
            yield [_document(number, found[number]) for number in range(start, min(len(found), start + BATCH))]

    engine.rebuild(documents())
    return lambda topic: [number for number, _ in engine.search(SearchRequest(parse(topic["query"]), limit=DEPTH, now=NOW)).hits]


def _document(number: int, row: dict[str, Any]) -> Document:
    url = f"https://example.org/{number}"
    return Document(article_id=number, url=url, language=row["lang"], title=row["title"], text=row["text"], dated_at=NOW)


def stock(url: str, found: list[dict[str, Any]], operator: str) -> Callable[[dict[str, str]], list[int]]:
    """Fill an index that Elasticsearch analyses in its own way (once for both operators)."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import bulk

    client, name = Elasticsearch(url, request_timeout=120), "newscentre-benchmark-stock"
    fields = {f"{part}_{code}": {"type": "text", "analyzer": kind} for code, kind in STOCK.items() for part in ("title", "text")}
    if not client.indices.exists(index=name):
        client.indices.create(index=name, mappings={"properties": fields}, settings={"number_of_replicas": 0})
        lines = (
            {"_index": name, "_id": number, f"title_{row['lang']}": row["title"], f"text_{row['lang']}": row["text"]}
            for number, row in enumerate(found)
        )
        bulk(client, lines, refresh=True)

    def ask(topic: dict[str, str]) -> list[int]:
        per_language = [
            {
                "multi_match": {
                    "query": topic["stock"], "fields": [f"title_{code}^3", f"text_{code}"], "type": "cross_fields",
                    "operator": operator, "analyzer": STOCK[code],
                }
            }
            for code in STOCK
        ]  # fmt: skip
        hits = client.search(index=name, query={"dis_max": {"queries": per_language}}, size=DEPTH, source=False)["hits"]["hits"]
        return [int(hit["_id"]) for hit in hits]

    return ask


def fts5(found: list[dict[str, Any]]) -> Callable[[dict[str, str]], list[int]]:
    """Fill a table of SQLite's full-text search; titles weigh three times as much, as in our engines."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize='unicode61')")
    lines = ((number, row["title"], row["text"]) for number, row in enumerate(found))
    connection.executemany("INSERT INTO article (rowid, title, text) VALUES (?, ?, ?)", lines)
    asked = f"SELECT rowid FROM article WHERE article MATCH ? ORDER BY bm25(article, 3, 1) LIMIT {DEPTH}"

    def ask(topic: dict[str, str]) -> list[int]:
        words = " ".join(f'"{word}"' for word in topic["stock"].split())
        return [number for (number,) in connection.execute(asked, [words])]

    return ask


def run(path: Path, files: Sequence[str], url: str) -> None:
    """Ask every system every topic."""
    found = articles(files)
    systems = {"embedded": lambda: ours(EmbeddedEngine(None), found), "fts5": lambda: fts5(found)}
    if url:
        from search.elastic import ElasticEngine

        systems |= {
            "stock, any word": lambda: stock(url, found, "or"),
            "stock, all words": lambda: stock(url, found, "and"),
            "elastic": lambda: ours(ElasticEngine(url, "newscentre-benchmark"), found),
        }
    runs: Runs = json.loads(path.read_text()) if path.exists() else {}
    topics = rows("relevance_topics.tsv")
    for name, make in systems.items():
        if name not in runs:
            ask = make()
            runs[name] = {topic["topic"]: [found[number]["id"] for number in ask(topic)] for topic in topics}
            path.write_text(json.dumps(runs))
            print(name, sum(map(len, runs[name].values())), flush=True)


def pool(runs: Runs) -> dict[str, list[str]]:
    """Return what any system found for each topic, in the order of the ids, so that the reader does not know who."""
    topics = [row["topic"] for row in rows("relevance_topics.tsv")]
    return {topic: sorted({each for found in runs.values() for each in found.get(topic, ())}) for topic in topics}


def judgements() -> dict[tuple[str, str], int]:
    """Return the grades given, by topic and article."""
    return {(row["topic"], row["article"]): int(row["grade"]) for row in rows("relevance_judgements.tsv")}


def show(runs: Runs, files: Sequence[str]) -> None:
    """Print what waits for a judgement."""
    found = {row["id"]: row for row in articles(files)}
    known = judgements()
    needs = {row["topic"]: row["need"] for row in rows("relevance_topics.tsv")}
    for topic, ids in pool(runs).items():
        if waiting := [each for each in ids if (topic, each) not in known]:
            print(f"## {topic}: {needs[topic]}")
        for each in waiting:
            print(f"{each} {found[each]['title']} | {' '.join(found[each]['text'].split())[:150]}")


def gain(ranked: Sequence[str], grades: dict[str, int]) -> float:
    """Return nDCG@10 with gains 2^grade - 1 (Järvelin and Kekäläinen 2002; the exponential form of Burges 2005)."""

    def cumulated(values: Sequence[int]) -> float:
        return sum((2**value - 1) / math.log2(place + 2) for place, value in enumerate(values[:DEPTH]))

    best = cumulated(sorted(grades.values(), reverse=True))
    return cumulated([grades.get(each, 0) for each in ranked]) / best if best else 0.0


def difference(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean difference with its 95 per cent interval by paired bootstrap over the topics."""
    pairs = [first - second for first, second in zip(one, other, strict=True)]
    chance = random.Random(7)
    means = sorted(statistics.fmean(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return statistics.fmean(pairs), means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975)]


def score(runs: Runs) -> None:
    """Print a line for each system and kind of topic, and the difference to the embedded engine."""
    graded: dict[str, dict[str, int]] = {}
    for (topic, article), grade in judgements().items():
        graded.setdefault(topic, {})[article] = grade
    kinds = {row["topic"]: row["kind"] for row in rows("relevance_topics.tsv") if any(graded.get(row["topic"], {}).values())}
    for kind in ("ar", "en", "fr", "cross", ""):
        topics = [topic for topic, each in kinds.items() if each == kind or (not kind and each != "cross")]
        gains = {name: [gain(found[topic], graded[topic]) for topic in topics] for name, found in runs.items()}
        for name, values in gains.items():
            better = [round(number, 3) for number in difference(gains["embedded"], values)]
            row = {"topics": len(topics), "kind": kind or "all but cross", "system": name}
            print(json.dumps(row | {"ndcg": round(statistics.fmean(values), 3), "ours_better_by": better}))
    print(json.dumps({"judged": sum(map(len, graded.values())), "topics_with_a_relevant_article": len(kinds)}))


def main() -> None:
    """Do what the first argument says."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("verb", choices=("run", "show", "score"))
    arguments.add_argument("runs", type=Path)
    arguments.add_argument("files", nargs="*")
    arguments.add_argument("--elasticsearch", default="")
    given = arguments.parse_args()
    if given.verb == "run":
        return run(given.runs, given.files, given.elasticsearch)
    runs: Runs = json.loads(given.runs.read_text())
    return show(runs, given.files) if given.verb == "show" else score(runs)


if __name__ == "__main__":
    main()
