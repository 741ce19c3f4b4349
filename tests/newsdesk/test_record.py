"""The record's own rules: accounts, roles, leases, locks, current labels."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection

from newsdesk.errors import Busy
from newsdesk.locks import advisory_lock
from newsdesk.models import Article, Label, Role, Source, User, lease

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_people_sign_in_with_their_address_in_any_case() -> None:
    User.objects.create_user("Amina@Example.org", "a long password")
    assert authenticate(username="amina@example.ORG", password="a long password") is not None
    assert authenticate(username="amina@example.org", password="another password") is None
    with pytest.raises(IntegrityError):
        User.objects.create_user("amina@example.org", "x")


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    analyst = User(email="a@example.org", role=Role.ANALYST)
    assert [role for role in Role if analyst.may_act_as(role)] == [Role.VISITOR, Role.SUBSCRIBER, Role.ANALYST]
    analyst.is_active = False
    assert not analyst.may_act_as(Role.VISITOR)


def test_a_source_is_leased_by_one_at_a_time_until_the_lease_ends() -> None:
    source = Source.objects.create(key="paper", name="Paper", homepage="https://paper.example/")
    row, until = Source.objects.filter(pk=source.pk), NOW + timedelta(minutes=10)
    assert lease(row, now=NOW, until=until, by="one")
    assert not lease(row, now=NOW, until=until, by="two")
    assert lease(row, now=until, until=until + timedelta(minutes=10), by="two")


@pytest.mark.skipif(connection.vendor == "postgresql", reason="the lock belongs to the session there")
def test_a_lock_excludes_other_processes_and_is_freed() -> None:
    with advisory_lock("ingest"):
        path = settings.NEWSCENTRE.locks_folder / "ingest.lock"
        probe = f"import fcntl; fcntl.flock(open({str(path)!r}, 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        assert b"BlockingIOError" in subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).stderr
        with pytest.raises(Busy, match="another process holds the ingest lock"), advisory_lock("ingest"):
            pass
    with advisory_lock("ingest"):
        pass


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_only_current_given_labels_count_in_order_of_rank(language: str) -> None:
    article = Article.objects.create(
        url=f"https://paper.example/{language}", language=language, title="t", text="x", dated_at=NOW, first_seen_at=NOW
    )
    for value, rank, given, superseded in (
        ("FR", 1, True, None),
        ("TN", 0, True, None),
        ("IT", 2, False, None),
        ("LY", 3, True, NOW),
    ):
        Label.objects.create(
            article=article, kind="country", value=value, rank=rank, given=given, superseded_at=superseded,
            score=0.5, threshold=0.5, actor="test", created_at=NOW,
        )  # fmt: skip
    assert article.countries == ["TN", "FR"]
    assert list(Article.objects.labelled("country", "TN")) == [article]
    assert not Article.objects.labelled("country", "LY").exists()
    assert list(Article.objects.without_theme()) == [article]
