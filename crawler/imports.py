"""Paths of saved material enter (WARC, saved HTML, manifests, JSONL articles); pages ready to be stored leave, and complaints.

Files are streamed: one item is in memory at a time. What cannot be read becomes a complaint with its place, and the rest
goes on. Nothing is fetched: a manifest's ``path`` is a file of the operator's own, relative to the manifest or absolute.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.extract.datetexts import machine_readable
from crawler.extract.identity import normalised
from crawler.links import LONGEST_ADDRESS, host_of
from crawler.outlets import is_address
from crawler.packed import BROKEN, MOST_BYTES, lines, read_page
from newsdesk.errors import BadInput
from newsdesk.values import ARTICLE_MEDIA_TYPE, Hint

_HTML_ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")
_WARC_ENDINGS = (".warc", ".warc.gz")
_LINES_ENDINGS = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_ARTICLE_FIELDS = ("title", "text", "author", "date", "url", "lang", "summary")
#: No archive of the web is older.
_EARLIEST = 1990
MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class Imported:
    """One saved page or article, as a fetch would have brought it. ``url`` is an ``urn:newscentre:`` where it has no address."""

    url: str
    body: bytes
    fetched_at: datetime
    media_type: str = "text/html"
    charset: str = ""
    status: int = 200
    hint: Hint = field(default_factory=Hint)
    dataset: str = ""
    outlet: str = ""


@dataclass(frozen=True)
class Complaint:
    """One file, line or record that could not be read: where it is and why, in a sentence."""

    place: str
    message: str


@dataclass(frozen=True)
class Wanted:
    """Which items are taken in: fetched on a day from ``since`` to ``until`` (UTC, both included), from these hosts and the
    hosts below them. What is not set leaves nothing out.
    """

    since: date | None = None
    until: date | None = None
    hosts: frozenset[str] = frozenset()

    def has(self, url: str, at: datetime) -> bool:
        """Say whether an item of this address and time is wanted."""
        day = at.astimezone(UTC).date()
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until) and self._hosts(url)

    def _hosts(self, url: str) -> bool:
        host = host_of(url)
        return not self.hosts or any(host == wanted or host.endswith(f".{wanted}") for wanted in self.hosts)


def read(
    paths: Iterable[Path],
    *,
    now: datetime | None = None,
    wanted: Wanted = Wanted(),
    on_left_out: Callable[[], None] = lambda: None,
) -> Iterator[Imported | Complaint]:
    """Yield everything readable under these paths that is wanted, in order; ``on_left_out`` is called for the rest.

    ``now`` stands for the time of fetching where none is known.
    """
    moment = now or datetime.now(UTC)
    for path in paths:
        for item in _read(path, moment, wanted, on_left_out):
            if isinstance(item, Complaint) or wanted.has(item.url, item.fetched_at):
                yield item
            else:
                on_left_out()


def _read(path: Path, moment: datetime, wanted: Wanted, on_left_out: Callable[[], None]) -> Iterator[Imported | Complaint]:
    try:
        if _is_warc(path):
            # Of the millions of records in an archive, those not wanted are passed over before they are unpacked.
            yield from _read_warc(path, moment, wanted, on_left_out)
        else:
            yield from _reader(path)(path, moment)
    except BadInput as problem:
        yield Complaint(str(path), str(problem))
    except BROKEN as problem:
        yield Complaint(str(path), f"cannot be read: {problem}")


def _is_warc(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(_WARC_ENDINGS)


def _reader(path: Path) -> Callable[[Path, datetime], Iterator[Imported | Complaint]]:
    name = path.name.lower()
    if not path.exists():
        raise BadInput("no such file or folder")
    if path.is_dir():
        return _read_folder
    for endings, reader in ((_LINES_ENDINGS, _read_lines), (_HTML_ENDINGS, _read_file)):
        if name.endswith(endings):
            return reader
    raise BadInput("neither WARC (.warc, .warc.gz), saved HTML (.html, .htm), JSON Lines (.jsonl) nor a folder of these")


def identity(dataset: str, key: str) -> str:
    """Return the name of an item without an address."""
    dataset, key = quote(dataset, safe=":/._-", errors="replace"), quote(key, safe="/._-", errors="replace")
    return f"urn:newscentre:{dataset}:{key}"[:LONGEST_ADDRESS]


def _read_folder(folder: Path, moment: datetime) -> Iterator[Imported | Complaint]:
    """Read the folder's manifest if it has one, else every HTML file in it, at any depth, by name."""
    if (folder / MANIFEST).is_file():
        yield from _read_lines(folder / MANIFEST, moment)
        return
    files = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(_HTML_ENDINGS) and path.is_file())
    if not files:
        raise BadInput("the folder holds no saved HTML")
    for path in files:
        try:
            body = read_page(path)
        except BadInput as problem:
            yield Complaint(str(path), str(problem))
            continue
        dataset = folder.resolve().name
        yield Imported(identity(dataset, path.relative_to(folder).as_posix()), body, moment, dataset=dataset)


