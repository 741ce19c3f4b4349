"""Numbers of cases enter on the command line; this process reads each case, bounded in memory and time, and says so.

One JSON line a finding on standard output; the number at work stands in a file, so that a death can be charged to its case.
"""

from __future__ import annotations

import faulthandler
import json
import mmap
import resource
import signal
import struct
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from protego import Protego
from scrapy import Request

from crawler.exchange import read_csv, read_opml
from crawler.extract import extract
from crawler.readers import read_way
from newsdesk.analysis import analyse
from newsdesk.errors import BadInput, Refused
from newsdesk.languages import languages
from newsdesk.values import Page
from tests.crawler.fuzz.cases import KINDS, Case, case_of, seeds

URL = "https://desk.example/2026/11/20/story"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
#: What a case may take: seconds of computing, seconds by the clock, bytes.
SECONDS = 5.0
WAITING = 60.0
MEMORY = 500 * 1024 * 1024


def read_case(case: Case) -> None:
    """Read a case as the crawler would; only what is no bug comes back without an error."""
    with suppress(Refused, BadInput):
        if case.kind == "page":
            found = extract(Page(URL, case.body, NOW, charset=case.charset))
            for language in languages():
                analyse(found.text, language)
        elif case.kind == "opml":
            list((read_csv if case.number % 4 == 0 else read_opml)(case.body))
        elif case.kind == "robots":
            rules = Protego.parse(case.body.decode("utf-8-sig", errors="ignore"))
            rules.can_fetch(URL, "Newscentre")
            rules.crawl_delay("Newscentre")
            list(rules.sitemaps)
        else:
            listed = read_way(case.kind, case.body, url=URL, media_type=case.media_type, charset=case.charset)
            for address in (*listed.children, *(link.url for link in listed.links)):
                assert len(address) <= 2000
                assert Request(address).url.startswith(("http://", "https://"))


def grown() -> int:
    """Return how much memory this process has used at most, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def work(seed: int, start: int, end: int, step: int, place: Path) -> None:
    """Read the cases ``start``, ``start + step`` ... before ``end``."""
    warm_up()
    faulthandler.register(signal.SIGPROF, chain=True)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    with place.open("r+b") as file, mmap.mmap(file.fileno(), 8) as spot:
        for number in range(start, end, step):
            spot[:8] = struct.pack("q", number)
            try_case(case_of(seed, number))
    sys.stdout.write(json.dumps({"done": len(range(start, end, step)), "memory": grown()}) + "\n")


def try_case(case: Case) -> None:
    """Read a case and tell of what went wrong."""
    # The kernel ends a process that computes too long, C code or not, whatever else the machine does meanwhile;
    # one that only waits is ended by a thread.
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    faulthandler.dump_traceback_later(WAITING, exit=True)
    started = time.process_time()
    try:
        read_case(case)
    except BaseException as error:
        problem = {"number": case.number, "kind": case.kind, "error": repr(error)[:300], "trace": traceback.format_exc()[-2000:]}
        sys.stdout.write(json.dumps(problem) + "\n")
        sys.stdout.flush()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    if (took := time.process_time() - started) > SECONDS / 5:
        sys.stdout.write(json.dumps({"slow": case.number, "kind": case.kind, "seconds": round(took, 2)}) + "\n")


def warm_up() -> None:
    """Load what is loaded with the first of each kind, so that it counts to no case."""
    for kind in KINDS:
        for body in seeds()[kind]:
            read_case(Case(1, kind, body))
    read_case(Case(1, "page", b"<p>With little text, the stop words of all languages are looked at.</p>"))


if __name__ == "__main__":
    work(*map(int, sys.argv[1:5]), Path(sys.argv[5]))  # type: ignore[arg-type]
