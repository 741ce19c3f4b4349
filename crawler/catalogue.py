"""Catalogue files enter as TOML; outlets leave by key: where each publishes, in which languages, and how gently to ask."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from crawler.outlets import KINDS, Fault, Outlet, declared, outlet_of
from newsdesk.errors import BadInput

__all__ = ["KINDS", "Outlet", "chosen", "load_catalogue", "outlet_of", "read_catalogue", "shipped"]

#: The largest catalogue file that is read, in bytes.
LARGEST = 4 * 1024 * 1024


def load_catalogue(extra: Path | None = None) -> dict[str, Outlet]:
    """Return the shipped outlets, with those of the operator's file added, changed or switched off, sorted by key.

    A file that does not exist adds nothing; raises BadInput, naming file, line and key, for one that cannot be used.
    """
    outlets = shipped()
    if extra is not None and extra.exists():
        outlets |= _merged(_content(extra), outlets, place=str(extra), override=True)
    return dict(sorted(outlets.items()))


def shipped() -> dict[str, Outlet]:
    """Return the outlets that come with the software."""
    outlets: dict[str, Outlet] = {}
    for entry in sorted(files("crawler").joinpath("sources").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            outlets |= _merged(entry.read_bytes(), outlets, place=f"crawler/sources/{entry.name}", override=False)
    return outlets


def read_catalogue(path: Path) -> dict[str, Outlet]:
    """Return the outlets of one file alone; raises BadInput."""
    return _merged(_content(path), {}, place=str(path), override=False)


def chosen(outlets: Mapping[str, Outlet], keys: Iterable[str]) -> list[Outlet]:
    """Return the outlets of these keys, or all that are enabled if there are none; raises BadInput for an unknown key."""
    wanted = list(keys)
    if unknown := [key for key in wanted if key not in outlets]:
        raise BadInput(f"no source has the key {', '.join(unknown)}; `newscentre sources list` shows them all")
    return [outlets[key] for key in wanted] if wanted else [outlet for outlet in outlets.values() if outlet.enabled]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    if len(content) > LARGEST:
        raise BadInput(f"{path}: a catalogue has at most {LARGEST:,} bytes")
    return content


def _merged(content: bytes, known: Mapping[str, Outlet], *, place: str, override: bool) -> dict[str, Outlet]:
    try:
        text = content.decode("utf-8")
        tables: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{place}: {error}") from error
    merged: dict[str, Outlet] = {}
    for key, row in tables.items():
        if not isinstance(row, dict):
            raise BadInput(f"{place}:{_line(text, '', key)}: {key} stands outside of any [outlet]")
        if key in known and not override:
            raise BadInput(f"{place}:{_line(text, key)}: the key {key} is already taken by another file")
        try:
            merged[key] = declared(key, row, known=known.get(key))
        except Fault as fault:
            raise BadInput(f"{place}:{_line(text, key, fault.entry)}: {key}: {fault}") from fault
    return merged


def _line(text: str, table: str, entry: str = "") -> int:
    """Return the line of a table's head, or of one of its entries; the parser does not tell."""
    at, inside = 1, not table
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\s*[\"']?([^\"'\]]+?)[\"']?\s*\]", line):
            if inside and table:
                break
            inside = head[1] == table
            at = number if inside else at
        elif inside and entry and re.match(rf"\s*[\"']?{re.escape(entry)}[\"']?\s*=", line):
            return number
    return at
