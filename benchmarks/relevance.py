"""Topics and articles enter our engines and their baselines; how well each ranks the ten best, as judged by reading, leaves.

``python -m benchmarks.relevance run RUNS.json FILE.jsonl.gz ... [--elasticsearch URL]`` asks every topic of
``data/relevance_topics.tsv`` of our engines, of Elasticsearch's own ``arabic``, ``french`` and ``english`` analysers and of
SQLite's FTS5 (unicode61), and writes the ids found. Ours are asked as a reader of the site asks them: articles about migration
as the shipped model knows them, copies folded, and among few articles with all the words those with some; and once more for
articles of any kind (``..., all news``). ``show RUNS.json FILE ...`` prints what is not yet judged, ``score RUNS.json`` prints
nDCG@10 and the paired bootstrap, ``table`` the same for the documentation. A copy of an article listed above, as our
fingerprints know it, is worth nothing, whoever lists it. A judgement is a topic, the id of an article and a grade (2 about the
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
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from classify.duplicates import bands, fingerprint, is_duplicate
from classify.themes import ThemeClassifier
from search.document import Document
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.partial import partial, together
from search.query import Is, parse
from search.snippets import snippet

DATA = Path(__file__).parent / "data"
DEPTH = 10
BATCH = 1_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RESAMPLES = 10_000
STOCK = {"ar": "arabic", "en": "english", "fr": "french"}
NAMES = {"ar": "Arabic", "en": "English", "fr": "French"}
#: The topics of each language up to this number are those on which weights were chosen.
CHOSEN_ON = 20
#: The key of a file of runs under which the copies stand, by the id of the copy the id of the first.
COPIES = "copies"
ALL_NEWS = ", all news"
Runs = dict[str, dict[str, list[str]]]
Ask = Callable[[dict[str, str]], list[int]]


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


def documents(found: list[dict[str, Any]], copied: dict[str, str]) -> Iterator[list[Document]]:
    """Yield the articles as the index takes them, with what the site needs to know of each, batch by batch."""
    classifier = ThemeClassifier.load()
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        labelled = classifier.labels_of_many([(row["title"], row["text"], row["lang"]) for row in batch])
        yield [
            Document(
                article_id=number,
                url=f"https://example.org/{number}",
                language=row["lang"],
                title=row["title"],
                text=row["text"],
                dated_at=NOW,
                relevant=any(label.kind == "relevance" and label.given for label in labels),
                duplicate=row["id"] in copied,
            )
            for number, row, labels in zip(range(start, start + len(batch)), batch, labelled, strict=True)
        ]


def copies(found: list[dict[str, Any]]) -> dict[str, str]:
    """Return which articles are copies of which earlier one, as the record knows it."""
    prints: dict[str, bytes] = {}
    places: dict[tuple[str, int], list[str]] = {}
    copied: dict[str, str] = {}
    for row in found:
        mine = fingerprint(row["text"], row["lang"])
        keys = [(row["lang"], band) for band in bands(mine)]
        near = (other for key in keys for other in places.get(key, ()))
        first = next((other for other in near if is_duplicate(prints[other], mine)), "")
        if first:
            copied[row["id"]] = first
            continue
        prints[row["id"]] = mine
        for key in keys:
            places.setdefault(key, []).append(row["id"])
    return copied


def ours(engine: Engine, *, reader: bool) -> Ask:
    """Return what asks an engine a topic, as a reader of the site or for all news, and gives the numbers of articles."""
    filters = (Is("relevant", "yes"),) if reader else ()

    def ask(topic: dict[str, str]) -> list[int]:
        request = SearchRequest(parse(topic["query"]), filters=filters, fold=reader, now=NOW)
        answer = engine.search(request)
        return [number for number, _ in together(answer, partial(engine, request, answer))][:DEPTH]

    return ask


def stock(url: str, found: list[dict[str, Any]], operator: str) -> Ask:
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


def fts5(found: list[dict[str, Any]]) -> Ask:
    """Fill a table of SQLite's full-text search; titles weigh three times as much."""
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
    """Ask every system every topic; what a file of runs already has is not asked again."""
    found = articles(files)
    runs: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {COPIES: copies(found)}
    systems: dict[str, Callable[[], Ask]] = {"fts5": lambda: fts5(found)}
    engines: dict[str, Callable[[], Engine]] = {"embedded": lambda: EmbeddedEngine(None)}
    if url:
        from search.elastic import ElasticEngine

        systems |= {
            "stock, any word": lambda: stock(url, found, "or"),
            "stock, all words": lambda: stock(url, found, "and"),
        }
        engines["elastic"] = lambda: ElasticEngine(url, "newscentre-benchmark")
    for name, make in systems.items():
        if name not in runs:
            _asked(path, runs, name, found=found, ask=make())
    for name, opened in engines.items():
        if name not in runs:
            engine = opened()
            engine.rebuild(documents(found, runs[COPIES]))
            _asked(path, runs, name + ALL_NEWS, found=found, ask=ours(engine, reader=False))
            _asked(path, runs, name, found=found, ask=ours(engine, reader=True))


def _asked(path: Path, runs: dict[str, Any], name: str, *, found: list[dict[str, Any]], ask: Ask) -> None:
    topics = rows("relevance_topics.tsv")
    runs[name] = {topic["topic"]: [found[number]["id"] for number in ask(topic)] for topic in topics}
    path.write_text(json.dumps(runs))
    print(name, sum(map(len, runs[name].values())), flush=True)


