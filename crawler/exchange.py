"""Outlets enter and leave as OPML or CSV; whatever of a foreign list cannot be used is told with its line, the rest is read."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from crawler.links import without_halves
from crawler.naming import key_of
from crawler.outlets import Fault, Outlet, as_name, declared
from newsdesk.errors import BadInput

#: What of a list is read, in bytes, and how many outlets it may name.
LARGEST = 8 * 1024 * 1024
MOST_ROWS = 20_000
MOST_FAULTS = 1_000
OURS = "urn:newscentre:outlets"
COLUMNS = tuple(field.name for field in fields(Outlet))
_LISTS = ("languages", "feeds", "sitemaps", "sections")
_FLAGS = ("enabled", "verified", "javascript")
#: What the columns of a list without our keys are believed to mean: elsewhere «evidence» or «kind» are other things.
_FOREIGN = frozenset(["name", "homepage", "country", "languages", "feeds", "sitemaps", "sections"])
#: Columns of other lists that mean one of ours.
_ALIASES = {
    "feed": "feeds", "feed_url": "feeds", "rss": "feeds", "xmlurl": "feeds", "url": "homepage", "htmlurl": "homepage",
    "title": "name", "language": "languages", "sitemap": "sitemaps",
}  # fmt: skip
#: Spreadsheets run cells that begin so; a leading apostrophe keeps them text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class Listed:
    """One outlet of a list, and the line on which it stands; ``nameless`` if the list gave it no key."""

    line: int
    outlet: Outlet
    nameless: bool = False


@dataclass(frozen=True)
class Unusable:
    """One line of a list that makes no outlet, and why."""

    line: int
    message: str


def read_list(path: Path) -> list[Listed | Unusable]:
    """Return what an OPML (``.opml``, ``.xml``) or CSV file lists, in its order; raise BadInput where it is no such list."""
    readers: Mapping[str, Callable[[bytes], Iterator[Listed | Unusable]]] = {
        ".opml": read_opml, ".xml": read_opml, ".csv": read_csv,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(f"{path}: neither OPML (.opml, .xml) nor CSV (.csv)")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise BadInput(f"a list has at most {LARGEST:,} bytes")
        return list(reader(content))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def read_csv(content: bytes) -> Iterator[Listed | Unusable]:
    """Yield the outlets of a CSV file with a head; columns not known are passed over. Lists stand in a cell, with spaces."""
    text = _decoded(content)
    # French spreadsheets write semicolons, and «Unicode text» has tabs.
    first = text.partition("\n")[0]
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True))
    _, names = next(rows, (1, []))
    head = [_ALIASES.get(name.strip().lower(), name.strip().lower()) for name in names if isinstance(names, list)]
    if not {"homepage", "feeds", "sitemaps", "sections"} & set(head):
        raise BadInput("line 1 is no head: it names no homepage, feeds, sitemaps or sections")
    known = COLUMNS if "key" in head else _FOREIGN
    for number, (line, cells) in enumerate(rows):
        if number >= MOST_ROWS:
            raise BadInput(f"line {line}: a list names at most {MOST_ROWS:,} outlets")
        if isinstance(cells, str):
            yield Unusable(line, cells)
        elif any(cell.strip() for cell in cells):
            row = dict(zip(head, map(_plain_cell, cells), strict=False))
            yield _listed(line, {name: value for name, value in row.items() if name in known})


def _rows(reader: Any) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the rows of a CSV reader, each with its first line; in place of one whose quotation marks are wrong a sentence."""
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                raise BadInput(f"line {line}: {error}") from error
            unclosed = "end of data" in str(error)
            yield line, f"a quotation mark is {'never closed; nothing behind it was read' if unclosed else 'not doubled'}"


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("it is neither UTF-8 nor UTF-16; save it as «CSV UTF-8»") from error


