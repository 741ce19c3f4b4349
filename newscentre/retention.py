"""What is older than its class may be goes: bodies, rows of listings, mails, ended subscriptions; what is under hold stays.

Each class has a setting of days (``newscentre settings``); 0 keeps for ever. Rows go a few hundred a transaction. Of a body
the hash stays, with the time of its deletion, so that the chain of evidence can say what happened to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from newscentre.alerts.matching import FRESH
from newscentre.archiving import SERIES, Shelves, series_of
from newsdesk.archive import read_raw, sync_folder
from newsdesk.configuration import Configuration
from newsdesk.errors import BadArtefact, BadSetting
from newsdesk.locks import patient_lock
from newsdesk.models import Alert, AlertMail, Delivery, Fetch, Hold, Subscription

AT_ONCE = 200
#: How long another process may be at the archive before retention gives up for this time, in seconds.
PATIENCE = 30.0
#: Beside a file of the archive, says that what is left in it is copied or expired.
LEAVING = ".leaving"


@dataclass(frozen=True)
class Expired:
    """How many items of one class are past their time (``days``; 0: kept for ever), and how many of those are under hold."""

    name: str
    days: int
    items: int
    held: int = 0


def examine(*, now: datetime | None = None) -> list[Expired]:
    """Count what ``expire`` would delete, by class, and delete nothing."""
    moment, configuration = now or datetime.now(UTC), settings.NEWSCENTRE
    found = []
    for name in SERIES:
        past = _past(name, configuration, now=moment)
        free = past.exclude(_held()).count()
        found.append(Expired(name, _days(configuration, name), free, held=past.count() - free))
    for name, count in _others(configuration, now=moment).items():
        found.append(Expired(name, _days(configuration, name), count(False)))
    return found


def expire(*, now: datetime | None = None) -> list[Expired]:
    """Delete what is past its time; return what was deleted, by class.

    Killed at any instant, the next run finishes. Raises Busy if another process is at the archive, BadArtefact after all
    else is done where a damaged file of the archive keeps what should go.
    """
    moment, configuration = now or datetime.now(UTC), settings.NEWSCENTRE
    found, damaged = [], []
    with patient_lock("archive", seconds=PATIENCE):
        _clear_left(configuration.archive_folder)
        for name in SERIES:
            past = _past(name, configuration, now=moment).exclude(_held())
            count = past.count()
            _delete_from_rows(past, now=moment)
            damaged += _delete_from_archive(past, name, now=moment)
            found.append(Expired(name, _days(configuration, name), count - past.count()))
    for name, delete in _others(configuration, now=moment).items():
        found.append(Expired(name, _days(configuration, name), delete(True)))
    if damaged:
        raise BadArtefact(f"damaged files of the archive keep what should be deleted: {', '.join(damaged)}")
    return found


def days_by_source(configuration: Configuration) -> dict[str, int]:
    """Read the setting ``keep_by_source``; raise BadSetting for what is no list of key:days."""
    found = {}
    for pair in filter(None, (one.strip() for one in configuration.keep_by_source.split(","))):
        key, _, days = pair.rpartition(":")
        if not key or not (days.isascii() and days.isdigit()) or int(days) > 36_500:
            raise BadSetting(f"keep_by_source has {pair!r}; each must be key:days, as example-daily:365")
        found[key] = int(days)
    return found


def _days(configuration: Configuration, name: str) -> int:
    days: int = getattr(configuration, f"keep_{name}")
    return days


def _past(name: str, configuration: Configuration, *, now: datetime) -> QuerySet[Fetch]:
    """Return the fetches of one class whose bodies are past their time."""
    kept = Fetch.objects.exclude(compressed_body=None, archive_file="").exclude(state=Fetch.State.PENDING)
    classed = kept.annotate(series=series_of()).filter(series=name)
    if name == "listings":
        # The newest answer of each is what the next is compared with.
        newer = Fetch.objects.filter(kind=OuterRef("kind"), url=OuterRef("url"), fetched_at__gt=OuterRef("fetched_at"))
        passed = Exists(newer.filter(state=Fetch.State.DONE).exclude(compressed_body=None, archive_file=""))
        classed = classed.filter(~Q(state=Fetch.State.DONE) | passed)
    own = days_by_source(configuration) if name == "articles" else {}
    past = _older(_days(configuration, name), now=now) & ~Q(source__key__in=list(own))
    for key, days in own.items():
        past |= _older(days, now=now) & Q(source__key=key)
    return classed.filter(past).order_by("pk")


def _older(days: int, *, now: datetime) -> Q:
    return Q(fetched_at__lt=now - timedelta(days=days)) if days else Q(pk__in=())


def _held() -> Q:
    return Q(Exists(Hold.objects.filter(article=OuterRef("article"), ended_at=None)))


def _delete_from_rows(past: QuerySet[Fetch], *, now: datetime) -> None:
    for some in _in_parts(past.filter(archive_file="")):
        Fetch.objects.filter(pk__in=some).update(compressed_body=None, body_deleted_at=now)


def _delete_from_archive(past: QuerySet[Fetch], series: str, *, now: datetime) -> list[str]:
    """Write each file that holds something of this anew without it; return the files that could not be."""
    damaged = []
    archived = past.exclude(archive_file="").order_by("archive_file")
    for name in list(archived.values_list("archive_file", flat=True).distinct()):
        try:
            _copy_what_stays(name, past, series, now=now)
        except BadArtefact:
            damaged.append(name)
            continue
        (settings.NEWSCENTRE.archive_folder / f"{name}{LEAVING}").touch(mode=0o600)
        sync_folder(settings.NEWSCENTRE.archive_folder)
        for some in _in_parts(past.filter(archive_file=name)):
            Fetch.objects.filter(pk__in=some).update(archive_file="", archive_offset=None, body_deleted_at=now)
        _clear_left(settings.NEWSCENTRE.archive_folder)
    return damaged


def _copy_what_stays(name: str, past: QuerySet[Fetch], series: str, *, now: datetime) -> None:
    """Copy the groups of a file that are not past their time to the newest file of its series, and point their rows there."""
    folder = settings.NEWSCENTRE.archive_folder
    staying = Fetch.objects.filter(archive_file=name).exclude(pk__in=past.order_by().values("pk")).order_by("archive_offset")
    rows = list(staying.values_list("pk", "archive_offset"))
    with Shelves(now, never=name) as shelves:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            places = {number: shelves.append(series, read_raw(folder, name, offset or 0)) for number, offset in some}
            shelves.sync()
            with transaction.atomic():
                for number, (file, offset) in places.items():
                    Fetch.objects.filter(pk=number).update(archive_file=file, archive_offset=offset)


def _clear_left(folder: Path) -> None:
    """Remove the files that retention has left and no row refers to."""
    for mark in folder.glob(f"*{LEAVING}"):
        left = mark.with_name(mark.name.removesuffix(LEAVING))
        if not Fetch.objects.filter(archive_file=left.name).exists():
            left.unlink(missing_ok=True)
        mark.unlink(missing_ok=True)


def _others(configuration: Configuration, *, now: datetime) -> dict[str, Callable[[bool], int]]:
    """Return, by class, what counts its expired items and, if told so, deletes them."""

    def before(name: str) -> datetime | None:
        days = _days(configuration, name)
        return now - timedelta(days=days) if days else None

    return {
        "listing_rows": lambda delete: _rows(_old_listings(before("listing_rows")), delete=delete),
        "mails": lambda delete: _mails(configuration.mail_folder, before("mails"), delete=delete),
        "alerts": lambda delete: _alerts(before("alerts"), now=now, delete=delete),
        "ended": lambda delete: _rows(_ended(before("ended")), delete=delete),
    }


def _old_listings(before: datetime | None) -> QuerySet[Fetch]:
    """Return the rows of feeds, sitemaps and sections past their time, but for those that still have a body."""
    rows = Fetch.objects.exclude(kind=Fetch.Kind.PAGE).filter(compressed_body=None, archive_file="")
    return rows.filter(fetched_at__lt=before) if before else rows.none()


def _ended(before: datetime | None) -> QuerySet[Subscription]:
    """Return the subscriptions that ended, or were never confirmed, before then."""
    if before is None:
        return Subscription.objects.none()
    ended = Q(state=Subscription.State.ENDED, ended_at__lt=before)
    return Subscription.objects.filter(ended | Q(state=Subscription.State.PENDING, created_at__lt=before))


def _mails(folder: Path, before: datetime | None, *, delete: bool) -> int:
    """Count or delete mails in the folder, and the lists of who was sent which digest with what in it."""
    if before is None:
        return 0
    old = [path for path in folder.glob("*.eml") if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before]
    for path in old if delete else ():
        path.unlink(missing_ok=True)
    told = Delivery.objects.filter(edition__created_at__lt=before).exclude(state=Delivery.State.PENDING)
    return len(old) + _rows(told, delete=delete)


def _alerts(before: datetime | None, *, now: datetime, delete: bool) -> int:
    """Count or delete what saved searches found and their mails; what could still be found again, and so told twice, stays."""
    if before is None:
        return 0
    before = min(before, now - FRESH - timedelta(days=1))
    mails = AlertMail.objects.filter(created_at__lt=before).exclude(state=AlertMail.State.PENDING)
    return _rows(Alert.objects.filter(found_at__lt=before), delete=delete) + _rows(mails, delete=delete)


def _rows(rows: QuerySet[Any], *, delete: bool) -> int:
    if not delete:
        return rows.count()
    gone = 0
    for some in _in_parts(rows):
        rows.model._default_manager.filter(pk__in=some).delete()
        gone += len(some)
    return gone


def _in_parts(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Yield keys of the rows that are left, a few at a time, until what is done with them has left none."""
    last = 0
    while some := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield some
        last = some[-1]
