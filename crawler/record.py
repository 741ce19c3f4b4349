"""Between crawl and record: outlets, answers and outcomes enter; known addresses and pages to look at again leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from crawler import rhythm
from crawler.answers import DONE, MISSING, PASSING, Answer
from crawler.catalogue import Outlet
from crawler.links import LONGEST_ADDRESS, host_of, writable
from crawler.visits import Condition, Visit
from newsdesk.models import Article, Fetch, Source

#: How often a page that failed for a passing reason is asked for, in all.
MOST_TRIES = 3
#: States in which a visit brought no usable answer.
TROUBLE = ("blocked", "redirected", "broken")
DAY = timedelta(days=1)
#: Of the articles of a first visit only those with a date of their own tell of the source's rhythm.
_FIRST_VISIT = timedelta(hours=2)
#: Answers of a host by which a rest that it asks for is known.
LAST_ANSWERS = 12
_AT_ONCE = 400


@dataclass(frozen=True)
class Before:
    """What the record has of an address: the validators for a conditional request, and its body's SHA-256."""

    fetch_id: int
    sha256: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Again:
    """An article whose page is worth asking for again; ``missed`` if it was not there when last asked for."""

    article_id: int
    url: str
    sha256: str
    headers: Mapping[str, str]
    missed: bool = False


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


def paused(key: str) -> bool:
    """Say whether an editor has paused the source."""
    return Source.objects.filter(key=key).exclude(paused_at=None).exists()


def finish(visit: Visit, found: Condition, *, by: str, now: datetime) -> str:
    """Write how a source was found, since when, and when it is visited next; give it back; return its state.

    A source that an editor has paused meanwhile stays so. One with nothing new that is known to have gone quiet is silent.
    """
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=visit.source_id)
        state, code = found.state or row.state, found.code
        if state in ("unchanged", "empty") and row.alarms.filter(kind="quiet", ended_at=None).exists():
            state, code = "silent", "quiet"
        if row.paused_at is not None:
            state, code = "paused", ""
        if row.state != state or row.state_since is None:
            row.state, row.state_since = state, now
        row.state_code, row.state_detail, row.crawled_at = code, _kept(found.sentence, 500), now
        if found.state:
            row.failures = min(row.failures + 1, 1000) if found.state in TROUBLE else 0
        _set_next_visit(row, visit, now=now)
        if row.leased_by == by:
            row.leased_by, row.leased_until = "", None
        row.save()
    return state


def _set_next_visit(row: Source, visit: Visit, *, now: datetime) -> None:
    published, since = rhythm_of(row.pk, listed=visit.dates, now=now)
    wanted = rhythm.interval(published, observed_since=since, now=now)
    row.polling_interval = round(wanted.total_seconds())
    if visit.left_out:
        wanted = rhythm.SHORTEST
    # Counted from the visit's beginning: what came out while it went on has waited since then.
    row.next_crawl_at = max(visit.started + rhythm.pause(wanted, failures=row.failures), visit.until or visit.started)


def rhythm_of(source_id: int, *, listed: Iterable[datetime], now: datetime) -> tuple[list[datetime], datetime]:
    """Return when a source published of late, and since when that is known; ``listed`` counts as long as it has no articles."""
    first = Fetch.objects.filter(source_id=source_id).order_by("fetched_at").values_list("fetched_at", flat=True).first() or now
    rows = Article.objects.filter(source_id=source_id, first_seen_at__gte=now - rhythm.REMEMBERED)
    moments = [
        min(dated_at, seen_at) if origin != "fetch" else seen_at
        for dated_at, origin, seen_at in rows.values_list("dated_at", "date_origin", "first_seen_at")
        if origin != "fetch" or seen_at > first + _FIRST_VISIT
    ]
    recent = [at for at in (moments or listed) if now - rhythm.REMEMBERED <= at <= now]
    return recent, min([first, *recent])


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
    # Most were asked for of late: to pass over them here saves reading the whole week's fetches at every visit.
    late = Fetch.objects.filter(article=OuterRef("pk"), kind=Fetch.Kind.PAGE, fetched_at__gt=not_after)
    articles = Article.objects.published().filter(~Exists(late), source_id=source_id, first_seen_at__gte=since)
    rows = Fetch.objects.filter(article__in=articles, kind=Fetch.Kind.PAGE).order_by("fetched_at", "pk")
    newest: dict[int, Again] = {}
    missed: set[int] = set()
    for article_id, url, sha256, headers, status, state, code in rows.values_list(
        "article_id", "url", "body_sha256", "headers", "status", "state", "code"
    ):
        if code in MISSING:
            missed.add(article_id)
        elif not PASSING.match(code):
            missed.discard(article_id)
        # What was refused is not the article: its validators would make it look unchanged.
        if status == 200 and state != Fetch.State.REFUSED:
            newest[article_id] = Again(article_id, url, sha256, headers)
    asked = _asked_after({again.url for again in newest.values()}, not_after)
    return [replace(again, missed=again.article_id in missed) for again in newest.values() if again.url not in asked]


def _asked_after(urls: Iterable[str], moment: datetime) -> set[str]:
    found: set[str] = set()
    for some in _in_parts(list(urls)):
        rows = Fetch.objects.filter(kind=Fetch.Kind.PAGE, url__in=some, fetched_at__gt=moment)
        found.update(rows.values_list("url", flat=True))
    return found


def last_answers(host: str) -> list[tuple[datetime, int, str]]:
    """Return a host's newest answers, newest first: time, status, ``Retry-After``; of all crawlers that share the record."""
    rows = Fetch.objects.filter(host=host[:255], status__gt=0).order_by("-fetched_at", "-pk")
    return [
        (at, status, headers.get("retry-after", ""))
        for at, status, headers in rows.values_list("fetched_at", "status", "headers")[:LAST_ANSWERS]
    ]


def asked_today(host: str, *, now: datetime) -> int:
    """Return how many requests a host had in the last 24 hours, of all crawlers that share the record."""
    return Fetch.objects.filter(host=host[:255], fetched_at__gt=now - DAY).count()


def kept_rules(url: str, *, since: datetime) -> tuple[int, bytes] | None:
    """Return status and body of a host's rules (robots.txt, tdmrep.json) if they were read at or after ``since``.

    That they could not be read just then says nothing of now.
    """
    rows = Fetch.objects.filter(kind=Fetch.Kind.RULES, url=url, fetched_at__gte=since, status__lt=500).exclude(status=429)
    row = rows.order_by("-fetched_at", "-pk").first()
    return (row.status, row.body) if row else None


def store(answer: Answer, *, source_id: int | None) -> int:
    """Keep an answer, whole, in one transaction; return the row's id."""
    asked = answer.asked
    with transaction.atomic():
        row = Fetch.objects.create(
            source_id=source_id,
            kind=asked.kind,
            url=_kept(asked.url, LONGEST_ADDRESS),
            host=host_of(asked.url),
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
            verdict=answer.verdict,
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
