"""Articles enter both engines; how fast they are indexed, how long three-clause faceted queries take and the size on disk leave.

``python -m benchmarks.search --articles 1000000 [--elasticsearch http://127.0.0.1:9200] FILE.jsonl.gz ...`` reads lines with
``title``, ``text`` and ``lang``. Each article asked for is put together as it is indexed, from the title of one line and the
paragraphs of others in its language, the same in every run; nothing is kept but the index, and that until the end. Also run
beside them, as the baseline: SQLite's FTS5 with its unicode61 tokenizer, over the same articles. One JSON line each.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from search.document import Document
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.query import parse

BATCH = 2_000
#: An article's text is at least so long, about 250 words; paragraphs are added until it is.
LEAST_LETTERS = 1_500
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


#: What the search page counts beside its first answer.
SHOWN = ("language", "theme", "country", "outlet", "outlet_country", "month")


class Newsroom:
    """Makes any number of articles from the lines of files: number in, article out."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.rows: list[tuple[str, str]] = []
        self.paragraphs: dict[str, list[str]] = {}
        for path in paths:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for row in map(json.loads, lines):
                    self.rows.append((row["lang"], row["title"]))
                    self.paragraphs.setdefault(row["lang"], []).extend(filter(None, map(str.strip, row["text"].split("\n"))))

    def article(self, number: int) -> Document:
        """Return one article: labels and dates are dealt out evenly, a third is relevant, 300 outlets."""
        chance = random.Random(number)
        language, title = chance.choice(self.rows)
        text: list[str] = []
        while sum(map(len, text)) < LEAST_LETTERS:
            text.append(chance.choice(self.paragraphs[language]))
        return Document(
            article_id=number, url=f"https://example.org/{number}", language=language, title=title, text="\n".join(text),
            dated_at=NOW - timedelta(minutes=number * 3), outlet=f"outlet {number % 300}",
            outlet_country=("FR", "GB", "MA")[number % 3], story_id=number // 3,
            relevant=number % 3 == 0, themes={THEMES[number % 4]: 0.8} if number % 3 == 0 else {},
            countries=(("LY", "US", "SY", "DE", "IT")[number % 5],),
        )  # fmt: skip

    def batches(self, count: int) -> Iterator[Iterator[Document]]:
        """Yield so many articles, a batch at a time, each made as it is asked for."""
        for start in range(1, count + 1, BATCH):
            yield map(self.article, range(start, min(count + 1, start + BATCH)))


def measure(engine: Engine, newsroom: Newsroom, count: int, rounds: int) -> dict[str, object]:
    """Fill an engine as a reindex does, and question it."""
    began = time.perf_counter()
    engine.rebuild(newsroom.batches(count))
    seconds = time.perf_counter() - began
    requests = [SearchRequest(parse(query), facets=SHOWN, limit=20, now=NOW) for query, _ in QUERIES]
    matched = sum(engine.search(request).total for request in requests)
    times = _timed([lambda request=request: engine.search(request) for request in requests], rounds)  # type: ignore[misc]
    return {"engine": engine.name, "articles": count, "articles_a_second": round(count / seconds), "matched": matched, **times}


def baseline(newsroom: Newsroom, count: int, rounds: int) -> dict[str, object]:
    """Do the same with FTS5: words alone, no facets, no fields."""
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "fts.sqlite3") as connection:
        connection.execute("CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize='unicode61')")
        began = time.perf_counter()
        for batch in newsroom.batches(count):
            connection.executemany("INSERT INTO article VALUES (?, ?)", ((each.title, each.text) for each in batch))
        connection.commit()
        rate = count / (time.perf_counter() - began)
        ask = "SELECT rowid FROM article WHERE article MATCH ? ORDER BY bm25(article) LIMIT 20"
        times = _timed([lambda words=words: connection.execute(ask, [words]).fetchall() for _, words in QUERIES], rounds)  # type: ignore[misc]
        size = _megabytes(Path(folder))
    return {"engine": "fts5", "articles": count, "articles_a_second": round(rate), **times, "megabytes": size}


def _megabytes(folder: Path) -> int:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)


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
    arguments.add_argument("--no-baseline", action="store_true")
    arguments.add_argument("files", nargs="+")
    given = arguments.parse_args()
    newsroom = Newsroom(given.files)
    with tempfile.TemporaryDirectory() as folder:
        row = measure(EmbeddedEngine(Path(folder) / "index"), newsroom, given.articles, given.rounds)
        print(json.dumps(row | {"megabytes": _megabytes(Path(folder))}), flush=True)
    if given.elasticsearch:
        from search.elastic import ElasticEngine

        engine = ElasticEngine(given.elasticsearch, "newscentre-benchmark-speed")
        row = measure(engine, newsroom, given.articles, given.rounds)
        store = engine.client.indices.stats(index=engine.alias)["_all"]["primaries"]["store"]["size_in_bytes"]
        print(json.dumps(row | {"megabytes": round(store / 1e6)}), flush=True)
        engine.drop()
    if not given.no_baseline:
        print(json.dumps(baseline(newsroom, given.articles, given.rounds)))


if __name__ == "__main__":
    main()
