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
SECONDS_AN_ITEM = 30
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
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int, seconds: float = SECONDS_AN_ITEM
) -> Iterator[tuple[Item, Result | Failed]]:
    """Yield each item with its result, in the order given; ``function`` must be importable by name."""
    with Pool(workers, seconds=seconds) as pool:
        yield from pool.ordered(function, items)


class Pool:
    """Spawned processes that outlive neither the block nor this process. Use as a context manager.

    ``prepare`` (importable by name) runs once in each process, before its first item.
    """

    def __init__(self, workers: int, *, seconds: float = SECONDS_AN_ITEM, prepare: Callable[[], object] | None = None) -> None:
        self._workers = workers
        self._seconds = seconds
        self._pool = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=[os.getpid(), prepare],
        )

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.stop()
        self._pool.join()

    def ordered(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | Failed]]:
        """Yield each item with its result, in the order given."""
        waiting: deque[tuple[Item, Any]] = deque()
        for item in items:
            waiting.append((item, self._submitted(function, item)))
            if len(waiting) >= self._workers * AHEAD:
                first, future = waiting.popleft()
                yield first, self._result(future)
        for item, future in waiting:
            yield item, self._result(future)

    def one(self, function: Callable[[Item], Result], item: Item) -> Result | Failed:
        """Return one item's result."""
        result: Result | Failed = self._result(self._submitted(function, item))
        return result

    def _submitted(self, function: Callable[[Any], Any], item: Any) -> Any:
        return self._pool.schedule(_safely, args=[function, item], timeout=self._seconds)

    def _result(self, future: Any) -> Any:
        try:
            return future.result()
        except TookTooLong:
            return Failed("timeout", f"took longer than {self._seconds:g} s")
        except ProcessExpired as death:
            return Failed("crashed", f"its worker died with exit code {death.exitcode}")


def _safely(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Failed("crashed", f"{type(error).__name__}: {error} (line {last.lineno} of {last.name})"[:500])


def _begin(parent: int, prepare: Callable[[], object] | None) -> None:
    """Leave Ctrl-C to the parent, and die with it (on Linux the kernel sees to that); then prepare."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    if prepare is not None:
        prepare()
