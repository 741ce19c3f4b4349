"""How many cases, from which seed, enter; a report leaves, and the input of each failure in a folder. Exit 1 if there is one."""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

from tests.crawler.fuzz.run import run


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=None, help="another seed each time, unless given")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, default=Path("data/fuzz"), help="where the inputs of failures are saved")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 31) if chosen.seed is None else chosen.seed
    print(f"seed {seed}, {chosen.cases:,} cases, {chosen.workers} workers", flush=True)
    report = run(seed, chosen.cases, workers=chosen.workers, folder=chosen.folder, tell=print)
    print(report.sentence(seed))
    return int(bool(report.failures))


if __name__ == "__main__":
    sys.exit(main())
