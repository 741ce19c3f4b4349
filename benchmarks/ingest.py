"""Measures the whole ingest of the real pages, on one core and on all, against bare trafilatura on the same pages.

    python -m benchmarks.ingest [--limit N] [--runs N] [--alone] [--json FILE]

Counted is wall time, with the workers already prepared where they are processes: from pending fetches to articles in the
record and in the index. The breakdown is processor time of one process, stage by stage.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.pages import SHARED, GoldPage, gold_pages
from newsdesk.values import Analysed, Page

#: Pages read before the clock starts, so that what is built once a process is not counted.
WARMED = 25


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


def apart(pages: Sequence[GoldPage], *, workers: int) -> dict[str, Any]:
    """Take the pages in in a fresh process with its own data folder: see ``ingest_here`` and, of 0 workers, ``alone``."""
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

    started = time.perf_counter()
    _store(gold_pages()[:limit])
    stored = time.perf_counter()
    first: list[float] = []
    counts = ingest(workers=workers, on_outcome=lambda *_: first.append(time.perf_counter()))
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


def _store(pages: Sequence[GoldPage]) -> None:
    """Store the pages as pending fetches."""
    from newsdesk.models import Fetch

    for page in pages:
        Fetch.objects.create(
            url=page.url,
            final_url=page.url,
            fetched_at=datetime.now(UTC),
            status=200,
            media_type="text/html",
            compressed_body=Fetch.compress(page.body),
        )


def alone(limit: int) -> dict[str, Any]:
    """Take the pages in, page by page in turn with bare extraction, in this process; return processor seconds by stage.

    This is the fairest ratio on a busy machine: what else runs slows both alike, and nobody waits for a disk.
    """
    from newscentre.cli.record import open_record

    open_record()
    from newscentre.ingest.committer import Committer
    from newscentre.ingest.run import WRITTEN_AT_ONCE, page_of, pending
    from newscentre.ingest.workers import Outcome, Rejected
    from newscentre.outbox import drain_configured
    from newsdesk.errors import Refused
    from newsdesk.models import Fetch

    spent: dict[str, float] = defaultdict(float)
    analyse = _timed_analyser(spent)
    pages = gold_pages()[:limit]
    for page in pages[:: max(1, len(pages) // WARMED)]:
        with suppress(Refused):
            analyse(Page(url=page.url, body=page.body, fetched_at=datetime.now(UTC)))
        bare(page.body)
    spent.clear()
    _store(pages)
    committer = Committer()
    outcomes: list[tuple[Fetch, Outcome | None]] = []
    for fetch in pending().select_related("source"):
        with timed(spent, "bare trafilatura"):
            bare(fetch.body)
        with timed(spent, "all"):
            try:
                outcomes.append((fetch, analyse(page_of(fetch))))
            except Refused as refusal:
                outcomes.append((fetch, Rejected(refusal.code, str(refusal))))
    with timed(spent, "all"), timed(spent, "record"):
        for at in range(0, len(outcomes), WRITTEN_AT_ONCE):
            committer.commit_together(outcomes[at : at + WRITTEN_AT_ONCE], now=datetime.now(UTC))
    with timed(spent, "all"), timed(spent, "index"):
        drain_configured()
    return dict(spent)


@contextmanager
def timed(spent: dict[str, float], stage: str) -> Iterator[None]:
    """Add the processor time of a block to a stage's."""
    started = time.process_time()
    try:
        yield
    finally:
        spent[stage] += time.process_time() - started


def _timed_analyser(spent: dict[str, float]) -> Callable[[Page], Analysed]:
    """Return the analyser with its stages under the clock."""
    from newscentre.ingest import stages

    def under(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            with timed(spent, stage):
                return function(*arguments, **named)

        return called

    for name in ("extract", "tags", "movement", "fingerprint", "story_terms"):
        setattr(stages, name, under(name.replace("_", " "), getattr(stages, name)))
    loaded = stages.Analyser.load()
    for part, name in (("detector", "detect"), ("themes", "labels"), ("countries", "labels"), ("topics", "labels_beside")):
        kind = type(getattr(loaded, part))
        setattr(kind, name, under(part, getattr(kind, name)))
    return loaded


def main() -> None:
    """Measure and print; ``--one`` is the inner call of a single measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="only the measure in processor time")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    if asked.one is not None:
        print(json.dumps(ingest_here(asked.limit, workers=asked.one) if asked.one else alone(asked.limit)))
        return
    pages = gold_pages(SHARED)[: asked.limit]
    result: dict[str, Any] = {"pages": len(pages), "alone": in_processor_time(pages, runs=asked.runs)}
    cores = len(os.sched_getaffinity(0))
    for workers in () if asked.alone else sorted({1, cores}):
        result[f"workers {workers}"] = on_the_clock(pages, workers=workers)
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1))


def in_processor_time(pages: Sequence[GoldPage], *, runs: int) -> dict[str, Any]:
    """Measure and print what one process needs for a page, beside bare extraction: the run with the median ratio."""
    found = sorted((apart(pages, workers=0) for _ in range(runs)), key=lambda spent: spent["bare trafilatura"] / spent["all"])
    ratios = [spent["bare trafilatura"] / spent["all"] for spent in found]
    middle = found[len(found) // 2]
    print(f"one process: ratio {statistics.median(ratios):.2f} in processor time ({', '.join(f'{x:.2f}' for x in ratios)})")
    for stage, seconds in sorted(middle.items(), key=lambda pair: -pair[1]):
        print(f"  {stage:18} {1000 * seconds / len(pages):7.2f} ms a page")
    return {"ratios": ratios, "seconds": middle}


def on_the_clock(pages: Sequence[GoldPage], *, workers: int) -> dict[str, Any]:
    """Measure and print the wall time of ingest with so many workers, beside bare extraction in as many processes."""
    plain, whole = bare_seconds(pages, workers=workers), apart(pages, workers=workers)
    rate, theirs = len(pages) / (whole["ingest"] + whole["index"]), len(pages) / plain
    print(
        f"{workers} worker(s): bare trafilatura {theirs:.1f} pages/s, full ingest {rate:.1f} pages/s, ratio {rate / theirs:.2f}"
        f" (start {whole['start']:.1f} s, ingest {whole['ingest']:.1f} s, index {whole['index']:.1f} s)"
    )
    return {**whole, "bare": plain, "rate": rate, "ratio": rate / theirs}


if __name__ == "__main__":
    main()
