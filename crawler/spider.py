"""A job enters; requests for ways in and pages go out, and every answer leaves as an item, exactly one a request."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import scrapy
from asgiref.sync import sync_to_async
from scrapy import signals
from scrapy.exceptions import StopDownload

from crawler import answers, leases, record
from crawler.answers import GOOD, PENDING, REFUSED, Answer, Asked
from crawler.browser import Browser, lacking
from crawler.catalogue import Outlet
from crawler.events import CrawlEvent
from crawler.job import Job
from crawler.links import Link, hint_row, host_of, recent
from crawler.permissions import reserved_by_headers
from crawler.readers import Readers
from crawler.sitemaps import Sitemap
from crawler.visits import Visit
from newsdesk.errors import Busy, Refused

DEEPEST_SITEMAP = 2
#: Exit code of a crawl that was told to stop.
INTERRUPTED = 143
#: Ways in go before pages, so that a source's work is known early.
_PRIORITY = {"feed": 30, "sitemap": 20, "section": 10, "page": 0}


class OutletSpider(scrapy.Spider):
    """One spider for all outlets: reads their feeds, sitemaps and sections, then the pages these list that are new, and once
    in a while those known. ``tell`` is called with every event.
    """

    name = "outlets"

    def __init__(self, *, job: Job, tell: Callable[[CrawlEvent], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.tell = tell
        self.visits: dict[str, Visit] = {}
        self.asked_pages: set[str] = set()
        self.holder = leases.holder()
        self.hosts = leases.Hosts(by=self.holder, now=self.now)
        self.readers = Readers()
        self.browser = Browser(self.ask_aside, user_agent=job.user_agent, largest=job.largest)
        self.crash: BaseException | None = None
        self._endings: set[asyncio.Future[None]] = set()
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the time: the clock's, or that which the job sets, going on from there."""
        if not self.job.at:
            return datetime.now(UTC)
        return datetime.fromisoformat(self.job.at) + timedelta(seconds=time.monotonic() - self._began)

    @property
    def out_of_time(self) -> bool:
        """Whether the crawl has lasted as long as it may, so that nothing more is asked for."""
        return 0 < self.job.longest <= time.monotonic() - self._began

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> OutletSpider:
        """Make it as Scrapy asks."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.look_at_headers, signals.headers_received)
        return spider

    @property
    def refused_names(self) -> dict[str, str]:
        """The host names that led inside, with the address each led to."""
        from twisted.internet import reactor

        found: dict[str, str] = getattr(reactor.nameResolver, "refused", {})
        return found

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the ways in of each source that is free; all else follows from what they list."""
        self.mind_signals()
        try:
            for outlet in self.job.outlets:
                for output in await self._begin(outlet):
                    yield output
        except Exception as error:
            self.fail(error)

    def mind_signals(self) -> None:
        """Leave in order when told to."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._in_background, self.leave)

    def fail(self, error: BaseException) -> None:
        """End the crawl for a failure that is ours, such as a record that does not answer."""
        if self.crash is None:
            self.crash = error
            self._in_background(self.crawler.stop_async)

    async def leave(self) -> None:
        """Give the sources back and end at once: what was fetched is in the record, what was not will be asked for again."""
        for visit in list(self.visits.values()):
            await sync_to_async(leases.release_source)(visit.source_id, by=self.holder)
        await self.hosts.release()
        self.readers.close()
        os._exit(INTERRUPTED)

    def _in_background(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _begin(self, outlet: Outlet) -> list[Any]:
        """Claim a source and return the requests with which its visit begins; none if another process has it."""
        if not self.job.preview and await sync_to_async(record.paused)(outlet.key):
            self.tell(CrawlEvent("paused", outlet.key, message="an editor has paused it"))
            return []
        try:
            source_id = 0 if self.job.preview else await self._claim(outlet)
        except Busy as busy:
            self.tell(CrawlEvent("busy", outlet.key, message=str(busy)))
            return []
        visit = self.visits[outlet.key] = Visit(outlet, source_id, room=self.job.limit, started=self.now())
        visit.lists_only = self.job.preview and not self.job.look
        self.tell(CrawlEvent("started", outlet.key))
        if outlet.javascript and (sentence := lacking()):
            visit.lacking = sentence
            return [visit]
        requests = [await self._way_request(visit, kind, address) for kind, address in outlet.ways]
        return requests or await self._again_requests(visit) or [visit]

    async def _claim(self, outlet: Outlet) -> int:
        """Claim a source and the hosts of its ways in; return its id, or raise Busy."""
        source_id = await sync_to_async(leases.lease_source)(outlet.key, by=self.holder, now=self.now())
        if source_id is None:
            raise Busy("another process visits it just now")
        try:
            await self.hosts.claim({host_of(address) for _, address in outlet.ways})
        except Busy:
            await sync_to_async(leases.release_source)(source_id, by=self.holder)
            raise
        return source_id

    async def _way_request(self, visit: Visit, kind: str, address: str, depth: int = 0) -> Any:
        before = await sync_to_async(record.before)(kind, address)
        asked = Asked(
            visit.outlet.key,
            kind,
            address,
            known_sha256=before.sha256 if before else "",
            known_id=before.fetch_id if before else None,
            depth=depth,
        )
        return self._request(visit, asked, validators=before.headers if before else {}, callback=self.read_way)

    async def _again_requests(self, visit: Visit) -> list[Any]:
        """Ask for the articles due to be looked at again, once no way in is left to be read: what is new goes before them."""
        if self.job.preview or visit.ways_awaited:
            return []
        now = self.now()
        found = await sync_to_async(record.to_see_again)(
            visit.source_id,
            since=now - timedelta(seconds=self.job.again_within),
            not_after=now - timedelta(seconds=self.job.again_every),
        )
        key, requests = visit.outlet.key, []
        for one in found:
            if one.url not in self.asked_pages:
                asked = Asked(key, "page", one.url, article_id=one.article_id, known_sha256=one.sha256, missed=one.missed)
                requests.append(self._request(visit, asked, validators=one.headers, callback=self.read_page))
        if requests:
            self.tell(CrawlEvent("found", key, message="again", count=len(requests)))
        return requests

    def _request(self, visit: Visit, asked: Asked, *, validators: Any, callback: Any) -> Any:
        visit.awaited += 1
        if asked.kind == "page":
            self.asked_pages.add(asked.url)
        else:
            visit.ways_awaited += 1
        headers = {"Accept-Language": ", ".join((*visit.outlet.languages, "*;q=0.5"))}
        if etag := validators.get("etag"):
            headers["If-None-Match"] = etag
        if modified := validators.get("last-modified"):
            headers["If-Modified-Since"] = modified
        return scrapy.Request(
            asked.url,
            callback=callback,
            errback=self.note_failure,
            headers=headers,
            cb_kwargs={"asked": asked},
            priority=_PRIORITY[asked.kind],
            dont_filter=True,
        )

    async def read_way(self, response: Any, asked: Asked) -> AsyncIterator[Any]:
        """Ask for what a feed, sitemap or section lists and is new; then hand on the answer itself."""
        try:
            async for output in self._read_way(response, asked):
                if isinstance(output, Answer) and output.asked is asked:
                    for request in await self._after_way(asked):
                        yield request
                yield output
        except Exception as error:
            self.fail(error)

    async def _after_way(self, asked: Asked) -> list[Any]:
        visit = self.visits[asked.source]
        visit.ways_awaited -= 1
        try:
            return await self._again_requests(visit)
        except Exception as error:
            self.fail(error)
            return []

    async def _read_way(self, response: Any, asked: Asked) -> AsyncIterator[Any]:
        fields = answers.described(asked, response, at=self.now())
        try:
            if self._needs_browser(asked, fields):
                response = await self.browser.shown(response)
                fields = answers.described(asked, response, at=self.now())
            body, media_type, charset = await self._body_of_way(response, asked, fields)
            listed = await self.readers.read(
                asked.kind,
                body,
                url=response.url,
                media_type=media_type,
                charset=charset,
                article=self.visits[asked.source].outlet.article,
            )
        except Refused as refusal:
            kept = None if refusal.code == "reserved" else response.body or None
            yield Answer(**fields, state=answers.REFUSED, code=refusal.code, message=str(refusal), body=kept)
            return
        except Exception as error:
            yield answers.crashed_answer(error, **fields, body=response.body or None)
            return
        async for request in self._follow(listed, asked):
            yield request
        unchanged = response.status == 304 or fields["sha256"] == asked.known_sha256
        yield Answer(
            **fields,
            state=answers.DONE,
            code="unchanged" if unchanged else "",
            body=None if unchanged else response.body,
            listed=len(listed.links) + len(listed.children),
        )

    async def _follow(self, listed: Sitemap, asked: Asked) -> AsyncIterator[Any]:
        visit = self.visits[asked.source]
        visit.dates += [link.hint.published for link in listed.links if link.hint.published]
        for address in listed.children if asked.depth < DEEPEST_SITEMAP else ():
            if address not in visit.seen:
                visit.seen.add(address)
                yield await self._way_request(visit, "sitemap", address, depth=asked.depth + 1)
        async for request in self._new_pages(visit, self._fresh(listed, asked.kind)):
            yield request

    async def _body_of_way(self, response: Any, asked: Asked, fields: dict[str, Any]) -> tuple[bytes, str, str]:
        """Return what to read: the answer, or what the record has where the answer says that nothing changed."""
        if reserved := reserved_by_headers(fields["headers"], tdm_only=True):
            fields["verdict"] = reserved.verdict
            raise Refused("reserved", reserved.sentence)
        if response.status == 304 and asked.known_id is not None:
            return await sync_to_async(record.body_of)(asked.known_id)
        if refusal := answers.refusal_of_response(response, fields["headers"]):
            raise Refused(*refusal)
        return response.body, fields["media_type"], fields["charset"]

    def _fresh(self, listed: Sitemap, kind: str) -> Iterable[Link]:
        if kind == "sitemap" and not listed.news:
            return recent(listed.links, now=self.now(), within=timedelta(seconds=self.job.fresh_within))
        return listed.links

    async def _new_pages(self, visit: Visit, links: Iterable[Link]) -> AsyncIterator[Any]:
        unseen = [link for link in links if link.url not in visit.seen and link.url not in self.asked_pages]
        visit.seen.update(link.url for link in unseen)
        known = set() if self.job.preview else await sync_to_async(record.known)([link.url for link in unseen])
        new = [link for link in unseen if link.url not in known]
        taken = new[: visit.room]
        visit.room -= len(taken)
        visit.left_out += len(new) - len(taken)
        if taken:
            self.tell(CrawlEvent("found", visit.outlet.key, message="new", count=len(taken)))
        for link in taken:
            if self.job.preview:
                self.tell(CrawlEvent("link", visit.outlet.key, url=link.url, message=link.hint.title))
                if self.job.look != "pages":
                    continue
            asked = Asked(visit.outlet.key, "page", link.url, hint=hint_row(link.hint))
            try:
                yield self._request(visit, asked, validators={}, callback=self.read_page)
            except ValueError as error:
                yield answers.crashed_answer(error, asked=asked, at=self.now(), final_url=link.url)

    async def read_page(self, response: Any, asked: Asked) -> AsyncIterator[Any]:
        """Hand on the answer to a request for a page."""
        at = self.now()
        try:
            answer = answers.page_answer(asked, response, at=at)
            if answer.state == PENDING and answer.body and self._needs_browser(asked, vars(answer)):
                answer = await self._shown_answer(answer, response)
            yield answer
        except Exception as error:
            yield answers.crashed_answer(error, asked=asked, at=at, final_url=response.url, body=response.body or None)

    def _needs_browser(self, asked: Asked, fields: Mapping[str, Any]) -> bool:
        """Say whether scripts have yet to write what came; what is reserved is not shown to a browser either."""
        written = asked.kind in ("page", "section") and self.visits[asked.source].outlet.javascript
        return written and fields["status"] in GOOD and not reserved_by_headers(fields["headers"], tdm_only=True)

    async def _shown_answer(self, answer: Answer, response: Any) -> Answer:
        """Judge a page as its scripts write it."""
        try:
            return answers.page_answer(answer.asked, await self.browser.shown(response), at=answer.at)
        except Refused as refusal:
            return replace(answer, state=REFUSED, code=refusal.code, message=str(refusal), body=None)

    async def ask_aside(self, url: str) -> Any:
        """Return the answer to what a page asks for, or None where that is refused or fails."""
        try:
            request = scrapy.Request(url, meta={"aside": True}, dont_filter=True)
        except ValueError:
            return None
        try:
            return await self.crawler.engine.download_async(request)
        except Exception as error:
            if answers.refusal_of_error(error, refused=self.refused_names, host=host_of(url)) is None:
                raise
            return None

    async def note_failure(self, failure: Any) -> AsyncIterator[Any]:
        """Hand on a request that brought no answer."""
        request = failure.request
        asked: Asked = request.cb_kwargs["asked"]
        if asked.kind != "page":
            for again in await self._after_way(asked):
                yield again
        yield answers.failed_answer(asked, failure.value, at=self.now(), request=request, refused=self.refused_names)

    def look_at_headers(self, headers: Any, request: Any, **_: Any) -> None:
        """Leave the body of what is certainly no page on the server."""
        asked = request.cb_kwargs.get("asked")
        if asked is None or asked.kind != "page":
            return
        media_type, _charset = answers.content_type((headers.get("Content-Type") or b"").decode("latin-1"))
        if media_type.startswith(("image/", "audio/", "video/", "font/")) or media_type in _NEVER_PAGES:
            raise StopDownload(fail=False)


_NEVER_PAGES = frozenset({"application/pdf", "application/zip", "application/octet-stream", "application/msword"})
