"""Advisory locks by name: one holder at a time, freed by the system when the holder dies."""

from __future__ import annotations

import fcntl
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import connection

from newsdesk.errors import Busy

#: How often a lock that is waited for is tried, in seconds.
PAUSE = 0.1


@contextmanager
def patient_lock(name: str, *, seconds: float) -> Iterator[None]:
    """Hold the lock for the block, waiting for it so long at most; then raise Busy."""
    until = time.monotonic() + seconds
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(advisory_lock(name))
                break
            except Busy:
                if time.monotonic() >= until:
                    raise
                time.sleep(PAUSE)
        yield


@contextmanager
def advisory_lock(name: str) -> Iterator[None]:
    """Hold the lock for the block; raise Busy at once if another process has it.

    On PostgreSQL the lock is the session's (``pg_try_advisory_lock``), so every node sees it; on SQLite, which one
    machine uses, it is a locked file in the data folder. It excludes other processes, not threads of this one.
    """
    held = _postgres_lock(name) if connection.vendor == "postgresql" else _file_lock(name)
    with held:
        yield


@contextmanager
def _postgres_lock(name: str) -> Iterator[None]:
    key = zlib.crc32(name.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        row = cursor.fetchone()
    if not (row and row[0]):
        raise Busy(f"another process holds the {name} lock")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(name: str) -> Iterator[None]:
    folder = settings.NEWSCENTRE.locks_folder
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"another process holds the {name} lock") from error
        yield
