"""Every answer enters here, the one way into the record; a row, an event and, with the last one, a source's state leave."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DataError, OperationalError

from crawler import answers, leases, record
from crawler.answers import DONE, PENDING, QUARANTINED, Answer
from crawler.events import CrawlEvent
from crawler.visits import Visit, state_of

HEARTBEAT = 60.0
_log = logging.getLogger(__name__)


class RecordPipeline:
    """Keeps each answer in a transaction of its own, then says so; a record that fails ends the crawl with its error."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler
        self._heart: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Any) -> RecordPipeline:
        """Make it as Scrapy asks."""
        return cls(crawler)

    @property
    def spider(self) -> Any:
        """The spider at work."""
        return self.crawler.spider

    async def open_spider(self) -> None:
        """Keep the leases alive from now on."""
        self._heart = asyncio.ensure_future(self._beat())

    async def process_item(self, item: Answer | Visit) -> Answer | Visit:
        """Keep an answer; or close a visit that had nothing to ask for."""
        try:
            visit = item if isinstance(item, Visit) else await self._keep(item)
            if visit.awaited == 0:
                await self._finish(visit)
        except Exception as error:
            self.spider.fail(error)
        return item

    async def _keep(self, answer: Answer) -> Visit:
        visit: Visit = self.spider.visits[answer.asked.source]
        if not self.spider.job.preview and not answer.left:
            answer = await self._store(answer, visit.source_id)
        visit.note(answer)
        self.spider.tell(event_of(answer))
        return visit

    async def _store(self, answer: Answer, source_id: int) -> Answer:
        """Keep an answer; where the record cannot hold what it says, keep that it came and why it is set aside."""
        try:
            await sync_to_async(record.store)(answer, source_id=source_id)
        except (DataError, ValueError) as error:
            asked = replace(answer.asked, hint={})
            answer = answers.crashed_answer(error, asked=asked, at=answer.at, body=answer.body)
            await sync_to_async(record.store)(answer, source_id=source_id)
        return answer

    async def _finish(self, visit: Visit) -> None:
        found = state_of(visit)
        state = found.state
        if not self.spider.job.preview:
            state = await sync_to_async(record.finish)(visit, found, by=self.spider.holder, now=self.spider.now())
        del self.spider.visits[visit.outlet.key]
        told = CrawlEvent("finished", visit.outlet.key, what="source", code=state, message=found.sentence, count=visit.kept)
        self.spider.tell(told)

    async def close_spider(self) -> None:
        """Give back the hosts, and the sources that a failed crawl leaves unfinished."""
        if self._heart:
            self._heart.cancel()
        self.spider.readers.close()
        await self.spider.browser.close()
        for visit in self.spider.visits.values():
            await sync_to_async(leases.release_source)(visit.source_id, by=self.spider.holder)
        await self.spider.hosts.release()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            ids = [visit.source_id for visit in self.spider.visits.values()]
            try:
                await sync_to_async(leases.renew_sources)(ids, by=self.spider.holder, now=self.spider.now())
                await self.spider.hosts.renew()
            except OperationalError as error:
                # The leases last for several beats: a record that is busy just now costs one of them, not the heart.
                _log.warning("leases could not be renewed: %s", error)


def event_of(answer: Answer) -> CrawlEvent:
    """Tell of an answer."""
    asked = answer.asked
    kind = "left" if answer.left else "refused"
    if answer.state == PENDING:
        kind = "stored"
    elif answer.state == QUARANTINED:
        kind = "quarantined"
    elif answer.state == DONE:
        kind = "unchanged" if asked.kind == "page" else "read"
    return CrawlEvent(kind, asked.source, asked.url, asked.kind, answer.code, answer.message, answer.listed)
