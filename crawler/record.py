"""Between crawl and record: outlets, answers and outcomes enter; leases, known addresses and pages to look at again leave."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from crawler.answers import DONE, PASSING, Answer
from crawler.catalogue import Outlet
from crawler.links import LONGEST_ADDRESS, writable
from newsdesk import models
from newsdesk.models import Article, Fetch, Source

LEASE = timedelta(minutes=5)
#: How often a page that failed for a passing reason is asked for, in all.
MOST_TRIES = 3
#: When a source is visited again, by the state it was left in.
PAUSES = {"ok": timedelta(minutes=30), "unchanged": timedelta(hours=1), "empty": timedelta(hours=6)}
PAUSE_IN_TROUBLE = timedelta(hours=6)
_AT_ONCE = 400


@dataclass(frozen=True)
class Before:
    """What the record has of an address: the validators for a conditional request, and its body's SHA-256."""

    fetch_id: int
    sha256: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Again:
    """An article whose page is worth asking for again."""

    article_id: int
    url: str
    sha256: str
    headers: Mapping[str, str]


def holder() -> str:
    """Name this process as the holder of a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def sync_sources(outlets: Iterable[Outlet]) -> None:
    """Bring the sources' rows in line with their declarations; what is already so is not written."""
    rows = {source.key: source for source in Source.objects.all()}
    for outlet in outlets:
        told = {
            "name": outlet.name[:200],
            "homepage": outlet.homepage,
            "country": outlet.country,
            "languages": list(outlet.languages),
            "kind": outlet.kind,
            "enabled": outlet.enabled,
        }
        row = rows.get(outlet.key)
        if row is None:
            Source.objects.get_or_create(key=outlet.key, defaults=told)
        elif any(getattr(row, name) != value for name, value in told.items()):
            Source.objects.filter(pk=row.pk).update(**told)


def lease(key: str, *, by: str, now: datetime) -> int | None:
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


def renew(source_ids: Iterable[int], *, by: str, now: datetime) -> None:
    """Keep the leases for a while longer."""
    Source.objects.filter(pk__in=list(source_ids), leased_by=by).update(leased_until=now + LEASE)


def release(source_id: int, *, by: str) -> None:
    """Give a source back without a word on how it is."""
    Source.objects.filter(pk=source_id, leased_by=by).update(leased_by="", leased_until=None)


def finish(source_id: int, *, state: str, sentence: str, by: str, now: datetime) -> None:
    """Write how a source was found, since when, and when it is visited next; give it back."""
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source_id)
        if row.state != state or row.state_since is None:
            row.state, row.state_since = state, now
        row.state_detail, row.crawled_at = sentence[:500], now
        row.next_crawl_at = now + PAUSES.get(state, PAUSE_IN_TROUBLE)
        if row.leased_by == by:
            row.leased_by, row.leased_until = "", None
        row.save()


def known(urls: Iterable[str]) -> set[str]:
    """Return those of the addresses that need not be asked for: fetched before, or failed for good or too often."""
    settled: set[str] = set()
    tries: dict[str, int] = {}
    for some in _in_parts(list(urls)):
        rows = Fetch.objects.filter(kind=Fetch.Kind.PAGE, url__in=some).values_list("url", "state", "code")
        for url, state, code in rows:
            tries[url] = tries.get(url, 0) + 1
            if state != Fetch.State.REFUSED or not PASSING.match(code) or tries[url] >= MOST_TRIES:
                settled.add(url)
    return settled


def before(kind: str, url: str) -> Before | None:
    """Return what the record has of a feed, sitemap or section: its newest answer with a body that could be read."""
    row = (
        Fetch.objects.filter(kind=kind, url=url, state=DONE)
        .exclude(compressed_body=None, archive_file="")
        .order_by("-fetched_at", "-pk")
        .values_list("pk", "body_sha256", "headers")
        .first()
    )
    return Before(*row) if row else None


def body_of(fetch_id: int) -> tuple[bytes, str, str]:
    """Return the body, media type and charset of a kept answer."""
    row = Fetch.objects.only("compressed_body", "archive_file", "archive_offset", "media_type", "charset").get(pk=fetch_id)
    return row.body, row.media_type, row.charset


def to_see_again(source_id: int, *, since: datetime, not_after: datetime) -> list[Again]:
    """Return the source's articles first seen at or after ``since`` whose pages were last asked for by ``not_after``."""
    articles = Article.objects.published().filter(source_id=source_id, first_seen_at__gte=since)
    rows = Fetch.objects.filter(article__in=articles, kind=Fetch.Kind.PAGE, status=200).order_by("fetched_at", "pk")
    newest: dict[int, Again] = {}
    for article_id, url, sha256, headers in rows.values_list("article_id", "url", "body_sha256", "headers"):
        newest[article_id] = Again(article_id, url, sha256, headers)
    asked = _asked_after({again.url for again in newest.values()}, not_after)
    return [again for again in newest.values() if again.url not in asked]


def _asked_after(urls: Iterable[str], moment: datetime) -> set[str]:
    found: set[str] = set()
    for some in _in_parts(list(urls)):
        rows = Fetch.objects.filter(kind=Fetch.Kind.PAGE, url__in=some, fetched_at__gt=moment)
        found.update(rows.values_list("url", flat=True))
    return found


def store(answer: Answer, *, source_id: int) -> int:
    """Keep an answer, whole, in one transaction; return the row's id."""
    asked = answer.asked
    with transaction.atomic():
        row = Fetch.objects.create(
            source_id=source_id,
            kind=asked.kind,
            url=_kept(asked.url, LONGEST_ADDRESS),
            final_url=_kept(answer.final_url or asked.url, LONGEST_ADDRESS),
            redirects=[list(one) for one in answer.redirects],
            fetched_at=answer.at,
            status=answer.status,
            request_headers=dict(answer.sent),
            headers=dict(answer.headers),
            media_type=answer.media_type,
            charset=answer.charset,
            compressed_body=None if answer.body is None else Fetch.compress(answer.body),
            body_sha256=answer.sha256,
            body_size=answer.size,
            hint=dict(asked.hint),
            state=answer.state,
            code=answer.code[:40],
            message=_kept(answer.message, 500),
            traceback=_kept(answer.traceback, 20_000),
            article_id=asked.article_id,
        )
    return row.pk


def _kept(text: str, longest: int) -> str:
    """Cut a text to its column, without what a database cannot hold."""
    return writable(text)[:longest]


def _in_parts(urls: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(urls), _AT_ONCE):
        yield urls[start : start + _AT_ONCE]
