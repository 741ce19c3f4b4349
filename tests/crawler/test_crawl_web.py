"""One crawl over a small web of honest, broken and hostile outlets: what is kept of each page, and how each is found."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.events import CrawlEvent
from newsdesk.models import Fetch
from tests.crawler.conftest import Desk, open_desk
from tests.crawler.newsstand import Newsstand, page, rss
from tests.crawler.test_feeds import BOMB

LARGEST = 300_000
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>x</title><entry><title>Un bateau</title>
<link href="{base}/2026/11/bateau?at_medium=RSS"/><author><name>Leïla B.</name></author>
<published>2026-11-20T10:00:00Z</published>
</entry></feed>"""
SITEMAP = """<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{base}/from-the-map</loc><n:news>
<n:publication><n:language>en</n:language></n:publication><n:publication_date>2026-11-20T08:00:00Z</n:publication_date>
<n:title>From the map</n:title></n:news></url></urlset>"""
HOSTILE = (
    "circle", "chain-1", "metadata", "loopback", "decimal", "octal", "hex", "mapped", "file", "neighbour", "big", "bomb",
    "damaged", "slow", "pdf", "image", "wall", "gone", "nothing", "teapot",
)  # fmt: skip


def honest(stand: Newsstand) -> None:
    stand.serve("rss", "/robots.txt", "User-agent: *\nDisallow: /private/\n", media_type="text/plain")
    paths = ["/a?utm_source=rss", "/b", "/private/c"]
    stand.serve("rss", "/feed.xml", rss(stand.url("rss", ""), paths), media_type="application/rss+xml", etag='"feed-1"')
    stand.serve(
        "rss", "/a", page("en", 1), etag='"a-1"', headers={"Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT", "Set-Cookie": "x=1"}
    )
    stand.serve("rss", "/b", status=301, headers={"Location": "/b-moved"})
    stand.serve("rss", "/b-moved", gzip.compress(page("en", 2).encode()), headers={"Content-Encoding": "gzip"})
    stand.serve("rss", "/private/c", page("en", 3))
    stand.serve("atom", "/feed.xml", ATOM.format(base=stand.url("atom", "")), media_type="application/atom+xml")
    stand.serve("atom", "/2026/11/bateau", page("fr", 1))
    item = {"url": stand.url("json", "/qarib"), "title": "قارب", "date_published": "2026-11-20T10:00:00+03:00", "language": "ar"}
    stand.serve(
        "json",
        "/feed.xml",
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}),
        media_type="application/json",
    )
    stand.serve("json", "/qarib", page("ar", 1).encode("windows-1256"), media_type="text/html; charset=windows-1256")
    index = f"<sitemapindex><sitemap><loc>{stand.url('map', '/news.xml.gz')}</loc></sitemap></sitemapindex>"
    stand.serve("map", "/sitemap.xml", index, media_type="application/xml")
    packed = gzip.compress(SITEMAP.format(base=stand.url("map", "")).encode())
    stand.serve("map", "/news.xml.gz", packed, media_type="application/gzip")
    stand.serve("map", "/from-the-map", page("en", 4))
    stand.serve("section", "/monde/", "<a href='/2026/11/un-bateau-au-port'>Un bateau au port</a><a href='/tag/port'>Port</a>")
    stand.serve("section", "/2026/11/un-bateau-au-port", page("fr", 2))


def troubled(stand: Newsstand) -> None:
    wall = "<title>Just a moment...</title><p>Checking your browser</p>"
    stand.serve("walled", "/feed.xml", wall)
    stand.serve("dead", "/feed.xml", "down", status=500)
    stand.serve("moved", "/feed.xml", status=301, headers={"Location": stand.url("parked", "/")})
    stand.serve("parked", "/", "<p>This domain is for sale</p>")
    stand.serve("shut", "/robots.txt", "down", status=503)
    stand.serve("shut", "/feed.xml", rss(stand.url("shut", ""), ["/a"]))
    stand.serve("cut", "/feed.xml", "<?xml version='1.0'?><rss version='2.0'><channel><tit", media_type="text/xml")
    stand.serve("bare", "/feed.xml", rss(stand.url("bare", ""), []))
    stand.serve("boom", "/feed.xml", rss(stand.url("boom", ""), ["/a"]).replace('<?xml version="1.0"?>', BOMB))


