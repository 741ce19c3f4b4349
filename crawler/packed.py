"""Files that may be compressed enter; their bytes leave, bounded whatever they unpack to, lines one at a time."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from newsdesk.errors import BadInput

#: A page or a line of more bytes than this is refused.
MOST_BYTES = 8_000_000
#: A compressed file may unpack to this many times its size; text packs about ten times, a bomb a thousand.
_MOST_RATIO = 200
_FREE = 64_000_000
_CHUNK = 1 << 20

BROKEN = (OSError, EOFError, zlib.error)


def open_packed(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacking it where its first bytes say gzip, whatever its name."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


def read_page(path: Path, *, most: int = MOST_BYTES) -> bytes:
    """Return a file's unpacked bytes; raise BadInput if it cannot be read or has more than ``most``."""
    try:
        with open_packed(path) as stream:
            body = stream.read(most + 1)
    except BROKEN as error:
        raise BadInput(f"cannot be read: {_reason(error)}") from error
    if len(body) > most:
        raise BadInput(f"has more than {most:,} bytes")
    return body


def lines(path: Path, *, most: int = MOST_BYTES) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line's number (from 1) and bytes without the line break, None for a line of more than ``most`` bytes.

    Raises BadInput, after the lines before it, where the file cannot be read on or unpacks to far too much.
    """
    try:
        with open_packed(path) as stream:
            allowed = path.stat().st_size * _MOST_RATIO + _FREE
            yield from _lines(stream, most=most, allowed=allowed)
    except BROKEN as error:
        raise BadInput(f"cannot be read: {_reason(error)}") from error


def _lines(stream: IO[bytes], *, most: int, allowed: int) -> Iterator[tuple[int, bytes | None]]:
    number = taken = 0
    while line := stream.readline(most + 1):
        number += 1
        taken += len(line)
        whole = line.endswith(b"\n") or len(line) <= most
        while not whole:
            rest = stream.readline(_CHUNK)
            taken += len(rest)
            _check(taken, allowed)
            whole = not rest or rest.endswith(b"\n")
        _check(taken, allowed)
        yield number, line.rstrip(b"\r\n") if len(line) <= most else None


def _check(taken: int, allowed: int) -> None:
    if taken > allowed:
        raise BadInput(f"unpacks to more than {_MOST_RATIO} times its size")


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
