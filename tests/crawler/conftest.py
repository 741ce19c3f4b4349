"""What several crawler tests need: a newsstand, and a crawl into a record of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.catalogue import Outlet
from crawler.events import CrawlEvent
from crawler.run import crawl
from newsdesk.configuration import Configuration
from tests.crawler.newsstand import Newsstand, open_newsstand

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
#: A day after what the newsstand publishes.
START = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAKE_RECORD = "from newscentre.cli.record import open_record; open_record()"


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Make a migrated record without rows, to be copied: migrating takes longer than a crawl."""
    data = tmp_path_factory.mktemp("record")
    environment = os.environ | {"NEWSCENTRE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "newsdesk.settings", "DATABASE_URL": ""}
    subprocess.run([sys.executable, "-c", MAKE_RECORD], check=True, env=environment, cwd=ROOT, timeout=120)
    database = sqlite3.connect(data / "record.sqlite3")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("PRAGMA journal_mode=DELETE")
    database.close()
    return (data / "record.sqlite3").read_bytes()


@dataclass
class Desk:
    """A data folder with its record, and a crawl that writes into it from a process of its own. Its clock goes on from START."""

    data: Path
    stand: Newsstand
    opened: float = field(default_factory=time.monotonic)

    def crawl(self, *outlets: Outlet, hosts: str | None = None, **orders: Any) -> list[CrawlEvent]:
        return list(self.crawling(*outlets, hosts=hosts, **orders))

    def crawling(self, *outlets: Outlet, hosts: str | None = None, **orders: Any) -> Iterator[CrawlEvent]:
        names = [outlet.key for outlet in outlets]
        at = START + timedelta(seconds=time.monotonic() - self.opened)
        orders = {"delay": 0.0, "timeout": 5.0, "again_every": 0.0, "at": at.isoformat()} | orders
        test_hosts = self.stand.test_hosts(*names) if hosts is None else hosts
        return crawl(outlets, configuration=Configuration(data=self.data), test_hosts=test_hosts, **orders)

    def outlet(self, key: str = "news", **fields: Any) -> Outlet:
        """Make an outlet with a feed at its own host."""
        ways = {} if fields.keys() & {"feeds", "sitemaps", "sections"} else {"feeds": (self.stand.url(key, "/feed.xml"),)}
        return Outlet(**{"key": key, "name": key.title(), "homepage": self.stand.url(key), "languages": ("en",)} | ways | fields)

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        database = sqlite3.connect(self.data / "record.sqlite3")
        database.row_factory = sqlite3.Row
        try:
            found = [dict(row) for row in database.execute(sql, values)]
            database.commit()
        finally:
            database.close()
        return found

    def fetches(self, kind: str = "page") -> list[dict[str, Any]]:
        rows = self.rows("SELECT * FROM newsdesk_fetch WHERE kind = ? ORDER BY id", kind)
        return [row | {"hint": json.loads(row["hint"]), "headers": json.loads(row["headers"])} for row in rows]

    def source(self, key: str) -> dict[str, Any]:
        return self.rows("SELECT * FROM newsdesk_source WHERE key = ?", key)[0]

    def make_article(self, fetch_id: int, seen_at: str) -> int:
        """Do what ingest does to a fetch, as far as the crawler looks at it."""
        fetch = self.rows("SELECT * FROM newsdesk_fetch WHERE id = ?", fetch_id)[0]
        self.rows(
            "INSERT INTO newsdesk_article (url, source_id, dataset, outlet, outlet_country, language, language_score, title,"
            " text, author, dated_at, date_precision, date_origin, first_seen_at, fingerprint, story_terms)"
            " VALUES (?, ?, '', '', '', 'en', 1, 't', 't', '', ?, 'minute', 'feed', ?, x'', '[]')",
            fetch["final_url"], fetch["source_id"], seen_at, seen_at,
        )  # fmt: skip
        article = self.rows("SELECT id FROM newsdesk_article WHERE url = ?", fetch["final_url"])[0]["id"]
        self.rows("UPDATE newsdesk_fetch SET article_id = ?, state = 'done', code = 'new' WHERE id = ?", article, fetch_id)
        return int(article)


@contextmanager
def open_desk(data: Path, empty_record: bytes) -> Iterator[Desk]:
    """Open a newsstand, and a data folder to collect it into."""
    (data / "record.sqlite3").write_bytes(empty_record)
    with open_newsstand() as stand, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "")
        yield Desk(data, stand)


@pytest.fixture
def desk(tmp_path: Path, empty_record: bytes) -> Iterator[Desk]:
    with open_desk(tmp_path, empty_record) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_feeds() -> Path:
    folder = SHARED / "feeds"
    if not folder.is_dir():
        pytest.skip("the real feeds of ../shared are not here")
    return folder
