"""Pages that scripts write, in a real browser: they come in as readers see them, and no script reaches what we would not ask."""

from __future__ import annotations

import asyncio
import socket
import zlib
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawler import browser
from crawler.browser import same_site
from newsdesk.errors import Refused
from tests.crawler.conftest import Desk
from tests.crawler.newsstand import PAGES, rss


@pytest.fixture
def chromium() -> None:
    if sentence := browser.lacking():
        pytest.skip(sentence)


def shell(script: str, *, language: str = "en") -> str:
    """Return a page that is empty until its script has run."""
    return (
        f'<!doctype html><html lang="{language}"><head><title>…</title><script src="/app.js"></script></head>'
        f'<body><div id="root"></div><img src="/photo.jpg"><script>{script}</script></body></html>'
    )


WRITE = "fetch('/api/{language}').then(answer => answer.json()).then(write)"
APP = """
function write(story) {
  document.title = story[0];
  document.getElementById('root').innerHTML = '<article><h1>' + story[0] + '</h1><p>' + story[1] + '</p></article>';
}
"""


def offer(desk: Desk, pages: dict[str, str], **fields: Any) -> Any:
    """Serve an outlet whose feed lists these pages; return it."""
    stand = desk.stand
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), list(pages)))
    stand.serve("news", "/app.js", APP, media_type="text/javascript")
    stand.serve("news", "/photo.jpg", b"x", media_type="image/jpeg")
    for path, html in pages.items():
        stand.serve("news", path, html)
    return desk.outlet("news", javascript=True, **fields)


def body_of(row: dict[str, Any]) -> str:
    return zlib.decompress(row["compressed_body"]).decode()


@pytest.mark.browser
@pytest.mark.usefixtures("chromium")
def test_what_scripts_write_comes_in(desk: Desk) -> None:
    outlet = offer(desk, {f"/{language}": shell(WRITE.format(language=language), language=language) for language in PAGES})
    for language, (title, text) in PAGES.items():
        desk.stand.serve("news", f"/api/{language}", f'["{title}", "{text}"]', media_type="application/json")
    events = desk.crawl(outlet)
    rows = {row["url"].rpartition("/")[2]: row for row in desk.fetches()}
    for language, (title, text) in PAGES.items():
        assert (rows[language]["state"], rows[language]["charset"]) == ("pending", "utf-8"), rows[language]["message"]
        assert f"<h1>{title}</h1><p>{text}</p>" in body_of(rows[language])
        assert rows[language]["headers"]["x-newscentre-rendered"] == "chromium"
    assert [event.code for event in events if event.kind == "finished"] == ["ok"]
    # Scripts are asked for once, pictures never; and each time we say who asks.
    assert (desk.stand.times("news", "/app.js"), desk.stand.times("news", "/photo.jpg")) == (1, 0)
    assert all(headers["user-agent"].startswith("Newscentre/") for asked in desk.stand.asked.values() for headers in asked)
    # The page as written is what it was: nothing new at the next visit.
    desk.make_article(rows["en"]["id"], "2026-11-20 10:00:00")
    assert [event.code for event in desk.crawl(outlet, again_within=1e9) if event.kind == "unchanged"] == ["unchanged"]


#: What a hostile page tries, each in JavaScript, towards ``{inner}`` (host and port of something on this machine).
ATTACKS = {
    "metadata": "fetch('http://169.254.169.254/latest/meta-data/')",
    "loopback": "fetch('http://{inner}/fetched')",
    "by-name": "fetch('http://localhost:{port}/fetched')",
    "below-its-own-name": "fetch('http://inner.news.localhost:{port}/fetched')",
    "decimal": "fetch('http://2130706433:{port}/fetched')",
    "redirect": "fetch('/to-inner')",
    "redirect-to-metadata": "fetch('/to-metadata')",
    "no-cors": "fetch('http://{inner}/fetched', {{mode: 'no-cors'}})",
    "script": "document.body.append(Object.assign(document.createElement('script'), {{src: 'http://{inner}/x.js'}}))",
    "picture": "new Image().src = 'http://{inner}/x.png'",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), {{src: 'http://{inner}/frame'}}))",
    "prefetch": "document.head.append(Object.assign(document.createElement('link'), {{rel: 'prefetch', href: 'http://{inner}/p'}}))",
    "preconnect": "document.head.append(Object.assign(document.createElement('link'), {{rel: 'preconnect', href: 'http://{inner}'}}))",
    "post": "fetch('/post', {{method: 'POST', body: 'x'}})",
    "beacon": "navigator.sendBeacon('/post', 'x')",
    "socket": "new WebSocket('ws://{inner}/socket')",
    "events": "new EventSource('http://{inner}/events')",
    "window": "window.open('http://{inner}/window')",
    "worker": "navigator.serviceWorker.register('/worker.js')",
    "download": "Object.assign(document.createElement('a'), {{href: '/file.zip', download: 'file.zip'}}).click()",
    "stun": "(p => (p.createDataChannel('x'), p.createOffer().then(o => p.setLocalDescription(o))))"
    "(new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{udp}'}}]}}))",
    "leaving": "setTimeout(() => location = 'http://{inner}/left', 50)",
}