def _read_file(path: Path, moment: datetime) -> Iterator[Imported | Complaint]:
    dataset = path.resolve().parent.name
    yield Imported(identity(dataset, path.name), read_page(path), moment, dataset=dataset)


def _read_lines(path: Path, moment: datetime) -> Iterator[Imported | Complaint]:
    """Read a manifest of pages or a file of articles; each line shows by its fields which it is."""
    number = 0
    try:
        for number, line in lines(path):
            if line is not None and not line.strip():
                continue
            try:
                yield _of_line(line, path, moment)
            except BadInput as problem:
                yield Complaint(f"{path}:{number}", str(problem))
    except BadInput as problem:
        yield Complaint(f"{path}:{number + 1}", str(problem))


def _of_line(line: bytes | None, path: Path, moment: datetime) -> Imported:
    row = parse_row(line)
    if row.get("path") and not row.get("text"):
        return _of_manifest(row, path, moment)
    return _of_article(row, path, moment)


def parse_row(line: bytes | None) -> dict[str, Any]:
    """Return the JSON object on a line; raise BadInput, in one sentence, where there is none."""
    if line is None:
        raise BadInput(f"the line has more than {MOST_BYTES:,} bytes")
    try:
        row = json.loads(line.decode("utf-8-sig"))
        if b"\\ud" in line.lower():
            # An escaped half of a character can be read, but never written again.
            row = json.loads(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise BadInput(f"not valid JSON: {error.msg} at column {error.colno}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BadInput(f"not valid JSON: {str(error)[:120]}") from error
    if not isinstance(row, dict):
        raise BadInput("not a JSON object")
    return row


def _of_manifest(row: Mapping[str, Any], manifest: Path, moment: datetime) -> Imported:
    dataset = _string(row, "dataset") or manifest.resolve().parent.name
    path = page_path(row, manifest)
    try:
        body = read_page(path)
    except BadInput as problem:
        raise BadInput(f"{path}: {problem}") from problem
    return Imported(
        url=_address(row, dataset, default=_string(row, "path")),
        body=body,
        fetched_at=_fetched_at(row, moment),
        charset=_string(row, "http_charset"),
        hint=Hint(title=_string(row, "title"), author=_string(row, "author"), language=_string(row, "lang")[:2]),
        dataset=dataset,
        outlet=_string(row, "outlet") or _string(row, "source"),
    )


def page_path(row: Mapping[str, Any], manifest: Path) -> Path:
    """Return the file a manifest's line names; raise BadInput where it names none or leaves the manifest's folder by «..»."""
    said = _string(row, "path")
    if not said or "\x00" in said:
        raise BadInput("the line has no usable «path»")
    path = Path(said)
    if not path.is_absolute() and ".." in path.parts:
        raise BadInput(f"«{said}» leaves the manifest's folder")
    return path if path.is_absolute() else manifest.parent / path


def _of_article(row: Mapping[str, Any], path: Path, moment: datetime) -> Imported:
    if not _string(row, "text"):
        raise BadInput("the line has no «text» (of an article) and no «path» (of a page)")
    dataset = _string(row, "dataset") or path.name.partition(".")[0]
    fields = {name: _string(row, name) for name in _ARTICLE_FIELDS if _string(row, name)}
    return Imported(
        url=_address(row, dataset, default=""),
        body=json.dumps(fields, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"),
        fetched_at=_fetched_at(row, moment),
        media_type=ARTICLE_MEDIA_TYPE,
        charset="utf-8",
        hint=Hint(language=_string(row, "lang")[:2]),
        dataset=dataset,
        outlet=_string(row, "source") or _string(row, "outlet"),
    )


def _address(row: Mapping[str, Any], dataset: str, *, default: str) -> str:
    """Return the item's web address if it has one, else its name in its data set."""
    url = "".join(_string(row, "url").split())
    if _usable(url):
        return url
    key = _string(row, "id") or default
    if not key:
        raise BadInput("the line has neither «url» nor «id»")
    return identity(dataset, key)


def _usable(url: str) -> bool:
    """Say whether an article can be known by this address, letters and joiners of any script as they are or encoded."""
    return len(url.encode("utf-8", "replace")) <= LONGEST_ADDRESS and is_address(normalised(url), longest=3 * LONGEST_ADDRESS)


def _fetched_at(row: Mapping[str, Any], moment: datetime) -> datetime:
    stated = machine_readable(_string(row, "fetched_at") or _string(row, "crawl_date"))
    return min(stated.instant, moment) if stated else moment


def _string(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return str(value).replace("\x00", "").strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _read_warc(path: Path, moment: datetime, wanted: Wanted, on_left_out: Callable[[], None]) -> Iterator[Imported | Complaint]:
    """Read the HTML pages among a WARC file's responses, one at a time."""
    found = False
    with path.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream, parse_http=False):
                found = True
                if record.record_type != WarcRecordType.response:
                    continue
                if wanted.has(_target(record), _dated(record, moment)):
                    yield from _of_record(record, path, moment)
                else:
                    on_left_out()
        except BROKEN as error:
            yield Complaint(f"{path}: byte {stream.tell():,}", f"the archive cannot be read on: {error}")
            return
    if not found:
        yield Complaint(str(path), "the file holds no WARC record")


def _target(record: WarcRecord) -> str:
    return str(record.headers.get("WARC-Target-URI") or "").strip("<> \t")


def _dated(record: WarcRecord, moment: datetime) -> datetime:
    """Return when a record was made; the moment of import where it says nothing that can be."""
    at = record.record_date
    return at if at is not None and at.year >= _EARLIEST and at <= moment else moment


def _of_record(record: WarcRecord, path: Path, moment: datetime) -> Iterator[Imported | Complaint]:
    url = _target(record)
    place = f"{path}: record {record.headers.get('WARC-Record-ID') or 'without id'}"
    try:
        record.parse_http(auto_decode="all")
        status = record.http_headers.status_code if record.http_headers else None
        media_type = (record.http_content_type or "").lower()
        if status != 200 or media_type not in _HTML_TYPES:
            return
        body = record.reader.read(MOST_BYTES + 1)
    except (*BROKEN, ValueError) as error:
        yield Complaint(place, f"the record cannot be read: {error}")
        return
    if len(body) > MOST_BYTES:
        yield Complaint(place, f"the page has more than {MOST_BYTES:,} bytes")
    elif not _usable(url):
        yield Complaint(place, "the record has no usable web address")
    else:
        at = _dated(record, moment)
        yield Imported(url, body, at, media_type, record.http_charset or "", status, dataset=f"warc:{path.name}")
