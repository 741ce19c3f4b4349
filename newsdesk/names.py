"""How countries and disputed places are named in print: code, language and audience go in; name, note and boundary come out.

Whatever prints a country's name reads it here: pages, mails, reports, charts. What the secretariat set on its desk
(``NameStyle``) comes before what ships (``newsdesk.countries``). While somebody is ``noting``, a name that has a footnote
carries a mark, and its note is kept for the foot of the page or mail.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.apps import apps
from django.db import DatabaseError

from newsdesk.countries import shipped_boundary, shipped_footnote, shipped_name

#: An edit made in another process shows at the latest after this many seconds; one made in this process at once.
FRESH = 5.0
MARK = "*"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Style:
    """How one place is named and drawn; what is empty is as shipped."""

    name: str = ""
    footnote: str = ""
    boundary: str = ""


@dataclass
class _Memory:
    """What this process knows of the desk's wishes, and until when it trusts that."""

    styles: Mapping[Key, Style]
    until: float = 0.0


_memory = _Memory({})
_audience: ContextVar[str] = ContextVar("audience", default="public")
_notes: ContextVar[dict[str, str] | None] = ContextVar("notes", default=None)


def country_name(code: str, language: str) -> str:
    """Return the name to print for whoever reads now; while noting, marked where a footnote belongs to it."""
    style = shown(code, language)
    notes = _notes.get()
    if notes is None or not style.footnote:
        return style.name
    notes[code] = f"{MARK} {style.name}: {style.footnote}"
    return style.name + MARK


def country_footnote(code: str, language: str) -> str:
    """Return the note that goes with the name, or nothing."""
    return shown(code, language).footnote


def shown(code: str, language: str, *, audience: str = "") -> Style:
    """Return name, note and boundary, whole, for an audience (that of now, if none is named)."""
    reader = audience or _audience.get()
    wish = _styles().get((code, reader, language), Style())
    return Style(
        name=wish.name or shipped_name(code, language),
        footnote=wish.footnote or shipped_footnote(code, language),
        boundary=wish.boundary or shipped_boundary(code, reader),
    )


@contextmanager
def noting(*, audience: str = "") -> Iterator[dict[str, str]]:
    """Collect, by code, the footnotes of the names printed meanwhile; they are printed for this audience."""
    notes: dict[str, str] = {}
    collected, reader = _notes.set(notes), _audience.set(audience or _audience.get())
    try:
        yield notes
    finally:
        _notes.reset(collected)
        _audience.reset(reader)


def notes_so_far() -> tuple[str, ...]:
    """Return the footnotes of the names printed so far, sorted."""
    return tuple(sorted((_notes.get() or {}).values()))


def stamp() -> str:
    """Return a few characters that change whenever names would be printed otherwise: for the keys of what is kept."""
    return f"{zlib.crc32(repr((_audience.get(), sorted(_styles().items(), key=str))).encode()):08x}"


def remember(styles: Mapping[Key, Style]) -> None:
    """Take these for the desk's wishes, without looking into the record, until they are forgotten."""
    _memory.styles, _memory.until = styles, math.inf


def forget() -> None:
    """Read the desk's wishes anew before the next name."""
    _memory.until = 0.0


def _styles() -> Mapping[Key, Style]:
    """Return the desk's wishes, read again every few seconds; where there is no record, none."""
    if time.monotonic() >= _memory.until:
        _memory.styles = _read()
        _memory.until = time.monotonic() + FRESH
    return _memory.styles


def _read() -> Mapping[Key, Style]:
    if not apps.ready:
        return {}
    from newsdesk.models import NameStyle

    try:
        rows = list(NameStyle.objects.order_by().values_list("code", "audience", "language", "name", "footnote", "boundary"))
    except DatabaseError:  # names can be printed before the record has its tables, and while it is away
        return {}
    return {(code, audience, language): Style(*wishes) for code, audience, language, *wishes in rows}