@pytest.mark.browser
@pytest.mark.usefixtures("chromium")
def test_no_script_reaches_inside(desk: Desk) -> None:
    with socket.socket() as inner, socket.socket(type=socket.SOCK_DGRAM) as stun:
        for door in (inner, stun):
            door.bind(("127.0.0.1", 0))
            door.setblocking(False)
        inner.listen()
        port = inner.getsockname()[1]
        places = {"inner": f"127.0.0.1:{port}", "port": port, "udp": stun.getsockname()[1]}
        attacks = ";".join(f"try {{ {attack.format(**places)} }} catch (error) {{}}" for attack in ATTACKS.values())
        outlet = offer(desk, {"/hostile": shell(f"setTimeout(() => {{ {attacks} }}, 100); {WRITE.format(language='en')}")})
        title, text = PAGES["en"]
        desk.stand.serve("news", "/api/en", f'["{title}", "{text}"]', media_type="application/json")
        desk.stand.serve("news", "/to-inner", status=302, headers={"Location": f"http://127.0.0.1:{port}/redirected"})
        desk.stand.serve("news", "/to-metadata", status=302, headers={"Location": "http://169.254.169.254/latest/"})
        desk.crawl(outlet)
        with pytest.raises(BlockingIOError):
            inner.accept()
        with pytest.raises(BlockingIOError):
            stun.recv(100)
    (row,) = desk.fetches()
    assert row["state"] == "pending", row["message"]
    assert title in body_of(row)
    # The redirects were asked for, so the scripts did run; what is not a plain request to its own site was not.
    assert {path for host, path in desk.stand.asked if host == "news"} == {
        "/robots.txt", "/.well-known/tdmrep.json", "/feed.xml", "/hostile", "/app.js", "/api/en", "/to-inner", "/to-metadata",
    }  # fmt: skip
    assert {host for host, _ in desk.stand.asked} == {"news"}


@pytest.mark.browser
@pytest.mark.usefixtures("chromium")
def test_robots_rules_and_bounds_hold_for_scripts(desk: Desk) -> None:
    many = "Promise.allSettled([...Array(60).keys()].map(n => fetch('/many/' + n)))"
    pages = {
        "/closed": shell("fetch('/private/story')"),
        "/many": shell(many),
        "/huge": shell("write(['t', 'x'.repeat(9e6)])"),
        "/reserved": shell("document.head.innerHTML += '<meta name=robots content=noarchive>'"),
    }
    outlet = offer(desk, pages)
    desk.stand.serve("news", "/robots.txt", "User-agent: *\nDisallow: /private/", media_type="text/plain")
    desk.crawl(outlet)
    rows = {row["url"].rpartition("/")[2]: row for row in desk.fetches()}
    assert desk.stand.times("news", "/private/story") == 0
    # The script itself counts, unless another page had it before.
    assert browser.MOST_REQUESTS - sum(path.startswith("/many/") for _, path in desk.stand.asked) in (0, 1)
    assert (rows["huge"]["code"], rows["huge"]["compressed_body"]) == ("too-large", None)
    assert (rows["reserved"]["code"], rows["reserved"]["verdict"]) == ("reserved", "noarchive")


@pytest.mark.browser
@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize(
    ("script", "patience", "codes"),
    [
        ("for (;;) {}", 1.0, {"timeout"}),
        ("setInterval(() => fetch('/again'), 100)", 10.0, {""}),
        ("const all = []; for (;;) all.push(new Array(1e6).fill(all.length))", 1.0, {"timeout", "broken-answer"}),
    ],
)
def test_a_page_without_end_is_ended(script: str, patience: float, codes: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PATIENCE", patience)

    async def nothing(url: str) -> None:
        return None

    async def show() -> str:
        shown = browser.Browser(nothing, user_agent="Newscentre/test", largest=100_000, longest=2.0)
        page = HtmlResponse("http://news.localhost/", body=shell(script).encode())
        try:
            return (await shown.shown(page)).text and ""
        except Refused as refusal:
            return refusal.code
        finally:
            await shown.close()

    assert asyncio.run(asyncio.wait_for(show(), 60)) in codes


def test_without_a_browser_the_source_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet = offer(desk, {"/en": shell("")})
    monkeypatch.setenv("PATH", "/nonexistent")
    events = desk.crawl(outlet)
    source = desk.source("news")
    assert [event.code for event in events if event.kind == "finished"] == ["broken"]
    assert (source["state"], source["state_code"]) == ("broken", "no-browser")
    assert "not installed" in source["state_detail"]
    assert not desk.stand.asked


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.paper.co.uk/story", True),
        ("https://paper.co.uk/story", True),
        ("https://other.co.uk/story", False),
        ("https://paper.co.uk.evil.example/", False),
        ("http://169.254.169.254/", False),
        ("http://[::1/", False),
    ],
)
def test_a_page_asks_its_own_site(url: str, same: bool) -> None:
    assert same_site(url, "https://www.paper.co.uk/news") is same
