"""A seed and a number enter; one hostile case leaves, always the same: an entry point and the bytes it is to read."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "pages"
TITLES = {"ar": "وصول قارب جديد إلى الميناء", "en": "A new boat reaches the harbour", "fr": "Un bateau arrive à l’aube"}
KINDS = ("feed", "sitemap", "section", "page", "opml", "robots")
#: Feeds and sitemaps above this size are read by a process that is given up on; here they are read in this one.
LARGEST = 60_000
CHARSETS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "cp1256", "iso8859-6", "cp1252", "latin-1", "utf-7", "big5", "koi8-r")
#: What breaks readers of markup, dates, addresses and numbers.
TOKENS = (
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<!DOCTYPE x [",
    b"<!ENTITY a SYSTEM 'file:///etc/passwd'>",
    b"&a;",
    b"&#0;",
    b"&#x110000;",
    b"&#55296;",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x80\xae",
    b"<?xml version='1.0' encoding='",
    b"'?>",
    b"<script type='application/ld+json'>",
    b"</script>",
    b'{"@graph":[',
    b'{"@type":"NewsArticle","articleBody":',
    b"<svg><style><!--",
    b"<template>",
    b"<noscript>",
    b"<table><tr><td>",
    b"<a href='",
    b"http://[::1",
    b"http://127.0.0.1:99999/",
    b"https://desk.example:99999/2026/",
    b"http://desk.example:a\\@b.example/",
    b"&#" + b"1" * 5_000 + b";",
    b"&#8;",
    b"&#x1B;",
    b"<title>" + b"error 404 " * 60 + b"x</title>",
    b"<h1>" + b"a | " * 900 + b"</h1>",
    b"<div>" * 120,
    b" -->" + b" " * 3_000 + b"x",
    b"111 " * 600,
    "111\u202f".encode() * 600,
    b"javascript:alert(1)",
    b"%00%ff",
    b"9999-99-99T99:99:99Z",
    b"0000-00-00",
    b"Fri, 31 Feb 99999 25:61:61 +9999",
    b"-1",
    b"1e999",
    b"NaN",
    b"9" * 400,
    "٣٠ فبراير ٢٠٢٦".encode(),
    "٧ آب ٢٠١٥".encode(),
    "1er février 0000".encode(),
    "31 رمضان 1447".encode(),
    b"<base href='//'>",
    b"<link rel=canonical href='http://[",
    b"<meta http-equiv=refresh content='0;url=",
    b"<meta charset=",
    b"utf-16",
    b"x-user-defined",
    b"</html>",
    b"<item>",
    b"</item>",
    b"<entry>",
    b"<url><loc>",
    b"<sitemap><loc>",
    b"<news:publication_date>",
    b"<outline xmlUrl='",
    b"xml:base='ht!tp:'",
    b"User-agent: *\r\n",
    b"Disallow: /*$*$*$",
    b"Crawl-delay: 1e99",
    b"Sitemap: ",
    b"\r",
    b"\n",
    b"<title>" * 30,
    b"<b>" * 200,
    b"[" * 200,
)


@dataclass(frozen=True)
class Case:
    """What is to be read, and as what."""

    number: int
    kind: str
    body: bytes
    media_type: str = ""
    charset: str = ""


def case_of(seed: int, number: int) -> Case:
    """Make the case of this number."""
    chance = random.Random(f"{seed}-{number}")
    kind = chance.choice(KINDS)
    body = chance.choice(seeds()[kind])
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        body = chance.choice(MUTATIONS)(body, chance)[:LARGEST]
    media_type = chance.choice(("", "text/html", "application/xml", "application/json", "text/plain"))
    return Case(number, kind, body, media_type, chance.choice(("", "", *CHARSETS, "x" * 40, "utf-8;q=1")))


@cache
def seeds() -> dict[str, tuple[bytes, ...]]:
    """Return honest examples of each kind: the project's own fixtures, and small feeds and lists in three languages."""
    pages = tuple(path.read_bytes() for path in sorted(PAGES.glob("*.html")))
    feeds = tuple(form(language, title) for form in (_rss, _atom, _rdf, _json) for language, title in TITLES.items())
    sitemaps = tuple(_sitemap(language, title) for language, title in TITLES.items())
    index = b"<sitemapindex><sitemap><loc>https://desk.example/news.xml.gz</loc><lastmod>2026-11-20</lastmod></sitemap></sitemapindex>"
    robots = b"User-agent: *\nDisallow: /private/*.html$\nAllow: /\nCrawl-delay: 9\nSitemap: https://desk.example/sitemap.xml\n"
    return {
        "feed": feeds,
        "sitemap": (*sitemaps, index, gzip.compress(sitemaps[0], mtime=0), "https://desk.example/خبر\n".encode() * 9, feeds[0]),
        "section": (*pages, b"".join(b"<a href='/2026/11/%d-story'>A story of some length %d</a>" % (n, n) for n in range(20))),
        "page": (*pages, json.dumps({"title": "x", "text": TITLES["ar"] * 20}).encode()),
        "opml": (_opml(), b"name,homepage,feeds\nx,https://desk.example/,https://desk.example/rss\n"),
        "robots": (robots, robots.replace(b"\n", b"\r"), "Disallow: /مقال\n".encode("cp1256")),
    }


