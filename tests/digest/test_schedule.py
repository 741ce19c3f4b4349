"""Jobs run when due, again while there is work, never twice at once, and none of them stops the others."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest

from digest.schedule import MOST_CALLS, run, start
from newsdesk.errors import Busy

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


def broken() -> bool:
    raise RuntimeError("worn out")


def test_a_job_is_called_while_it_finds_work() -> None:
    left = [True, True, False]
    assert run("pop", lambda: left.pop(0)) == 2
    assert left == []


@pytest.mark.parametrize("most", [1, MOST_CALLS])
def test_a_job_that_always_finds_work_ends_its_turn(most: int) -> None:
    assert run("work", lambda: True, most=most) == most


def test_a_failure_is_logged_with_its_traceback_and_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert run("crawl", broken) == 0
    assert "crawl" in caplog.text
    assert "Traceback" in caplog.text


def test_what_was_foreseen_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    def busy() -> bool:
        raise Busy("another process is ingesting")

    with caplog.at_level(logging.WARNING):
        assert run("ingest", busy) == 0
    assert "ingest: another process is ingesting" in caplog.text
    assert "Traceback" not in caplog.text


def test_jobs_begin_at_once_and_a_broken_one_hinders_no_other() -> None:
    called = threading.Event()

    def sound() -> bool:
        called.set()
        return False

    scheduler = start({"broken": (broken, HOUR), "sound": (sound, timedelta(seconds=10))})
    try:
        assert called.wait(10)
        jobs = {job.id: job for job in scheduler.get_jobs()}
        assert jobs.keys() == {"broken", "sound"}
        assert all(job.max_instances == 1 and job.coalesce for job in jobs.values())
        assert [jobs[name].kwargs["most"] for name in ("broken", "sound")] == [1, MOST_CALLS]
    finally:
        scheduler.shutdown()


def test_an_interrupt_ends_a_blocking_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    from apscheduler.schedulers.blocking import BlockingScheduler

    def interrupted(_self: BlockingScheduler) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BlockingScheduler, "_main_loop", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start({"sound": (lambda: False, HOUR)}, blocking=True)
