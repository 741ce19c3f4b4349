"""Runs recurring jobs: callables and their intervals go in; each is called when due, never twice at once, until stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from django.db import close_old_connections

from newsdesk.configuration import Configuration

Job = tuple[Callable[[], bool], timedelta]

#: A job that found work is called again at once, at most so often before its next turn.
MOST_CALLS = 50
_log = logging.getLogger(__name__)


def start(configuration: Configuration, jobs: Sequence[Job], *, stop: threading.Event | None = None) -> Any:
    """Start the jobs in threads of their own and return the scheduler; ``shutdown()`` ends it after the running jobs.

    Each job says whether there was work; once ``stop`` is set, none is called again. A job that fails is logged and
    called again in its next turn; the others go on. A turn that was missed is made up for once.
    """
    scheduler: Any = BackgroundScheduler(  # type: ignore[no-untyped-call]
        timezone=UTC,
        executors={"default": {"type": "threadpool", "max_workers": max(len(jobs), 1)}},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
    ended = stop or threading.Event()
    for job, every in jobs:
        scheduler.add_job(
            run, "interval", args=[job], kwargs={"stop": ended}, seconds=every.total_seconds(), id=job.__name__,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
    scheduler.start()
    _log.info("%d jobs scheduled over %s", len(jobs), configuration.data)
    return scheduler


def run(job: Callable[[], bool], *, stop: threading.Event) -> int:
    """Call a job for as long as it finds work, within bounds; return how often it did. Nothing it raises gets out."""
    worked = 0
    try:
        while worked < MOST_CALLS and not stop.is_set() and job():
            worked += 1
    except Exception:
        _log.exception("the job %s failed; it is called again in its next turn", getattr(job, "__name__", job))
    finally:
        close_old_connections()
    return worked
