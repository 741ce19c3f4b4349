"""Digests and trends on the site: subscribing by hand and in one click, editions as pages, reports with their charts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils import translation

from digest.editions import build_edition
from digest.links import Links
from digest.trends import build_report
from newscentre.site.access import SUBSCRIBE, visitor_address
from newscentre.site.views import digests
from newsdesk.models import Article, Edition, Subscription
from newsdesk.values import THEMES
from tests.newscentre.site.conftest import LANGUAGES, SCRIPT
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db


def wish(language: str = "en", **changes: object) -> dict[str, object]:
    return {"email": "reader@people.example", "language": language, **changes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_subscription(client: Client, mails: Path, language: str) -> None:
    checked(client.post(f"/{language}/digests/", wish(language, themes=["labour"], countries=["LY"])).content.decode(), language)
    [written] = mails.glob("*.eml")
    text = message_from_bytes(written.read_bytes(), policy=default).get_body(("plain",)).get_content()
    link = re.search(rf"https?://[^/]+(/{language}/digests/confirm/\S+/)", text)
    assert link is not None
    checked(client.get(link[1]).content.decode(), language)
    assert Subscription.objects.get().state == "pending", "opening the link alone confirms nothing"
    checked(client.post(link[1]).content.decode(), language)
    found = Subscription.objects.get()
    assert (found.state, found.language, found.themes, found.countries) == ("active", language, ["labour"], ["LY"])

    preferences = f"/{language}/digests/preferences/{found.token}/"
    checked(client.get(preferences).content.decode(), language)
    checked(client.post(preferences, {"language": "fr", "themes": ["protection", "other"]}).content.decode(), language)
    found.refresh_from_db()
    assert (found.language, found.themes, found.countries) == ("fr", ["protection", "other"], [])

    unsubscribe = f"/{language}/digests/unsubscribe/{found.token}/"
    answer = client.get(unsubscribe)
    checked(answer.content.decode(), language)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    found.refresh_from_db()
    assert found.state == "active", "opening the link alone ends nothing"
    checked(client.post(unsubscribe).content.decode(), language)
    found.refresh_from_db()
    assert found.state == "ended"


def test_one_click_ends_a_subscription_without_cookie_or_token(mails: Path, now: datetime) -> None:
    found = Subscription.objects.create(email="a@b.example", language="ar", state="active", created_at=now)
    path = Links("").unsubscribe(found.token, "ar")
    for _again in range(2):
        answer = Client(enforce_csrf_checks=True).post(
            path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    found.refresh_from_db()
    assert found.state == "ended"


def test_the_links_of_mails_lead_to_pages() -> None:
    links, day = Links("https://news.example"), date(2026, 3, 14)
    for language in LANGUAGES:
        pages = {
            "article": links.article(7, language),
            "edition": links.edition(day, language=language),
            "confirm": links.confirm("t", language),
            "preferences": links.preferences("t", language),
            "unsubscribe": links.unsubscribe("t", language),
        }
        with translation.override(language):
            assert {name: resolve(link.removeprefix("https://news.example")).url_name for name, link in pages.items()} == {
                name: name for name in pages
            }


WRONG = (
    {"email": "nobody"}, {"email": ""}, {"email": "a@b.example\nBcc: c@d.example"}, {"email": SCRIPT},
    {"themes": ["sport"]}, {"countries": ["QQ"]}, {"language": "xx"},
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_wishes_that_cannot_be_met_are_explained(client: Client, mails: Path, language: str) -> None:
    for wrong in WRONG:
        page = client.post(f"/{language}/digests/", {**wish(language), **wrong}).content.decode()
        checked(page, language)
        assert 'class="wrong"' in page
    assert not Subscription.objects.exists()
    assert list(mails.glob("*")) == []


def test_the_answer_is_the_same_for_a_known_address(client: Client, mails: Path, now: datetime) -> None:
    fresh = client.post("/en/digests/", wish()).content
    Subscription.objects.update(state="active", created_at=now - timedelta(days=30))
    assert client.post("/en/digests/", wish()).content == fresh


def test_subscriptions_from_one_place_are_limited(client: Client, mails: Path) -> None:
    for number in range(11):
        page = client.post("/en/digests/", wish(email=f"r{number}@people.example")).content.decode()
    assert "Too many subscriptions" in page
    assert Subscription.objects.count() == 10


def test_nobody_is_sent_many_mails_by_others(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(digests, "subscribe", lambda email, *_, **__: asked.append(email))
    answers = {client.post("/en/digests/", wish(), REMOTE_ADDR=f"198.51.100.{number}").content for number in range(7)}
    assert len(asked) == 5
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:1::1", False),
        ("198.51.100.7", "198.51.100.8", False),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
    ],
)
def test_a_visitor_of_ipv6_is_a_network(rf: RequestFactory, *, one: str, other: str, same: bool) -> None:
    places = [visitor_address(rf.get("/", REMOTE_ADDR=address)) for address in (one, other)]
    assert (places[0] == places[1]) is same


def test_attempts_are_remembered_however_many_others_make_them() -> None:
    for number in range(2_000):
        SUBSCRIBE.count(f"visitor {number}")
    assert caches["attempts"].get(SUBSCRIBE._key(("visitor 0",))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["confirm", "unsubscribe", "preferences"])
def test_dead_links_say_so(client: Client, language: str, page: str, db: None) -> None:
    for send in (client.get, client.post):
        answer = send(f"/{language}/digests/{page}/nonsense/")
        assert answer.status_code == 404
        checked(answer.content.decode(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_editions_are_pages(client: Client, write: Callable[..., Article], now: datetime, language: str) -> None:
    write(language, title=f"Said {SCRIPT}", hours=1)
    write(language, title="Second", hours=2, themes=(("labour", 0.7),))
    day = now.date()
    build_edition(language, day=day, now=now)
    listed = client.get(f"/{language}/digests/").content.decode()
    assert f"/{language}/digests/{day}/" in listed
    page = client.get(f"/{language}/digests/{day}/").content.decode()
    checked(page, language)
    assert "Second" in page
    assert "<script" not in page
    other = next(code for code in LANGUAGES if code != language)
    checked(client.get(f"/{other}/digests/{day}/").content.decode(), other)
    assert f"/{language}/digests/{day}/" in client.get(f"/{language}/").content.decode()


def test_a_quiet_edition_and_an_empty_one_are_shown(client: Client, now: datetime) -> None:
    build_edition("en", day=now.date(), now=now)
    Edition.objects.create(language="fr", day=now.date(), window_start=now, window_end=now, created_at=now)
    for language in LANGUAGES:
        assert client.get(f"/{language}/digests/{now.date()}/").status_code == 200
        assert client.get(f"/{language}/digests/").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_trend_reports_are_pages_with_charts_and_tables(
    client: Client, write: Callable[..., Article], now: datetime, language: str
) -> None:
    for number in range(6):
        write(LANGUAGES[number % 3], hours=24 * 20 * number + 1, themes=((THEMES[number % 4], 0.8),))
    report = build_report(now - timedelta(days=120), now, now)
    checked(client.get(f"/{language}/trends/").content.decode(), language)
    page = checked(client.get(f"/{language}/trends/{report.pk}/").content.decode(), language)
    drawings = [image["src"] for image in page.all("img")]
    assert len(drawings) >= 3
    assert len(page.all("table")) >= len(drawings)
    answer = client.get(drawings[0])
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client.get(drawings[0]).content == answer.content
    assert client.get(f"/{language}/trends/{report.pk}/nonsense.svg").status_code == 404
    assert client.get("/api/trends/latest").json()["numbers"]["totals"]
