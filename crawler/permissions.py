"""What a publisher says of the use of its pages enters: headers, markup, well-known file; what it reserves leaves.

Obeyed are the TDM Reservation Protocol (header, meta, ``/.well-known/tdmrep.json``), ``noarchive`` and the ``noai`` kind of
robots directives (``X-Robots-Tag``, meta). Where signals differ, the one that reserves holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree, html

#: Verdicts that end with the page not being kept are this one's opposites.
ALLOWED = "allowed"
#: Our name, as robots.txt and robots directives may address it.
AGENT = "newscentre"
TDM_FILE = "/.well-known/tdmrep.json"
LARGEST_FILE = 512 * 1024
MOST_RULES = 1_000
_LOOKED_AT = 200_000
_NOT_FOR_US = {"noarchive": "noarchive", "nocache": "noarchive", "noai": "noai", "noml": "noai", "notdm": "noai"}
_SIGNS = re.compile(rb"tdm-reservation|noarchive|nocache|noai|noml|notdm", re.IGNORECASE)
#: Directives that have a value after a colon of their own, so that what precedes it is no robot's name.
_VALUED = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")


@dataclass(frozen=True)
class Reserved:
    """What is reserved, by which sign (``tdm-header``, ``tdm-meta``, ``tdm-file``, ``noarchive``, ``noai``), in a sentence."""

    verdict: str
    sentence: str


@dataclass(frozen=True)
class TdmFile:
    """The rules of a host's tdmrep.json, in its order; the first that fits a path holds."""

    rules: tuple[tuple[re.Pattern[str], bool], ...] = ()

    def reserves(self, path: str) -> bool:
        """Say whether a path (with its query) is reserved."""
        return next((reserved for pattern, reserved in self.rules if pattern.match(path)), False)


def read_tdm_file(body: bytes) -> TdmFile:
    """Read a tdmrep.json; what is none has no rules."""
    try:
        table = json.loads(body[:LARGEST_FILE])
    except (ValueError, RecursionError):
        return TdmFile()
    rows = table if isinstance(table, list) else [table]
    rules = [
        (_pattern(row["location"]), _is_one(row.get("tdm-reservation")))
        for row in rows[:MOST_RULES]
        if isinstance(row, dict) and isinstance(row.get("location"), str)
    ]
    return TdmFile(tuple(rules))


def _pattern(location: str) -> re.Pattern[str]:
    """Read a location as robots.txt does: the beginning of a path, ``*`` for anything, ``$`` for its end."""
    ends = location.endswith("$")
    first, *rest = map(re.escape, re.split(r"\*+", location[:500].removesuffix("$")))
    last = rest.pop() if rest and ends else ""
    # Each part where it first fits, for good (atomic): trying all places would cost time without end.
    middle = "".join(f"(?>.*?{part})" for part in rest)
    tail = f".*{last}" if last or location.endswith("*$") else ""
    return re.compile(first + middle + (tail + r"\Z" if ends else ""), re.DOTALL)


def reserved_by_headers(headers: Mapping[str, str], *, tdm_only: bool = False) -> Reserved | None:
    """Judge the headers of an answer (names in small letters)."""
    if _is_one(headers.get("tdm-reservation")):
        return Reserved("tdm-header", "its publisher reserves it against text and data mining (header tdm-reservation)")
    if tdm_only:
        return None
    return _by_directives(headers.get("x-robots-tag", "").split(";"), place="header X-Robots-Tag")


def reserved_by_page(body: bytes) -> Reserved | None:
    """Judge the meta elements of a page."""
    start = body[:_LOOKED_AT]
    if not _SIGNS.search(start):
        return None
    try:
        tree = html.document_fromstring(start, parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.ParserError, ValueError):
        return None
    metas = [((element.get("name") or "").strip().lower(), element.get("content") or "") for element in tree.iter("meta")]
    if any(name == "tdm-reservation" and _is_one(content) for name, content in metas):
        return Reserved("tdm-meta", "its publisher reserves it against text and data mining (meta tdm-reservation)")
    return _by_directives((content for name, content in metas if name in ("robots", AGENT)), place="meta robots")


def _by_directives(texts: Iterable[str], *, place: str) -> Reserved | None:
    for text in texts:
        for directive in _for_us(text):
            if sign := _NOT_FOR_US.get(directive):
                return Reserved(sign, f"its publisher does not want it kept or mined ({place}: {directive})")
    return None


def _for_us(text: str) -> Iterable[str]:
    """Yield the directives of a list that are for all robots or for us; a name with a colon addresses those after it."""
    addressed = True
    for part in text.lower().split(","):
        before, colon, after = part.strip().partition(":")
        if colon and before.strip() not in _VALUED:
            addressed, before = before.strip() in (AGENT, "*"), after
        if addressed:
            yield before.strip()


def _is_one(value: object) -> bool:
    return str(value).strip() == "1" or value is True
