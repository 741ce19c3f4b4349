"""Saved searches on the site: saved from the search page, changed, paused, deleted, read as feeds; each person's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import feedparser
import pytest
from django.test import Client
from django.utils.html import escape

from newscentre.alerts.keeping import Wish, keep
from newscentre.site.views import saved_feed
from newsdesk.models import Article, SavedSearch, User
from tests.newscentre.site.conftest import LANGUAGES, SCRIPT
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db

DEAR = "concept:smuggling NEAR/50 concept:crossing"
FORM = {"name": "Boats", "query": "boat OR barque OR قارب", "frequency": "daily", "language": "en"}


@pytest.fixture
def client_of(person: Callable[[str], User]) -> Callable[[str], tuple[Client, User]]:
    def opened(role: str) -> tuple[Client, User]:
        user, client = person(role), Client()
        client.force_login(user)
        return client, user

    return opened


def kept(user: User, **wishes: object) -> SavedSearch:
    values = {
        "name": "Boats", "query": "", "everything": False, "copies": False, "language": "en", "frequency": "daily",
        "spikes": False,
    }  # fmt: skip
    return keep(user, Wish(**(values | wishes)), now=datetime.now(UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_is_saved_seen_changed_paused_and_deleted(
    client_of: Callable[[str], tuple[Client, User]], indexed: Callable[[], object], language: str
) -> None:
    indexed()
    client, user = client_of("subscriber")
    checked(client.get(f"/{language}/saved/").content.decode(), language)
    page = client.get(f"/{language}/saved/new/", {"q": "boat OR raft", "country": "TN", "copies": "1"}).content.decode()
    checked(page, language)
    assert "((boat OR raft) AND country:TN)" in page
    answer = client.post(f"/{language}/saved/new/", FORM | {"name": SCRIPT, "spikes": "on"}, follow=True)
    search = SavedSearch.objects.get()
    assert (search.user, search.query, search.spikes, search.everything) == (user, FORM["query"], True, False)
    page = answer.content.decode()
    checked(page, language)
    assert SCRIPT not in page
    assert escape(SCRIPT) in page
    assert search.feed_token in page
    assert search.mail_token not in page
    checked(client.get(f"/{language}/saved/").content.decode(), language)
    client.post(f"/{language}/saved/{search.pk}/", FORM | {"query": "raft", "frequency": "hourly"})
    search.refresh_from_db()
    assert (search.name, search.query, search.frequency) == ("Boats", "raft", "hourly")
    for deed, paused in (("pause", True), ("resume", False)):
        client.post(f"/{language}/saved/{search.pk}/{deed}/")
        search.refresh_from_db()
        assert (search.paused_at is not None) == paused
    assert client.get(f"/{language}/saved/{search.pk}/delete/").status_code == 405
    assert client.post(f"/{language}/saved/{search.pk}/burn/").status_code == 404
    client.post(f"/{language}/saved/{search.pk}/delete/")
    assert not SavedSearch.objects.exists()


def test_the_search_page_offers_to_save(
    client_of: Callable[[str], tuple[Client, User]], write: Callable[..., Article], indexed: Callable[[], object]
) -> None:
    write("en")
    indexed()
    offer = "/en/saved/new/?q=migrant"
    assert offer in Client().get("/en/search/", {"q": "migrant"}).content.decode()
    assert offer in client_of("subscriber")[0].get("/en/search/", {"q": "migrant"}).content.decode()
    assert offer not in client_of("visitor")[0].get("/en/search/", {"q": "migrant"}).content.decode()


@pytest.mark.parametrize(
    ("language", "query", "said"),
    [
        ("en", '"open', "never closed"), ("fr", '"open', "jamais fermés"), ("ar", '"open', "لم تُغلق"),
        ("en", DEAR, "would take too long"), ("fr", DEAR, "prendrait trop de temps"), ("ar", DEAR, "سيطول البحث"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_explained(
    client_of: Callable[[str], tuple[Client, User]], language: str, query: str, said: str
) -> None:
    client, user = client_of("subscriber")
    page = client.post(f"/{language}/saved/new/", FORM | {"query": query}).content.decode()
    checked(page, language)
    assert said in page
    kept(user)
    checked(client.post(f"/{language}/saved/new/", FORM).content.decode(), language)
    assert SavedSearch.objects.count() == 1


@pytest.mark.parametrize(("language", "said"), [("en", "is not a value"), ("fr", "n’est pas une valeur"), ("ar", "ليست من قيم")])
def test_what_went_wrong_is_told_in_the_readers_language(
    client_of: Callable[[str], tuple[Client, User]], language: str, said: str
) -> None:
    client, user = client_of("subscriber")
    search = kept(user)
    SavedSearch.objects.update(query="topic:gone_since", problem="«gone_since» is not a value of topic.")
    page = client.get(f"/{language}/saved/{search.pk}/").content.decode()
    checked(page, language)
    assert said in page


def test_each_person_sees_their_own(client_of: Callable[[str], tuple[Client, User]]) -> None:
    search = kept(client_of("analyst")[1], name="Secret plan")
    addresses = ["/en/saved/", "/en/saved/new/", f"/en/saved/{search.pk}/"]
    assert [Client().get(address).status_code for address in addresses] == [302] * 3
    visitor = client_of("visitor")[0]
    assert [visitor.get(address).status_code for address in addresses] == [403] * 3
    other = client_of("administrator")[0]
    assert "Secret plan" not in other.get("/en/saved/").content.decode()
    assert other.get(f"/en/saved/{search.pk}/").status_code == 404
    for deed in ("pause", "resume", "rotate", "delete"):
        assert other.post(f"/en/saved/{search.pk}/{deed}/").status_code == 404
    assert other.post(f"/en/saved/{search.pk}/", FORM).status_code == 404
    search.refresh_from_db()
    assert (search.name, search.paused_at) == ("Secret plan", None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_feeds_have_the_newest_finds_and_a_secret_address(
    client_of: Callable[[str], tuple[Client, User]],
    write: Callable[..., Article],
    indexed: Callable[[], object],
    client: Client,
    language: str,
) -> None:
    for code in LANGUAGES:
        write(code, title=f"{code} migrant \ufffe", **({"url": "javascript:alert(1)"} if code == "ar" else {}))
    write("en", relevant=False)
    gone = write("en", title="Taken down")
    indexed()
    Article.objects.filter(pk=gone.pk).update(removed_at=datetime.now(UTC))
    browser, user = client_of("analyst")
    search = kept(user, language=language)
    for kind in ("atom", "rss"):
        answer = client.get(f"/{language}/feeds/search/{search.feed_token}.{kind}")
        read = feedparser.parse(answer.content)
        assert not read.bozo
        assert len(read.entries) == 3
        assert answer.headers["X-Robots-Tag"] == "noindex"
        again = client.get(
            f"/{language}/feeds/search/{search.feed_token}.{kind}", headers={"if-none-match": answer.headers["ETag"]}
        )
        assert again.status_code == 304
    items = json.loads(client.get(f"/{language}/feeds/search/{search.feed_token}.json").content)["items"]
    assert len(items) == 3
    assert len([item for item in items if "external_url" in item]) == 2, "a link to nowhere is none"
    assert all(len(item["content_text"]) <= 200 for item in items)
    browser.post(f"/{language}/saved/{search.pk}/rotate/")
    assert client.get(f"/{language}/feeds/search/{search.feed_token}.json").status_code == 404
    search.refresh_from_db()
    address = f"/{language}/feeds/search/{search.feed_token}.json"
    assert client.get(address).status_code == 200
    assert client.get(address.replace(".json", ".exe")).status_code == 404
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(address).status_code == 404


def test_a_feed_is_asked_so_often(
    client_of: Callable[[str], tuple[Client, User]],
    indexed: Callable[[], object],
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    indexed()
    monkeypatch.setattr(saved_feed, "ASKED", replace(saved_feed.ASKED, most=2))
    address = f"/en/feeds/search/{kept(client_of('analyst')[1]).feed_token}.atom"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_are_stopped_by_one_click_or_a_button(client_of: Callable[[str], tuple[Client, User]], language: str) -> None:
    search = kept(client_of("analyst")[1], spikes=True)
    address = f"/{language}/saved/stop/{search.mail_token}/"
    client = Client(enforce_csrf_checks=True)
    page = client.get(address)
    checked(page.content.decode(), language)
    assert page.headers["Referrer-Policy"] == "same-origin"
    search.refresh_from_db()
    assert search.frequency == "daily"
    checked(client.post(address, {"List-Unsubscribe": "One-Click"}).content.decode(), language)
    search.refresh_from_db()
    assert (search.frequency, search.spikes) == ("never", False)
    for nothing in ("nothing", "no%00thing"):
        assert client.get(f"/{language}/saved/stop/{nothing}/").status_code == 404
        assert client.get(f"/{language}/feeds/search/{nothing}.atom").status_code == 404
