"""Runs recurring jobs: callables and their intervals go in; each is called when due, never twice at once, until stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from django.db import close_old_connections

from newsdesk.errors import NewscentreError

#: A job by its name: what to call, which says whether there was work, and how often.
Jobs = Mapping[str, tuple[Callable[[], bool], timedelta]]

#: Jobs that are due more often handle one item a call: they are called again at once while they find work.
ONE_ITEM = timedelta(minutes=1)
MOST_CALLS = 50
_log = logging.getLogger(__name__)


def start(jobs: Jobs, *, blocking: bool = False) -> Any:
    """Start the jobs, each in a thread of its own, and return the scheduler; ``shutdown()`` ends it.

    With ``blocking``, stay until interrupted. A job that fails is logged and called again in its next turn; the others
    go on. Turns that were missed are made up for once.
    """
    make: Any = BlockingScheduler if blocking else BackgroundScheduler
    scheduler = make(
        timezone=UTC,
        executors={"default": {"type": "threadpool", "max_workers": max(len(jobs), 1)}},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
    for name, (job, every) in jobs.items():
        options = {"id": name, "args": [name, job], "kwargs": {"most": MOST_CALLS if every < ONE_ITEM else 1}}
        scheduler.add_job(run, "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC), **options)
    try:
        scheduler.start()
    except KeyboardInterrupt:
        scheduler.shutdown(wait=False)
        raise
    return scheduler


def run(name: str, job: Callable[[], bool], *, most: int = MOST_CALLS) -> int:
    """Call a job while it finds work, so often at most; return how often it did. Nothing that it raises gets out."""
    worked = 0
    try:
        while worked < most and job():
            worked += 1
    except NewscentreError as error:
        _log.warning("%s: %s", name, error)
    except Exception:
        _log.exception("the job %s failed; it is called again in its next turn", name)
    finally:
        close_old_connections()
    return worked
