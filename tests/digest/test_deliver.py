"""Editions are addressed and delivered once, without repeats, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.deliver import deliver_next
from digest.editions import QUIET, build_edition
from digest.queue import CLAIM, MOST_ATTEMPTS
from digest.transport import FolderTransport
from digest.values import from_json
from newsdesk.errors import BadInput, BadSetting, Unavailable
from newsdesk.models import Article, Delivery, Edition, Label, Subscription
from tests.digest.conftest import NOW, TITLES, Outbox

pytestmark = pytest.mark.django_db
LANGUAGES = ("ar", "en", "fr")
Write = Callable[..., Article]


def subscriber(language: str = "en", **fields: object) -> Subscription:
    values = {"email": f"reader-{language}@example.org", "state": "active", "created_at": NOW, **fields}
    return Subscription.objects.create(language=language, **values)


def deliver_all(transport: object, now: datetime = NOW) -> int:
    count = 0
    while deliver_next(now, transport):  # type: ignore[arg-type]
        count += 1
        assert count < 50
    return count


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_reaches_its_subscriber_once(write: Write, outbox: Outbox, language: str) -> None:
    for each in LANGUAGES:
        write(each)
    reader = subscriber(language)
    first = build_edition(language, day=NOW.date(), now=NOW)
    again = build_edition(language, day=NOW.date(), now=NOW + timedelta(hours=1))
    assert first == again
    assert Edition.objects.count() == 1
    assert deliver_all(outbox) == 1
    assert deliver_all(outbox) == 0
    (message,) = outbox.sent
    assert message["To"] == reader.email
    body = message.get_body(("plain",))
    page = message.get_body(("html",))
    assert body is not None
    assert page is not None
    assert TITLES[language] in body.get_content()
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.get_content()
    assert f"/{language}/digests/unsubscribe/{reader.token}/" in message["List-Unsubscribe"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    delivery = Delivery.objects.get()
    assert delivery.state == "sent"
    assert delivery.message_id == message["Message-ID"]
    assert reader.token not in message["Message-ID"]
    assert delivery.articles.count() == 3


def test_quiet_day_is_skipped_with_a_reason(write: Write, outbox: Outbox) -> None:
    write("en", relevant=False)
    subscriber()
    edition = build_edition("en", day=NOW.date(), now=NOW)
    assert from_json(edition.content).quiet
    assert deliver_all(outbox) == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("skipped", QUIET)


def test_wishes_narrow_the_digest(write: Write, outbox: Outbox) -> None:
    wanted = write(themes=[("protection", 0.8)], countries=[("LY", "")])
    write(themes=[("labour", 0.8)], countries=[("LY", "")])
    write(themes=[("protection", 0.8)], countries=[("MA", "")])
    subscriber(themes=["protection"], countries=["LY"])
    subscriber(email="other@example.org", themes=["development"])
    build_edition("en", day=NOW.date(), now=NOW)
    assert deliver_all(outbox) == 2
    sent = Delivery.objects.get(state="sent")
    assert list(sent.articles.values_list("pk", flat=True)) == [wanted.pk]
    assert "asked for" in Delivery.objects.get(state="skipped").error


def test_nothing_is_told_twice_on_the_next_day_and_late_finds_are_told(write: Write, outbox: Outbox) -> None:
    old = write(hours=3)
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    deliver_all(outbox)
    tomorrow = NOW + timedelta(days=1)
    late = write(hours=1, title="Ferry returns with the rescued")  # seen before the first edition's end, ingested after it
    new = write(hours=-5, title="Ministers meet on returns")
    copy = write(hours=-6, title="Copied", duplicate_of=old)
    edition = build_edition("en", day=tomorrow.date(), now=tomorrow)
    assert edition.window_start == NOW
    told = set(from_json(edition.content).articles)
    assert told == {late.pk, new.pk}
    assert copy.pk not in told
    deliver_all(outbox, tomorrow)
    assert len(outbox.sent) == 2
    assert set(Delivery.objects.latest("pk").articles.values_list("pk", flat=True)) == told


def test_archives_of_a_first_crawl_are_no_news(write: Write) -> None:
    write(dated_at=NOW - timedelta(days=60))
    fresh = write()
    edition = build_edition("en", day=NOW.date(), now=NOW)
    assert from_json(edition.content).articles == (fresh.pk,)


def test_articles_taken_down_after_the_edition_are_left_out(write: Write, outbox: Outbox) -> None:
    gone, stays = write(), write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    Article.objects.filter(pk=gone.pk).update(removed_at=NOW)
    deliver_all(outbox)
    assert list(Delivery.objects.get().articles.values_list("pk", flat=True)) == [stays.pk]


def test_superseded_labels_do_not_count(write: Write) -> None:
    article = write()
    Label.objects.filter(article=article, kind="relevance").update(superseded_at=NOW)
    assert from_json(build_edition("en", day=NOW.date(), now=NOW).content).quiet


def test_somebody_who_left_gets_nothing(write: Write, outbox: Outbox) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    Subscription.objects.update(state="ended")
    assert deliver_all(outbox) == 1
    assert outbox.sent == []
    assert Delivery.objects.get().state == "skipped"


def test_a_passing_failure_is_tried_again_later_and_given_up_at_last(write: Write) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    down = Outbox(*[Unavailable("the mail server sleeps")] * 10)
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        assert deliver_next(at, down)
        assert not deliver_next(at, down), "it must wait before the next attempt"
        at += timedelta(hours=17)
    delivery = Delivery.objects.get()
    assert delivery.state == "failed"
    assert f"{MOST_ATTEMPTS} attempts" in delivery.error
    assert "sleeps" in delivery.error


def test_a_mail_server_may_be_away_for_most_of_a_day(write: Write, outbox: Outbox) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    away = Outbox(*[Unavailable("the mail server sleeps")] * 10)
    for hour in range(20):
        deliver_next(NOW + timedelta(hours=hour), away)
    assert Delivery.objects.get().state == "pending"
    assert deliver_next(NOW + timedelta(days=1), outbox)
    assert Delivery.objects.get().state == "sent"


def test_a_refused_address_fails_at_once(write: Write) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    assert deliver_next(NOW, Outbox(BadInput("550 no such user")))
    assert Delivery.objects.get().state == "failed"


def test_a_bad_setting_costs_no_delivery(write: Write, outbox: Outbox) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(BadSetting):
            deliver_next(NOW, Outbox(BadSetting("mail_from is 'nobody'; it must read Name <name@example.org>")))
    assert deliver_all(outbox) == 1
    assert Delivery.objects.get().state == "sent"


class Dies(Exception):
    """The process ends here."""


def test_a_sender_that_dies_after_sending_sends_the_same_message_id(write: Write, tmp_path: Path) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    folder = FolderTransport(tmp_path)

    class DiesAfter:
        def send(self, message: object) -> None:
            folder.send(message)  # type: ignore[arg-type]
            raise Dies

    with pytest.raises(Dies):
        deliver_next(NOW, DiesAfter())
    assert not deliver_next(NOW + timedelta(minutes=1), folder), "the claim still stands"
    assert deliver_next(NOW + CLAIM, folder)
    files = list(tmp_path.iterdir())
    assert [file.suffix for file in files] == [".eml"]
    message = message_from_bytes(files[0].read_bytes(), policy=default)
    assert message["Message-ID"] == Delivery.objects.get().message_id


def test_a_sender_that_always_dies_is_given_up(write: Write) -> None:
    write()
    subscriber()
    build_edition("en", day=NOW.date(), now=NOW)
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Dies):
            deliver_next(at, Outbox(Dies()))
        at += CLAIM
    assert deliver_next(at, Outbox())
    assert Delivery.objects.get().state == "failed"


@pytest.mark.parametrize(("language", "day"), [("de", NOW.date()), ("en", date(2026, 3, 15))])
def test_impossible_editions_are_named(language: str, day: date) -> None:
    with pytest.raises(BadInput):
        build_edition(language, day=day, now=NOW)
