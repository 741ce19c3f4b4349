"""The pages that help to ask: echo, did you mean, concepts with their forms, suggestions, more like this."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import translation

from newsdesk.errors import BadQuery
from newsdesk.models import Article, Story
from search.query import parse
from tests.newscentre.site.conftest import LANGUAGES

pytestmark = pytest.mark.django_db

Write = Callable[..., Article]
Index = Callable[[], object]


def text_of(client: Client, path: str, **parameters: object) -> str:
    answer = client.get(path, parameters)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_shows_how_each_word_was_read(client: Client, write: Write, indexed: Index, language: str) -> None:
    write("ar")
    indexed()
    page = text_of(client, f"/{language}/search/", q="لاجىء OR rescued OR mig*")
    assert re.search(r'<th scope="row"><bdi>rescued</bdi></th>.*?<bdi>rescu</bdi>', page, re.DOTALL)
    assert re.search(r'<th scope="row"><bdi>لاجىء</bdi></th><td><bdi>لاجي</bdi>', page)
    read = client.get("/api/articles", {"query": "“the Coast”  rescued"}).json()
    assert read["query"] == '("the Coast" AND rescued)'
    assert read["read"][1] == {"written": "rescued", "forms": {"ar": "rescued", "en": "rescu", "fr": "rescued"}}


@pytest.mark.parametrize(
    ("language", "typed", "meant"), [("ar", "خفر السواهل", "السواحل"), ("en", "coast gaurd", "guard"), ("fr", "bargue", "barque")]
)
def test_a_misspelt_word_is_put_right_by_a_link(
    client: Client, write: Write, indexed: Index, *, language: str, typed: str, meant: str
) -> None:
    write(language)
    indexed()
    found = re.search(r'class="better">.*?href="([^"]+)"', text_of(client, f"/{language}/search/", q=typed))
    assert found
    better = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)["q"][0]
    assert meant in better
    assert client.get("/api/articles", {"query": typed}).json()["better"] == better
    assert client.get("/api/articles", {"query": better}).json()["better"] is None
    assert 'class="better"' not in text_of(client, f"/{language}/search/", q=better)


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_of_a_concept_are_shown_with_hits_and_can_be_left_out(
    client: Client, write: Write, indexed: Index, language: str
) -> None:
    write("en", title="A smuggler in Sfax")
    write("fr", title="Un passeur à Sfax")
    write("en", title="Smugglers", relevant=False)
    indexed()
    assert "concept:smuggling" in text_of(client, f"/{language}/search/concepts/")
    page = text_of(client, f"/{language}/search/concepts/smuggling/", q="sfax concept:smuggling")
    forms = re.findall(r'name="form" value="([^"]+)"( checked)?>.*?class="count">([^<]+)<', page)
    hits = {html.unescape(form): count for form, _checked, count in forms}
    assert [hits["smuggler"], hits["passeur"], hits["تهريب المهاجرين"]] == ["1", "1", "0"]
    assert all(checked for _form, checked, _count in forms)
    kept = [form for form in hits if form != "passeur"]
    answer = client.get(f"/{language}/search/concepts/smuggling/", {"use": "1", "q": "sfax concept:smuggling", "form": kept})
    query = parse_qs(urlsplit(answer.headers["Location"]).query)["q"][0]
    assert query == '(sfax AND concept:"smuggling -passeur")'
    results = text_of(client, f"/{language}/search/", q=query)
    assert "smuggler" in results
    assert "Un passeur" not in results
    again = text_of(client, f"/{language}/search/concepts/smuggling/", q=query)
    assert re.search(r'value="passeur">', again)
    assert client.get(f"/{language}/search/concepts/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("language", "typed", "query"),
    [
        ("en", "boats country:lib", "boats country:LY"),
        ("fr", "country:liby", "country:LY"),
        ("ar", "country:ليب", "country:LY"),
        ("en", "smug", "concept:smuggling"),
        ("fr", "passe", "concept:smuggling"),
        ("ar", "(قارب OR مهرب", "(قارب OR concept:smuggling"),
        ("ar", "theme:الحما", "theme:protection"),
        ("en", "outl", "outlet:"),
    ],
)
def test_suggestions_complete_what_is_typed(client: Client, language: str, typed: str, query: str) -> None:
    answer = client.get(f"/{language}/search/suggest", {"q": typed})
    assert query in [each["query"] for each in answer.json()]
    assert all(each["query"].startswith(typed[: typed.rfind(" ") + 1]) for each in answer.json())


def test_nothing_is_suggested_for_nothing(client: Client) -> None:
    assert client.get("/en/search/suggest").json() == []
    assert client.get("/en/search/suggest", {"q": '"' * 3_000}).json() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_search_page_runs_a_script_and_only_ours(client: Client, write: Write, indexed: Index, language: str) -> None:
    write(language)
    indexed()
    answer = client.get(f"/{language}/search/", {"q": "<script>"})
    assert re.findall(r'<script src="([^"]+)"', answer.content.decode())[0].startswith("/static/newscentre/suggest.")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in client.get(f"/{language}/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_like_this_leads_to_other_languages_but_not_to_its_own_story(
    client: Client, write: Write, indexed: Index, story: Story, language: str
) -> None:
    told = Article.objects.get(story=story, language=language)
    alike = {code: write(code, title=f"{told.title} again" if code == language else "") for code in LANGUAGES}
    elsewhere = write(language, countries=("PE",))
    indexed()
    page = text_of(client, f"/{language}/article/{told.pk}/").partition('id="alike"')[2]
    assert all(f"/article/{each.pk}/" in page for each in alike.values())
    assert f"/article/{elsewhere.pk}/" not in page
    others = Article.objects.filter(story=story).exclude(pk=told.pk)
    assert not any(f"/article/{each.pk}/" in page for each in others)


def test_an_article_is_shown_although_the_index_is_gone(client: Client, write: Write, settings: object) -> None:
    article = write("en")
    assert "More like this" not in text_of(client, f"/en/article/{article.pk}/")


WRONG = [
    "a AND", "(a OR b", "a ) b", 'boat "never', "langue:fr", "theme:labor", "date:soon", "last:soon", "*migrants", "mi*nt",
    "ab*", "a NEAR/51 b", "a NEAR/5 title:b", "a NEAR b", "boat~2", "atleast1(a)", "atleast3(a OR b)", "title:lang:fr",
    "Libye : x", "a &", "story:abc", "a " * 1_500, " OR ".join(["abc*"] * 11), "concept:nothing", "label-by:robot",
    "title:atleast3(boat)", "date:..",
]  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_a_mistake_is_told_in_the_language_of_the_reader(query: str) -> None:
    told = {}
    for language in LANGUAGES:
        with translation.override(language), pytest.raises(BadQuery) as refusal:
            parse(query)
        told[language] = str(refusal.value)
        assert refusal.value.column is None or 1 <= refusal.value.column <= len(query) + 1
    assert len(set(told.values())) == 3
    assert re.search("[\u0621-\u064a]", told["ar"])
