"""Requests and responses pass through here on their way: unsafe addresses, robots rules, redirects and sizes are minded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from asgiref.sync import sync_to_async
from protego import Protego
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from w3lib.url import safe_url_string

from crawler import record
from crawler.answers import DONE, GOOD, Answer, Asked, Stopped, described, refusal_of_error
from crawler.permissions import TDM_FILE, TdmFile, read_tdm_file
from crawler.safety import check_address, test_hosts_of
from newsdesk.errors import Refused

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
#: What of a robots.txt is read, as RFC 9309 advises; and the longest pause that it can ask of us, in seconds.
LARGEST_ROBOTS = 512 * 1024
LONGEST_DELAY = 120.0
#: Rules read so long ago still hold; RFC 9309 allows a day.
RULES_HOLD = timedelta(hours=1)


class Gate:
    """Stops requests for addresses that are not of the open internet, redirected ones too, before anything else happens."""

    def __init__(self, test_hosts: frozenset[tuple[str, int]]) -> None:
        self.test_hosts = test_hosts

    @classmethod
    def from_crawler(cls, crawler: Any) -> Gate:
        """Make it as Scrapy asks."""
        return cls(test_hosts_of(crawler.settings.get("NEWSCENTRE_TEST_HOSTS", "")))

    def process_request(self, request: Any) -> None:
        """Let pass or raise."""
        try:
            check_address(request.url, test_hosts=self.test_hosts)
        except Refused as refusal:
            raise Stopped(refusal.code, str(refusal)) from refusal


@dataclass(frozen=True)
class Rules:
    """What a host's robots.txt and tdmrep.json say; ``closed`` is set where nothing may be asked, because it does not answer."""

    parser: Any = None
    closed: Stopped | None = None
    tdm: TdmFile = field(default_factory=TdmFile)


