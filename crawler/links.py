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

from newsdesk.values import Hint

#: The record keeps addresses up to this length.
LONGEST_ADDRESS = 2000
#: Parameters that say where a reader came from, never what is shown.
_TRACKERS = re.compile(
    r"(utm_\w+|at_(medium|campaign|format|link\w*|ptr\w*|bbc\w*)|xtor|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id"
    r"|_hs(enc|mi)|ns_\w+|cmp(id)?|ftag|ref_?src|wt_mc|mtm_\w+|pk_\w+|traffic_source)\Z",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
#: Stops at the next opening bracket, so that a run of them costs no more than its length.
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
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
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        query = "&".join(one for one in parts.query.split("&") if not _TRACKERS.match(one.partition("=")[0]))
        return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", query, ""))
    except ValueError:
        return ""


def newest_first(links: Iterable[Link]) -> list[Link]:
    """Return each address once, dated ones first, the newest of them in front; the rest in their order."""
    once: dict[str, Link] = {}
    for link in links:
        once.setdefault(link.url, link)
    return sorted(once.values(), key=_freshness)


def _freshness(link: Link) -> float:
    return -link.at.timestamp() if link.at else 0.0


def plain(value: Any, *, longest: int = 1000) -> str:
    """Return markup as one line of text, cut at ``longest`` characters."""
    text = str(value or "")[: 20 * longest]
    text = replace_entities(_TAG.sub(" ", text)).replace("\x00", "")
    return _SPACE.sub(" ", text).strip()[:longest]


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
