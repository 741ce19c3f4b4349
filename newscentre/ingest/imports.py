"""Saved pages and articles enter as files and become pending fetches, like crawled ones; what cannot be read is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction

from crawler.imports import Complaint, Imported, Wanted, read
from crawler.links import writable
from newsdesk.models import Fetch

AT_ONCE = 200


@dataclass
class Stored:
    """How many items were kept, were there already, could not be read, or were not wanted."""

    stored: int = 0
    known: int = 0
    refused: int = 0
    left_out: int = 0


def store(
    paths: Iterable[Path],
    *,
    counts: Stored,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    on_item: Callable[[], None] = lambda: None,
) -> Iterator[Complaint]:
    """Keep every readable item as a pending fetch, a few hundred a transaction; yield a complaint for each other one.

    An item whose address and body are in the record already is not kept again, so that an import can be repeated.
    """

    def leave_out() -> None:
        counts.left_out += 1
        on_item()

    items = iter(read(list(paths), wanted=wanted, on_left_out=leave_out))
    while some := list(islice(items, AT_ONCE)):
        rows: list[Fetch] = []
        for item in some:
            on_item()
            if isinstance(item, Complaint):
                counts.refused += 1
                yield item
            else:
                rows.append(_row(item))
        fresh = _unknown(rows)
        with transaction.atomic():
            Fetch.objects.bulk_create(fresh)
        counts.stored += len(fresh)
        counts.known += len(rows) - len(fresh)


def _unknown(rows: list[Fetch]) -> list[Fetch]:
    """Leave out the rows that the record, or an earlier one of these, holds already."""
    seen = set(Fetch.objects.filter(url__in=[row.url for row in rows]).values_list("url", "body_sha256"))
    fresh: list[Fetch] = []
    for row in rows:
        if (row.url, row.body_sha256) not in seen:
            seen.add((row.url, row.body_sha256))
            fresh.append(row)
    return fresh


def _row(item: Imported) -> Fetch:
    return Fetch(
        dataset=writable(item.dataset)[:200],
        kind=Fetch.Kind.PAGE,
        url=writable(item.url),
        final_url=writable(item.url),
        fetched_at=item.fetched_at,
        status=item.status,
        media_type=writable(item.media_type)[:100],
        charset=writable(item.charset)[:40],
        compressed_body=Fetch.compress(item.body),
        body_sha256=hashlib.sha256(item.body).hexdigest(),
        body_size=len(item.body),
        hint=_hint(item),
    )


def _hint(item: Imported) -> dict[str, str]:
    hint = {
        "title": item.hint.title,
        "author": item.hint.author,
        "published": item.hint.published.isoformat() if item.hint.published else "",
        "language": item.hint.language,
        "summary": item.hint.summary,
        "outlet": item.outlet[:200],
    }
    return {key: writable(value) for key, value in hint.items() if value}
