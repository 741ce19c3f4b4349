"""A crawl holds back: it rests where a host asks, keeps to its cap and its time, and leaves what is reserved or paused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.events import CrawlEvent
from tests.crawler.conftest import Desk
from tests.crawler.newsstand import page, rss

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
PATHS = [f"/2026/{number}" for number in range(1, 6)]


def at(hours: float = 0) -> str:
    return (NOW + timedelta(hours=hours)).isoformat()


def left(events: list[CrawlEvent]) -> set[str]:
    return {event.code for event in events if event.kind == "left"}


def publish(desk: Desk) -> None:
    desk.stand.serve("news", "/feed.xml", rss(desk.stand.url("news", ""), PATHS), etag='"1"')
    for number, path in enumerate(PATHS):
        desk.stand.serve("news", path, page("en", number))


def next_visit(desk: Desk) -> datetime:
    return datetime.fromisoformat(desk.source("news")["next_crawl_at"]).replace(tzinfo=UTC)


def asked_pages(desk: Desk) -> int:
    return sum(desk.stand.times("news", path) for path in PATHS)


def test_a_host_that_asks_for_a_rest_gets_it_in_this_crawl_and_the_next(desk: Desk) -> None:
    publish(desk)
    for path in PATHS:
        desk.stand.serve("news", path, "slow down", status=429, headers={"Retry-After": "7200"})
    events = desk.crawl(desk.outlet(), at=at())
    assert asked_pages(desk) == 1
    assert left(events) == {"resting"}
    assert len(desk.fetches()) == 1
    assert next_visit(desk) >= NOW + timedelta(hours=2)
    publish(desk)
    again = desk.crawl(desk.outlet(), at=at(1))
    assert asked_pages(desk) == 1
    assert "resting" in left(again)
    assert (desk.source("news")["state"], desk.source("news")["state_code"]) == ("blocked", "resting")
    late = desk.crawl(desk.outlet(), at=at(2.1))
    assert asked_pages(desk) == 1 + len(PATHS)
    assert late[-1].code == "ok"


def test_a_host_is_not_asked_more_than_its_cap_a_day(desk: Desk) -> None:
    publish(desk)
    # robots.txt, tdmrep.json and the feed count too.
    outlet = desk.outlet(daily_cap=5)
    events = desk.crawl(outlet, at=at())
    assert left(events) == {"daily-cap"}
    assert asked_pages(desk) == 2
    assert "3 more are left" in desk.source("news")["state_detail"]
    desk.crawl(outlet, at=at(12))
    assert asked_pages(desk) == 2
    desk.crawl(outlet, at=at(25))
    assert asked_pages(desk) == 4


def test_a_crawl_that_has_lasted_long_enough_leaves_the_rest(desk: Desk) -> None:
    publish(desk)
    events = desk.crawl(desk.outlet(), at=at(), longest=0.000001)
    assert left(events) == {"later"}
    assert asked_pages(desk) == 0
    assert next_visit(desk) <= NOW + timedelta(hours=1)


def test_reserved_pages_are_not_kept_but_the_verdict_is(desk: Desk) -> None:
    publish(desk)
    meta = '<meta name="tdm-reservation" content="1"></head>'
    desk.stand.serve("news", PATHS[0], page("ar", 1), headers={"TDM-Reservation": "1"})
    desk.stand.serve("news", PATHS[1], page("fr", 1).replace("</head>", meta))
    desk.stand.serve("news", PATHS[2], page("en", 1), headers={"X-Robots-Tag": "noarchive"})
    tdm = f'[{{"location": "{PATHS[3]}", "tdm-reservation": 1}}]'
    desk.stand.serve("news", "/.well-known/tdmrep.json", tdm, media_type="application/json")
    desk.crawl(desk.outlet(), at=at())
    rows = {row["url"].removeprefix(desk.stand.url("news", "")): row for row in desk.fetches()}
    verdicts = [rows[path]["verdict"] for path in PATHS]
    assert verdicts == ["tdm-header", "tdm-meta", "noarchive", "tdm-file", "allowed"]
    for path in PATHS[:4]:
        assert (rows[path]["code"], rows[path]["compressed_body"]) == ("reserved", None)
        assert rows[path]["message"]
    assert desk.stand.times("news", PATHS[3]) == 0
    assert rows[PATHS[4]]["compressed_body"] is not None


def test_rules_are_kept_as_evidence_and_asked_for_once_an_hour(desk: Desk) -> None:
    publish(desk)
    desk.stand.serve("news", "/robots.txt", f"User-agent: *\nDisallow: {PATHS[0]}\n", media_type="text/plain")
    desk.crawl(desk.outlet(), at=at())
    assert [(row["status"], row["host"]) for row in desk.fetches("rules")] == [(200, "news.localhost"), (404, "news.localhost")]
    closed = next(row for row in desk.fetches() if row["url"].endswith(PATHS[0]))
    assert (closed["verdict"], closed["status"]) == ("robots", 0)
    desk.crawl(desk.outlet(), at=at(0.5))
    assert desk.stand.times("news", "/robots.txt") == 1
    desk.crawl(desk.outlet(), at=at(1.5))
    assert desk.stand.times("news", "/robots.txt") == 2


def test_a_paused_source_is_left_alone(desk: Desk) -> None:
    publish(desk)
    desk.crawl(desk.outlet(), at=at())
    desk.rows("UPDATE newsdesk_source SET paused_at = ?, state = 'paused'", NOW.isoformat(" "))
    before = sum(len(asked) for asked in desk.stand.asked.values())
    assert [event.kind for event in desk.crawl(desk.outlet(), at=at(5))] == ["paused"]
    assert sum(len(asked) for asked in desk.stand.asked.values()) == before
    assert desk.source("news")["state"] == "paused"


def test_a_page_that_is_none_is_told_apart(desk: Desk) -> None:
    publish(desk)
    home = desk.stand.url("news", "/")
    desk.stand.serve("news", "/", page("en", 9))
    desk.stand.serve("news", PATHS[0], status=302, headers={"Location": home})
    desk.stand.serve("news", PATHS[1], "<title>Page introuvable - News</title><p>Cette page n'existe pas.</p>")
    desk.stand.serve("news", PATHS[2], "<title>عذرا، الصفحة غير موجودة</title><h1>404</h1>")
    desk.stand.serve("news", PATHS[3], "<title>404</title><p>Nothing here.</p>")
    desk.crawl(desk.outlet(), at=at())
    codes = {row["url"].removeprefix(desk.stand.url("news", "")): row["code"] for row in desk.fetches()}
    assert [codes[path] for path in PATHS] == ["to-home", "soft-404", "soft-404", "soft-404", ""]


def test_a_busy_source_is_soon_visited_again_and_a_failing_one_ever_later(desk: Desk) -> None:
    dated = "".join(
        f"<item><link>{desk.stand.url('news', path)}</link><pubDate>Mon, 09 Mar 2026 11:{50 - 5 * n}:00 GMT</pubDate></item>"
        for n, path in enumerate(PATHS)
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{dated}</channel></rss>'
    publish(desk)
    desk.stand.serve("news", "/feed.xml", feed)
    desk.crawl(desk.outlet(), at=at())
    assert desk.source("news")["polling_interval"] == 600
    assert next_visit(desk) < NOW + timedelta(minutes=11)
    waits = []
    for number in range(3):
        desk.stand.serve("news", "/feed.xml", "broken", status=500)
        begin = number + 1
        desk.crawl(desk.outlet(), at=at(begin))
        waits.append(next_visit(desk) - NOW - timedelta(hours=begin))
    assert desk.source("news")["failures"] == 3
    assert waits[0] < waits[1] < waits[2] <= timedelta(hours=25)
    assert desk.source("news")["state_code"] == "http-500"


def test_a_feed_without_news_for_long_is_silent(desk: Desk) -> None:
    publish(desk)
    desk.crawl(desk.outlet(), at=at())
    # The newsstand's entries are of November 2026.
    events = desk.crawl(desk.outlet(), at="2027-03-09T12:00:00+00:00")
    assert events[-1].code == "silent"
    assert desk.source("news")["state_code"] == "old"
