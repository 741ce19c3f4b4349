"""Articles enter both engines; how fast they are indexed, how long three-clause faceted queries take and the size on disk leave.

``python -m benchmarks.search --articles 1000000 [--elasticsearch http://127.0.0.1:9200] FILE.jsonl.gz ...`` reads lines with
``title``, ``text`` and ``lang``. Each article asked for is put together as it is indexed, from the title of one line and the
paragraphs of others in its language, the same in every run; nothing is kept but the index. Also run beside them, as the
baseline: SQLite's FTS5 with its unicode61 tokenizer, over the same articles. One JSON line when an index is built, one when it
was asked. ``--keep FOLDER`` leaves the indexes there, and asks those that it finds there without building them again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

from newscentre.parallel import Failed, Pool, cores
from search.document import Document, Indexed, indexed
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.query import parse

BATCH = 200
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


#: The broadest there are: everything, and words that many articles have; FTS5 has no word for the first.
BROAD = [
    ("relevant:yes", ""),
    ("people", "people"),
    ("migrants OR المهاجرين", "migrants OR المهاجرين"),
    ("police border", "police border"),
]
#: What the search page counts beside an answer; the articles made here have no topics, routes, cities and organisations.
SHOWN = (
    "language", "theme", "topic", "country", "group", "route", "city", "organisation", "outlet", "outlet_country", "month",
    "story",
)  # fmt: skip


Question = Callable[[], object]


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


@dataclass
class Stock:
    """The articles of one run: so many, or those that can be indexed in so many seconds."""

    paths: tuple[str, ...]
    count: int
    seconds: float
    given: int = 0

    def numbers(self) -> Iterator[list[int]]:
        """Yield the numbers of the articles, a batch at a time; ``given`` counts them."""
        self.given, began = 0, time.perf_counter()
        numbers = iter(range(1, self.count + 1))
        while (some := list(islice(numbers, BATCH))) and time.perf_counter() - began < self.seconds:
            self.given += len(some)
            yield some

    def batches(self) -> Iterator[list[Document]]:
        """Yield them a batch at a time."""
        for numbers in self.numbers():
            yield list(map(newsroom(self.paths).article, numbers))

    def analysed(self) -> Iterator[list[Indexed]]:
        """Yield them as ``newscentre reindex`` gives them to an engine: made and analysed in one process a core."""
        with Pool(cores(), seconds=600) as pool:
            for _asked, found in pool.ordered(read, ((self.paths, numbers) for numbers in self.numbers())):
                if isinstance(found, Failed):
                    raise SystemExit(found.message)
                yield found


@cache
def newsroom(paths: tuple[str, ...]) -> Newsroom:
    """Return the newsroom of these files."""
    return Newsroom(paths)


def read(asked: tuple[tuple[str, ...], list[int]]) -> list[Indexed]:
    """Make some articles and analyse them."""
    paths, numbers = asked
    return [indexed(newsroom(paths).article(number)) for number in numbers]


def built(name: str, stock: Stock, build: Callable[[], None]) -> None:
    """Build an index and print how fast that went: articles a second, and processor time for each."""
    began, busy = time.perf_counter(), _processor()
    build()
    taken, worked = time.perf_counter() - began, _processor() - busy
    rate = {"articles_a_second": round(stock.given / taken), "processor_ms_an_article": round(1_000 * worked / stock.given, 2)}
    _print({"built": name, "articles": stock.given, "seconds": round(taken), **rate})


def _processor() -> float:
    """Return the processor time of this process and of those that it started and that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def ask(engine: Engine, rounds: int, size: Callable[[], int]) -> None:
    """Question an engine and print how long it took."""
    for kind, queries in (("three clauses", QUERIES), ("broad", BROAD)):
        requests = [SearchRequest(parse(query), facets=SHOWN, limit=20, now=NOW) for query, _ in queries]
        questions: list[Question] = [lambda request=request: engine.search(request).total for request in requests]  # type: ignore[misc]
        row = {"asked": engine.name, "queries": kind, "articles": engine.count(), **_timed(questions, rounds)}
        _print(row | {"matched": [engine.search(request).total for request in requests], **_size(size(), engine.count())})


def embedded(folder: Path, stock: Stock, rounds: int) -> None:
    """Measure the embedded engine."""
    if not folder.exists():
        built("embedded", stock, lambda: EmbeddedEngine(folder).rebuild(stock.analysed()))
    ask(EmbeddedEngine(folder), rounds, lambda: _bytes(folder))


