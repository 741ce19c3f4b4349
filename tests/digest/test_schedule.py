"""Jobs run when due, again while there is work, never twice at once, and none of them stops the others."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from digest.schedule import MOST_CALLS, run, start
from newsdesk.configuration import Configuration

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_job_is_called_while_it_finds_work() -> None:
    left = [True, True, False]
    assert run(lambda: left.pop(0), stop=threading.Event()) == 2
    assert left == []


def test_a_job_that_always_finds_work_ends_its_turn() -> None:
    assert run(lambda: True, stop=threading.Event()) == MOST_CALLS


def test_nothing_is_called_once_told_to_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert run(lambda: pytest.fail("called"), stop=stop) == 0


def test_a_failure_is_logged_and_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise RuntimeError("worn out")

    with caplog.at_level(logging.ERROR):
        assert run(broken, stop=threading.Event()) == 0
    assert "broken" in caplog.text
    assert "worn out" in caplog.text


def test_jobs_begin_at_once_and_a_broken_one_hinders_no_other(tmp_path: Path) -> None:
    called = threading.Event()

    def broken() -> bool:
        raise RuntimeError("worn out")

    def sound() -> bool:
        called.set()
        return False

    scheduler = start(Configuration(data=tmp_path), [(broken, timedelta(hours=1)), (sound, timedelta(hours=1))])
    try:
        assert called.wait(10)
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert jobs.keys() == {"broken", "sound"}
        assert all(job.max_instances == 1 and job.coalesce for job in jobs.values())
    finally:
        scheduler.shutdown()