class Robots:
    """Obeys robots.txt (RFC 9309), its crawl-delay, and the host's tdmrep.json.

    A missing robots.txt (4xx) allows all; one that fails (5xx, no answer) closes its host for this crawl. The rules that were
    read are kept in the record, as evidence and for the next hour (``keeps``: not so in tests of single requests).
    """

    def __init__(self, crawler: Any, *, keeps: bool = False) -> None:
        self.crawler = crawler
        self.agent = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self.keeps = keeps
        self._rules: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any) -> Robots:
        """Make it as Scrapy asks."""
        return cls(crawler, keeps=True)

    async def process_request(self, request: Any) -> None:
        """Let pass or raise."""
        if request.meta.get("is_robots_txt"):
            return
        parts = urlsplit(request.url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._rules:
            self._rules[place] = asyncio.ensure_future(self._read(place))
        rules = await asyncio.shield(self._rules[place])
        if rules.closed:
            # A fresh one each time: an exception that is raised again and again drags all its tracebacks along.
            raise Stopped(rules.closed.code, str(rules.closed), until=rules.closed.until)
        if rules.parser is not None and not rules.parser.can_fetch(request.url, self.agent):
            sentence = f"robots.txt of {parts.hostname} does not allow us this address"
            raise Stopped("robots", sentence, verdict="robots")
        if rules.tdm.reserves(request.url[len(place) :] or "/"):
            sentence = f"its publisher reserves it against text and data mining (tdmrep.json of {parts.hostname})"
            raise Stopped("reserved", sentence, verdict="tdm-file")

    async def _read(self, place: str) -> Rules:
        host = urlsplit(place).hostname or ""
        try:
            status, body = await self._asked(f"{place}/robots.txt")
        except Stopped as stopped:
            # An endless or huge robots.txt counts as none; one that leads inside closes the host.
            if stopped.code not in ("redirect", "too-large"):
                return Rules(closed=stopped)
            status, body = 404, b""
        except Exception as error:
            return Rules(closed=self._closing(error, host))
        if status >= 500 or status == 429:
            sentence = f"robots.txt of {host} answered with status {status}, so nothing there is fetched"
            return Rules(closed=Stopped(f"http-{status}", sentence))
        parser = None
        if status in GOOD:
            parser = Protego.parse(body[:LARGEST_ROBOTS].decode("utf-8-sig", errors="ignore"))
            self._slow_down(host, parser.crawl_delay(self.agent))
        return Rules(parser, tdm=await self._tdm_file(place))

    async def _tdm_file(self, place: str) -> TdmFile:
        """Read the host's tdmrep.json; one that does not come reserves nothing."""
        try:
            status, body = await self._asked(place + TDM_FILE)
        except Stopped:
            return TdmFile()
        except Exception as error:
            self._closing(error, urlsplit(place).hostname or "")
            return TdmFile()
        return read_tdm_file(body) if status in GOOD else TdmFile()

    async def _asked(self, url: str) -> tuple[int, bytes]:
        """Return status and body of a host's rules, from the record where they were read of late."""
        spider = self.crawler.spider
        keeps = self.keeps and not spider.job.preview
        if keeps and (kept := await sync_to_async(record.kept_rules)(url, since=spider.now() - RULES_HOLD)):
            return kept
        request = Request(url, meta={"is_robots_txt": True}, priority=1000, callback=NO_CALLBACK)
        response = await self.crawler.engine.download_async(request)
        if keeps:
            fields = described(Asked("", "rules", url), response, at=spider.now())
            body = response.body if response.status in GOOD else None
            await sync_to_async(record.store)(Answer(**fields, state=DONE, body=body), source_id=None)
        return response.status, response.body

    def _closing(self, error: Exception, host: str) -> Stopped:
        """Return how a failure to read the rules closes the host; raise what is a failure of ours."""
        refused = getattr(self.crawler.spider, "refused_names", {})
        refusal = refusal_of_error(error, refused=refused, host=host)
        if refusal is None:
            raise error
        return Stopped(refusal[0], f"its robots.txt cannot be read: {refusal[1]}")

    def _slow_down(self, host: str, delay: float | None) -> None:
        """Wait at least as long between two requests as the host asks for."""
        if not delay or delay <= 0:
            return
        downloader = self.crawler.engine.downloader
        wanted = min(float(delay), LONGEST_DELAY)
        slot = downloader.slots.get(host)
        if slot is not None:
            slot.delay = max(slot.delay, wanted)
        declared = downloader.per_slot_settings.setdefault(host, {"concurrency": 1})
        declared["delay"] = max(declared.get("delay", self.crawler.settings.getfloat("DOWNLOAD_DELAY")), wanted)


class Redirects:
    """Follows redirects a few steps, each as a request of its own: checked, and queued at the host that it leads to."""

    def process_response(self, request: Any, response: Any) -> Any:
        """Return the response, or the request that it asks for."""
        location = response.headers.get("Location")
        if response.status not in REDIRECTS or not location:
            return response
        passed = [*request.meta.get("redirects", ()), (request.url, response.status)]
        target = _target(request.url, location)
        if len(passed) > MOST_REDIRECTS or any(target == url for url, _ in passed):
            raise Stopped("redirect", f"the address redirects {'in a circle' if len(passed) <= MOST_REDIRECTS else 'too often'}")
        meta = {name: value for name, value in request.meta.items() if name != "download_slot"} | {"redirects": passed}
        try:
            return request.replace(url=target, meta=meta, priority=request.priority + 2, dont_filter=True)
        except ValueError as error:
            raise Stopped("redirect", "the address redirects to what is no address") from error


def _target(url: str, location: bytes) -> str:
    try:
        return str(safe_url_string(urljoin(url, location.decode("utf-8", errors="replace").strip()))).partition("#")[0]
    except ValueError as error:
        raise Stopped("redirect", "the address redirects to what is no address") from error


class Compression(HttpCompressionMiddleware):
    """Unpacks bodies up to the size limit, and says which of our rules stopped one."""

    def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:  # noqa: ARG002 - Scrapy's signature
        """Return the response with its body unpacked."""
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise Stopped("too-large", "unpacked, the answer is larger than the limit") from error
        except Exception as error:
            raise Stopped("broken-answer", f"the answer cannot be unpacked: {type(error).__name__}") from error
