"""Crawls that come back: what is asked for again and how, who may crawl, how a crawl is stopped."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
from datetime import timedelta

import pytest

from crawler.answers import Stopped
from crawler.run import crawl
from newsdesk.configuration import Configuration
from newsdesk.errors import BadSetting
from tests.crawler.conftest import START, Desk
from tests.crawler.newsstand import page, rss


def outcome(desk: Desk, path: str) -> list[tuple[str, str, int]]:
    url = desk.stand.url("news", path)
    return [(row["state"], row["code"], row["status"]) for row in desk.fetches() if row["url"] == url]


def test_a_second_crawl_asks_only_for_what_may_have_changed(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    paths = ["/same", "/edited", "/equal", "/removed", "/old", "/refused"]
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), paths), etag='"feed-1"')
    for number, path in enumerate(paths[:-1]):
        stand.serve("news", path, page("en", number), etag='"v1"' if path in ("/same", "/edited") else "")
    stand.serve("news", "/refused", b"%PDF", media_type="application/pdf")
    desk.crawl(outlet)
    ids = {row["url"].rpartition("/")[2]: row["id"] for row in desk.fetches()}
    for name in ("same", "edited", "equal", "removed"):
        desk.make_article(ids[name], START.isoformat(" "))
    desk.make_article(ids["old"], (START - timedelta(days=8)).isoformat(" "))

    stand.serve("news", "/edited", page("en", 1, extra="Corrected."), etag='"v2"')
    stand.serve("news", "/removed", "gone", status=410)
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/new", *paths]), etag='"feed-2"')
    stand.serve("news", "/new", page("fr", 7))
    events = desk.crawl(outlet)
    assert outcome(desk, "/same")[1:] == [("done", "unchanged", 304)]
    assert outcome(desk, "/equal")[1:] == [("done", "unchanged", 200)]
    assert outcome(desk, "/edited")[1:] == [("pending", "", 200)]
    assert outcome(desk, "/removed")[1:] == [("pending", "gone", 410)]
    assert outcome(desk, "/new") == [("pending", "", 200)]
    assert stand.times("news", "/old") == stand.times("news", "/refused") == 1
    assert stand.asked["news", "/same"][1]["if-none-match"] == '"v1"'
    assert stand.asked["news", "/feed.xml"][1]["if-none-match"] == '"feed-1"'
    pages = [event for event in events if event.what == "page" and event.url]
    assert sorted(event.kind for event in pages) == ["stored"] * 3 + ["unchanged"] * 2
    assert pages[0].url == stand.url("news", "/new")
    again = [row for row in desk.fetches() if row["article_id"] and row["url"].endswith("/edited")]
    assert len({row["article_id"] for row in again}) == 1

    third = desk.crawl(outlet, again_every=3600.0)
    assert not [event for event in third if event.what == "page" and event.url]
    assert [row["code"] for row in desk.fetches("feed")] == ["", "", "unchanged"]
    assert desk.source("news")["state"] == "unchanged"


def test_what_is_missing_at_two_visits_is_taken_down(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    paths = ["/led-away", "/soft", "/back", "/busy"]
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), paths))
    stand.serve("news", "/", page("en", 9))
    for number, path in enumerate(paths):
        stand.serve("news", path, page("en", number), etag=f'"{path}"')
    desk.crawl(outlet)
    for row in desk.fetches():
        desk.make_article(row["id"], START.isoformat(" "))
    missing = "<title>Page not found</title>"
    stand.serve("news", "/led-away", status=302, headers={"Location": "/"})
    for path in paths[1:]:
        stand.serve("news", path, missing, etag='"missing"')
    desk.crawl(outlet)
    stand.serve("news", "/back", page("en", 2), etag='"back"')
    stand.serve("news", "/busy", "wait", status=500)
    desk.crawl(outlet)
    # What brought no answer is no sign of either.
    stand.serve("news", "/busy", missing, etag='"missing"')
    stand.serve("news", "/back", missing)
    desk.crawl(outlet)
    codes = {path: [code for _, code, _ in outcome(desk, path)][1:] for path in paths}
    assert codes["/led-away"][:2] == ["to-home", "gone"]
    assert codes["/soft"][:2] == ["soft-404", "gone"]
    assert codes["/back"] == ["soft-404", "unchanged", "soft-404"]
    assert codes["/busy"] == ["soft-404", "http-500", "gone"]


def test_an_unchanged_feed_still_gives_what_failed_or_was_left(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a", "/busy", "/c"]), etag='"feed-1"')
    stand.serve("news", "/a", page("ar", 1))
    stand.serve("news", "/busy", "later", status=503)
    stand.serve("news", "/c", page("fr", 1))
    desk.crawl(outlet, limit=2)
    assert outcome(desk, "/c") == []
    assert "1 more are left" in desk.source("news")["state_detail"]
    desk.crawl(outlet)
    assert outcome(desk, "/c") == [("pending", "", 200)]
    assert desk.fetches("feed")[1]["status"] == 304
    desk.crawl(outlet)
    desk.crawl(outlet)
    assert outcome(desk, "/busy") == [("refused", "http-503", 503)] * 3
    assert stand.times("news", "/a") == 1


def test_a_source_in_use_is_left_alone_and_a_dead_holder_is_none(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), []))
    desk.crawl(outlet)
    until = (START + timedelta(hours=1)).isoformat(" ")
    desk.rows("UPDATE newsdesk_source SET leased_by = 'another-machine:1', leased_until = ?", until)
    assert [event.kind for event in desk.crawl(outlet)] == ["busy"]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    desk.rows("UPDATE newsdesk_source SET leased_by = ?, leased_until = ?", f"{socket.gethostname()}:{dead.pid}", until)
    assert "finished" in [event.kind for event in desk.crawl(outlet)]
    assert desk.source("news")["leased_by"] == ""


def test_closing_the_crawl_stops_it_and_keeps_what_came(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a", "/slow", "/b"]))
    stand.serve("news", "/a", page("en", 1))
    stand.serve("news", "/slow", pause=True)
    crawling = desk.crawling(outlet, timeout=3.0)
    for event in crawling:
        if event.kind == "stored":
            break
    assert desk.source("news")["leased_by"].partition(":")[0] == socket.gethostname()
    crawling.close()  # type: ignore[attr-defined]
    assert outcome(desk, "/a") == [("pending", "", 200)]
    assert outcome(desk, "/b") == []
    assert desk.source("news")["leased_by"] == ""


def test_a_preview_tells_and_keeps_nothing(desk: Desk) -> None:
    stand, outlet = desk.stand, desk.outlet()
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a", "/b"]))
    events = desk.crawl(outlet, preview=True)
    assert [event.message for event in events if event.kind == "link"] == ["Story at /a", "Story at /b"]
    assert desk.fetches() == desk.fetches("feed") == desk.rows("SELECT * FROM newsdesk_source") == []
    assert stand.times("news", "/a") == 0


def test_real_sites_need_a_contact(desk: Desk) -> None:
    outlet = desk.outlet()
    with pytest.raises(BadSetting, match="contact"):
        crawl([outlet], configuration=Configuration(data=desk.data), test_hosts="")
    with pytest.raises(BadSetting, match="plain"):
        crawl([outlet], configuration=Configuration(data=desk.data, contact="a\nb"), test_hosts="")


def test_a_host_that_is_no_test_host_is_not_asked_even_with_a_contact(desk: Desk) -> None:
    outlet = desk.outlet()
    events = list(crawl([outlet], configuration=Configuration(data=desk.data, contact="x@example.org"), test_hosts="", delay=0.0))
    assert [event.code for event in events if event.kind == "refused"] == ["unsafe"]
    assert desk.stand.asked == {}


def test_a_crawl_that_crashes_tells_how(desk: Desk) -> None:
    desk.rows("DROP TABLE newsdesk_fetch")
    desk.stand.serve("news", "/feed.xml", rss(desk.stand.url("news", ""), ["/a"]))
    with pytest.raises(RuntimeError, match=r"no such table"):
        desk.crawl(desk.outlet())


def test_a_crawl_that_cannot_begin_tells_why(desk: Desk) -> None:
    (desk.data / "newscentre.toml").write_text("port = 'many'", encoding="utf-8")
    outlets = [desk.outlet(f"news-{number}", note="x" * 500) for number in range(300)]
    with pytest.raises(RuntimeError, match="must be a int"):
        desk.crawl(*outlets)


def test_a_crawl_ends_with_its_parent(desk: Desk) -> None:
    stand = desk.stand
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/slow"]))
    stand.serve("news", "/slow", pause=True)
    script = (
        "import sys; from pathlib import Path; from crawler.catalogue import Outlet; from crawler.run import crawl;"
        "from newsdesk.configuration import Configuration;"
        f"outlet = Outlet('news', 'News', {stand.url('news')!r}, feeds=({stand.url('news', '/feed.xml')!r},));"
        f"events = crawl([outlet], configuration=Configuration(data=Path({str(desk.data)!r})),"
        f" test_hosts={stand.test_hosts('news')!r}, delay=0.0, timeout=60.0);"
        "[print(event.kind, flush=True) for event in events]"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=os.environ) as parent:
        assert parent.stdout is not None
        for line in parent.stdout:
            if line == "read\n":
                break
        # Asked while the crawl is at work: it gives the lease up as soon as its parent is gone.
        holder = int(desk.source("news")["leased_by"].partition(":")[2])
        parent.kill()
    assert wait_for_the_end_of(holder)
    assert desk.source("news")["leased_by"] == ""


def wait_for_the_end_of(process: int) -> bool:
    """Wait until a process that is no child of ours has ended; the system tells when."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(process)
        try:
            return bool(select.select([handle], [], [], 30)[0])
        finally:
            os.close(handle)
    return True


def test_stopped_requests_carry_their_reason() -> None:
    stopped = Stopped("robots", "not allowed")
    assert (stopped.code, str(stopped)) == ("robots", "not allowed")
