"""Runs the pure stages in spawned processes: pages go in, an outcome for each comes out in the same order.

A worker that dies or takes too long is charged to the page it had; the caller counts the charges. Pages that were
waiting are not affected, and a killed parent charges none, since only the parent's report of a death counts.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from newsdesk.errors import BadArtefact, NewscentreError, Refused
from newsdesk.values import Analysed, Page

SECONDS_A_PAGE = 30
#: Pages handed out ahead of the one being committed, for each worker.
AHEAD = 8


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that a stage refused, by code and sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """A page on which a stage raised what it should not have."""

    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Charged:
    """A page whose worker died or ran out of time."""

    message: str


@dataclass(frozen=True, slots=True)
class Unready:
    """A worker that could not load its stages: nothing can be analysed."""

    message: str


Outcome = Analysed | Rejected | Crashed | Charged

Analyse = Callable[[Page], Analysed]
#: What this worker analyses with, or why it cannot.
_here: Analyse | Unready = Unready("the worker was not prepared")


def load_stages() -> Analyse:
    """Load the pure stages; imported late, since the parent never needs them."""
    from newscentre.ingest.stages import Analyser

    return Analyser.load()


class Workers:
    """A pool of processes that analyse pages. Use as a context manager.

    ``load`` runs once in each process and returns what turns a page into an analysed article.
    """

    def __init__(self, count: int, *, seconds: float = SECONDS_A_PAGE, load: Callable[[], Analyse] = load_stages) -> None:
        self._count = count
        self._seconds = seconds
        self._pool = ProcessPool(
            max_workers=count, context=multiprocessing.get_context("spawn"), initializer=_prepare, initargs=[os.getpid(), load]
        )

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.stop()
        self._pool.join()

    def outcomes(self, pages: Iterable[tuple[int, Page | None]]) -> Iterator[tuple[int, Outcome | None]]:
        """Yield each page's number and outcome, in the order given; None, for nothing to analyse, keeps its place."""
        waiting: deque[tuple[int, Any]] = deque()
        for number, page in pages:
            waiting.append((number, page and self._submit(page)))
            if len(waiting) >= self._count * AHEAD:
                first, future = waiting.popleft()
                yield first, future and self._outcome(future)
        for number, future in waiting:
            yield number, future and self._outcome(future)

    def analyse(self, page: Page) -> Outcome:
        """Analyse one page now."""
        return self._outcome(self._submit(page))

    def _submit(self, page: Page) -> Any:
        return self._pool.schedule(_analyse, args=[page], timeout=self._seconds)

    def _outcome(self, future: Any) -> Outcome:
        try:
            result: Outcome | Unready = future.result()
        except TookTooLong:
            return Charged(f"took longer than {self._seconds:g} s")
        except ProcessExpired as death:
            return Charged(f"its worker died with exit code {death.exitcode}")
        if isinstance(result, Unready):
            raise BadArtefact(result.message)
        return result


def _prepare(parent: int, load: Callable[[], Analyse]) -> None:
    """Load the stages once a worker; leave Ctrl-C to the parent, and die with it."""
    global _here  # noqa: PLW0603 - a worker holds its models for as long as it lives
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    try:
        _here = load()
    except NewscentreError as error:
        _here = Unready(str(error))


def _die_with(parent: int) -> None:
    """Ask the kernel (Linux) to end this process when its parent is killed, so that no worker is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _analyse(page: Page) -> Outcome | Unready:
    if isinstance(_here, Unready):
        return _here
    try:
        return _here(page)
    except Refused as refusal:
        return Rejected(refusal.code, str(refusal))
    except Exception as error:
        return Crashed(f"{type(error).__name__}: {error}"[:500], traceback.format_exc())
