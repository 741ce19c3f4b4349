"""Sitemaps enter as bytes (XML with news dates, indexes, plain text, gzip); links and further sitemaps leave."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from lxml import etree

from crawler.feeds import read_feed
from crawler.links import Link, cleaned, language_of, moment_of, newest_first, plain, without_halves
from newsdesk.errors import Refused
from newsdesk.languages import languages
from newsdesk.values import Hint

LARGEST_SITEMAP = 16 * 1024 * 1024
MOST_ENTRIES = 50_000
MOST_CHILDREN = 5
#: Of the language versions of one page, so many are looked at.
MOST_VERSIONS = 50


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
        entries = [entry for node in islice(root, MOST_ENTRIES) if _name(node) == "url" for entry in _entries(node, url=url)]
        links = {link.url: link for link, _ in reversed(entries)}  # of an address listed twice, what is said first
        return Sitemap(links=tuple(newest_first(reversed(links.values()))), news=any(news for _, news in entries))
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
        root = etree.fromstring(without_halves(body), parser=parser)
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


def _entries(node: etree._Element, *, url: str) -> list[tuple[Link, bool]]:
    """Return a listed page and its other language versions, each with whether its date is that of publication."""
    address = cleaned(next((str(child.text or "") for child in node if _name(child) == "loc"), ""), base=url)
    if not address:
        return []
    news = next((child for child in node if _name(child) == "news"), None)
    published = _text(news, "publication_date") if news is not None else ""
    others = _versions(node, url=url)
    hint = Hint(
        title=plain(_text(news, "title"), longest=500) if news is not None else "",
        published=moment_of(published),
        language=language_of(_text(news, "language")) if news is not None else others.get(address, ""),
    )
    changed = moment_of(_text(node, "lastmod"))
    versions = [Link(other, Hint(language=spoken), changed=changed) for other, spoken in others.items() if other != address]
    return [(link, bool(published)) for link in (Link(address, hint, changed=changed), *versions)]


def _versions(node: etree._Element, *, url: str) -> dict[str, str]:
    """Return the addresses of a page's versions in our languages (``hreflang``), its own among them."""
    found: dict[str, str] = {}
    for child in islice((child for child in node if _name(child) == "link"), MOST_VERSIONS):
        spoken, address = language_of(child.get("hreflang")), cleaned(str(child.get("href") or ""), base=url)
        if address and spoken in languages() and str(child.get("rel") or "").lower() == "alternate":
            found.setdefault(address, spoken)
    return found


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
