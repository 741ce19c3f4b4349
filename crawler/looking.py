"""Spiders that look and keep nothing: an outlet or a homepage enters; its pages, or the ways into it, leave inside of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import scrapy

from crawler.answers import GOOD, PENDING, Answer, Asked, content_type, headers_of, refusal_of_error, refusal_of_response
from crawler.discovery import (
    COMMON_FEEDS,
    COMMON_SITEMAPS,
    LEAST_SECTION,
    MOST_CANDIDATES,
    Homepage,
    Way,
    common,
    read_homepage,
    sitemaps_of,
)
from crawler.events import CrawlEvent
from crawler.links import Link, host_of
from crawler.sections import read_section
from crawler.sights import homepage_event, page_event, way_event
from crawler.sitemaps import Sitemap
from crawler.spider import OutletSpider
from newsdesk.errors import Refused


class PageSpider(OutletSpider):
    """Reads the ways in, and tells all of the newest pages that they list."""

    async def read_page(self, response: Any, asked: Asked) -> AsyncIterator[Any]:
        """Tell of a page, and hand on the answer."""
        async for answer in super().read_page(response, asked):
            if isinstance(answer, Answer) and answer.state == PENDING:
                self.tell(page_event(answer))
            yield answer


class HomepageSpider(OutletSpider):
    """Finds the ways into the site of an outlet of which only the homepage is known: those that the page and robots.txt
    name; where these name none, those that are usual; where there are none at all, the front page itself.
    """

    async def start(self) -> AsyncIterator[Any]:
        """Look at the site, one request after the other."""
        self.mind_signals()
        for outlet in self.job.outlets:
            try:
                await self._look(outlet.key, outlet.homepage)
            except Refused as refusal:
                self.tell(CrawlEvent("refused", outlet.key, outlet.homepage, "section", refusal.code, str(refusal)))
            except Exception as error:
                self.fail(error)
        outputs: tuple[Any, ...] = ()  # all has been asked for; Scrapy still wants to iterate
        for output in outputs:
            yield output

    async def _look(self, source: str, homepage: str) -> None:
        response = await self._get(homepage)
        charset = content_type(headers_of(response).get("content-type", ""))[1]
        page = read_homepage(response.body, url=response.url, charset=charset)
        self.tell(homepage_event(source, response.url, page))
        sitemaps = await self._named_sitemaps(response.url)
        found = await self._tried(source, "feed", page.feeds or common(COMMON_FEEDS, url=response.url), all_of=bool(page.feeds))
        if not found:
            found = await self._tried(source, "sitemap", sitemaps or common(COMMON_SITEMAPS, url=response.url), all_of=False)
        if not found:
            self._try_front_page(source, response, page=page, charset=charset)

    async def _get(self, url: str, **meta: Any) -> Any:
        """Return the answer to a request that passes all that any request of a crawl passes; raise Refused."""
        try:
            response = await self.crawler.engine.download_async(scrapy.Request(url, meta=meta, dont_filter=True))
        except Exception as error:
            refusal = refusal_of_error(error, refused=self.refused_names, host=host_of(url))
            if refusal is None:
                raise
            raise Refused(*refusal) from error
        if refusal := refusal_of_response(response, headers_of(response)):
            raise Refused(*refusal)
        return response

    async def _named_sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that the site's robots.txt names."""
        try:
            (address,) = common(["/robots.txt"], url=url)
            response = await self._get(address, is_robots_txt=True)
        except Refused:
            return []
        return sitemaps_of(response.body.decode("utf-8-sig", errors="ignore"), url=url) if response.status in GOOD else []

    async def _tried(self, source: str, kind: str, addresses: Iterable[str], *, all_of: bool) -> list[Way]:
        """Try addresses of one kind, at most a few; where they are only guesses, up to the first that is right."""
        found: list[Way] = []
        for address in list(addresses)[:MOST_CANDIDATES]:
            way = await self._way(kind, address)
            self.tell(way_event(source, way))
            if way.links:
                found.append(way)
                if not all_of:
                    break
        return found

    async def _way(self, kind: str, address: str, *, depth: int = 0) -> Way:
        """Read one way in; of an index of sitemaps, its most promising sitemap says what the index is worth."""
        try:
            response = await self._get(address)
            media_type, charset = content_type(headers_of(response).get("content-type", ""))
            listed = await self.readers.read(kind, response.body, url=response.url, media_type=media_type, charset=charset)
        except Refused as refusal:
            return Way(kind, address, message=str(refusal))
        if listed.children and not listed.links and depth == 0:
            inner = await self._way(kind, listed.children[0], depth=1)
            return Way(kind, address, inner.links, inner.newest, inner.language, inner.message)
        return _way_of(kind, address, listed)

    def _try_front_page(self, source: str, response: Any, *, page: Homepage, charset: str) -> None:
        links = read_section(response.body, url=response.url, charset=charset)
        if len(links) >= LEAST_SECTION:
            self.tell(way_event(source, Way("section", response.url, len(links), language=page.language)))
        else:
            self.tell(way_event(source, Way("section", response.url, message="the front page links to hardly any articles")))


def _way_of(kind: str, address: str, listed: Sitemap) -> Way:
    links: tuple[Link, ...] = listed.links
    times = [link.at for link in links if link.at]
    language = next((link.hint.language for link in links if link.hint.language), "")
    return Way(kind, address, len(links), max(times, default=None), language, "" if links else "it lists nothing")


#: The spider for each kind of look; "" is a crawl.
SPIDERS: dict[str, type[OutletSpider]] = {"": OutletSpider, "pages": PageSpider, "homepage": HomepageSpider}
