"""Measures the whole ingest of the real pages, on one core and on all, against bare trafilatura on the same pages.

    python -m benchmarks.ingest [--limit N] [--json FILE]

Counted is wall time, with the workers already prepared where they are processes: from pending fetches to articles in the
record and in the index. The breakdown is processor time of one process, stage by stage.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.pages import SHARED, GoldPage, gold_pages


def bare(body: bytes) -> None:
    """Extract one page with trafilatura's defaults and metadata."""
    from trafilatura import bare_extraction

    bare_extraction(body, with_metadata=True)


def bare_seconds(pages: Sequence[GoldPage], *, workers: int) -> float:
    """Return the wall time of bare extraction in so many processes, started and warmed before."""
    bodies = [page.body for page in pages]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(bare, bodies[: 4 * workers], chunksize=1)
        started = time.perf_counter()
        pool.map(bare, bodies, chunksize=4)
        return time.perf_counter() - started


def ingest_seconds(pages: Sequence[GoldPage], *, workers: int) -> dict[str, Any]:
    """Ingest and index the pages in a data folder of their own, in a fresh process; return times and counts."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--one", str(workers), "--limit", str(len(pages))]
    with tempfile.TemporaryDirectory(prefix="newscentre-benchmark-") as folder:
        environment = {**os.environ, "NEWSCENTRE_DATA": folder, "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "newsdesk.settings"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def ingest_here(limit: int, *, workers: int) -> dict[str, Any]:
    """Store the pages as pending fetches, then time ingest and index in this process's data folder.

    The clock starts at the first outcome, so that the loading of models in the workers is not counted against the rate; it is
    given apart as ``start``.
    """
    from newscentre.cli.record import open_record

    open_record()
    from newscentre.ingest.run import ingest
    from newscentre.outbox import drain_configured
    from newsdesk.models import Fetch

    now = datetime.now(UTC)
    started = time.perf_counter()
    for page in gold_pages()[:limit]:
        Fetch.objects.create(
            url=page.url,
            final_url=page.url,
            fetched_at=now,
            status=200,
            media_type="text/html",
            compressed_body=Fetch.compress(page.body),
        )
    stored = time.perf_counter()
    first: list[float] = []
    counts = ingest(workers=workers, on_outcome=lambda *_: first or first.append(time.perf_counter()))
    ingested = time.perf_counter()
    drain_configured()
    indexed = time.perf_counter()
    return {
        "store": stored - started,
        "start": first[0] - stored,
        "ingest": ingested - first[0],
        "index": indexed - ingested,
        "counts": dict(counts),
    }


def breakdown(pages: Sequence[GoldPage]) -> dict[str, float]:
    """Return the processor seconds of each pure stage over the pages, in this process, models warmed."""
    from classify.duplicates import bands, fingerprint
    from classify.stories import story_terms
    from crawler.extract import extract
    from newscentre.ingest.stages import Analyser
    from newsdesk.errors import Refused
    from newsdesk.languages import languages
    from newsdesk.values import Page

    spent: dict[str, float] = defaultdict(float)
    now, analyser = datetime.now(UTC), Analyser.load()

    def timed(stage: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.process_time() - started

    for code, text in (
        ("ar", "وصل اللاجئون إلى ليبيا"),
        ("en", "Refugees reached Libya"),
        ("fr", "Les réfugiés ont gagné la Libye"),
    ):
        analyser.labels(text, text, code)
    for page in pages:
        try:
            found = timed("extract", extract, Page(url=page.url, body=page.body, fetched_at=now))
        except Refused:
            continue
        language = timed(
            "language", analyser.detector.detect, f"{found.title}\n{found.text}", page_language=found.language
        ).language
        if language not in languages():
            continue
        themes = timed("themes", analyser.themes.labels, found.title, found.text, language)
        countries = timed("countries", analyser.countries.labels, found.title, found.text, language)
        timed("duplicates", lambda text, code: bands(fingerprint(text, code)), found.text, language)
        timed("story terms", story_terms, found.title, found.text, language, (*themes, *countries))
        timed("bare trafilatura", bare, page.body)
    return dict(spent)


def main() -> None:
    """Measure and print; ``--one`` is the inner call of a single timed ingest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=int)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    if asked.one:
        print(json.dumps(ingest_here(asked.limit, workers=asked.one)))
        return
    pages = gold_pages(SHARED)[: asked.limit]
    cores = len(os.sched_getaffinity(0))
    result: dict[str, Any] = {"pages": len(pages), "cores": cores, "breakdown": breakdown(pages)}
    for workers in sorted({1, cores}):
        plain, whole = bare_seconds(pages, workers=workers), ingest_seconds(pages, workers=workers)
        rate = len(pages) / (whole["ingest"] + whole["index"])
        result[f"workers {workers}"] = {**whole, "bare": plain, "rate": rate, "ratio": rate / (len(pages) / plain)}
        print(
            f"{workers} worker(s): bare trafilatura {len(pages) / plain:.1f} pages/s, full ingest {rate:.1f} pages/s,"
            f" ratio {rate / (len(pages) / plain):.2f}"
            f" (start {whole['start']:.1f} s, ingest {whole['ingest']:.1f} s, index {whole['index']:.1f} s)"
        )
    for stage, seconds in sorted(result["breakdown"].items(), key=lambda pair: -pair[1]):
        print(f"{stage:18} {1000 * seconds / len(pages):7.2f} ms a page")
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
