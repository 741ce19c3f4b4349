"""Requests and answers pass through here: one request a host at a time, a rest where a host asks for one, a cap a day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async

from crawler import record
from crawler.answers import Stopped, headers_of
from crawler.links import host_of
from crawler.rhythm import rest_asked
from newsdesk.errors import Busy

_HELD = "holds_turn_of"
#: After so many requests the record is asked anew how many other crawlers made.
RECOUNT = 50


@dataclass
class Host:
    """One host in this crawl. ``answers`` are its last ones, newest first; ``asked`` its requests of the last 24 hours, ``aside``
    those of this crawl that the record does not keep, as scripts made them.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    answers: list[tuple[datetime, int, str]] = field(default_factory=list)
    asked: int = 0
    aside: int = 0
    since_count: int = RECOUNT


class Restraint:
    """Lets one request a host go at a time, so that an answer that asks for a rest (429, 503) holds back all that wait.

    Rests and counts come from the record, so they hold across crawls and machines. What is held back is left for later.
    """

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler
        self._hosts: dict[str, Host] = {}
        self._caps: Mapping[str, int] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> Restraint:
        """Make it as Scrapy asks."""
        return cls(crawler)

    async def process_request(self, request: Any) -> None:
        """Wait for the host's turn; let pass or raise."""
        name = host_of(request.url)
        host = self._hosts.setdefault(name, Host())
        await host.turn.acquire()
        request.meta[_HELD] = name
        spider = self.crawler.spider
        if not spider.job.preview and host.since_count >= RECOUNT:
            if not host.answers:
                host.answers = await sync_to_async(record.last_answers)(name)
            host.asked = await sync_to_async(record.asked_today)(name, now=spider.now()) + host.aside
            host.since_count = 0
        self._object(host, name, is_page=_is_page(request))
        if not spider.job.preview:
            await self._claim(name)
        host.asked += 1
        host.aside += bool(request.meta.get("aside"))
        host.since_count += 1

    async def _claim(self, name: str) -> None:
        """Have the host to this crawl alone, so that the delay holds between all processes; raise Stopped if another has it."""
        hosts = self.crawler.spider.hosts
        try:
            await hosts.claim([name])
        except Busy as busy:
            raise Stopped("later", str(busy)) from busy
        await asyncio.sleep(hosts.wait(name, delay=self._delay(name)))

    def _delay(self, name: str) -> float:
        downloader = self.crawler.engine.downloader
        declared: float = downloader.per_slot_settings.get(name, {}).get(
            "delay", self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        )
        return max(declared, downloader.slots[name].delay if name in downloader.slots else 0.0)

    def _object(self, host: Host, name: str, *, is_page: bool) -> None:
        spider = self.crawler.spider
        until = rest_asked(host.answers)
        if until is not None and until > spider.now():
            raise Stopped("resting", f"{name} asked to be left alone until {until:%d %B %Y, %H:%M} UTC", until=until)
        if self._caps is None:
            self._caps = caps_of(spider.job)
        cap = self._caps.get(name, spider.job.daily_cap)
        if host.asked >= cap:
            raise Stopped("daily-cap", f"{name} was asked {host.asked} times in 24 hours; the most allowed is {cap}")
        if is_page and spider.out_of_time:
            raise Stopped("later", "this visit has lasted long enough; the rest is left for the next one")

    def process_response(self, request: Any, response: Any) -> Any:
        """Note what the host says of a rest; let the next request go."""
        host = self._release(request)
        if host is not None:
            said = headers_of(response).get("retry-after", "")
            host.answers = [(self.crawler.spider.now(), response.status, said), *host.answers[: record.LAST_ANSWERS - 1]]
        return response

    def process_exception(self, request: Any, exception: Exception) -> None:  # noqa: ARG002 - Scrapy's signature
        """Let the next request go."""
        self._release(request)

    def _release(self, request: Any) -> Host | None:
        name = request.meta.pop(_HELD, None)
        if name is None:
            return None
        host = self._hosts[name]
        host.turn.release()
        if not self.crawler.spider.job.preview:
            self.crawler.spider.hosts.note(name, delay=self._delay(name))
        return host


def _is_page(request: Any) -> bool:
    asked = request.cb_kwargs.get("asked")
    return asked is not None and asked.kind == "page"


def caps_of(job: Any) -> Mapping[str, int]:
    """Return the most requests a day of the hosts whose outlets declare one; where they share a host, the least holds."""
    caps: dict[str, int] = {}
    for outlet in job.outlets:
        if outlet.daily_cap is not None:
            for host in {host_of(address) for address in (outlet.homepage, *(address for _, address in outlet.ways))}:
                caps[host] = min(outlet.daily_cap, caps.get(host, outlet.daily_cap))
    return caps
