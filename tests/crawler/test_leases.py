"""Leases: a source is visited, and a host asked, by one process at a time; what a dead one held is free."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from crawler import pipeline
from crawler.leases import LEASE, Hosts, holder, lease_hosts, release_host, renew_hosts
from newsdesk.errors import Busy
from newsdesk.models import HostLease
from tests.crawler.conftest import Desk
from tests.crawler.newsstand import page, rss

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
ELSEWHERE = "elsewhere:1"


def test_two_processes_never_ask_one_host_at_once(desk: Desk) -> None:
    stand = desk.stand
    stand.serve("news", "/one.xml", rss(stand.url("news", ""), ["/slow"]))
    stand.serve("news", "/two.xml", rss(stand.url("news", ""), ["/b"]))
    stand.serve("news", "/slow", pause=True)
    stand.serve("news", "/b", page("en", 1))
    one = desk.outlet("one", homepage=stand.url("news"), feeds=(stand.url("news", "/one.xml"),))
    two = desk.outlet("two", homepage=stand.url("news"), feeds=(stand.url("news", "/two.xml"),))
    hosts = stand.test_hosts("news")
    first = desk.crawling(one, hosts=hosts, timeout=60.0)
    try:
        assert any(event.kind == "read" for event in first)
        # The first crawl waits for its page, which never comes; its lease of the source is another than that of the host.
        events = desk.crawl(two, hosts=hosts)
        assert [(event.kind, event.message) for event in events] == [("busy", "another process asks news.localhost just now")]
        assert stand.times("news", "/two.xml") == 0
        assert desk.source("two")["leased_by"] == ""
    finally:
        first.close()  # type: ignore[attr-defined]
    assert [event.code for event in desk.crawl(two, hosts=hosts) if event.kind == "finished"] == ["ok"]
    held = desk.rows("SELECT leased_by, free_at FROM newsdesk_hostlease WHERE host = 'news.localhost'")
    assert [(row["leased_by"], bool(row["free_at"])) for row in held] == [("", True)]


def test_a_host_to_which_a_page_leads_is_left_to_the_process_that_asks_it(desk: Desk) -> None:
    stand = desk.stand
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a"]))
    stand.serve("news", "/a", status=302, headers={"Location": stand.url("other", "/a")})
    stand.serve("other", "/a", page("en", 1))
    row = ("other.localhost", ELSEWHERE, "2999-01-01 00:00:00")
    desk.rows("INSERT INTO newsdesk_hostlease (host, leased_by, leased_until) VALUES (?, ?, ?)", *row)
    events = desk.crawl(desk.outlet(), hosts=stand.test_hosts("news", "other"))
    assert [event.code for event in events if event.kind == "left"] == ["later"]
    assert stand.times("other", "/a") == 0


@pytest.mark.django_db
def test_hosts_are_leased_all_or_none() -> None:
    assert lease_hosts(["b.example"], by=ELSEWHERE, now=NOW) == {"b.example": NOW}
    with pytest.raises(Busy, match=r"b\.example"):
        lease_hosts(["a.example", "b.example"], by=holder(), now=NOW)
    assert not HostLease.objects.filter(host="a.example").exists()
    assert lease_hosts(["a.example", "b.example"], by=holder(), now=NOW + LEASE).keys() == {"a.example", "b.example"}
    assert renew_hosts(["b.example"], by=ELSEWHERE, now=NOW) == set()


@pytest.mark.django_db
def test_a_host_given_back_rests_until_the_delay_is_over() -> None:
    lease_hosts(["a.example"], by=ELSEWHERE, now=NOW)
    release_host("a.example", by=ELSEWHERE, free_at=NOW + timedelta(seconds=5))
    assert lease_hosts(["a.example"], by="another:2", now=NOW) == {"a.example": NOW + timedelta(seconds=5)}


@pytest.mark.django_db
def test_a_host_of_a_dead_process_is_free_after_a_delay() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    dead = f"{holder().rpartition(':')[0]}:{gone.pid}"
    lease_hosts(["a.example"], by=dead, now=NOW)
    assert lease_hosts(["a.example"], by=holder(), now=NOW)["a.example"] > NOW
    assert os.getpid() != gone.pid


@pytest.mark.django_db(transaction=True)
def test_a_crawl_waits_as_long_as_after_a_request_of_its_own() -> None:
    hosts = Hosts(by=holder(), now=lambda: NOW)
    HostLease.objects.create(host="a.example", free_at=NOW + timedelta(seconds=3))
    HostLease.objects.create(host="b.example", free_at=NOW + timedelta(days=1))
    async_to_sync(hosts.claim)(["a.example", "b.example", "c.example"])
    waits = [hosts.wait(host, delay=5.0) for host in ("a.example", "b.example", "c.example")]
    assert waits == [3.0, 5.0, 0.0]
    hosts.note("c.example", delay=5.0)
    HostLease.objects.filter(host="b.example").update(leased_by=ELSEWHERE)
    async_to_sync(hosts.renew)()
    with pytest.raises(Busy):
        async_to_sync(hosts.claim)(["b.example"])
    async_to_sync(hosts.release)()
    rows = HostLease.objects.order_by("host").values_list("leased_by", "free_at")
    assert list(rows) == [
        ("", NOW + timedelta(seconds=3)),
        (ELSEWHERE, NOW + timedelta(days=1)),
        ("", NOW + timedelta(seconds=5)),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_host_that_was_lost_stays_lost_while_another_is_claimed() -> None:
    hosts = Hosts(by=holder(), now=lambda: NOW)
    async_to_sync(hosts.claim)(["a.example"])
    HostLease.objects.filter(host="a.example").update(leased_by=ELSEWHERE)

    async def both() -> None:
        await asyncio.gather(hosts.renew(), hosts.claim(["b.example"]))

    async_to_sync(both)()
    with pytest.raises(Busy, match=r"a\.example"):
        async_to_sync(hosts.claim)(["a.example"])
    async_to_sync(hosts.release)()
    assert list(HostLease.objects.order_by("host").values_list("leased_by", flat=True)) == [ELSEWHERE, ""]


@pytest.mark.django_db(transaction=True)
def test_a_record_that_is_busy_once_does_not_end_the_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "HEARTBEAT", 0.0)
    beats: list[str] = []

    async def beating() -> None:
        renewed = asyncio.Event()

        async def renew() -> None:
            beats.append("beat")
            if len(beats) == 1:
                raise OperationalError("database is locked")
            renewed.set()

        spider = SimpleNamespace(visits={}, holder=holder(), now=lambda: NOW, hosts=SimpleNamespace(renew=renew))
        heart = asyncio.ensure_future(pipeline.RecordPipeline(SimpleNamespace(spider=spider))._beat())
        await asyncio.wait([heart, ended := asyncio.ensure_future(renewed.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert not heart.done()
        assert ended.done()
        heart.cancel()

    async_to_sync(beating)()
    assert len(beats) >= 2
