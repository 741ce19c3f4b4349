"""The formats of an export: articles with the question they answer go in, the bytes of a file come out piece by piece.

No format holds the text of an article. Each holds the query and its SHA-256, and as many entries as articles were found; where
these are none, those that have nothing but entries (CSV, JSON Lines, RIS) cannot say what was asked.
"""

from __future__ import annotations

import csv
import json
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import xlsxwriter
from django.utils.translation import gettext as _

from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.models import Article
from search.export import Exported, Row

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: Kinds of label with the column that holds those given.
LABELS = {
    "theme": "themes",
    "topic": "topics",
    "country": "countries",
    "route": "routes",
    "city": "cities",
    "organisation": "organisations",
}
FIELDS = ("id", "url", "title", "language", "date", "outlet", "outlet_country", *LABELS.values(), "story")
COLUMNS = (*FIELDS, "query", "query_sha256", "asked_at")
_CHUNK = 1 << 16
#: What a cell of a spreadsheet can hold.
_CELL = 32_767
#: Ours, so that the same article has the same identifier in every export; the other is that of the standard, for addresses.
_NAMESPACE = uuid.UUID("8b1c0a52-5d0b-4d0e-9a43-6a3d4f3f7c1e")
_STIX_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")

Writer = Callable[[Exported, str], Iterator[bytes]]


@dataclass(frozen=True)
class Format:
    """One format. ``write`` takes what is exported and the reader's language."""

    name: str
    suffix: str
    media_type: str
    write: Writer


def write_csv(found: Exported, _language: str = "") -> Iterator[bytes]:
    """Write a table that spreadsheets open rightly: marked as UTF-8, nothing in it a formula. Every row carries the query,
    so that a part of the file still says what it answers.
    """
    line = StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    writer.writerow(COLUMNS)
    for article in found.articles:
        writer.writerow([_plain(value) for value in _whole_row(article, found).values()])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()
    yield line.getvalue().encode()


def write_jsonl(found: Exported, _language: str = "") -> Iterator[bytes]:
    """Write one JSON object a line, each with the query."""
    for article in found.articles:
        yield (json.dumps(_whole_row(article, found), ensure_ascii=False) + "\n").encode()


