"""Robots rules and redirects at work on single requests, with a fake engine."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.core.downloader import Slot
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response
from scrapy.settings import Settings

from crawler.answers import Stopped
from crawler.middlewares import LONGEST_DELAY, Redirects, Robots
from crawler.permissions import TDM_FILE

PAGE = "https://desk.example/2026/11/a"
PATHS = ["/2026/11/a", "/private/b", "/مقال"]


class FakeEngine:
    """Answers requests for robots.txt; keeps the downloader's slots."""

    def __init__(self, answer: Response | Exception, tdm: Response | None = None) -> None:
        self.answer = answer
        self.tdm = tdm or Response("https://desk.example" + TDM_FILE, status=404)
        self.asked: list[str] = []
        self.downloader = SimpleNamespace(slots={"desk.example": Slot(1, 5.0, 0)}, per_slot_settings={})

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request.url)
        if request.url.endswith(TDM_FILE):
            return self.tdm
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def robots_of(answer: Response | Exception, tdm: Response | None = None) -> tuple[Robots, FakeEngine]:
    engine = FakeEngine(answer, tdm)
    settings = Settings({"ROBOTSTXT_USER_AGENT": "Newscentre", "DOWNLOAD_DELAY": 5.0})
    crawler = SimpleNamespace(engine=engine, settings=settings, spider=SimpleNamespace(refused_names={}))
    return Robots(crawler), engine


def text(body: str, status: int = 200) -> Response:
    return Response("https://desk.example/robots.txt", status=status, body=body.encode())


def verdicts(robots: Robots, *paths: str) -> list[str]:
    """Return for each path whether it may be asked, or why not; all at once, as in a crawl."""

    async def ask(path: str) -> str:
        try:
            await robots.process_request(Request("https://desk.example" + path))
        except Stopped as stopped:
            return stopped.code
        return "free"

    async def ask_all() -> list[str]:
        return list(await asyncio.gather(*map(ask, paths)))

    return asyncio.run(ask_all())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ["free", "free", "free"]),
        ("User-agent: *\nDisallow: /private/", ["free", "robots", "free"]),
        ("User-agent: Newscentre\nDisallow: /\n\nUser-agent: *\nDisallow:", ["robots"] * 3),
        ("User-agent: other\nDisallow: /", ["free"] * 3),
        ("User-agent: *\nDisallow: /\nAllow: /2026/", ["free", "robots", "robots"]),
        ("User-agent: *\nDisallow: /مقال", ["free", "free", "robots"]),
        ("\ufeffUser-agent: *\nDisallow: /private/", ["free", "robots", "free"]),
        ("<html><body>Not found</body></html>", ["free"] * 3),
    ],
)
def test_rules(body: str, expected: list[str]) -> None:
    robots, engine = robots_of(text(body))
    assert verdicts(robots, *PATHS) == expected
    assert engine.asked == ["https://desk.example/robots.txt", "https://desk.example" + TDM_FILE]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', ["reserved"] * 3),
        (b'[{"location": "/private/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/"}]', ["free", "reserved", "free"]),
        (
            b'[{"location": "/2026/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
            ["free", "reserved", "reserved"],
        ),
        (b'[{"location": "/2026/11/a$", "tdm-reservation": "1"}]', ["reserved", "free", "free"]),
        (b'[{"location": 7}, "x", null]', ["free"] * 3),
        (b"<html>Not found</html>", ["free"] * 3),
        (b"[" * 100_000, ["free"] * 3),
    ],
)
def test_a_file_of_reservations_is_obeyed_before_anything_is_asked(body: bytes, expected: list[str]) -> None:
    robots, _engine = robots_of(text("User-agent: *\nDisallow:"), Response("https://desk.example/", status=200, body=body))
    assert verdicts(robots, *PATHS) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (text("Disallow: /", 404), "free"),
        (text("User-agent: *\nDisallow: /", 403), "free"),
        (text("", 500), "http-500"),
        (text("", 503), "http-503"),
        (text("", 429), "http-429"),
        (DownloadTimeoutError("x"), "timeout"),
        (Stopped("redirect", "in a circle"), "free"),
        (Stopped("too-large", "huge"), "free"),
        (Stopped("unsafe", "leads inside"), "unsafe"),
    ],
)
def test_a_missing_file_allows_all_and_a_failing_one_closes_the_host(answer: Response | Exception, expected: str) -> None:
    robots, _engine = robots_of(answer)
    assert verdicts(robots, "/2026/11/a") == [expected]


@pytest.mark.parametrize(("asked_for", "delay"), [("9", 9.0), ("2", 5.0), ("3600", LONGEST_DELAY), ("soon", 5.0), ("-4", 5.0)])
def test_a_crawl_delay_slows_the_host_down_and_never_up(asked_for: str, delay: float) -> None:
    robots, engine = robots_of(text(f"User-agent: *\nCrawl-delay: {asked_for}"))
    verdicts(robots, "/2026/11/a")
    assert engine.downloader.slots["desk.example"].delay == delay
    assert engine.downloader.per_slot_settings.get("desk.example", {"delay": 5.0})["delay"] == delay


def redirected(location: bytes, *, passed: list[Any] | None = None) -> Request | Response:
    request = Request(PAGE, meta={"redirects": passed or [], "download_slot": "desk.example"})
    response = Response(PAGE, status=302, headers={"Location": location})
    answer: Request | Response = Redirects().process_response(request, response)
    return answer


def test_a_redirect_is_a_new_request_that_queues_at_its_own_host() -> None:
    request = redirected("https://عربي.example/مقال#top".encode())
    assert isinstance(request, Request)
    assert request.url.startswith("https://xn--ngbrx4e.example/%D9%85")
    assert "download_slot" not in request.meta
    assert request.meta["redirects"] == [(PAGE, 302)]
    assert redirected(b"b").url == "https://desk.example/2026/11/b"
    assert isinstance(redirected(b""), Response)


@pytest.mark.parametrize("location", [PAGE.encode(), b"http://[::1", b"https://desk.example/0"])
def test_circles_and_nonsense_are_stopped(location: bytes) -> None:
    passed = [("https://desk.example/0", 301)]
    with pytest.raises(Stopped) as caught:
        redirected(location, passed=passed)
    assert caught.value.code == "redirect"


def test_too_long_a_chain_is_stopped() -> None:
    with pytest.raises(Stopped, match="too often"):
        redirected(b"/next", passed=[(f"https://desk.example/{n}", 302) for n in range(5)])
