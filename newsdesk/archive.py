"""Exchanges with the web enter and become WARC records in files that only grow; bodies and records leave by file and offset.

Each exchange is a group: a ``response`` record (``resource`` where the page was not fetched by us), then for a fetched one
the ``request``, then ``metadata`` as JSON (what was asked, the way there, what we made of it). Every record is a gzip member
of its own, so that a group can be read at its offset, and the files by any tool that reads WARC.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from newsdesk.errors import BadArtefact

#: A file that has grown to this many bytes is followed by another.
LARGEST_FILE = 64 * 1024 * 1024
#: How the first record of a group begins.
_FIRST = re.compile(rb"WARC/1\.1\r\nWARC-Type: (?:response|resource)\r\n")
#: Headers that told how the body travelled; it is kept unpacked, so they are kept under another name.
_TRAVEL = ("content-encoding", "content-length", "transfer-encoding")


@dataclass(frozen=True)
class Exchange:
    """One fetch as it is archived. ``fetched`` is False for imported material, which had no exchange of ours."""

    url: str
    at: datetime
    body: bytes
    media_type: str
    charset: str = ""
    status: int = 200
    request_headers: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    fetched: bool = True


@dataclass(frozen=True)
class Group:
    """An exchange as read back: its records as bytes in the file, its body, and whether their digests hold."""

    raw: bytes
    url: str
    at: datetime | None
    body: bytes
    digests_hold: bool
    metadata: Mapping[str, Any]


class Archive:
    """Appends groups to the newest file of a series, or to a new one; nothing counts before ``sync`` has returned.

    A file is only appended to where it ends as ``known_end`` says that the record knows it: what a crash left behind is
    neither cut nor built upon. One process writes at a time; its caller holds the lock.
    """

    def __init__(self, folder: Path, *, series: str, day: datetime, largest: int = LARGEST_FILE) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.series, self.largest = folder, series, largest
        self._stem = f"{series}-{day.astimezone(UTC):%Y%m%d}"
        self._file: IO[bytes] | None = None
        self._name = ""

    def resume(self, name: str, *, known_end: int) -> None:
        """Go on in this file if it is today's, not full, and ends where it should."""
        path = self.folder / name
        if name.startswith(f"{self._stem}-") and path.is_file() and path.stat().st_size == known_end < self.largest:
            self._file, self._name = path.open("ab"), name

    def append(self, raw: bytes) -> tuple[str, int]:
        """Write a group; return the file's name and where in it the group begins."""
        if self._file is None or self._file.tell() >= self.largest:
            self._next_file()
        file = self._file
        assert file is not None  # noqa: S101 - just opened
        offset = file.tell()
        file.write(raw)
        return self._name, offset

    def sync(self) -> None:
        """Return when all that was appended is on the disk."""
        if self._file is not None:
            _settle(self._file)

    def close(self) -> None:
        """Close the file, also where the disk does not take what was appended."""
        file, self._file = self._file, None
        if file is not None:
            with file:
                _settle(file)

    def _next_file(self) -> None:
        self.close()
        taken = [int(path.name.split("-")[-1].partition(".")[0]) for path in self.folder.glob(f"{self._stem}-*.warc.gz")]
        path = self.folder / f"{self._stem}-{max(taken, default=0) + 1:05}.warc.gz"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._file, self._name = os.fdopen(descriptor, "ab"), path.name
        self._file.write(_packed(_warcinfo(path.name)))
        sync_folder(self.folder)


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the names of a folder's files are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def packed(exchange: Exchange) -> bytes:
    """Return an exchange's group of records as they stand in a file."""
    first = _response(exchange) if exchange.fetched else _resource(exchange)
    others = [_request(exchange)] if exchange.fetched else []
    others.append(_record(exchange, WarcRecordType.metadata, _json(exchange.metadata), media_type="application/json"))
    for record in others:
        record.headers["WARC-Concurrent-To"] = first.headers["WARC-Record-ID"]
    return b"".join(map(_packed, [first, *others]))


def read_body(folder: Path, name: str, offset: int) -> bytes:
    """Return the body of the group at this place; raise BadArtefact where there is none."""
    with _open(folder, name) as file:
        _, first = next(_members(file, offset), (0, b""))
    if not _FIRST.match(first):
        raise BadArtefact(f"{name} in the archive holds no body at byte {offset:,}")
    return _body(_parsed(first))


def read_group(folder: Path, name: str, offset: int) -> Group:
    """Return the group at this place with its digests recomputed; raise BadArtefact where it cannot be read whole."""
    raw = read_raw(folder, name, offset)
    first, *others = [_parsed(text) for _, text in _members(BytesIO(raw), 0)]
    hold = all(record.verify_block_digest(consume=False) for record in (first, *others))
    body, headers = _body(first), first.headers.asdict()
    told = next((record for record in others if record.record_type == WarcRecordType.metadata), None)
    return Group(
        raw=raw,
        url=str(headers.get("WARC-Target-URI", "")),
        at=_moment(str(headers.get("WARC-Date", ""))),
        body=body,
        digests_hold=hold and headers.get("WARC-Payload-Digest") == _digest(body),
        metadata=_object(told.reader.read()) if told else {},
    )


