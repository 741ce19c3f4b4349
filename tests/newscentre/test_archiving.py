"""Bodies leave for the archive, at any instant in one place; what retention deletes, holds keep and evidence tells of."""

from __future__ import annotations

import hashlib
import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from newscentre import archiving
from newscentre.archiving import archive_bodies, waiting
from newscentre.health import examine as look_over
from newscentre.retention import Expired, examine, expire
from newsdesk.errors import BadArtefact, BadSetting, Busy
from newsdesk.locks import advisory_lock
from newsdesk.models import (
    Alert,
    AlertMail,
    Article,
    Delivery,
    Edition,
    Fetch,
    Hold,
    Label,
    SavedSearch,
    Source,
    Subscription,
    User,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = {"ar": "وصل القارب إلى الميناء", "en": "The boat reached the harbour", "fr": "Le bateau a atteint le port"}


class Cut(Exception):
    """The power fails."""


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)
    return tmp_path / "archive"


@pytest.fixture
def configure(settings: Any):
    def change(**told: Any) -> None:
        settings.NEWSCENTRE = replace(settings.NEWSCENTRE, **told)

    return change


def fetch(path: str, *, days: float = 0, text: str = "", **fields: Any) -> Fetch:
    body = (text or f"<p>{path} {TEXTS['ar']}</p>").encode()
    told = {"url": f"https://desk.example/{path}", "fetched_at": NOW - timedelta(days=days), "status": 200, "state": "done"}
    told |= {"media_type": "text/html", "body_sha256": hashlib.sha256(body).hexdigest(), "body_size": len(body)}
    told |= {"compressed_body": Fetch.compress(body), "final_url": told["url"]} | fields
    return Fetch.objects.create(**told)


def article(path: str, *, relevant: bool = True, days: float = 0, **fields: Any) -> Article:
    at = NOW - timedelta(days=days)
    made = Article.objects.create(
        url=f"https://desk.example/{path}", language="ar", title=path, text=TEXTS["ar"], dated_at=at, first_seen_at=at
    )
    Label.objects.create(article=made, kind="relevance", value="migration", score=0.9, threshold=0.5, given=relevant,
                         actor="test", created_at=at)  # fmt: skip
    fetch(path, days=days, article=made, **fields)
    return made


def bodies() -> dict[str, bytes]:
    return {each.url.rpartition("/")[2]: each.body for each in Fetch.objects.order_by("pk")}


@pytest.mark.parametrize("language", TEXTS)
def test_a_body_is_read_from_wherever_it_is(folder: Path, language: str) -> None:
    kept = fetch("a", text=TEXTS[language])
    assert archive_bodies(now=NOW) == 1
    kept.refresh_from_db()
    assert (kept.compressed_body, kept.body.decode()) == (None, TEXTS[language])
    assert kept.archive_file.startswith("other_articles-20261121-")
    assert archive_bodies(now=NOW) == 0
    assert [path.name for path in folder.iterdir()] == [kept.archive_file]


def test_what_is_not_settled_stays_in_its_row(folder: Path) -> None:
    for state in ("pending", "quarantined"):
        fetch(state, state=state)
    fetch("none", compressed_body=None, state="refused", body_sha256="")
    assert archive_bodies(now=NOW) == 0
    assert not folder.exists()
    assert Fetch.objects.get(url__endswith="none").body == b""


def test_classes_are_kept_in_files_of_their_own(folder: Path) -> None:
    article("one")
    article("two", relevant=False)
    fetch("three", state="refused")
    fetch("feed", kind="feed")
    before = bodies()
    assert archive_bodies(now=NOW) == 4
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {"articles", "other_articles", "refused", "listings"}
    assert bodies() == before