def write_xlsx(found: Exported, language: str = "") -> Iterator[bytes]:
    """Write a workbook: the articles on one sheet, the query on another; from right to left in languages that are so.

    Rows go to a file as they come, so that memory does not grow with them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.xlsx"
        _write_workbook(path, found, rightwards=language not in languages() or languages()[language].direction != "rtl")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _write_workbook(path: Path, found: Exported, *, rightwards: bool) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": found.query[:200], "comments": f"SHA-256 {found.sha256}", "created": found.asked_at})
        bold, quoted = book.add_format({"bold": True}), book.add_format({"quote_prefix": True})
        articles, about = book.add_worksheet(_("Articles")), book.add_worksheet(_("Query"))
        for sheet in (articles, about):
            if not rightwards:
                sheet.right_to_left()
        articles.freeze_panes(1, 0)
        articles.set_column(1, 2, 40)
        headings = _headings()
        for column, name in enumerate(FIELDS):
            articles.write_string(0, column, headings[name], bold)
        count = 0
        for count, article in enumerate(found.articles, start=1):
            for column, value in enumerate(_row(article).values()):
                if isinstance(value, int):
                    articles.write_number(count, column, value)
                else:
                    text = _joined(value)[:_CELL]
                    # Text it is in any case; the mark keeps it text when somebody edits the cell.
                    articles.write_string(count, column, text, quoted if text.startswith(_FORMULA) else None)
        about.set_column(0, 1, 30)
        facts = {
            _("Query"): found.query,
            "SHA-256": found.sha256,
            _("Asked at"): _stamp(found.asked_at),
            _("Articles"): str(count),
        }
        for row, (name, fact) in enumerate(facts.items()):
            about.write_string(row, 0, name, bold)
            about.write_string(row, 1, fact[:_CELL], quoted)


def _headings() -> Mapping[str, str]:
    return {
        "id": _("Number"),
        "url": _("Address"),
        "title": _("Title"),
        "language": _("Language"),
        "date": _("Date"),
        "outlet": _("Outlet"),
        "outlet_country": _("Country of the outlet"),
        "themes": _("Themes"),
        "topics": _("Topics"),
        "countries": _("Countries"),
        "routes": _("Routes"),
        "cities": _("Cities and places"),
        "organisations": _("Organisations"),
        "story": _("Story"),
    }


def write_ris(found: Exported, _language: str = "") -> Iterator[bytes]:
    """Write references as programs that keep them read them (RIS): one of type NEWS an article."""
    for article in found.articles:
        labels = [f"{kind}:{value}" for kind in LABELS for value in article.given(kind)]
        tags = [
            ("TY", "NEWS"),
            ("ID", str(article.pk)),
            ("TI", article.title),
            *([("AU", article.author)] if article.author else []),
            ("T2", article.outlet),
            ("PY", f"{article.dated_at:%Y}"),
            ("DA", f"{article.dated_at:%Y/%m/%d}"),
            ("LA", article.language),
            ("UR", article.url),
            *(("KW", label) for label in labels),
            ("N1", f"Query: {found.query} (SHA-256 {found.sha256}, {_stamp(found.asked_at)})"),
            ("ER", ""),
        ]
        yield "".join(f"{tag}  - {_one_line(value)}\r\n" for tag, value in tags).encode()


def write_stix(found: Exported, _language: str = "") -> Iterator[bytes]:
    """Write a STIX 2.1 bundle: one report an article, about its address; a note tells the query."""
    bundle = f"bundle--{uuid.uuid5(_NAMESPACE, found.sha256 + _stamp(found.asked_at))}"
    yield f'{{"type": "bundle", "id": "{bundle}", "objects": ['.encode()
    maker = f"identity--{uuid.uuid5(_NAMESPACE, 'newscentre')}"
    asked = {"created": _stamp(found.asked_at), "modified": _stamp(found.asked_at)}
    yield _object({"type": "identity", "id": maker, **asked, "name": "Newscentre", "identity_class": "system"})
    count = 0
    for article in found.articles:
        count += 1
        for each in _reported(article, maker=maker, asked_at=found.asked_at):
            yield b",\n" + _object(each)
    note = {
        "type": "note",
        "id": f"note--{uuid.uuid5(_NAMESPACE, 'query ' + found.sha256)}",
        **asked,
        "created_by_ref": maker,
        "abstract": "The query that this bundle answers",
        "content": f"Query: {found.query}\nSHA-256: {found.sha256}\nArticles: {count}",
        "object_refs": [maker],
    }
    yield b",\n" + _object(note)
    yield b"]}\n"


def url_identifier(url: str) -> str:
    """Return the identifier of an address, made of what it contributes, written as canonical JSON (section 2.9)."""
    return f"url--{uuid.uuid5(_STIX_NAMESPACE, json.dumps({'value': url}, ensure_ascii=False, separators=(',', ':')))}"


def _reported(article: Article, *, maker: str, asked_at: datetime) -> Iterator[dict[str, object]]:
    address = url_identifier(article.url)
    yield {"type": "url", "spec_version": "2.1", "id": address, "value": article.url}
    labels = [f"{kind}:{value}" for kind in LABELS for value in article.given(kind)]
    seen = min(article.first_seen_at, asked_at)
    yield {
        "type": "report",
        "id": f"report--{uuid.uuid5(_NAMESPACE, article.url)}",
        "created": _stamp(seen),
        "modified": _stamp(asked_at),
        "created_by_ref": maker,
        "name": article.title,
        "published": _stamp(article.dated_at),
        "lang": article.language,
        **({"labels": labels} if labels else {}),
        "external_references": [
            {"source_name": article.outlet or "newscentre", "url": article.url, "external_id": str(article.pk)}
        ],
        "object_refs": [address],
    }


def _object(values: Mapping[str, object]) -> bytes:
    return json.dumps({"type": values["type"], "spec_version": "2.1", **values}, ensure_ascii=False).encode()


def _row(article: Article) -> Row:
    return {
        "id": article.pk,
        "url": article.url,
        "title": article.title,
        "language": article.language,
        "date": article.dated_at.astimezone(UTC).date().isoformat(),
        "outlet": article.outlet,
        "outlet_country": article.outlet_country,
        **{column: article.given(kind) for kind, column in LABELS.items()},
        "story": article.story_id or "",
    }


def _whole_row(article: Article, found: Exported) -> Row:
    return _row(article) | {"query": found.query, "query_sha256": found.sha256, "asked_at": _stamp(found.asked_at)}


def _plain(value: object) -> str:
    text = _joined(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _joined(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


#: By the name that stands in an address; on the command line the file's ending says which.
FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("csv", ".csv", "text/csv; charset=utf-8", write_csv),
        Format("jsonl", ".jsonl", "application/jsonl; charset=utf-8", write_jsonl),
        Format("xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
        Format("ris", ".ris", "application/x-research-info-systems; charset=utf-8", write_ris),
        Format("stix", ".stix.json", "application/stix+json;version=2.1", write_stix),
    )
}


def named() -> list[tuple[str, str]]:
    """Return the formats with their names for readers."""
    names = {
        "xlsx": _("Spreadsheet (XLSX)"),
        "csv": _("Table (CSV)"),
        "jsonl": _("Data (JSON Lines)"),
        "ris": _("References (RIS)"),
        "stix": _("Reports (STIX 2.1)"),
    }
    return list(names.items())


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for; raise BadInput if it is none of ours."""
    for each in FORMATS.values():
        if path.name.lower().endswith(each.suffix):
            return each
    endings = ", ".join(each.suffix for each in FORMATS.values())
    raise BadInput(f"{path} has none of the endings of an export: {endings}")
