"""The crawling process: a job enters on standard input, events leave on standard output; ``python -m crawler.process``.

It is a process of its own because a reactor runs once. It ends when its work is done, when it is told to (SIGTERM, SIGINT), or
when whoever started it is gone (standard input closes).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import traceback
from typing import Any, TextIO
from urllib.parse import urlsplit

import django

# Here and first: while it is loaded Scrapy looks through the stack and all modules, again and again, which takes a second later.
import scrapy.core.downloader.contextfactory  # noqa: F401

from crawler import settings
from crawler.events import CrawlEvent
from crawler.job import Job
from crawler.safety import test_hosts_of
from newsdesk.errors import NewscentreError

#: Without any delay Scrapy starts all that waits for a host at once, whatever the limit.
LEAST_DELAY = 0.005
#: The least time between two requests to a host that is not one of the test hosts, whatever is asked for, in seconds.
POLITE_DELAY = 5.0


def scrapy_settings(job: Job) -> dict[str, Any]:
    """Return Scrapy's settings for a job."""
    always = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    return always | {
        "USER_AGENT": job.user_agent,
        "NEWSCENTRE_TEST_HOSTS": job.test_hosts,
        "DOWNLOAD_DELAY": max(job.delay, POLITE_DELAY),
        "DOWNLOAD_SLOTS": _slots(job),
        "DOWNLOAD_TIMEOUT": job.timeout,
        "DOWNLOAD_MAXSIZE": job.largest,
    }


def _slots(job: Job) -> dict[str, dict[str, float]]:
    """Give each outlet's hosts, and the test hosts, their own delay; where outlets share a host, the longest holds."""
    tests = {name for name, _ in test_hosts_of(job.test_hosts)}
    delays = dict.fromkeys(tests, max(job.delay, LEAST_DELAY))
    for outlet in job.outlets:
        delay = job.delay if outlet.delay is None else outlet.delay
        for address in (outlet.homepage, *(address for _, address in outlet.ways)):
            host = urlsplit(address).hostname or ""
            delays[host] = max(delay, LEAST_DELAY if host in tests else POLITE_DELAY, delays.get(host, 0.0))
    return {host: {"concurrency": 1, "delay": delay} for host, delay in delays.items()}


def main() -> int:
    """Do one job; return the exit code. A foreseen failure leaves as an event ``failed``, any other with its traceback."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    # Whatever prints from here on must not end up among the events.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    job = Job.of_line(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    try:
        _crawl(job, out)
    except NewscentreError as error:
        out.write(json.dumps({"kind": "failed", "error": type(error).__name__, "message": str(error)}) + "\n")
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _leave_with_the_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _crawl(job: Job, out: TextIO) -> None:
    django.setup()
    logging.captureWarnings(True)
    # These need the models, hence the set-up first.
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler import record
    from crawler.looking import SPIDERS

    if not job.preview:
        record.sync_sources(job.outlets)

    def tell(event: CrawlEvent) -> None:
        try:
            out.write(event.line())
        except (BrokenPipeError, ValueError):
            os.kill(os.getpid(), signal.SIGTERM)

    process = AsyncCrawlerProcess(scrapy_settings(job))
    crawler = process.create_crawler(SPIDERS[job.look])
    task = process.crawl(crawler, job=job, tell=tell)
    process.start()
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    spider: Any = crawler.spider
    if spider is not None and spider.crash is not None:
        raise spider.crash


if __name__ == "__main__":
    sys.exit(main())
