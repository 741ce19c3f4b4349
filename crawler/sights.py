"""What a look at the web brought, kept nowhere: pages and ways in enter as values, leave inside of events, and come back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crawler.answers import Answer
from crawler.discovery import Homepage, Way
from crawler.events import CrawlEvent
from crawler.links import moment_of
from newsdesk.values import Hint

PAGE, WAY, HOMEPAGE = "page-seen", "way-seen", "homepage-seen"


@dataclass(frozen=True)
class PageSeen:
    """One page as it came: what ``newsdesk.values.Page`` needs of it."""

    url: str
    fetched_at: datetime
    body: bytes
    media_type: str = ""
    charset: str = ""
    hint: Mapping[str, str] = field(default_factory=dict)

    def as_hint(self) -> Hint:
        """Return the hint as the pure stages take it."""
        row: dict[str, Any] = dict(self.hint)
        return Hint(**(row | {"published": moment_of(row.get("published"))}))


def page_event(answer: Answer) -> CrawlEvent:
    """Tell of a page, with all of it."""
    seen = {
        "url": answer.final_url,
        "fetched_at": answer.at.isoformat(),
        "body": b64encode(answer.body or b"").decode("ascii"),
        "media_type": answer.media_type,
        "charset": answer.charset,
        "hint": dict(answer.asked.hint),
    }
    return CrawlEvent(PAGE, answer.asked.source, answer.asked.url, message=json.dumps(seen))


def page_of(event: CrawlEvent) -> PageSeen:
    """Read it back."""
    row = json.loads(event.message)
    times = {"fetched_at": datetime.fromisoformat(row["fetched_at"]), "body": b64decode(row["body"])}
    return PageSeen(**(row | times))


def way_event(source: str, way: Way) -> CrawlEvent:
    """Tell of a way in that was tried."""
    row = asdict(way) | {"newest": way.newest.isoformat() if way.newest else None}
    return CrawlEvent(WAY, source, way.url, what=way.kind, message=json.dumps(row), count=way.links)


def way_of(event: CrawlEvent) -> Way:
    """Read it back."""
    row = json.loads(event.message)
    return Way(**(row | {"newest": moment_of(row["newest"])}))


def homepage_event(source: str, url: str, page: Homepage) -> CrawlEvent:
    """Tell what a homepage says of its site; ``url`` is where it was found in the end."""
    return CrawlEvent(HOMEPAGE, source, url, message=json.dumps(asdict(page)))


def homepage_of(event: CrawlEvent) -> Homepage:
    """Read it back."""
    row = json.loads(event.message)
    return Homepage(**(row | {"feeds": tuple(row["feeds"])}))
