"""Sources and hosts that a crawling process wants to itself enter; whether it has them, and from when, leaves.

Both are rows of the record, so that several processes, on one machine or many, share the web without a coordinator: a source is
visited by one at a time, and a host is asked by one at a time, whatever sources it serves.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import transaction

from newsdesk import models
from newsdesk.errors import Busy
from newsdesk.models import HostLease, Source

LEASE = timedelta(minutes=5)


def holder() -> str:
    """Name this process as the holder of a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def lease_source(key: str, *, by: str, now: datetime) -> int | None:
    """Claim a source; return its id, or None if another living process has it.

    A holder on this machine that has died counts as none; one elsewhere is waited for until its lease runs out.
    """
    row = Source.objects.get(key=key)
    if row.leased_by and not _lives(row.leased_by):
        Source.objects.filter(pk=row.pk, leased_by=row.leased_by).update(leased_by="", leased_until=None)
    mine = models.lease(Source.objects.filter(pk=row.pk), now=now, until=now + LEASE, by=by)
    return row.pk if mine else None


def _lives(who: str) -> bool:
    host, _, number = who.rpartition(":")
    if host != socket.gethostname()[:90] or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def renew_sources(source_ids: Iterable[int], *, by: str, now: datetime) -> None:
    """Keep the leases for a while longer."""
    Source.objects.filter(pk__in=list(source_ids), leased_by=by).update(leased_until=now + LEASE)


def release_source(source_id: int, *, by: str) -> None:
    """Give a source back without a word on how it is."""
    Source.objects.filter(pk=source_id, leased_by=by).update(leased_by="", leased_until=None)


def lease_hosts(hosts: Iterable[str], *, by: str, now: datetime) -> dict[str, datetime]:
    """Claim hosts, all or none; return the moment from which each may be asked. Raise Busy if another process has one."""
    # In one order, so that two processes that want the same do not wait for each other.
    with transaction.atomic():
        return {host: _lease_host(host, by=by, now=now) for host in sorted(set(hosts))}


def _lease_host(host: str, *, by: str, now: datetime) -> datetime:
    row, _ = HostLease.objects.get_or_create(host=host)
    free_at = row.free_at or now
    if row.leased_by and (row.leased_by == by or not _lives(row.leased_by)):
        HostLease.objects.filter(pk=row.pk, leased_by=row.leased_by).update(leased_by="", leased_until=None)
        # Nobody knows when a holder that died asked last: it may have been just now.
        free_at = now + LEASE if row.leased_by != by else free_at
    if not models.lease(HostLease.objects.filter(pk=row.pk), now=now, until=now + LEASE, by=by):
        raise Busy(f"another process asks {host} just now")
    return free_at


def renew_hosts(hosts: Iterable[str], *, by: str, now: datetime) -> set[str]:
    """Keep the leases for a while longer; return those that are still held."""
    mine = HostLease.objects.filter(host__in=list(hosts), leased_by=by)
    mine.update(leased_until=now + LEASE)
    return set(mine.values_list("host", flat=True))


def release_host(host: str, *, by: str, free_at: datetime | None) -> None:
    """Give a host back; nobody is to ask it before ``free_at``."""
    HostLease.objects.filter(host=host, leased_by=by).update(leased_by="", leased_until=None, free_at=free_at)


class Hosts:
    """The hosts that this crawl has to itself until it ends; ``now`` is the crawl's clock."""

    def __init__(self, *, by: str, now: Callable[[], datetime]) -> None:
        self._by, self._now = by, now
        self._free_at: dict[str, datetime] = {}
        self._claiming = asyncio.Lock()

    async def claim(self, hosts: Iterable[str]) -> None:
        """Claim those that are not held yet, all or none; raise Busy if another process has one."""
        async with self._claiming:
            if wanted := set(hosts) - self._free_at.keys():
                claimed = await sync_to_async(lease_hosts)(wanted, by=self._by, now=self._now())
                self._free_at.update(claimed)

    def wait(self, host: str, *, delay: float) -> float:
        """Return the seconds until a host may be asked that another process asked before; never more than the delay."""
        return min(max((self._free_at[host] - self._now()).total_seconds(), 0.0), delay)

    def note(self, host: str, *, delay: float) -> None:
        """Note that a request ended just now; the next may follow after the delay."""
        if host in self._free_at:
            self._free_at[host] = self._now() + timedelta(seconds=delay)

    async def renew(self) -> None:
        """Keep them for a while longer; what another process has got hold of meanwhile must be claimed again."""
        async with self._claiming:
            held = await sync_to_async(renew_hosts)(list(self._free_at), by=self._by, now=self._now())
            for lost in self._free_at.keys() - held:
                del self._free_at[lost]

    async def release(self) -> None:
        """Give all back."""
        while self._free_at:
            host, free_at = self._free_at.popitem()
            await sync_to_async(release_host)(host, by=self._by, free_at=free_at)
