"""A homepage, robots.txt and answers to a few addresses enter; what leads into a site, and the outlet it makes, leave."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from protego import Protego

from crawler.links import cleaned, language_of, plain
from crawler.naming import country_of
from crawler.outlets import LONGEST_NAME, Outlet, as_name
from newsdesk.errors import Refused

#: Where feeds and news sitemaps usually are. Few on purpose: each costs the site a request.
COMMON_FEEDS = ("/feed/", "/rss.xml", "/rss")
COMMON_SITEMAPS = ("/news-sitemap.xml", "/sitemap.xml")
MOST_CANDIDATES = 6
#: Of the sitemaps that robots.txt names, so many are looked at for those of news.
MOST_NAMED = 500
#: A front page that links to fewer articles is no way in.
LEAST_SECTION = 5
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json")
_NOT_NEWS = re.compile(r"comment|podcast|/author/|/tag/|wp-json|oembed", re.IGNORECASE)
_NEWS = re.compile(r"news|actu|خبر|أخبار", re.IGNORECASE)
#: Titles of front pages that name no site.
_HOME = frozenset(["home", "home page", "homepage", "accueil", "page d'accueil", "الرئيسية", "الصفحة الرئيسية"])
_SEPARATORS = re.compile(r"\s+[|–—•:-]+\s+")


@dataclass(frozen=True)
class Homepage:
    """What a homepage says of its site."""

    name: str = ""
    language: str = ""
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """A way in that was tried: how many pages it lists, the newest of them, their language; or why it is none."""

    kind: str
    url: str
    links: int = 0
    newest: datetime | None = None
    language: str = ""
    message: str = ""


def read_homepage(body: bytes, *, url: str, charset: str = "") -> Homepage:
    """Read a homepage; raise Refused (``not-html``) for what is no page."""
    try:
        tree = html.document_fromstring(body, parser=html.HTMLParser(encoding=charset or None, huge_tree=False))
    except (etree.ParserError, ValueError, LookupError) as error:
        raise Refused("not-html", "the homepage is no page that can be read") from error
    return Homepage(name=_name(tree), language=language_of(tree.get("lang")), feeds=tuple(_declared_feeds(tree, url)))


def _name(tree: html.HtmlElement) -> str:
    site = tree.xpath("string(//meta[@property='og:site_name']/@content)")
    title = _SEPARATORS.split(plain(tree.xpath("string(//title)"), longest=LONGEST_NAME))
    return as_name(plain(site)) or next((part for part in map(as_name, title) if part and part.lower() not in _HOME), "")


def _declared_feeds(tree: html.HtmlElement, url: str) -> list[str]:
    """Return the feeds that the page's head names, in its order, without those of comments and the like."""
    found: dict[str, None] = {}
    for link in tree.iter("link"):
        rels = str(link.get("rel") or "").lower().split()
        media_type = str(link.get("type") or "").lower().partition(";")[0].strip()
        address = cleaned(str(link.get("href") or ""), base=url)
        feed = "alternate" in rels and media_type in _FEED_TYPES and bool(address)
        if feed and not _NOT_NEWS.search(address + str(link.get("title") or "")):
            found.setdefault(address)
    return list(found)[:MOST_CANDIDATES]


def sitemaps_of(robots: str, *, url: str) -> list[str]:
    """Return the sitemaps that robots.txt names, those for news first."""
    addresses = [cleaned(address, base=url) for address in islice(Protego.parse(robots).sitemaps, MOST_NAMED)]
    once = dict.fromkeys(filter(None, addresses))
    return sorted(once, key=lambda address: not _NEWS.search(address))[:MOST_CANDIDATES]


def common(paths: Iterable[str], *, url: str) -> list[str]:
    """Return the addresses that these paths have at a site."""
    return [urljoin(url, path) for path in paths]


def proposed(key: str, homepage: str, *, page: Homepage, ways: Iterable[Way]) -> Outlet:
    """Return the outlet that these ways in make; raise Refused (``no-way-in``) where none of them lists anything.

    Feeds go before sitemaps, which go before the front page: the later ones are kept only where there is nothing better.
    """
    working = [way for way in ways if way.links]
    if not working:
        raise Refused("no-way-in", "neither a feed, nor a sitemap, nor articles on the front page were found")
    best = min((way.kind for way in working), key=("feed", "sitemap", "section").index)
    taken = tuple(way.url for way in working if way.kind == best)
    spoken = dict.fromkeys(filter(None, [page.language, *(way.language for way in working)]))
    return Outlet(
        key=key,
        name=page.name or (urlsplit(homepage).hostname or key),
        homepage=homepage,
        country=country_of(homepage),
        languages=tuple(spoken),
        feeds=taken if best == "feed" else (),
        sitemaps=taken if best == "sitemap" else (),
        sections=taken if best == "section" else (),
        verified=True,
        evidence="probe",
    )