def write_csv(outlets: Iterable[Outlet]) -> str:
    """Return the outlets as CSV, every field; what a spreadsheet would run as a formula is kept text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for outlet in outlets:
        writer.writerow([_safe_cell(_text(getattr(outlet, name))) for name in COLUMNS])
    return out.getvalue()


def read_opml(content: bytes) -> Iterator[Listed | Unusable]:
    """Yield the outlets of an OPML file: ours with all their fields, and each feed of any other."""
    # Nothing that lists feeds needs a document type; entities, inner or outer, come by no other way.
    letters = content.replace(b"\x00", b"")  # so that UTF-16 hides nothing
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise BadInput("it declares a document type, which no list of feeds does")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(without_halves(content), parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadInput(f"it is no XML: {str(error)[:200]}") from error
    faults = {int(fault.line): str(fault.message) for fault in list(parser.error_log)[:MOST_FAULTS]}
    nodes = [] if root is None else list(islice(_outlines(root), MOST_ROWS + 1))
    if not nodes and faults:
        raise BadInput(f"it is no XML: line {min(faults)}: {faults[min(faults)][:200]}")
    # By hand, as QName refuses the names that a recovering parser lets pass.
    if root is None or str(root.tag).rpartition("}")[2].lower() != "opml":
        raise BadInput("its outermost element is not opml")
    yield from _of_nodes(nodes, faults)


def _of_nodes(nodes: list[etree._Element], faults: dict[int, str]) -> Iterator[Listed | Unusable]:
    """Yield what the outlines make, in the order of lines; what stands on a broken line may not say what was meant."""
    if len(nodes) > MOST_ROWS:
        raise BadInput(f"line {_line(nodes[-1])}: a list names at most {MOST_ROWS:,} outlets")
    rows: list[Listed | Unusable] = [Unusable(line, f"broken XML: {message[:200]}") for line, message in faults.items()]
    for node in nodes:
        line = _line(node)
        if line not in faults:
            rows.append(_listed(line, _our_row(node) if node.get(f"{{{OURS}}}key") else _foreign_row(node)))
    yield from sorted(rows, key=lambda row: row.line)


def write_opml(outlets: Iterable[Outlet]) -> bytes:
    """Return the outlets as OPML 2.0: feed readers find the feeds, our own attributes carry the rest."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"news": OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Newscentre"
    body = etree.SubElement(root, "body")
    for outlet in outlets:
        node = etree.SubElement(body, "outline", {"text": outlet.name, "htmlUrl": outlet.homepage})
        for name in COLUMNS:
            if name not in ("name", "homepage", "feeds") and (value := _text(getattr(outlet, name))):
                node.set(f"{{{OURS}}}{name}", value)
        for feed in outlet.feeds:
            etree.SubElement(node, "outline", {"type": "rss", "text": outlet.name, "xmlUrl": feed})
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _outlines(root: etree._Element) -> Iterator[etree._Element]:
    """Yield our outlets, and the feeds that stand in none of them."""
    for node in root.iter("outline"):
        parent = node.getparent()
        ours = parent is not None and parent.get(f"{{{OURS}}}key") is not None
        if node.get(f"{{{OURS}}}key") or (not ours and _attribute(node, "xmlUrl")):
            yield node


def _line(node: etree._Element) -> int:
    return node.sourceline if isinstance(node.sourceline, int) else 0


def _our_row(node: etree._Element) -> dict[str, str]:
    row = {name: str(node.get(f"{{{OURS}}}{name}") or "") for name in COLUMNS}
    feeds = " ".join(_attribute(child, "xmlUrl") for child in node if _attribute(child, "xmlUrl"))
    return row | {"name": _attribute(node, "text"), "homepage": _attribute(node, "htmlUrl"), "feeds": feeds}


def _foreign_row(node: etree._Element) -> dict[str, str]:
    return {
        "name": _attribute(node, "title") or _attribute(node, "text"),
        "homepage": _attribute(node, "htmlUrl"),
        "feeds": _attribute(node, "xmlUrl"),
        "languages": _attribute(node, "language")[:2].lower(),
    }


def _attribute(node: etree._Element, name: str) -> str:
    """Return an attribute, however its letters are cased: lists differ."""
    return next((str(value).strip() for key, value in node.items() if key.lower() == name.lower()), "")


def _listed(line: int, row: Mapping[str, str]) -> Listed | Unusable:
    try:
        values = _values({name: value.strip() for name, value in row.items() if name in COLUMNS})
        given = str(values.pop("key", ""))
        return Listed(line, declared(given or key_of(str(values["homepage"])), values), nameless=not given)
    except Fault as fault:
        return Unusable(line, str(fault))


def _values(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's texts as the values of a declaration, with what a list may leave out filled in."""
    values: dict[str, Any] = {name: value for name, value in row.items() if value and name not in (*_LISTS, *_FLAGS)}
    for name in _LISTS:
        if row.get(name):
            values[name] = re.split(r"[\s,;/]+" if name == "languages" else r"\s+", row[name])
    for name in _FLAGS:
        if row.get(name):
            values[name] = _flag(name, row[name])
    for name, kind in (("delay", float), ("daily_cap", int)):
        if name in values:
            values[name] = _number(name, values[name], kind)
    ways = [address for name in ("feeds", "sitemaps", "sections") for address in values.get(name, ())]
    if not ways:
        raise Fault("it names neither feed, nor sitemap, nor section")
    values.setdefault("homepage", _origin(ways[0]))
    values["name"] = as_name(str(values.get("name") or "")) or urlsplit(values["homepage"]).hostname or ""
    return values


def _flag(name: str, value: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if value.lower() not in known:
        raise Fault(f"{name} is {value[:40]!r}; it must be true or false")
    return known[value.lower()]


def _number(name: str, value: str, kind: type[float] | type[int]) -> float | int:
    try:
        return kind(value)
    except ValueError as error:
        raise Fault(f"{name} is {value[:40]!r}; it must be a number") from error


def _origin(address: str) -> str:
    """Return the front page of the host of an address; the address itself if it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else address


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _safe_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _plain_cell(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
