"""Pages whose text is written by scripts enter as answers; they leave as a browser that has no network of its own shows them.

Every request of a page is answered by the crawler's own downloader, so that what holds elsewhere holds here: safe addresses at
every redirect and look-up, robots rules, politeness, sizes. The browser itself can reach nobody.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from crawler.tracking import plain_host
from newsdesk.errors import Refused

#: How long a page may take to write itself, in seconds; at five seconds between requests that is about ten of them.
LONGEST = 60.0
#: How long nothing may be asked for until a page counts as written, in seconds.
QUIET = 1.0
#: How long the browser may take to answer us after that, or to close a page, in seconds.
PATIENCE = 10.0
MOST_REQUESTS = 20
#: What the requests of one page may bring, and what is kept of scripts for the pages after it, in bytes.
LARGEST_SUM = 32 * 1024 * 1024
AT_ONCE = 2
_ANSWERED = frozenset({"script", "fetch", "xhr"})
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: No name and no number leads anywhere, not even to the proxy through which all must go.
_FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://nowhere.invalid:1",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-gpu",
    "--js-flags=--max-old-space-size=256",
)
Ask = Callable[[str], Awaitable[Any]]


def lacking() -> str:
    """Say in a sentence what this machine lacks to show such pages, or nothing."""
    if find_spec("playwright") is None:
        return "its pages are written by scripts, and the extra `javascript` that reads such pages is not installed"
    if not _program():
        return "its pages are written by scripts, and Chromium, which reads such pages, is not installed"
    return ""


def _program() -> str:
    return next(filter(None, map(shutil.which, _PROGRAMS)), "")


class Browser:
    """One browser, started when first needed. ``ask`` brings the answer to a page's request, or None where it is refused."""

    def __init__(self, ask: Ask, *, user_agent: str, largest: int, longest: float = LONGEST) -> None:
        self.ask = ask
        self.user_agent = user_agent
        self.largest = largest
        self.longest = longest
        self.scripts: dict[str, dict[str, Any]] = {}
        self.asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._starting = asyncio.Lock()
        self._playwright: Any = None
        self._chromium: Any = None

    async def shown(self, response: Any) -> Any:
        """Return the answer with the page as its scripts have written it; raise Refused where they do not come to an end."""
        from playwright.async_api import Error

        async with self._turns:
            try:
                chromium = await self._started()
                html = await asyncio.wait_for(self._html(chromium, response), self.longest + PATIENCE)
            except TimeoutError as error:
                await self.close()
                raise Refused("timeout", f"its scripts take more than {self.longest:.0f} seconds") from error
            except Error as error:
                raise Refused("broken-answer", f"the browser cannot show it: {error.message.splitlines()[0][:200]}") from error
        body = html.encode("utf-8", errors="replace")
        if len(body) > self.largest:
            raise Refused("too-large", "written by its scripts, the page is larger than the limit")
        headers = response.headers.copy()
        headers["Content-Type"] = "text/html; charset=utf-8"
        return response.replace(body=body, headers=headers, encoding="utf-8", flags=[*response.flags, "rendered"])

    async def close(self) -> None:
        """End the browser, by force if it does not listen: without its driver's pipe it ends itself."""
        playwright, self._playwright, self._chromium = self._playwright, None, None
        if playwright is not None:
            await _within_patience(playwright.stop())

    async def _started(self) -> Any:
        async with self._starting:
            if self._chromium is None or not self._chromium.is_connected():
                from playwright.async_api import async_playwright

                await self.close()
                self._playwright = await async_playwright().start()
                # Chromium refuses its sandbox to root.
                self._chromium = await self._playwright.chromium.launch(
                    executable_path=_program(), args=list(_FLAGS), chromium_sandbox=os.geteuid() != 0
                )
        return self._chromium

    async def _html(self, chromium: Any, response: Any) -> str:
        from playwright.async_api import Error

        context = await chromium.new_context(user_agent=self.user_agent, service_workers="block", accept_downloads=False)
        showing = Showing(response, self)
        end = asyncio.get_running_loop().time() + self.longest
        try:
            await context.route("**/*", showing.answer)
            page = await context.new_page()
            try:
                await page.goto(response.url, wait_until="domcontentloaded", timeout=self.longest * 1000)
            except Error:
                # A script that leads elsewhere is stopped, and the page stays; one that never came is an error.
                if not showing.begun:
                    raise
            await showing.settle(end)
            html: str = await page.content()
        finally:
            showing.over = True
            await _within_patience(context.close())
        if showing.failure is not None:
            raise showing.failure
        return html