def test_a_body_that_cannot_be_read_stays_and_bars_nobody() -> None:
    bad, good = fetch("bad", compressed_body=b"never compressed", days=3), fetch("good")
    assert archive_bodies(now=NOW) == 1
    assert list(waiting()) == [bad]
    assert Fetch.objects.get(pk=good.pk).archive_file
    (told,) = [each for each in look_over(now=NOW) if each.what == "archive"]
    assert (told.well, "1 bodies have waited" in told.sentence) == (False, True)


def test_runs_of_a_day_fill_one_file(folder: Path) -> None:
    for name in ("a", "b", "c"):
        fetch(name)
        archive_bodies(now=NOW)
    assert len(list(folder.iterdir())) == 1
    fetch("d")
    archive_bodies(now=NOW + timedelta(days=1))
    assert len(list(folder.iterdir())) == 2
    assert len(set(bodies().values())) == 4


@pytest.mark.parametrize("instant", ["append", "sync", "rows"])
def test_power_that_fails_at_any_instant_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    fetch("safe")
    archive_bodies(now=NOW)
    for name in "abc":
        fetch(name)
    before = bodies()
    cut_off(monkeypatch, instant)
    with pytest.raises(Cut):
        archive_bodies(now=NOW)
    monkeypatch.undo()
    assert bodies() == before
    (file,) = folder.iterdir()
    if instant == "append":
        with file.open("ab") as torn:
            torn.write(b"\x1f\x8b\x08\x00half a record")
    assert archive_bodies(now=NOW) == 3
    assert bodies() == before
    assert not waiting().exists()
    assert len(list(folder.iterdir())) == 2, "what the failure left is not built upon"


