"""Bodies leave their rows for the archive, a hundred a transaction; each is in one place at any instant."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from newsdesk.archive import Archive, Exchange, group_end, packed
from newsdesk.errors import BadArtefact
from newsdesk.locks import advisory_lock
from newsdesk.models import Fetch, Label

#: The classes of bodies, by which they are kept in files of their own and for a time of their own.
SERIES = ("articles", "other_articles", "refused", "listings")
#: What is settled: nobody is about to read the body for the first time.
SETTLED = (Fetch.State.DONE, Fetch.State.REFUSED)
AT_ONCE = 100


def archive_bodies(*, now: datetime | None = None) -> int:
    """Move the bodies of all settled fetches to the archive; return how many were moved.

    Killed at any instant, it leaves each body in its row or, once that is safely on the disk, in the archive. A body that
    cannot be read stays where it is. Raises Busy if another process is at the archive.
    """
    moved, last = 0, 0
    with advisory_lock("archive"), Shelves(now or datetime.now(UTC)) as shelves:
        while some := list(waiting().filter(pk__gt=last).select_related("source").annotate(series=series_of())[:AT_ONCE]):
            last = some[-1].pk
            moved += _move(some, shelves)
    return moved


def waiting() -> QuerySet[Fetch]:
    """Return the fetches whose bodies can leave their rows, in order."""
    return Fetch.objects.filter(compressed_body__isnull=False, state__in=SETTLED).order_by("pk")


def missing_files() -> list[str]:
    """Return the files of the archive that the record refers to and that are not there."""
    names = Fetch.objects.exclude(archive_file="").order_by("archive_file").values_list("archive_file", flat=True).distinct()
    return [name for name in names if not (settings.NEWSCENTRE.archive_folder / name).is_file()]


def series_of() -> Case:
    """Return the expression for a fetch's class: what it was asked for and what became of it."""
    told = Label.objects.current().filter(article=OuterRef("article"), kind="relevance", value="migration")
    return Case(
        When(~Q(kind=Fetch.Kind.PAGE), then=Value("listings")),
        When(state__in=(Fetch.State.REFUSED, Fetch.State.QUARANTINED), then=Value("refused")),
        When(Exists(told), then=Value("articles")),
        default=Value("other_articles"),
        output_field=CharField(),
    )


class Shelves:
    """The open files of the archive, one a series; ``never`` names a file that is not added to."""

    def __init__(self, day: datetime, *, never: str = "") -> None:
        self._day, self._never = day, never
        self._open: dict[str, Archive] = {}

    def __enter__(self) -> Shelves:
        return self

    def __exit__(self, *_: object) -> None:
        for archive in self._open.values():
            archive.close()

    def append(self, series: str, raw: bytes) -> tuple[str, int]:
        """Write a group to its series; return where it is."""
        if series not in self._open:
            self._open[series] = _resumed(series, day=self._day, never=self._never)
        return self._open[series].append(raw)

    def sync(self) -> None:
        """Return when all of it is on the disk."""
        for archive in self._open.values():
            archive.sync()


def exchange_of(fetch: Fetch) -> Exchange:
    """Return a fetch as it is archived."""
    return Exchange(
        url=fetch.final_url,
        at=fetch.fetched_at,
        body=fetch.body,
        media_type=fetch.media_type,
        charset=fetch.charset,
        status=fetch.status,
        request_headers=fetch.request_headers,
        headers=fetch.headers,
        metadata=told_of(fetch),
        fetched=not fetch.dataset and fetch.status > 0,
    )


def told_of(fetch: Fetch) -> dict[str, Any]:
    """Return what the record knows of a fetch beside its exchange."""
    return {
        "fetch": fetch.pk,
        "kind": fetch.kind,
        "source": fetch.source.key if fetch.source else "",
        "dataset": fetch.dataset,
        "asked": fetch.url,
        "redirects": fetch.redirects,
        "fetched_at": fetch.fetched_at.isoformat(),
        "body_sha256": fetch.body_sha256,
        "verdict": fetch.verdict,
        "hint": fetch.hint,
    }


def _move(fetches: Sequence[Fetch], shelves: Shelves) -> int:
    """Append what can be read, wait for the disk, then let the rows point there."""
    places: dict[int, tuple[str, int]] = {}
    for fetch in fetches:
        try:
            raw = packed(exchange_of(fetch))
        except zlib.error:
            continue  # `newscentre health` tells of bodies that stay behind
        places[fetch.pk] = shelves.append(fetch.series, raw)  # type: ignore[attr-defined]
    shelves.sync()
    with transaction.atomic():
        for number, (name, offset) in places.items():
            Fetch.objects.filter(pk=number).update(compressed_body=None, archive_file=name, archive_offset=offset)
    return len(places)


def _resumed(series: str, *, day: datetime, never: str) -> Archive:
    """Open a series where the record knows its newest file to end; where it ends otherwise, with a new file."""
    folder = settings.NEWSCENTRE.archive_folder
    archive = Archive(folder, series=series, day=day)
    known = Fetch.objects.filter(archive_file__startswith=f"{series}-").order_by("-archive_file", "-archive_offset")
    newest = known.values_list("archive_file", "archive_offset").first()
    if newest is not None and newest[0] != never:
        name, offset = newest
        with suppress(BadArtefact):  # a damaged file is left as it is; `newscentre health` and `evidence` tell of it
            archive.resume(name, known_end=group_end(folder, name, offset or 0))
    return archive