def hostile(stand: Newsstand) -> None:
    base = stand.url("enemy", "")
    direct = ["http://169.254.169.254/latest", f"http://127.0.0.1:{stand.port}/secret", "http://[::1]/secret"]
    feed = rss(base, [f"/{name}" for name in HOSTILE])
    extra = "".join(f"<item><title>x</title><link>{url}</link></item>" for url in direct)
    stand.serve("enemy", "/feed.xml", feed.replace("</channel>", extra + "</channel>"))
    # Addresses of which no request can be made, titles and addresses that no database can hold.
    odd = ["http://odd.localhost:abc/", "http://odd.localhost:99999/", f"{base}/\ud800", f"{base}/\x00", f"{base}/{'ق' * 1500}"]
    items = [{"url": url, "title": "\ud800 x \x00"} for url in (*odd, stand.url("odd", "/fine"))]
    feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})
    stand.serve("odd", "/feed.xml", feed, media_type="application/json")
    stand.serve("odd", "/fine", page("en", 8))
    stand.serve("127", "/secret", page("en", 9))
    leads = {
        "circle": "/circle-2", "circle-2": "/circle", "metadata": "http://169.254.169.254/", "decimal": "http://2130706433/",
        "octal": "http://0177.0.0.1/", "hex": "http://0x7f.1/", "mapped": "http://[::ffff:127.0.0.1]/", "file": "file:///etc/passwd",
        "loopback": f"http://127.0.0.1:{stand.port}/secret", "neighbour": stand.url("unlisted", "/"),
    } | {f"chain-{n}": f"/chain-{n + 1}" for n in range(1, 9)}  # fmt: skip
    for name, target in leads.items():
        stand.serve("enemy", f"/{name}", status=302, headers={"Location": target})
    stand.serve("enemy", "/big", b"<p>" + b"x" * (LARGEST + 1))
    stand.serve("enemy", "/bomb", gzip.compress(b"<p>" + b" " * 20_000_000), headers={"Content-Encoding": "gzip"})
    stand.serve("enemy", "/damaged", b"\x1f\x8b\x08not gzip at all", headers={"Content-Encoding": "gzip"})
    stand.serve("enemy", "/pdf", b"%PDF-1.7" * 10_000, media_type="application/pdf")
    stand.serve("enemy", "/image", b"\x89PNG", media_type="image/png")
    stand.serve("enemy", "/slow", pause=True)
    stand.serve("enemy", "/wall", "<script>document.cookie='a=1';location.reload()</script>")
    stand.serve("enemy", "/gone", "gone", status=410)
    stand.serve("enemy", "/nothing", "")
    stand.serve("enemy", "/teapot", "short and stout", status=418)


KEYS = ("rss", "atom", "json", "map", "section", "walled", "dead", "moved", "shut", "cut", "bare", "boom", "enemy", "odd")


class Crawled:
    """The web, and what one crawl made of it."""

    def __init__(self, desk: Desk) -> None:
        self.stand = desk.stand
        for serve in (honest, troubled, hostile):
            serve(desk.stand)
        ways: dict[str, dict[str, Any]] = {
            "map": {"sitemaps": (self.stand.url("map", "/sitemap.xml"),)},
            "section": {"sections": (self.stand.url("section", "/monde/"),)},
        }
        outlets = [desk.outlet(key, **ways.get(key, {})) for key in KEYS]
        hosts = desk.stand.test_hosts(*KEYS, "parked")
        self.events: list[CrawlEvent] = desk.crawl(*outlets, hosts=hosts, timeout=2.0, largest=LARGEST)
        self.pages = {row["url"]: row for row in desk.fetches()}
        self.ways = [row for kind in ("feed", "sitemap", "section") for row in desk.fetches(kind)]
        self.states = {key: desk.source(key) for key in KEYS}

    def page(self, host: str, path: str) -> dict[str, Any]:
        return self.pages[self.stand.url(host, path)]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, empty_record: bytes) -> Iterator[Crawled]:
    folder: Path = tmp_path_factory.mktemp("web")
    with open_desk(folder, empty_record) as desk:
        yield Crawled(desk)


@pytest.mark.parametrize(
    ("host", "path", "hint"),
    [
        ("rss", "/a", {"title": "Story at /a?utm_source=rss", "author": "desk@example.org (Desk)", "language": "en"}),
        ("rss", "/b", {"published": "2026-11-20T10:01:00+00:00"}),
        ("atom", "/2026/11/bateau", {"title": "Un bateau", "author": "Leïla B.", "language": "fr"}),
        ("json", "/qarib", {"title": "قارب", "published": "2026-11-20T07:00:00+00:00", "language": "ar"}),
        ("map", "/from-the-map", {"title": "From the map", "published": "2026-11-20T08:00:00+00:00", "language": "en"}),
        ("section", "/2026/11/un-bateau-au-port", {}),
    ],
)
def test_pages_wait_to_be_ingested_with_their_hints(crawled: Crawled, host: str, path: str, hint: dict[str, str]) -> None:
    row = crawled.page(host, path)
    assert (row["state"], row["code"], row["status"], row["media_type"]) == ("pending", "", 200, "text/html")
    assert hint.items() <= row["hint"].items()
    assert datetime.fromisoformat(row["fetched_at"])


