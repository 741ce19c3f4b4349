"""A site's address is enough: feeds, sitemaps or the front page are found, with few requests and never inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crawler.catalogue import Outlet
from crawler.discovery import Homepage, Way, proposed, read_homepage, sitemaps_of
from crawler.finding import Found, address_of, find
from crawler.sights import PAGE, page_of
from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput, Refused
from tests.crawler.conftest import Desk
from tests.crawler.newsstand import page, rss

HEAD = """<!doctype html><html lang="{language}-XX"><head><title>{title}</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" href="/une.xml">
<link rel="ALTERNATE" type="application/atom+xml" href="/monde.xml">
<link rel="alternate" hreflang="en" href="/en/"><link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
</head><body>{body}</body></html>"""
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    "<url><loc>{base}/1</loc><news:news><news:publication><news:language>fr</news:language></news:publication>"
    "<news:publication_date>2026-11-20T10:00:00Z</news:publication_date><news:title>Un</news:title></news:news></url></urlset>"
)
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{base}/news.xml</loc></sitemap></sitemapindex>'


@pytest.mark.parametrize(
    ("language", "title", "name"),
    [
        ("ar", "الرئيسية | صوت الميناء", "صوت الميناء"),
        ("en", "The Harbour Voice – news of the coast, every day", "The Harbour Voice"),
        ("ar", "\u200fصوت الميناء\u200f - الرئيسية", "صوت الميناء"),
        ("fr", "L’Écho\u00a0du \x1b[1mport", "L’Écho du [1mport"),
    ],
)
def test_a_homepage_says_its_name_language_and_feeds(language: str, title: str, name: str) -> None:
    found = read_homepage(
        HEAD.format(language=language, title=title, body="x").encode(), url="https://echo.example/a/", charset="utf-8"
    )
    assert found == Homepage(name, language, ("https://echo.example/une.xml", "https://echo.example/monde.xml"))


def test_the_sites_own_name_goes_before_the_title() -> None:
    body = '<title>x | y</title><meta property="og:site_name" content="صوت  الميناء"><p>.'.encode()
    assert read_homepage(body, url="https://echo.example/", charset="utf-8").name == "صوت الميناء"


@pytest.mark.parametrize("body", [b"", b"<!--"])
def test_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="no page"):
        read_homepage(body, url="https://echo.example/")


def test_robots_names_sitemaps_those_for_news_first() -> None:
    robots = "User-agent: *\nDisallow: /x\nSitemap: https://e.example/pages.xml\nsitemap: /news.xml\nSitemap: ftp://e.example/z\n"
    assert sitemaps_of(robots, url="https://e.example/") == ["https://e.example/news.xml", "https://e.example/pages.xml"]


def test_what_is_found_makes_an_outlet() -> None:
    ways = [
        Way("feed", "https://e.tn/a", message="404"),
        Way("feed", "https://e.tn/b", 9, language="ar"),
        Way("sitemap", "https://e.tn/s", 4),
    ]
    outlet = proposed("e", "https://e.tn/", page=Homepage("E", "fr"), ways=ways)
    assert (outlet.feeds, outlet.sitemaps, outlet.languages, outlet.country) == (("https://e.tn/b",), (), ("fr", "ar"), "TN")
    assert (outlet.verified, outlet.evidence) == (True, "probe")
    with pytest.raises(Refused, match="neither a feed"):
        proposed("e", "https://e.tn/", page=Homepage(), ways=ways[:1])


@pytest.mark.parametrize(
    "typed",
    ["http://127.0.0.1/", "localhost", "http://169.254.169.254/latest", "http://[::1]/", "ftp://a.example/", "https://a b/", "http://u:p@a.example/",
     "http://a.example:22/", ""],
)  # fmt: skip
def test_an_address_inside_is_not_asked(typed: str) -> None:
    with pytest.raises(BadInput):
        address_of(typed)


def test_a_bare_name_is_an_address() -> None:
    assert address_of(" echo.example ") == "https://echo.example/"


@pytest.fixture
def looked(desk: Desk) -> Callable[..., Found]:
    def look(host: str = "echo", **fields: Any) -> Found:
        configuration = Configuration(data=desk.data, test_hosts=desk.stand.test_hosts(host))
        return find(desk.stand.url(host), configuration=configuration, delay=0.0, timeout=5.0, **fields)

    return look


def test_the_feeds_that_a_page_names_are_found(desk: Desk, looked: Callable[..., Found]) -> None:
    stand = desk.stand
    stand.serve("echo", "/", HEAD.format(language="fr", title="L’Écho", body="x"))
    stand.serve("echo", "/une.xml", rss(stand.url("echo", ""), ["/a", "/b"], language="fr"))
    tried: list[Way] = []
    found = looked(note=tried.append)
    assert found.outlet == Outlet(
        key="echo", name="L’Écho", homepage=stand.url("echo"), languages=("fr",), feeds=(stand.url("echo", "/une.xml"),),
        verified=True, evidence="probe",
    )  # fmt: skip
    assert [(way.links, bool(way.message)) for way in tried] == [(2, False), (0, True)]
    assert tried[0].newest is not None
    assert (stand.times("echo", "/feed/"), desk.fetches("feed")) == (0, [])


def test_usual_places_are_tried_only_up_to_the_first_that_is_right(desk: Desk, looked: Callable[..., Found]) -> None:
    stand = desk.stand
    stand.serve("echo", "/", "<title>Echo</title><p>x")
    stand.serve("echo", "/rss.xml", rss(stand.url("echo", ""), ["/a"], language="en"))
    assert looked().outlet.feeds == (stand.url("echo", "/rss.xml"),)
    assert [stand.times("echo", path) for path in ("/feed/", "/rss.xml", "/rss", "/sitemap.xml")] == [1, 1, 0, 0]


def test_a_news_sitemap_is_found_through_robots_and_its_index(desk: Desk, looked: Callable[..., Found]) -> None:
    stand = desk.stand
    base = stand.url("echo", "")
    stand.serve("echo", "/", "<title>Echo</title><p>x")
    stand.serve("echo", "/robots.txt", f"User-agent: *\nDisallow: /rss\nSitemap: {base}/all.xml", media_type="text/plain")
    stand.serve("echo", "/all.xml", INDEX.format(base=base))
    stand.serve("echo", "/news.xml", SITEMAP.format(base=base))
    found = looked()
    assert (found.outlet.sitemaps, found.outlet.languages) == ((f"{base}/all.xml",), ("fr",))
    assert stand.times("echo", "/rss") == stand.times("echo", "/rss.xml") == 0, "what robots.txt closes is not tried"


def test_the_front_page_is_the_last_way_in(desk: Desk, looked: Callable[..., Found]) -> None:
    links = "".join(
        f'<a href="/2026/11/2{number}/a-long-slug-of-words">A headline that is long enough</a>' for number in range(6)
    )
    desk.stand.serve("echo", "/", f'<html lang="ar"><title>Echo</title><body>{links}')
    found = looked(key="mine")
    assert (found.outlet.key, found.outlet.sections, found.outlet.languages) == ("mine", (desk.stand.url("echo"),), ("ar",))


@pytest.mark.parametrize(("status", "said"), [(404, "status 404"), (200, "neither a feed")])
def test_a_site_that_cannot_be_read_is_told_in_a_sentence(
    desk: Desk, looked: Callable[..., Found], status: int, said: str
) -> None:
    desk.stand.serve("echo", "/", "<p>nothing", status=status)
    with pytest.raises(Refused, match=said):
        looked()


def test_a_homepage_that_leads_inside_or_is_walled_is_refused(desk: Desk) -> None:
    replies: dict[str, tuple[dict[str, Any], str]] = {
        "port": ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, "port 9 is not"),
        "inside": ({"status": 302, "headers": {"Location": "http://169.254.169.254/"}}, "not of the open internet"),
        "walled": ({"status": 403, "body": "<title>Just a moment...</title>"}, "bot wall"),
    }
    for key, (reply, _) in replies.items():
        desk.stand.serve(key, "/", **reply)
    events = desk.crawl(*map(desk.outlet, replies), preview=True, look="homepage")
    said = {event.source: event.message for event in events if event.kind == "refused"}
    assert {key: sentence in said[key] for key, (_, sentence) in replies.items()} == dict.fromkeys(replies, True)


def test_a_look_at_pages_brings_them_whole_and_keeps_none(desk: Desk) -> None:
    stand = desk.stand
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a", "/no", "/b"]))
    stand.serve("news", "/robots.txt", "User-agent: *\nDisallow: /no", media_type="text/plain")
    for path in ("/a", "/b"):
        stand.serve("news", path, page("ar"))
    events = desk.crawl(desk.outlet("news"), preview=True, look="pages", limit=2)
    (seen,) = [page_of(event) for event in events if event.kind == PAGE]
    assert (seen.url, seen.body.decode(), seen.hint["title"]) == (stand.url("news", "/a"), page("ar"), "Story at /a")
    assert [event.code for event in events if event.kind == "refused"] == ["robots"]
    assert (stand.times("news", "/no"), stand.times("news", "/b")) == (0, 0)
    assert desk.rows("SELECT count(*) AS n FROM newsdesk_fetch") == [{"n": 0}]
    assert desk.rows("SELECT count(*) AS n FROM newsdesk_source") == [{"n": 0}]