def read_raw(folder: Path, name: str, offset: int) -> bytes:
    """Return the bytes of the group at this place as they stand in the file."""
    end = group_end(folder, name, offset)
    with _open(folder, name) as file:
        file.seek(offset)
        return file.read(end - offset)


def group_end(folder: Path, name: str, offset: int) -> int:
    """Return where the group that begins at this place ends; raise BadArtefact where none begins there."""
    end = offset
    with _open(folder, name) as file:
        for stop, text in _members(file, offset):
            if bool(_FIRST.match(text)) is (end > offset):
                break  # the next group; or none begins here
            end = stop
    if end == offset:
        raise BadArtefact(f"{name} in the archive holds nothing that can be read at byte {offset:,}")
    return end


def _members(file: IO[bytes], start: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each whole gzip member ends, and what it holds; end at the first that is torn or damaged."""
    file.seek(start)
    rest, end = b"", start
    while True:
        unpacker, parts = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), []
        while not unpacker.eof:
            chunk = rest or file.read(1 << 16)
            try:
                parts.append(unpacker.decompress(chunk))
            except zlib.error:
                return
            if not chunk:
                return
            end, rest = end + len(chunk) - len(unpacker.unused_data), unpacker.unused_data
        yield end, b"".join(parts)


def _parsed(text: bytes) -> WarcRecord:
    try:
        record: WarcRecord = next(iter(ArchiveIterator(BytesIO(text), parse_http=False)))
        record.freeze()
    except (StopIteration, OSError, ValueError) as error:
        raise BadArtefact("a record in the archive is damaged") from error
    return record


def _open(folder: Path, name: str) -> IO[bytes]:
    try:
        return (folder / Path(name).name).open("rb")
    except OSError as error:
        raise BadArtefact(f"{name} is missing from the archive") from error


def _body(record: WarcRecord) -> bytes:
    """Return what the record carries, without the HTTP headers before it."""
    block = bytes(record.reader.read())
    return block.partition(b"\r\n\r\n")[2] if record.record_type == WarcRecordType.response else block


def _moment(iso: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso)
    except ValueError:
        return None


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _response(exchange: Exchange) -> WarcRecord:
    known = exchange.status in HTTPStatus.__members__.values()
    lines = [f"HTTP/1.1 {exchange.status} {HTTPStatus(exchange.status).phrase if known else ''}"]
    for name, value in exchange.headers.items():
        lines.append(f"{f'X-Archive-Orig-{name}' if name in _TRAVEL else name}: {value}")
    lines.append(f"content-length: {len(exchange.body)}")
    block = _head(lines) + exchange.body
    record = _record(exchange, WarcRecordType.response, block, media_type="application/http; msgtype=response")
    record.headers["WARC-Payload-Digest"] = _digest(exchange.body)
    return record


def _resource(exchange: Exchange) -> WarcRecord:
    kind = exchange.media_type or "application/octet-stream"
    kind += f"; charset={exchange.charset}" if exchange.charset else ""
    record = _record(exchange, WarcRecordType.resource, exchange.body, media_type=kind)
    record.headers["WARC-Payload-Digest"] = _digest(exchange.body)
    return record


def _request(exchange: Exchange) -> WarcRecord:
    parts = urlsplit(exchange.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"GET {path} HTTP/1.1",
        f"host: {parts.netloc}",
        *(f"{key}: {value}" for key, value in exchange.request_headers.items()),
    ]
    return _record(exchange, WarcRecordType.request, _head(lines), media_type="application/http; msgtype=request")


def _record(exchange: Exchange, kind: WarcRecordType, block: bytes, *, media_type: str) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record.headers["WARC-Target-URI"] = _line(exchange.url)
    record.headers["WARC-Date"] = exchange.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    record.headers["WARC-Block-Digest"] = _digest(block)
    record.headers["Content-Type"] = _line(media_type)
    record.set_bytes_content(block)
    return record


def _warcinfo(name: str) -> WarcRecord:
    block = b"software: Newscentre\r\nformat: WARC File Format 1.1\r\n"
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.warcinfo)
    record.headers["WARC-Filename"] = name
    record.headers["Content-Type"] = "application/warc-fields"
    record.set_bytes_content(block)
    return record


def _head(lines: Sequence[str]) -> bytes:
    return "".join(f"{_line(line)}\r\n" for line in lines).encode("utf-8", "replace") + b"\r\n"


def _line(text: str) -> str:
    """Return a text as one line: what came from outside must not add headers of its own."""
    return " ".join(text.replace("\x00", "").split())


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")


def _packed(record: WarcRecord) -> bytes:
    stream = BytesIO()
    record.write(stream)
    return gzip.compress(stream.getvalue(), compresslevel=6, mtime=0)


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
