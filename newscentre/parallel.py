"""A function and items enter; each item's result leaves, in order, computed in spawned processes.

An item whose worker dies or runs out of time gets a ``Failed`` in its place; the others are not affected.
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
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

Item = TypeVar("Item")
Result = TypeVar("Result")
#: Items handed out ahead of the one waited for, for each worker.
AHEAD = 8


@dataclass(frozen=True)
class Failed:
    """What stands in the place of a result: ``code`` is ``crashed`` or ``timeout``."""

    code: str
    message: str


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ordered(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int, seconds: float = 30
) -> Iterator[tuple[Item, Result | Failed]]:
    """Yield each item with its result, in the order given; ``function`` must be importable by name."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(max_workers=workers, context=context, initializer=_prepare, initargs=[os.getpid()])
    waiting: deque[tuple[Item, Any]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.schedule(_safely, args=[function, item], timeout=seconds)))
            if len(waiting) >= workers * AHEAD:
                first, future = waiting.popleft()
                yield first, _result(future, seconds)
        while waiting:
            first, future = waiting.popleft()
            yield first, _result(future, seconds)
    finally:
        pool.stop()
        pool.join()


def _result(future: Any, seconds: float) -> Any:
    try:
        return future.result()
    except TookTooLong:
        return Failed("timeout", f"took longer than {seconds:g} s")
    except ProcessExpired as death:
        return Failed("crashed", f"the worker died with exit code {death.exitcode}")


def _safely(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Failed("crashed", f"{type(error).__name__}: {error} (line {last.lineno} of {last.name})"[:500])


def _prepare(parent: int) -> None:
    """Leave Ctrl-C to the parent, and die with it (on Linux the kernel sees to that)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
