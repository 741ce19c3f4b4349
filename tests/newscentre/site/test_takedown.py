"""A page that is gone is gone everywhere: from search, from digests shown, from digests sent, which say so instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from django.test import Client

from digest.deliver import deliver_next
from digest.editions import build_edition
from newscentre.ingest.committer import Committer
from newsdesk.models import Article, Delivery, Fetch, IndexChange, Subscription
from search.embedded import EmbeddedEngine

pytestmark = pytest.mark.django_db
NOTES = {
    "ar": "سحب ناشر تقريرا واحدا",
    "en": "1 report told of here was withdrawn by its publisher",
    "fr": "1 article cité ici a été retiré par son éditeur",
}


class Outbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.sent.append(message)


def take_down(article: Article, now: datetime) -> None:
    """Do what a crawl and an ingest do that find the page gone."""
    fetch = Fetch.objects.create(
        source=article.source, url=article.url, final_url=article.url, fetched_at=now, status=410, code="gone", article=article
    )
    assert Committer().commit(fetch, None, now=now) == "removed"


def read(client: Client, language: str, day: object) -> str:
    return client.get(f"/{language}/digests/{day}/").content.decode()


@pytest.mark.parametrize("language", NOTES)
def test_what_is_gone_is_gone_everywhere(
    write: Callable[..., Article], indexed: Callable[[], EmbeddedEngine], now: datetime, language: str
) -> None:
    gone, stays = write(language), write(language, themes=[("protection", 0.8)], hours=2)
    engine = indexed()
    assert set(engine.article_ids()) == {gone.pk, stays.pk}
    Subscription.objects.create(email="reader@example.org", language=language, state="active", created_at=now)
    edition = build_edition(language, day=now.date(), now=now)
    assert gone.title in read(Client(), language, edition.day)

    take_down(gone, now + timedelta(hours=1))
    indexed()
    assert set(engine.article_ids()) == {stays.pk}
    page = read(Client(), language, edition.day)
    assert gone.title not in page
    assert stays.title in page
    assert NOTES[language] in page
    outbox = Outbox()
    assert deliver_next(now + timedelta(hours=2), outbox)
    (message,) = outbox.sent
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        words = part.get_content()
        assert gone.title not in words
        assert stays.title in words
        assert NOTES[language] in words
    assert set(Delivery.objects.get().articles.values_list("pk", flat=True)) == {stays.pk}


@pytest.mark.parametrize("language", NOTES)
def test_the_count_is_that_of_the_rows_while_the_index_still_holds_what_is_gone(
    write: Callable[..., Article], indexed: Callable[[], EmbeddedEngine], now: datetime, language: str
) -> None:
    gone, deleted, stays = (write(language, hours=hours) for hours in (1, 2, 3))
    engine = indexed()
    take_down(gone, now)
    IndexChange.objects.create(article_id=deleted.pk, created_at=now)
    deleted.delete()
    write(language)  # not in the index yet: neither counted nor shown
    assert engine.count() == 3
    for sort in ("date", "relevance"):
        page = Client().get(f"/{language}/search/", {"q": "concept:migrant", "sort": sort})
        assert (page.context["total"], [row.article.pk for row in page.context["rows"]]) == (1, [stays.pk])
        assert [value.count for value in page.context["facets"][0].values] == [1]
    listed = Client().get("/api/articles", {"query": "concept:migrant"}).json()
    assert (listed["total"], [item["id"] for item in listed["items"]]) == (1, [stays.pk])
    exported = Client().get(f"/{language}/search/export.csv", {"q": "concept:migrant"})
    rows = b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
    assert [article.url in rows for article in (stays, gone)] == [True, False]


def test_a_digest_of_which_nothing_is_left_is_not_sent(write: Callable[..., Article], now: datetime) -> None:
    gone = write("en")
    Subscription.objects.create(email="reader@example.org", language="en", state="active", created_at=now)
    build_edition("en", day=now.date(), now=now)
    take_down(gone, now)
    outbox = Outbox()
    assert deliver_next(now, outbox)
    assert outbox.sent == []
    assert Delivery.objects.get().state == Delivery.State.SKIPPED


def test_a_copy_that_is_gone_takes_no_headline_with_it(write: Callable[..., Article], now: datetime) -> None:
    original = write("fr", outlet="Rivages")
    copy = write("fr", outlet="Dunes Matin", duplicate_of=original, story=original.story)
    edition = build_edition("fr", day=now.date(), now=now)
    take_down(copy, now)
    assert IndexChange.objects.filter(article_id=copy.pk).exists()
    page = read(Client(), "fr", edition.day)
    assert original.title in page
    assert "retiré" not in page