def read_runs(path: Path) -> tuple[Runs, dict[str, str]]:
    """Return what each system found, and the copies."""
    runs = json.loads(path.read_text())
    copied = runs.pop(COPIES)
    return runs, copied


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
    topics = {row["topic"]: row for row in rows("relevance_topics.tsv")}
    for topic, ids in pool(runs).items():
        if waiting := [each for each in ids if (topic, each) not in known]:
            print(f"## {topic}: {topics[topic]['need']}")
        for each in waiting:
            title, text, language = (found[each][part] for part in ("title", "text", "lang"))
            around = "".join(words for words, _ in snippet(text, language, parse(topics[topic]["query"])))
            print(f"{each} {title} | {' '.join(text.split())[:230]} | {around}")


def gain(ranked: Sequence[str], grades: dict[str, int], copied: dict[str, str]) -> float:
    """Return nDCG@10 with gains 2^grade - 1 (Järvelin and Kekäläinen 2002; the exponential form of Burges 2005).

    The same text is worth something once: of an article and its copies the best grade, and nothing below the first.
    """

    def cumulated(values: Sequence[int]) -> float:
        return sum((2.0**value - 1) / math.log2(place + 2) for place, value in enumerate(values[:DEPTH]))

    texts: dict[str, int] = {}
    for article, grade in grades.items():
        text = copied.get(article, article)
        texts[text] = max(grade, texts.get(text, 0))
    listed = [copied.get(each, each) for each in ranked[:DEPTH]]
    found = [
        0 if text in listed[:place] else grades.get(each, 0)
        for place, (text, each) in enumerate(zip(listed, ranked, strict=False))
    ]
    best = cumulated(sorted(texts.values(), reverse=True))
    return cumulated(found) / best if best else 0.0


def difference(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean difference with its 95 per cent interval by paired bootstrap over the topics."""
    pairs = [first - second for first, second in zip(one, other, strict=True)]
    chance = random.Random(7)
    means = sorted(statistics.fmean(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return statistics.fmean(pairs), means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975)]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one system ranked one group of topics, and how much better ours did, with the interval."""

    group: str
    topics: int
    system: str
    ndcg: float
    ours_better_by: tuple[float, float, float]


def scores(runs: Runs, copied: dict[str, str]) -> Iterator[Score]:
    """Yield a score for each group of topics and system."""
    graded: dict[str, dict[str, int]] = {}
    for (topic, article), grade in judgements().items():
        graded.setdefault(topic, {})[article] = grade
    kinds = {row["topic"]: row["kind"] for row in rows("relevance_topics.tsv") if any(graded.get(row["topic"], {}).values())}
    monolingual = [topic for topic, kind in kinds.items() if kind != "cross"]
    groups = {NAMES[kind]: [topic for topic in kinds if kinds[topic] == kind] for kind in STOCK}
    groups["the three together"] = monolingual
    groups["those on which was chosen"] = [topic for topic in monolingual if int(topic[2:]) <= CHOSEN_ON]
    groups["those written later"] = [topic for topic in monolingual if int(topic[2:]) > CHOSEN_ON]
    groups["across languages"] = [topic for topic in kinds if kinds[topic] == "cross"]
    for group, topics in groups.items():
        gains = {name: [gain(found[topic], graded[topic], copied) for topic in topics] for name, found in runs.items()}
        for name, values in gains.items():
            yield Score(group, len(topics), name, statistics.fmean(values), difference(gains["embedded"], values))


def score(runs: Runs, copied: dict[str, str]) -> None:
    """Print every score, how much was judged and how far two readings agree."""
    for each in scores(runs, copied):
        print(json.dumps(asdict(each)))
    print(json.dumps({"judged": len(judgements()), **agreement()}))


def table(runs: Runs, copied: dict[str, str]) -> None:
    """Print the scores as the table of ``docs/search-quality.md``."""
    systems = sorted(runs, key=lambda name: (not name.startswith(("embedded", "elastic")), name.endswith(ALL_NEWS), name))
    print("| topics |", " | ".join(systems), "|")
    print("|---" * (len(systems) + 1) + "|")
    found = list(scores(runs, copied))
    for group, topics in dict.fromkeys((each.group, each.topics) for each in found):
        cells = {each.system: _cell(each) for each in found if each.group == group}
        print(f"| {group} ({topics}) |", " | ".join(cells[name] for name in systems), "|")


def _cell(each: Score) -> str:
    mean, low, high = each.ours_better_by
    return f"{each.ndcg:.3f}" + ("" if each.system == "embedded" else f" ({mean:+.3f}: {low:+.3f} to {high:+.3f})")


def agreement() -> dict[str, float]:
    """Return how far the pairs that were drawn and read a second time, without their grades, got the same grade."""
    pairs = [(int(row["first"]), int(row["second"])) for row in rows("relevance_second_reading.tsv")]
    one, other = zip(*pairs, strict=True)
    return {
        "read_twice": len(pairs),
        "same": round(statistics.fmean(first == second for first, second in pairs), 3),
        "kappa": round(float(cohen_kappa_score(one, other)), 3),
        "weighted_kappa": round(float(cohen_kappa_score(one, other, weights="quadratic")), 3),
    }


def main() -> None:
    """Do what the first argument says."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("verb", choices=("run", "show", "score", "table"))
    arguments.add_argument("runs", type=Path)
    arguments.add_argument("files", nargs="*")
    arguments.add_argument("--elasticsearch", default="")
    given = arguments.parse_args()
    if given.verb == "run":
        return run(given.runs, given.files, given.elasticsearch)
    runs, copied = read_runs(given.runs)
    if given.verb == "show":
        return show(runs, given.files)
    return score(runs, copied) if given.verb == "score" else table(runs, copied)


if __name__ == "__main__":
    main()
