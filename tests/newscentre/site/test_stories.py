"""Stories on the site: what leads the front page, what is told once, what a story's own page holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from newscentre.site.views import reading
from newsdesk.models import Article, Story
from tests.newscentre.site.conftest import LANGUAGES, TITLES
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db


def test_copies_are_counted_and_listed(client: Client, write: Callable[..., Article]) -> None:
    first = write("en")
    for outlet in ("Alpha", "Beta", "Beta"):
        write("en", outlet=outlet, duplicate_of=first)
    assert "also in 2 other outlets" in client.get("/en/latest/").content.decode()
    page = client.get(f"/en/article/{first.pk}/").content.decode()
    assert page.count("Alpha") == 1
    assert page.count("Beta") == 2


def test_a_story_without_end_has_pages(
    client: Client, write: Callable[..., Article], story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "OF_STORY", 2)
    write("en", hours=1, title="The newest", story=story)
    first, second = (client.get(f"/fr/story/{story.pk}/", {"page": page}).content.decode() for page in ("", "2"))
    assert [checked(page, "fr").all("time") != [] for page in (first, second)] == [True, True]
    assert [page.count("The newest") for page in (first, second)] == [0, 1]
    assert all("4 articles" in page for page in (first, second))
    assert all(TITLES["fr"] in page for page in (first, second)), "the lead stands on every page"
    assert 'rel="next"' in first
    assert 'rel="prev"' in second


def test_the_front_page_leads_with_the_most_covered_story(
    client: Client, write: Callable[..., Article], story: Story, now: datetime
) -> None:
    minor = Story.objects.create(created_at=now)
    for outlet in ("A", "B"):
        write("en", title="Minor story", story=minor, outlet=outlet, hours=1)
    write("en", title="Old story", hours=24 * 30, story=Story.objects.create(created_at=now - timedelta(days=30)))
    page = client.get("/fr/").content.decode()
    cards = re.findall(r'class="headline" lang="(\w+)" dir="auto"><a href="/fr/story/(\d+)/"', page)
    assert cards == [("fr", str(story.pk)), ("en", str(minor.pk))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_among_stories_alike_the_readers_language_leads(
    client: Client, write: Callable[..., Article], now: datetime, language: str
) -> None:
    for hours, code in enumerate(LANGUAGES, start=1):
        told = Story.objects.create(created_at=now)
        first = write(code, story=told, hours=hours, outlet="First")
        write(code, story=told, hours=hours, outlet="Second", duplicate_of=first)
    page = client.get(f"/{language}/").content.decode()
    leading = re.search(r'class="headline" lang="(\w+)" dir="auto"><a href="/\w+/story/(\d+)/"', page)
    assert leading is not None
    assert leading[1] == language
    shown = client.get(f"/en/story/{leading[2]}/").content.decode()
    assert "1 article ·" in shown
    assert "2 outlets" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_theme_on_the_front_page_tells_a_story_once_and_in_the_readers_language(
    client: Client, story: Story, language: str
) -> None:
    page = client.get(f"/{language}/").content.decode()
    [block] = re.findall(r'class="theme-block theme-mixed_migration".*?</section>', page, re.DOTALL)
    assert re.findall(r'class="headline" lang="(\w+)"', block) == [language]


def test_a_page_of_a_story_has_the_headline_of_the_front_page_and_no_links_to_itself(
    client: Client, write: Callable[..., Article], story: Story
) -> None:
    write("en", title="The newest in English", hours=1, story=story)
    page = client.get(f"/en/story/{story.pk}/").content.decode()
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == ["The newest in English"]
    assert f'href="/en/story/{story.pk}/"' not in page.partition("<main")[2]