def elastic(url: str, stock: Stock, rounds: int, *, keep: bool) -> None:
    """Measure Elasticsearch."""
    from search.elastic import ElasticEngine

    engine = ElasticEngine(url, "newscentre-benchmark-speed")
    if not engine.client.indices.exists_alias(name=engine.alias):
        built(engine.name, stock, lambda: engine.rebuild(stock.analysed()))
    engine.client.indices.flush(index=engine.alias)
    ask(engine, rounds, lambda: engine.client.indices.stats(index=engine.alias)["_all"]["primaries"]["store"]["size_in_bytes"])
    if not keep:
        engine.drop()


def fts5(file: Path, stock: Stock, rounds: int) -> None:
    """Do the same with FTS5: words alone, no facets, no fields."""
    made = file.exists()
    with closing(sqlite3.connect(file)) as connection:
        if not made:
            built("fts5", stock, lambda: _fill_fts5(connection, stock))
        (count,) = connection.execute("SELECT count(*) FROM article_docsize").fetchone()
        for kind, queries in (("three clauses", QUERIES), ("broad", BROAD)):
            questions: list[Question] = [lambda words=words: _asked_of_fts5(connection, words) for _, words in queries if words]  # type: ignore[misc]
            row = {"asked": "fts5", "queries": kind, "articles": count, **_timed(questions, rounds)}
            _print(row | _size(_bytes(file.parent), count))


def _asked_of_fts5(connection: sqlite3.Connection, words: str) -> None:
    connection.execute("SELECT rowid FROM article WHERE article MATCH ? ORDER BY bm25(article) LIMIT 20", [words]).fetchall()
    connection.execute("SELECT count(*) FROM article WHERE article MATCH ?", [words]).fetchall()


def _fill_fts5(connection: sqlite3.Connection, stock: Stock) -> None:
    connection.execute("CREATE VIRTUAL TABLE article USING fts5(title, text, tokenize='unicode61')")
    for batch in stock.batches():
        connection.executemany("INSERT INTO article VALUES (?, ?)", ((each.title, each.text) for each in batch))
        connection.commit()


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _size(found: int, articles: int) -> dict[str, object]:
    return {"megabytes": round(found / 1e6), "bytes_an_article": round(found / max(1, articles))}


def _timed(questions: list[Question], rounds: int) -> dict[str, object]:
    """Ask each question for the first time, then all of them so many times more."""
    first = [_took(question) for question in questions]
    again = [[_took(question) for question in questions] for _ in range(rounds)]
    times, busy = zip(*(took for turn in again for took in turn), strict=True)
    return {
        "first_p50_ms": round(statistics.median(clock for clock, _ in first), 1),
        "first_max_ms": round(max(first)[0], 1),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
        "processor_p50_ms": round(statistics.median(busy), 1),
        "processor_p95_ms": round(statistics.quantiles(busy, n=20)[18], 1),
        "questions": len(times),
        "processor_medians_ms": [round(statistics.median(b for _, b in turn), 1) for turn in zip(*again, strict=True)],
    }


def _took(question: Question) -> tuple[float, float]:
    """Return the milliseconds that an answer took on the clock, and those that this process worked for it."""
    began, busy = time.perf_counter(), time.process_time()
    question()
    return (time.perf_counter() - began) * 1_000, (time.process_time() - busy) * 1_000


def _print(row: dict[str, object]) -> None:
    print(json.dumps(row), flush=True)


def main() -> None:
    """Measure what the arguments name and print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--articles", type=int, default=20_000)
    arguments.add_argument("--seconds", type=float, default=float("inf"), help="an index that is not built by then stays smaller")
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--elasticsearch", default="")
    arguments.add_argument("--no-embedded", action="store_true")
    arguments.add_argument("--no-baseline", action="store_true")
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("files", nargs="+")
    given = arguments.parse_args()
    stock = Stock(tuple(given.files), given.articles, given.seconds)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        (folder / "fts5").mkdir(parents=True, exist_ok=True)
        if not given.no_embedded:
            embedded(folder / "embedded", stock, given.rounds)
        if given.elasticsearch:
            elastic(given.elasticsearch, stock, given.rounds, keep=given.keep is not None)
        if not given.no_baseline:
            fts5(folder / "fts5" / "articles.sqlite3", stock, given.rounds)


if __name__ == "__main__":
    main()
