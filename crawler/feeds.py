"""Feeds enter as bytes (RSS 0.9 to 2.0, RDF, Atom, JSON Feed); links with hints leave. Nothing is fetched or expanded."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from xml.sax import SAXParseException

import feedparser

from crawler.links import Link, cleaned, language_of, moment_of, plain
from newsdesk.errors import Refused
from newsdesk.values import Hint

LARGEST_FEED = 4 * 1024 * 1024
MOST_ITEMS = 2000
_LONGEST_TITLE = 500
_LONGEST_AUTHOR = 300


def read_feed(body: bytes, *, url: str, media_type: str = "", charset: str = "") -> list[Link]:
    """Return the links of a feed in its order.

    A feed that breaks off is read as far as it goes. Raises Refused (``broken-feed``, ``too-large``) for what is no feed.
    """
    if len(body) > LARGEST_FEED:
        raise Refused("too-large", f"the feed has {len(body):,} bytes; the limit is {LARGEST_FEED:,}")
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if "json" in media_type or start.startswith(b"{"):
        return _json_feed(body, url=url)
    return _xml_feed(body, url=url, charset=charset)


def _xml_feed(body: bytes, *, url: str, charset: str) -> list[Link]:
    kind = f"application/xml; charset={charset}" if charset else "application/xml"
    try:
        # A stream, never the bytes themselves: feedparser would open a body that reads like a path or an address.
        parsed: Any = feedparser.parse(  # type: ignore[attr-defined,no-untyped-call]
            BytesIO(body),
            response_headers={"content-type": kind, "content-location": url},
            sanitize_html=False,
        )
    except Exception as error:
        # The parser itself falls over some damaged bytes; the body is in the record for whoever wants to know.
        raise Refused("broken-feed", f"this is no feed that can be read: {plain(error, longest=200)}") from error
    if not parsed.entries and (parsed.bozo or not parsed.get("version")):
        raise Refused("broken-feed", f"this is no feed that can be read: {_why(parsed)}")
    language = language_of(parsed.feed.get("language"))
    return [link for entry in parsed.entries[:MOST_ITEMS] if (link := _link(entry, url=url, language=language))]


def _why(parsed: Any) -> str:
    """Say in a line what the parser stumbled over."""
    problem = parsed.get("bozo_exception")
    if isinstance(problem, SAXParseException):
        return plain(f"{problem.getMessage()} in line {problem.getLineNumber()}", longest=200)
    return plain(problem, longest=200) if problem else "neither RSS nor Atom nor JSON Feed"


def _link(entry: Any, *, url: str, language: str) -> Link | None:
    address = cleaned(str(entry.get("link") or _permalink(entry)), base=url)
    if not address:
        return None
    told = entry.get("published_parsed") or entry.get("created_parsed") or entry.get("updated_parsed")
    own = entry.get("language") or (entry.get("title_detail") or {}).get("language")
    return Link(
        address,
        Hint(
            title=plain(entry.get("title"), longest=_LONGEST_TITLE),
            author=plain(entry.get("author"), longest=_LONGEST_AUTHOR),
            published=moment_of(told),
            language=language_of(own) or language,
            summary=plain(entry.get("summary")),
        ),
    )


def _permalink(entry: Any) -> str:
    return str(entry.get("id") or "") if str(entry.get("id") or "").startswith(("http://", "https://")) else ""


def _json_feed(body: bytes, *, url: str) -> list[Link]:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("broken-feed", f"this is no JSON feed: {plain(error, longest=200)}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise Refused("broken-feed", "this JSON has no list of items, so it is no feed")
    language = language_of(feed.get("language"))
    readable = [item for item in items[:MOST_ITEMS] if isinstance(item, dict)]
    return [link for item in readable if (link := _json_link(item, url=url, language=language))]


def _json_link(item: dict[str, Any], *, url: str, language: str) -> Link | None:
    address = cleaned(str(item.get("url") or item.get("external_url") or _permalink(item)), base=url)
    if not address:
        return None
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    names = [str(one.get("name") or "") for one in authors or () if isinstance(one, dict)]
    published = item.get("date_published")
    return Link(
        address,
        Hint(
            title=plain(item.get("title"), longest=_LONGEST_TITLE),
            author=plain(", ".join(filter(None, names)), longest=_LONGEST_AUTHOR),
            published=moment_of(published if isinstance(published, str) else None),
            language=language_of(item.get("language")) or language,
            summary=plain(item.get("summary") or item.get("content_text")),
        ),
    )
