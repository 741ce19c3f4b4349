"""What a way in says of pages, as values: links with their hints, cleaned of trackers, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.html import replace_entities

from crawler.tracking import untracked
from newsdesk.values import Hint

#: The record keeps addresses up to this length, in characters; and in bytes, or PostgreSQL's indexes would not take them.
LONGEST_ADDRESS = 2000
#: What no address and no text may hold: control characters, and halves of characters, which have no UTF-8.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HALVES = re.compile("[\ud800-\udfff]")
_HALVES_IN_UTF8 = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]|&#(?:x0*d[89a-f][0-9a-f]{2}|0*5[5-7][0-9]{3});?", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
#: Stops at the next opening bracket, so that a run of them costs no more than its length.
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
#: Numbers of characters longer than any: Python refuses to read those of thousands of digits.
_NO_CHARACTER = re.compile(r"&#[0-9]{9,};?")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].*)?\Z")


@dataclass(frozen=True)
class Link:
    """A page that a way in points to, and what it says of it; ``changed`` is when it last changed, where that is told."""

    url: str
    hint: Hint = field(default_factory=Hint)
    changed: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """The best known time, for order."""
        return self.hint.published or self.changed


def cleaned(address: str, *, base: str = "") -> str:
    """Return the absolute http(s) address without fragment and trackers; empty if it is none. It is never re-encoded."""
    try:
        address = _SPACE.sub("", address)
        parts = urlsplit(urljoin(base, address) if address else "")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or unwritable(address):
            return ""
        # What stands before a backslash is the host to some readers, and not to others.
        if "\\" in parts.netloc or len(parts.geturl().encode()) > LONGEST_ADDRESS:
            return ""
        return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", untracked(parts.query), ""))
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host that an address names, in small letters; nothing where it names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")[:255]
    except ValueError:
        return ""


def unwritable(text: str) -> bool:
    """Say whether a text holds what neither a request nor a database can carry."""
    return bool(_CONTROL.search(text) or _HALVES.search(text))


def writable(text: str) -> str:
    """Return a text without the characters that a database cannot hold: zero, and halves of characters."""
    return _HALVES.sub("\ufffd", text.replace("\x00", ""))


def without_halves(body: bytes) -> bytes:
    """Return the bytes without halves of characters, in UTF-8 or by number: a parser that forgives lets them pass, then falls.

    By number, a few rare characters beside them (Hangul, private use) go too.
    """
    return _HALVES_IN_UTF8.sub("\ufffd".encode(), body)


def newest_first(links: Iterable[Link]) -> list[Link]:
    """Return each address once, dated ones first, the newest of them in front; the rest in their order."""
    once: dict[str, Link] = {}
    for link in links:
        once.setdefault(link.url, link)
    return sorted(once.values(), key=_freshness)


def _freshness(link: Link) -> float:
    return -link.at.timestamp() if link.at else 0.0


def without_endless_numbers(text: str) -> str:
    """Return a text without references to characters by numbers that are none's, at which unescaping would fail."""
    return _NO_CHARACTER.sub("\ufffd", text)


def plain(value: Any, *, longest: int = 1000) -> str:
    """Return markup as one line of text, cut at ``longest`` characters."""
    text = str(value or "")[: 20 * longest]
    text = replace_entities(without_endless_numbers(_TAG.sub(" ", text)))
    return _SPACE.sub(" ", writable(text)).strip()[:longest]


def language_of(declared: Any) -> str:
    """Return the ISO 639-1 code of a declared language tag, or nothing."""
    match = _LANGUAGE.match(str(declared or "").strip())
    return match[1].lower() if match else ""


def moment_of(moment: struct_time | str | None) -> datetime | None:
    """Return a parsed time or an ISO 8601 text as UTC; None for what is unreadable or impossible (before 1990)."""
    try:
        if isinstance(moment, str):
            read = datetime.fromisoformat(moment.strip().replace("Z", "+00:00"))
            read = read if read.tzinfo else read.replace(tzinfo=UTC)
        elif moment is not None:
            read = datetime(*moment[:5], min(moment[5], 59), tzinfo=UTC)
        else:
            return None
        return read.astimezone(UTC) if read.year >= 1990 else None
    except (ValueError, OverflowError):
        return None


def hint_row(hint: Hint) -> dict[str, str]:
    """Return a hint as the record keeps it: what is known, as text, times in ISO 8601."""
    row = {
        "title": hint.title,
        "author": hint.author,
        "published": hint.published.isoformat() if hint.published else "",
        "language": hint.language,
        "summary": hint.summary,
    }
    return {name: value for name, value in row.items() if value}


def recent(links: Iterable[Link], *, now: datetime, within: timedelta) -> list[Link]:
    """Leave out links dated longer ago than ``within``."""
    return [link for link in links if link.at is None or now - link.at <= within]