async def _within_patience(ending: Awaitable[None]) -> None:
    """Wait for an end, but not for ever; what is to end may be gone already."""
    from playwright.async_api import Error

    with suppress(Error, TimeoutError):
        await asyncio.wait_for(ending, PATIENCE)


@dataclass
class Showing:
    """One page being shown: answers its requests, one after the other, and counts them."""

    response: Any
    browser: Browser
    begun: bool = False
    over: bool = False
    asked: int = 0
    taken: int = 0
    waiting: int = 0
    failure: Exception | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, route: Any) -> None:
        """Answer a request of the page, or refuse it."""
        from playwright.async_api import Error

        self.waiting += 1
        try:
            reply = await self._reply(route.request)
            if reply is None:
                # An aborted navigation leaves the page as it is; a blocked one would put a notice in its place.
                await route.abort("aborted" if route.request.resource_type == "document" else "blockedbyclient")
            else:
                await route.fulfill(**reply)
        except Error:
            self.over = True  # the page is gone
        except Exception as error:
            self.failure = self.failure or error
        finally:
            self.waiting -= 1

    async def settle(self, end: float) -> None:
        """Wait until the page has asked for nothing for a while, at most until ``end`` (the loop's time)."""
        clock = asyncio.get_running_loop().time
        busy = clock()
        while not self.over and clock() < end:
            if self.waiting:
                busy = clock()
            elif clock() - busy >= QUIET:
                return
            await asyncio.sleep(0.05)

    async def _reply(self, request: Any) -> dict[str, Any] | None:
        if request.method != "GET":
            return None
        if request.resource_type == "document":
            return self._page()
        if request.resource_type == "stylesheet":
            return {"status": 200, "content_type": "text/css", "body": ""}
        if request.resource_type not in _ANSWERED or not same_site(request.url, self.response.url):
            return None
        if request.resource_type != "script":
            return await self._fetched(request)
        # Two pages are shown at once, often of one site: what one of them asks for already, the other waits for.
        async with self.browser.asking.setdefault(request.url, asyncio.Lock()):
            return self.browser.scripts.get(request.url) or await self._fetched(request)

    def _page(self) -> dict[str, Any] | None:
        """Return the page itself, once; frames within it and pages to which it leads are none of ours."""
        if self.begun:
            return None
        self.begun = True
        media_type = self.response.headers.get("Content-Type") or b"text/html"
        return {"status": 200, "headers": {"content-type": media_type.decode("latin-1")}, "body": self.response.body}

    async def _fetched(self, request: Any) -> dict[str, Any] | None:
        async with self.turn:
            if self.over or self.asked >= MOST_REQUESTS or self.taken >= LARGEST_SUM:
                return None
            self.asked += 1
            answer = await self.browser.ask(request.url)
        if answer is None:
            return None
        self.taken += len(answer.body)
        reply = {"status": answer.status, "headers": _headers(answer, request), "body": answer.body}
        kept = sum(len(one["body"]) for one in self.browser.scripts.values())
        if request.resource_type == "script" and kept + len(answer.body) <= LARGEST_SUM:
            self.browser.scripts[request.url] = reply
        return reply


def _headers(answer: Any, request: Any) -> dict[str, str]:
    """Return what the page is told of an answer: its type, and that it may be read, as here nobody is signed in anywhere."""
    media_type = (answer.headers.get("Content-Type") or b"text/plain").decode("latin-1")
    origin = request.headers.get("origin", "*")
    return {"content-type": media_type, "access-control-allow-origin": origin, "access-control-allow-credentials": "true"}


def same_site(url: str, page: str) -> bool:
    """Say whether an address is of the site of a page: of the same registered domain, or below the same host."""
    try:
        host, own = (urlsplit(address).hostname or "" for address in (url, page))
    except ValueError:
        return False
    from courlan import extract_domain  # brings a client for the web along, which a crawl does without

    site = extract_domain(page) or plain_host(own)
    return host == site or host.endswith(f".{site}")
