"""What one crawl is to do: an order enters the crawling process as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.catalogue import Outlet, outlet_of


@dataclass(frozen=True)
class Job:
    """An order to crawl. Times are in seconds.

    ``limit`` is the most new pages a source may give in one crawl; articles first seen within ``again_within`` are looked at
    again every ``again_every``; sitemap entries without a date of publication count only if changed within ``fresh_within``.
    No host is asked more than ``daily_cap`` times a day; after ``longest`` seconds (0: no limit) no page is asked for.
    ``at`` is the time, in ISO 8601, at which the crawl is to believe that it begins (empty: the clock's). A
    ``preview`` reads feeds, sitemaps and sections, tells what would be fetched, and keeps nothing. A preview may also
    ``look`` at the ``pages`` that it would fetch, up to ``limit``, or at a ``homepage`` for the ways into its site.
    """

    outlets: tuple[Outlet, ...]
    user_agent: str
    test_hosts: str = ""
    delay: float = 5.0
    timeout: float = 20.0
    largest: int = 8 * 1024 * 1024
    limit: int = 200
    again_within: float = 7 * 86_400
    again_every: float = 12 * 3_600
    fresh_within: float = 7 * 86_400
    daily_cap: int = 2_000
    longest: float = 0.0
    at: str = ""
    preview: bool = False
    look: str = ""

    def line(self) -> str:
        """Return the job as one line of JSON."""
        rest = {name: value for name, value in vars(self).items() if name != "outlets"}
        return json.dumps({"outlets": [outlet.as_json() for outlet in self.outlets], **rest}, ensure_ascii=False) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Job:
        """Read it back."""
        row: Mapping[str, Any] = json.loads(line)
        fields = {name: value for name, value in row.items() if name != "outlets"}
        return cls(outlets=tuple(outlet_of(one) for one in row["outlets"]), **fields)
