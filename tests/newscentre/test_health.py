"""Health names what is wrong, however much of it there is; a recurring job's trouble with one thing does not stop the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscentre import jobs
from newscentre.health import LATE, MOST_SHOWN, Finding, examine
from newsdesk.errors import BadArtefact
from newsdesk.models import AlertMail, Delivery, Edition, Fetch, IndexChange, Outgoing, SavedSearch, Subscription, User

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def deployment(settings: Any, tmp_path: Path) -> None:
    """Give each test an index of its own, and digests that are due at any hour."""
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path, digest_hour=0)


def findings(what: str) -> list[Finding]:
    return [finding for finding in examine(now=NOW) if finding.what.startswith(what)]


def test_nothing_is_wrong_with_a_new_record() -> None:
    assert [finding for finding in examine(now=NOW) if not finding.well] == []


def test_mails_that_were_given_up_are_counted_of_whatever_kind() -> None:
    reader = Subscription.objects.create(email="a@people.example", language="ar", created_at=NOW)
    edition = Edition.objects.create(language="ar", day=NOW, window_start=NOW, window_end=NOW, created_at=NOW)
    Delivery.objects.create(edition=edition, subscription=reader, state=Outgoing.State.FAILED)
    owner = User.objects.create_user("b@people.example")
    search = SavedSearch.objects.create(user=owner, name="boats", language="fr", created_at=NOW, since=NOW)
    AlertMail.objects.create(search=search, created_at=NOW, state=Outgoing.State.FAILED)
    AlertMail.objects.create(search=search, created_at=NOW)
    assert findings("mail") == [Finding("mail", False, "2 mails could not be delivered")]


def test_the_newest_quarantined_pages_are_shown_and_all_are_counted() -> None:
    for number in range(MOST_SHOWN + 5):
        Fetch.objects.create(
            url=f"https://paper.example/{number}",
            fetched_at=NOW + timedelta(minutes=number),
            state=Fetch.State.QUARANTINED,
            message=f"page {number} crashed",
            traceback="Traceback: ...",
        )
    shown = findings("quarantine")
    assert [finding.well for finding in shown] == [False] * (MOST_SHOWN + 1)
    assert shown[0].sentence == f"page {MOST_SHOWN + 4} crashed"
    assert shown[0].detail == "Traceback: ..."
    assert shown[-1].sentence.startswith(f"{MOST_SHOWN + 5} were set aside in all")


@pytest.mark.parametrize(("age", "well"), [(LATE / 2, True), (LATE * 2, False)])
def test_an_index_may_lag_a_little_but_not_for_long(age: timedelta, *, well: bool) -> None:
    IndexChange.objects.create(article_id=1, created_at=NOW - age)
    assert [finding.well for finding in findings("index")] == [well]


def test_the_index_is_brought_up_to_date_though_nothing_can_be_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[bool] = []

    def damaged(**_: object) -> None:
        raise BadArtefact("models/themes.npz is damaged")

    monkeypatch.setattr(jobs, "ingest", damaged)
    monkeypatch.setattr(jobs, "drain_configured", lambda: drained.append(True) or 1)
    with pytest.raises(BadArtefact):
        jobs.ingest_pending()
    assert drained == [True]


def test_a_digest_that_cannot_be_built_does_not_keep_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def build(language: str, *, day: date, now: datetime) -> None:
        if language == "ar":
            raise BadArtefact("no Arabic today")
        built.append(language)

    monkeypatch.setattr(jobs, "build_edition", build)
    with pytest.raises(BadArtefact):
        jobs.build_editions()
    assert sorted(built) == ["en", "fr"]
