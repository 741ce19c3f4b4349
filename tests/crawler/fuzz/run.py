"""A seed and a number of cases enter; worker processes read them; what failed leaves, with its input saved."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.crawler.fuzz.cases import case_of

ROOT = Path(__file__).resolve().parents[3]
Charge = Callable[[dict[str, Any]], None]


@dataclass
class Report:
    """What a run found. ``failures`` are crashes, hangs, and cases that took too much memory."""

    cases: int = 0
    seconds: float = 0.0
    memory: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    slow: list[dict[str, Any]] = field(default_factory=list)

    def sentence(self, seed: int) -> str:
        """Say it in a line."""
        rate = self.cases / self.seconds if self.seconds else 0
        return (
            f"seed {seed}: {self.cases:,} cases in {self.seconds:,.0f} s ({rate:,.0f}/s), {len(self.failures)} failures, "
            f"{len(self.slow)} took over a second, at most {self.memory / 1e6:,.0f} MB a worker"
        )


def run(
    seed: int,
    cases: int,
    *,
    workers: int,
    folder: Path,
    tell: Callable[[str], object] = lambda _: None,
    worker: Sequence[str] = ("-m", "tests.crawler.fuzz.work"),
) -> Report:
    """Read the cases of this seed; each worker takes every n-th. ``worker`` is what Python runs in each."""
    report, begun = Report(), time.perf_counter()
    charge = partial(_charge, report, seed=seed, folder=folder, tell=tell)
    threads = [
        threading.Thread(target=_follow, args=(report, charge, worker, (seed, first, cases, workers))) for first in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.cases, report.seconds = cases, time.perf_counter() - begun
    return report


def _follow(report: Report, charge: Charge, worker: Sequence[str], numbers: tuple[int, int, int, int]) -> None:
    """Keep one worker at work until its cases are done: one that dies is replaced, and its last case charged."""
    seed, start, end, step = numbers
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "at"
        while start < end:
            place.write_bytes(struct.pack("q", start))
            words = [sys.executable, *worker, *map(str, (seed, start, end, step)), str(place)]
            process = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            if _gather(report, charge, process.stdout):
                return
            (number,) = struct.unpack("q", place.read_bytes())
            charge({"number": number, "error": f"died with {process.returncode}", "trace": process.stderr[-2000:]})
            start = number + step


def _gather(report: Report, charge: Charge, output: str) -> bool:
    """Take up what a worker said; return whether it came to its end."""
    done = False
    for row in map(json.loads, output.splitlines()):
        if "done" in row:
            report.memory, done = max(report.memory, row["memory"]), True
        elif "slow" in row:
            report.slow.append(row)
        else:
            charge(row)
    return done


def _charge(report: Report, problem: dict[str, Any], *, seed: int, folder: Path, tell: Callable[[str], object]) -> None:
    case = case_of(seed, problem["number"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.kind}-{seed}-{case.number}.bin"
    path.write_bytes(case.body)
    report.failures.append(problem | {"kind": case.kind, "saved": str(path)})
    tell(f"case {case.number} ({case.kind}) failed: {problem['error']}; its input is {path}\n{problem['trace']}")
