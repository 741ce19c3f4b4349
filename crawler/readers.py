"""Ways in enter, of whatever kind; what they list leaves. Large or odd ones are read by a worker that can be given up on."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import resource
from concurrent.futures import TimeoutError as WorkerTimeout
from typing import TYPE_CHECKING

from crawler.feeds import read_feed
from crawler.sections import read_section
from crawler.sitemaps import Sitemap, read_sitemap
from newsdesk.errors import Refused

if TYPE_CHECKING:
    from pebble import ProcessPool

#: Below this size even the worst that a feed can hold is read in about a second.
SMALL = 64 * 1024
#: What a worker may take, in seconds and bytes.
PATIENCE = 8.0
MEMORY = 1 << 30
#: Entities made of entities: nothing that a feed needs, and the stuff of bombs.
_BOMB = re.compile(rb"<!ENTITY\s[^>]{0,2000}?[\"'][^\"'>]{0,2000}?[&%]\w", re.IGNORECASE)


def read_way(kind: str, body: bytes, *, url: str, media_type: str = "", charset: str = "", article: str = "") -> Sitemap:
    """Return what a feed, sitemap or section lists; raises Refused for what is none."""
    if kind == "section":
        return Sitemap(links=tuple(read_section(body, url=url, article=article, charset=charset)), news=True)
    if _BOMB.search(body[:SMALL].replace(b"\x00", b"")):  # so that UTF-16 hides nothing
        raise Refused(f"broken-{kind}", "it builds entities out of entities, which no honest feed does")
    if kind == "feed":
        return Sitemap(links=tuple(read_feed(body, url=url, media_type=media_type, charset=charset)), news=True)
    return read_sitemap(body, url=url, media_type=media_type, charset=charset)


class Readers:
    """Reads small ways in at once, others in a worker process that is started when first needed and killed when it hangs."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._pool: ProcessPool | None = None

    async def read(self, kind: str, body: bytes, *, url: str, media_type: str, charset: str, article: str = "") -> Sitemap:
        """Do as ``read_way`` does; raises Refused also where reading takes too long or too much."""
        if len(body) <= SMALL and not body.startswith(b"\x1f\x8b"):
            return read_way(kind, body, url=url, media_type=media_type, charset=charset, article=article)
        from pebble import ProcessExpired

        more = {"url": url, "media_type": media_type, "charset": charset, "article": article}
        future = self._started().schedule(read_way, args=(kind, body), kwargs=more, timeout=self.patience)
        try:
            listed: Sitemap = await asyncio.wrap_future(future)
        except (TimeoutError, WorkerTimeout) as error:
            raise Refused(f"broken-{kind}", f"reading it takes more than {self.patience:.0f} seconds") from error
        except (ProcessExpired, MemoryError) as error:
            raise Refused(f"broken-{kind}", "reading it takes more memory than it is given") from error
        return listed

    def close(self) -> None:
        """End the worker."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _started(self) -> ProcessPool:
        if self._pool is None:
            from pebble import ProcessPool

            # Spawned, not forked: the reactor's threads do not survive a fork.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(max_workers=1, initializer=_bound_memory, context=context)
        return self._pool


def _bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