def _rss(language: str, title: str) -> bytes:
    date = "Fri, 20 Nov 2026 14:00:00 +0200"
    item = f"<item><title>{title}</title><link>/2026/11/a?utm_source=x</link><pubDate>{date}</pubDate></item>"
    head = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title><language>{language}</language>'
    return f"{head}{item * 3}</channel></rss>".encode()


def _atom(language: str, title: str) -> bytes:
    date = "<published>2026-11-20T12:00:00Z</published>"
    entry = f"<entry><title type='html'>{title}</title><link href='/a'/><id>urn:1</id>{date}</entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}"><title>x</title>{entry * 3}</feed>'.encode()


def _rdf(language: str, title: str) -> bytes:
    spaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    item = f'<item rdf:about="https://desk.example/a"><title xml:lang="{language}">{title}</title><link>https://desk.example/a</link></item>'
    return f"<rdf:RDF {spaces}><channel><title>x</title></channel>{item * 2}</rdf:RDF>".encode()


def _json(language: str, title: str) -> bytes:
    item = {"id": "1", "url": "/a", "title": title, "authors": [{"name": "x"}], "date_published": "2026-11-20T13:00:00+01:00"}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "language": language, "items": [item] * 3}).encode()


def _sitemap(language: str, title: str) -> bytes:
    news = f"<n:news><n:publication><n:language>{language}</n:language></n:publication><n:title>{title}</n:title></n:news>"
    url = f"<url><loc>https://desk.example/a</loc><lastmod>2026-11-20</lastmod>{news}</url>"
    return f'<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">{url * 3}</urlset>'.encode()


def _opml() -> bytes:
    outline = "<outline text='خبر' type='rss' xmlUrl='https://desk.example/rss' htmlUrl='https://desk.example/'/>"
    return f"<opml version='2.0'><head/><body><outline text='x'>{outline * 3}</outline></body></opml>".encode()


Mutation = Callable[[bytes, random.Random], bytes]


def _spot(body: bytes, chance: random.Random) -> int:
    return chance.randrange(len(body) + 1)


def flipped(body: bytes, chance: random.Random) -> bytes:
    """Change some bytes."""
    changed = bytearray(body)
    for _ in range(chance.randrange(1, 12)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def tokened(body: bytes, chance: random.Random) -> bytes:
    """Put something nasty somewhere."""
    spot = _spot(body, chance)
    return body[:spot] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 2, 20)) + body[spot:]


def cut(body: bytes, chance: random.Random) -> bytes:
    """Leave out a piece, or all from a spot on."""
    start = _spot(body, chance)
    return body[:start] + (body[start + chance.randrange(200) :] if chance.random() < 0.7 else b"")


def repeated(body: bytes, chance: random.Random) -> bytes:
    """Say a piece again and again."""
    start = _spot(body, chance)
    piece = body[start : start + chance.choice((1, 3, 10, 80))]
    return body[:start] + piece * chance.choice((2, 10, 300, 3000)) + body[start:]


def spliced(body: bytes, chance: random.Random) -> bytes:
    """Go on as another example does."""
    other = chance.choice(seeds()[chance.choice(KINDS)])
    return body[: _spot(body, chance)] + other[_spot(other, chance) :]


def swapped(body: bytes, chance: random.Random) -> bytes:
    """Put one markup token in another's place."""
    parts = body.split(b"<")
    for _ in range(chance.randrange(1, 6)):
        one, two = chance.randrange(len(parts)), chance.randrange(len(parts))
        parts[one], parts[two] = parts[two], parts[one]
    return b"<".join(parts)


def recoded(body: bytes, chance: random.Random) -> bytes:
    """Read it in one charset and write it in another."""
    text = body.decode(chance.choice(CHARSETS[:8]), "replace")
    return text.encode(chance.choice(CHARSETS), "replace")


def random_bytes(_body: bytes, chance: random.Random) -> bytes:
    """Forget what was there."""
    return chance.choice((b"", b"<rss>", b"<html>", b"{", b"\x1f\x8b\x08\x00")) + chance.randbytes(chance.randrange(400))


def compressed(body: bytes, _chance: random.Random) -> bytes:
    """Pack it."""
    return gzip.compress(body, mtime=0)


MUTATIONS: tuple[Mutation, ...] = (
    flipped, flipped, tokened, tokened, tokened, cut, repeated, spliced, swapped, recoded, random_bytes, compressed,
)  # fmt: skip