def test_bodies_are_kept_as_received(crawled: Crawled) -> None:
    arabic = crawled.page("json", "/qarib")
    assert Fetch(compressed_body=arabic["compressed_body"]).body == page("ar", 1).encode("windows-1256")
    assert arabic["charset"] == "windows-1256"
    unpacked = crawled.page("rss", "/b")
    assert Fetch(compressed_body=unpacked["compressed_body"]).body == page("en", 2).encode()
    assert unpacked["final_url"] == crawled.stand.url("rss", "/b-moved")
    assert json.loads(unpacked["redirects"]) == [[crawled.stand.url("rss", "/b"), 301]]
    assert crawled.page("rss", "/a")["headers"]["etag"] == '"a-1"'


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/circle", "redirect"), ("/chain-1", "redirect"), ("/metadata", "unsafe"), ("/loopback", "unsafe"),
        ("/decimal", "unsafe"), ("/octal", "unsafe"), ("/hex", "unsafe"), ("/mapped", "unsafe"), ("/file", "unsafe"),
        ("/neighbour", "unsafe"), ("/big", "too-large"), ("/bomb", "too-large"), ("/damaged", "broken-answer"),
        ("/pdf", "not-html"), ("/image", "not-html"), ("/slow", "timeout"), ("/wall", "blocked"), ("/gone", "http-410"),
        ("/nothing", "empty"), ("/teapot", "http-418"),
    ],
)  # fmt: skip
def test_hostile_pages_are_refused_with_code_and_sentence(crawled: Crawled, path: str, code: str) -> None:
    row = crawled.page("enemy", path)
    assert (row["state"], row["code"], row["compressed_body"]) == ("refused", code, None)
    assert row["message"]
    assert code in [event.code for event in crawled.events if event.url == row["url"] and event.kind == "refused"]


def test_no_request_ever_went_inside(crawled: Crawled) -> None:
    assert crawled.stand.times("127", "/secret") == 0
    assert crawled.stand.times("127", "/robots.txt") == 0
    assert crawled.stand.times("unlisted", "/") == 0
    direct = [row for url, row in crawled.pages.items() if "localhost" not in url]
    assert len(direct) == 3
    assert {row["code"] for row in direct} == {"unsafe"}


def test_robots_are_obeyed(crawled: Crawled) -> None:
    assert crawled.page("rss", "/private/c")["code"] == "robots"
    assert crawled.stand.times("rss", "/private/c") == 0
    assert crawled.stand.times("rss", "/robots.txt") == 1
    assert crawled.stand.times("shut", "/feed.xml") == 0


def test_hosts_are_asked_one_thing_at_a_time_by_an_honest_agent(crawled: Crawled) -> None:
    assert crawled.stand.times("enemy", "/slow") == 1
    assert crawled.stand.impatient == []
    asked = [headers for (host, _), all_asked in crawled.stand.asked.items() if host == "rss" for headers in all_asked]
    assert all(headers["user-agent"].startswith("Newscentre/") for headers in asked)
    assert not any("cookie" in headers or "referer" in headers for headers in asked)


@pytest.mark.parametrize(
    ("key", "state", "said"),
    [
        ("rss", "ok", "2 pages came in"), ("atom", "ok", "1 page"), ("json", "ok", "1 page"), ("map", "ok", "1 page"),
        ("section", "ok", "1 page"), ("walled", "blocked", "bot wall"), ("dead", "broken", "status 500"),
        ("moved", "redirected", "parked"), ("shut", "broken", "robots.txt of shut.localhost answered with status 503"),
        ("cut", "broken", "no feed"), ("bare", "empty", "list nothing"), ("boom", "broken", "entities"),
        ("enemy", "unchanged", "nothing new"),
    ],
)  # fmt: skip
def test_sources_are_left_in_a_state_with_a_sentence(crawled: Crawled, key: str, state: str, said: str) -> None:
    row = crawled.states[key]
    assert row["state"] == state
    assert said in row["state_detail"]
    assert row["state_since"] == row["crawled_at"] < row["next_crawl_at"]
    assert (row["leased_by"], row["leased_until"]) == ("", None)
    (finished,) = [event for event in crawled.events if event.kind == "finished" and event.source == key]
    assert (finished.code, finished.message) == (state, row["state_detail"])


def test_ways_in_are_in_the_record_too(crawled: Crawled) -> None:
    codes = {row["url"].partition("//")[2].partition(".")[0]: row["code"] for row in crawled.ways if "news.xml" not in row["url"]}
    assert {codes[key] for key in ("rss", "atom", "json", "map", "section", "bare", "enemy")} == {""}
    assert (codes["cut"], codes["boom"], codes["walled"], codes["dead"]) == ("broken-feed", "broken-feed", "blocked", "http-500")
    assert all(row["state"] == ("done" if not row["code"] else "refused") for row in crawled.ways)


def test_every_request_has_one_row_and_one_event(crawled: Crawled) -> None:
    found = sum(event.count for event in crawled.events if event.kind == "found")
    told = [
        event
        for event in crawled.events
        if event.kind in ("stored", "refused", "unchanged", "quarantined") and event.what == "page"
    ]
    assert found == len(told) == len(crawled.pages)


def test_odd_addresses_and_titles_stop_neither_their_feed_nor_the_crawl(crawled: Crawled) -> None:
    assert [url for url in crawled.pages if "odd.localhost" in url] == [crawled.stand.url("odd", "/fine")]
    fine = crawled.page("odd", "/fine")
    assert fine["state"] == "pending"
    assert fine["hint"]["title"] == "\ufffd x"
