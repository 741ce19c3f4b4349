"""Sitemaps enter as bytes (XML with news dates, indexes, plain text, gzip); links and further sitemaps leave."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml import etree

from crawler.feeds import read_feed
from crawler.links import LONGEST_ADDRESS, Link, cleaned, language_of, moment_of, newest_first, plain
from newsdesk.errors import Refused
from newsdesk.values import Hint

LARGEST_SITEMAP = 16 * 1024 * 1024
MOST_ENTRIES = 50_000
MOST_CHILDREN = 5


@dataclass(frozen=True)
class Sitemap:
    """What a sitemap lists: pages, and (for an index) the sitemaps worth opening, most promising first.

    ``news`` says whether its dates are those of publication; elsewhere they are only those of the last change.
    """

    links: tuple[Link, ...] = ()
    children: tuple[str, ...] = ()
    news: bool = False


def read_sitemap(body: bytes, *, url: str, media_type: str = "", charset: str = "") -> Sitemap:
    """Return what a sitemap lists; one that breaks off is read as far as it goes.

    Raises Refused (``broken-sitemap``, ``broken-feed``, ``too-large``) for what is no sitemap.
    """
    body = unpacked(body)
    start = body[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start.startswith(b"<"):
        return Sitemap(links=tuple(_lines(body, url=url)))
    root = _root(body)
    name = _name(root)
    if name == "sitemapindex":
        return Sitemap(children=tuple(_children(root, url=url)))
    if name == "urlset":
        entries = [entry for node in islice(root, MOST_ENTRIES) if _name(node) == "url" and (entry := _entry(node, url=url))]
        return Sitemap(links=tuple(newest_first(link for link, _ in entries)), news=any(news for _, news in entries))
    if name in ("rss", "feed", "rdf"):
        return Sitemap(links=tuple(newest_first(read_feed(body, url=url, media_type=media_type, charset=charset))), news=True)
    raise Refused("broken-sitemap", f"this is no sitemap: its outermost element is {name or 'missing'}")


def unpacked(body: bytes) -> bytes:
    """Return a gzip body unpacked, as far as it is whole; other bodies as they are. Raises Refused when it is too large."""
    if body[:2] == b"\x1f\x8b":
        packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = packed.decompress(body, LARGEST_SITEMAP + 1)
        except zlib.error as error:
            raise Refused("broken-sitemap", f"its gzip is damaged: {error}") from error
    if len(body) > LARGEST_SITEMAP:
        raise Refused("too-large", f"the sitemap has more than {LARGEST_SITEMAP:,} bytes")
    return body


def _root(body: bytes) -> etree._Element:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("broken-sitemap", f"this is no sitemap: {plain(error, longest=200)}") from error
    if root is None:
        raise Refused("broken-sitemap", "this is no sitemap: it holds no XML")
    return root


def _name(node: etree._Element) -> str:
    """Return an element's local name; comments and instructions have none."""
    # By hand, as QName refuses the names that a recovering parser lets pass.
    return re.split("[}:]", node.tag)[-1].lower() if isinstance(node.tag, str) else ""


def _text(node: etree._Element, name: str) -> str:
    for child in node.iter():
        if child is not node and _name(child) == name and child.text:
            return str(child.text).strip()
    return ""


def _entry(node: etree._Element, *, url: str) -> tuple[Link, bool] | None:
    """Return one listed page, and whether its date is that of publication."""
    address = cleaned(next((str(child.text or "") for child in node if _name(child) == "loc"), ""), base=url)
    if not address or len(address) > LONGEST_ADDRESS:
        return None
    published = _text(node, "publication_date")
    hint = Hint(
        title=plain(_text(node, "title"), longest=500) if published else "",
        published=moment_of(published),
        language=language_of(_text(node, "language")),
    )
    return Link(address, hint, changed=moment_of(_text(node, "lastmod"))), bool(published)


def _children(root: etree._Element, *, url: str) -> list[str]:
    """Return the listed sitemaps most likely to hold fresh news: named so, then changed last, then listed first."""
    found: list[tuple[bool, float, int, str]] = []
    for place, node in enumerate(islice(root, MOST_ENTRIES)):
        address = cleaned(next((str(child.text or "") for child in node if _name(child) == "loc"), ""), base=url)
        if address:
            changed: datetime | None = moment_of(_text(node, "lastmod"))
            found.append(("news" not in address.lower(), -changed.timestamp() if changed else 0.0, place, address))
    return [address for *_, address in sorted(found)[:MOST_CHILDREN]]


def _lines(body: bytes, *, url: str) -> list[Link]:
    lines = body.decode("utf-8-sig", errors="replace").splitlines()[:MOST_ENTRIES]
    links = [Link(address) for line in lines if line.strip().startswith("http") and (address := cleaned(line, base=url))]
    if not links:
        raise Refused("broken-sitemap", "this is no sitemap: neither XML nor a list of addresses")
    return links