def cut_off(monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    shelves, count = archiving.Shelves, [0]
    append = shelves.append

    def failing_append(self: Any, series: str, raw: bytes) -> tuple[str, int]:
        count[0] += 1
        if count[0] == 3:
            raise Cut
        return append(self, series, raw)

    def fail(*_: Any, **__: Any) -> None:
        raise Cut

    if instant == "append":
        monkeypatch.setattr(shelves, "append", failing_append)
    elif instant == "sync":
        monkeypatch.setattr(shelves, "sync", fail)
    else:
        monkeypatch.setattr(archiving.transaction, "atomic", fail)


def test_one_process_writes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscentre.retention.PATIENCE", 0.0)
    if connection.vendor != "sqlite":
        pytest.skip("a second session is needed to hold the lock of PostgreSQL; those are tested with the record")
    with advisory_lock("archive"):
        for work in (archive_bodies, expire):
            with pytest.raises(Busy):
                work(now=NOW)


# Retention.


def counts(found: list[Expired]) -> dict[str, int]:
    return {each.name: each.items for each in found if each.items}


AGES = {"articles": 2000, "other_articles": 100, "refused": 40, "listings": 20}


def an_archive_of_all_ages() -> None:
    for age in (1, 2000):
        article(f"article-{age}", days=age)
    for age in (1, 100):
        article(f"other-{age}", relevant=False, days=age)
    for age in (1, 40):
        fetch(f"refused-{age}", days=age, state="refused")
    for age in (20, 30):
        fetch("feed", days=age, kind="feed")


@pytest.mark.parametrize("archived", [False, True])
def test_each_class_goes_in_its_own_time(folder: Path, archived: bool) -> None:
    an_archive_of_all_ages()
    if archived:
        archive_bodies(now=NOW)
    names = {path.name for path in folder.iterdir()} if archived else set()
    expected = {"articles": 1, "other_articles": 1, "refused": 1, "listings": 1}
    assert counts(examine(now=NOW)) == expected
    assert counts(examine(now=NOW)) == expected, "looking deletes nothing"
    assert counts(expire(now=NOW)) == expected
    assert counts(examine(now=NOW)) == {}
    left = {(each.url.rpartition("/")[2], (NOW - each.fetched_at).days) for each in Fetch.objects.all() if each.body}
    assert left == {("article-1", 1), ("other-1", 1), ("refused-1", 1), ("feed", 20)}
    gone = Fetch.objects.filter(body_deleted_at=NOW)
    assert gone.count() == 4
    assert all(each.body == b"" and len(each.body_sha256) == 64 for each in gone)
    if archived:
        kept = b"".join(path.read_bytes() for path in folder.iterdir())
        assert names.isdisjoint(path.name for path in folder.iterdir()), "the files that held it are written anew"
        assert not list(folder.glob("*.leaving"))
        assert kept


def test_of_a_broken_feed_only_the_last_good_answer_stays() -> None:
    for days, state in ((60, "done"), (50, "done"), (40, "refused"), (30, "refused")):
        fetch("feed", days=days, kind="feed", state=state)
    assert counts(expire(now=NOW)) == {"listings": 3}
    (left,) = [each for each in Fetch.objects.all() if each.body]
    assert (left.state, (NOW - left.fetched_at).days) == ("done", 50)


def test_a_file_without_anything_left_goes(folder: Path) -> None:
    fetch("old", days=40, state="refused")
    archive_bodies(now=NOW)
    expire(now=NOW)
    assert list(folder.iterdir()) == []


def test_what_is_under_hold_stays(folder: Path) -> None:
    held, free = article("held", days=3000), article("free", days=3000)
    hold = Hold.objects.create(article=held, reason="a court asks", created_at=NOW)
    archive_bodies(now=NOW)
    (told,) = [each for each in examine(now=NOW) if each.name == "articles"]
    assert (told.items, told.held) == (1, 1)
    expire(now=NOW)
    assert [bool(each.body) for each in (held.fetches.get(), free.fetches.get())] == [True, False]
    Hold.objects.filter(pk=hold.pk).update(ended_at=NOW)
    assert counts(expire(now=NOW)) == {"articles": 1}
    assert list(folder.iterdir()) == []


def test_a_source_may_have_a_time_of_its_own(configure: Any) -> None:
    for key in ("short", "long", "usual"):
        source = Source.objects.create(key=key, name=key, homepage="https://x.example/")
        article(key, days=400, source=source)
    configure(keep_by_source="short:30, long:0", keep_articles=300)
    assert counts(expire(now=NOW)) == {"articles": 2}
    assert {each.source.key for each in Fetch.objects.select_related("source") if each.body and each.source} == {"long"}
    configure(keep_by_source="short")
    with pytest.raises(BadSetting, match="key:days"):
        examine(now=NOW)


def test_nothing_goes_where_the_setting_says_for_ever(configure: Any) -> None:
    an_archive_of_all_ages()
    configure(keep_articles=0, keep_other_articles=0, keep_refused=0, keep_listings=0, keep_listing_rows=0, keep_mails=0,
              keep_ended=0)  # fmt: skip
    assert counts(expire(now=NOW)) == {}


def test_what_waits_to_be_ingested_is_never_touched() -> None:
    fetch("waiting", days=5000, state="pending")
    assert counts(expire(now=NOW)) == {}


def test_mails_old_lists_and_secrets_go(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    for name, age in (("old", 100), ("new", 1)):
        path = tmp_path / "mail" / f"{name}.eml"
        path.write_text("x")
        moment = (NOW - timedelta(days=age)).timestamp()
        os.utime(path, (moment, moment))
    ended = {"state": "ended", "ended_at": NOW - timedelta(days=31), "language": "fr", "created_at": NOW - timedelta(days=400)}
    subscriptions = [Subscription.objects.create(email=f"{name}@people.example", **ended) for name in ("a", "b")]
    Subscription.objects.filter(email__startswith="b").update(ended_at=NOW)
    Subscription.objects.create(email="never@people.example", language="ar", created_at=NOW - timedelta(days=40))
    active = Subscription.objects.create(email="c@people.example", language="en", state="active", created_at=NOW)
    for age in (100, 1):
        at = NOW - timedelta(days=age)
        edition = Edition.objects.create(language="en", day=at.date(), window_start=at, window_end=at, created_at=at)
        Delivery.objects.create(edition=edition, subscription=active, state="sent")
    fetch("feed", days=500, kind="feed", compressed_body=None)
    assert counts(expire(now=NOW)) == {"mails": 2, "ended": 2, "listing_rows": 1}
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["new.eml"]
    assert set(Subscription.objects.values_list("email", flat=True)) == {"b@people.example", "c@people.example"}
    assert Delivery.objects.count() == 1
    assert subscriptions


def test_a_damaged_file_is_told_of_and_the_rest_goes_on(folder: Path) -> None:
    article("stays", days=1)
    article("goes", days=3000)
    fetch("other", days=100)
    archive_bodies(now=NOW)
    (file,) = folder.glob("articles-*")
    place = Fetch.objects.get(url__endswith="stays").archive_offset or 0
    damaged = bytearray(file.read_bytes())
    damaged[place + 20 : place + 40] = b"\x00" * 20
    file.write_bytes(bytes(damaged))
    with pytest.raises(BadArtefact, match=file.name):
        expire(now=NOW)
    assert counts(examine(now=NOW)) == {"articles": 1}
    assert file.exists()
    assert Fetch.objects.get(url__endswith="other").body == b""


def test_a_missing_file_is_a_finding(folder: Path) -> None:
    fetch("a")
    archive_bodies(now=NOW)
    assert [each.well for each in look_over(now=NOW) if each.what == "archive"] == [True]
    next(folder.iterdir()).unlink()
    (told,) = [each for each in look_over(now=NOW) if each.what == "archive"]
    assert (told.well, "missing" in told.sentence) == (False, True)


@pytest.mark.parametrize("seed", range(4))
def test_retention_cut_off_at_any_write_ends_as_if_it_had_not_been(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr("newscentre.retention.AT_ONCE", 2)
    for number in range(8):
        article(f"a{number}", days=3000 if chance.random() < 0.5 else 1)
        if chance.random() < 0.3:
            archive_bodies(now=NOW)
    archive_bodies(now=NOW)
    staying = {
        name: body for name, body in bodies().items() if Fetch.objects.get(url__endswith=name).fetched_at > NOW - timedelta(9)
    }
    real, left = os.fsync, [chance.randrange(6)]

    def failing(descriptor: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cut
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with suppress(Cut):
            expire(now=NOW)
    assert staying.items() <= bodies().items()
    expire(now=NOW)
    assert {name: body for name, body in bodies().items() if body} == staying
    assert archiving.missing_files() == []
    named = set(Fetch.objects.exclude(archive_file="").values_list("archive_file", flat=True))
    text = b"".join(each.read_bytes() for each in folder.iterdir() if each.name in named)
    assert bool(text) is bool(staying)


@pytest.mark.parametrize(("days", "left"), [(180, {1, 3, 5, 100}), (1, {1, 3}), (0, {1, 3, 5, 100, 200})])
def test_alerts_go_but_for_those_that_could_be_found_again(settings: Any, days: int, left: set[int]) -> None:
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, keep_alerts=days)
    user = User.objects.create_user("analyst@people.example", role="analyst")
    for age in (1, 3, 5, 100, 200):
        at = NOW - timedelta(days=age)
        search = SavedSearch.objects.create(user=user, name=str(age), language="en", created_at=at, since=at)
        mail = AlertMail.objects.create(search=search, created_at=at, state="sent")
        article = Article.objects.create(url=f"https://news.example/{age}", language="en", dated_at=at, first_seen_at=at)
        Alert.objects.create(search=search, article=article, found_at=at, mail=mail, settled=True)
    expected = 2 * (5 - len(left))
    assert counts(examine(now=NOW)).get("alerts", 0) == counts(expire(now=NOW)).get("alerts", 0) == expected
    assert {int(alert.search.name) for alert in Alert.objects.all()} == left
    assert AlertMail.objects.count() == len(left)
