"""Articles enter both engines; how fast they are indexed and how long three-clause faceted queries take leave as JSON lines.

``python -m benchmarks.search --articles 20000 [--elasticsearch http://127.0.0.1:9200] FILE.jsonl.gz ...`` reads lines with
``title``, ``text``, ``lang`` and ``date``; where there are fewer than asked for, they are repeated under other ids and
dates. Also run beside them, as the baseline: SQLite's FTS5 with its unicode61 tokenizer, over the same articles.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.document import Document
from search.embedded import EmbeddedEngine
from search.engine import FACETS, Engine, SearchRequest
from search.query import parse

BATCH = 2_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
THEMES = ("mixed_migration", "protection", "labour", "development")
#: Three clauses each, as analysts ask; the plain words are what FTS5 is asked.
QUERIES = [
    ('refugees boat theme:protection date:2024..2026', "refugees boat"),
    ('"asylum seekers" border -lang:fr', '"asylum seekers" border'),
    ("migrants (libya OR libye OR ليبيا) last:2y", "migrants AND (libya OR libye OR ليبيا)"),
    ("المهاجرين البحر relevant:yes", "المهاجرين البحر"),
    ('"الهجرة غير الشرعية" country:LY last:3y', '"الهجرة غير الشرعية"'),
    ("لاجئ ألمانيا lang:ar", "لاجئ ألمانيا"),
    ("réfugiés syriens theme:protection", "réfugiés syriens"),
    ("passeurs NEAR/5 mer lang:fr", "passeurs mer"),
    ("travailleurs étrangers lang:fr", "travailleurs étrangers"),
    ("migr* border country:US", "migr* border"),
    ("title:police migrants -football", "police migrants"),
    ("workers wages relevant:yes", "workers wages"),
]  # fmt: skip


def documents(paths: list[str], count: int) -> Iterator[Document]:
    """Yield so many documents, with labels dealt out evenly."""
    for number, row in enumerate(itertools.islice(itertools.cycle(_rows(paths)), count), start=1):
        yield Document(
            article_id=number, url=f"https://example.org/{number}", language=row["lang"], title=row["title"], text=row["text"],
            dated_at=NOW - timedelta(minutes=number * 3), outlet=f"outlet {number % 300}",
            outlet_country=("FR", "GB", "MA")[number % 3],
            relevant=number % 3 == 0, themes={THEMES[number % 4]: 0.8} if number % 3 == 0 else {},
            countries=(("LY", "US", "SY", "DE", "IT")[number % 5],),
        )  # fmt: skip


def _rows(paths: list[str]) -> list[dict[str, str]]:
    rows = []
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    return rows[:: max(1, len(rows) // 20_000)]


def measure(engine: Engine, found: list[Document], rounds: int) -> dict[str, object]:
    """Fill an engine and question it."""
    engine.clear()
    began = time.perf_counter()
    for start in range(0, len(found), BATCH):
        engine.apply((), found[start : start + BATCH])
    rate = len(found) / (time.perf_counter() - began)
    requests = [SearchRequest(parse(query), facets=FACETS, limit=20, now=NOW) for query, _ in QUERIES]
    matched = sum(engine.search(request).total for request in requests)
    times = _timed([lambda request=request: engine.search(request) for request in requests], rounds)  # type: ignore[misc]
    return {"engine": engine.name, "articles": len(found), "articles_a_second": round(rate), "matched": matched, **times}


def baseline(found: list[Document], rounds: int) -> dict[str, object]:
    """Do the same with FTS5: words alone, no facets, no fields."""
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "fts.sqlite3") as connection:
        connection.execute("CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize='unicode61')")
        began = time.perf_counter()
        connection.executemany("INSERT INTO article VALUES (?, ?)", ((each.title, each.text) for each in found))
        connection.commit()
        rate = len(found) / (time.perf_counter() - began)
        ask = "SELECT rowid FROM article WHERE article MATCH ? ORDER BY bm25(article) LIMIT 20"
        times = _timed([lambda words=words: connection.execute(ask, [words]).fetchall() for _, words in QUERIES], rounds)  # type: ignore[misc]
    return {"engine": "fts5", "articles": len(found), "articles_a_second": round(rate), **times}


def _timed(questions: list[Callable[[], object]], rounds: int) -> dict[str, object]:
    times = []
    for question in questions * rounds:
        began = time.perf_counter()
        question()
        times.append((time.perf_counter() - began) * 1_000)
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
        "questions": len(times),
    }


def main() -> None:
    """Measure what the arguments name and print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--articles", type=int, default=20_000)
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--elasticsearch", default="")
    arguments.add_argument("files", nargs="+")
    given = arguments.parse_args()
    found = list(documents(given.files, given.articles))
    with tempfile.TemporaryDirectory() as folder:
        row = measure(EmbeddedEngine(Path(folder) / "index"), found, given.rounds)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        print(json.dumps(row | {"megabytes": round(size / 1e6)}))
    if given.elasticsearch:
        from search.elastic import ElasticEngine

        engine = ElasticEngine(given.elasticsearch, "newscentre-benchmark")
        print(json.dumps(measure(engine, found, given.rounds)))
        engine.drop()
    print(json.dumps(baseline(found, given.rounds)))


if __name__ == "__main__":
    main()
