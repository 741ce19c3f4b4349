"""Every page in three languages: it answers, says its language and direction, and lets nothing through that is not its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from math import inf
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crawler.catalogue import shipped
from digest.editions import build_edition
from newscentre.site import counting
from newscentre.site.middleware import POLICY
from newsdesk import names
from newsdesk.models import Article, Label, Revision, Source, Story
from newsdesk.themes import SECTIONS, theme_name
from tests.newscentre.site.conftest import LANGUAGES, LAST_WORDS, SCRIPT, TEXTS

pytestmark = pytest.mark.django_db

DIRECTIONS = {"ar": "rtl", "en": "ltr", "fr": "ltr"}
PAGES = ("", "latest/", "countries/", "digests/", "trends/", "sources/", "about/", "sign-in/", "search/", "country/TN/", *(
    f"theme/{theme}/" for theme in SECTIONS
))  # fmt: skip


class Page(HTMLParser):
    """Reads a page strictly enough to see tags left open and what is linked, named and styled."""

    VOID = {"meta", "link", "input", "img", "br", "hr"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.wrong += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> inside {self.open[-3:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def checked(text: str, language: str) -> Page:
    """Read a page and hold it against what every page must be."""
    page = Page(text)
    assert page.wrong == []
    html = page.all("html")[0]
    assert (html["lang"], html["dir"]) == (language, DIRECTIONS[language])
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert all(re.fullmatch(r"/static/newscentre/suggest\.js\?v=\w+", script["src"] or "") for script in page.all("script"))
    assert [
        attributes for _, attributes in page.tags if "style" in attributes or any(key.startswith("on") for key in attributes)
    ] == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
    assert all("alt" in image for image in page.all("img"))
    labelled = {label.get("for") for label in page.all("label")}
    fields = [
        field
        for tag in ("input", "select")
        for field in page.all(tag)
        if field.get("type") not in ("hidden", "checkbox", "radio")
    ]
    assert [field for field in fields if field.get("id") not in labelled] == []
    for link in page.all("a"):
        if (link.get("href") or "").startswith("http"):
            assert link["rel"] == "noopener nofollow noreferrer"
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_in_its_language(client: Client, story: Story, indexed: Callable[[], object], language: str) -> None:
    indexed()
    for path in PAGES:
        answer = client.get(f"/{language}/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["Content-Language"] == language
        page = checked(answer.content.decode(), language)
        switches = [link["href"] for link in page.all("a") if link.get("hreflang")]
        assert switches == [f"/{code}/{path}" for code in LANGUAGES]
        alternates = {link["hreflang"]: link["href"] for link in page.all("link") if link.get("hreflang")}
        assert alternates == {code: f"http://testserver/{code}/{path}" for code in LANGUAGES}
        assert len(answer.content) < 60_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_while_there_is_nothing(client: Client, indexed: Callable[[], object], language: str) -> None:
    indexed()
    for path in PAGES:
        answer = client.get(f"/{language}/{path}")
        assert answer.status_code == 200, path
        checked(answer.content.decode(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_story_and_article_pages(client: Client, story: Story, language: str) -> None:
    page = client.get(f"/{language}/story/{story.pk}/").content.decode()
    checked(page, language)
    assert all(article.title in page for article in story.articles.all())
    for article in story.articles.all():
        shown = client.get(f"/{language}/article/{article.pk}/").content.decode()
        checked(shown, language)
        assert f'lang="{article.language}" dir="auto"' in shown
        assert article.url in shown


@pytest.mark.parametrize(
    ("header", "leads_to"),
    [("ar-TN,fr;q=0.8", "/ar/"), ("fr-FR", "/fr/"), ("en", "/en/"), ("de, pt;q=0.5", "/en/"), ("", "/en/"), ("%%%", "/en/")],
)
def test_the_front_door_follows_the_browser(client: Client, header: str, leads_to: str) -> None:
    answer = client.get("/", headers={"accept-language": header})
    assert (answer.status_code, answer.headers["Location"]) == (302, leads_to)
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_language_switch_keeps_the_query(client: Client, indexed: Callable[[], object]) -> None:
    indexed()
    page = Page(client.get("/fr/search/", {"q": 'réfugiés "&<x>', "sort": "date"}).content.decode())
    switch = next(link["href"] for link in page.all("a") if link.get("hreflang") == "ar")
    assert switch == "/ar/search/?q=r%C3%A9fugi%C3%A9s+%22%26%3Cx%3E&sort=date"


def test_headers_of_every_page(client: Client) -> None:
    for path in ("/en/", "/health", "/api/sources", "/en/nowhere/", "/robots.txt"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
    assert "script" not in POLICY
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_sees_no_more_than_the_beginning(client: Client, write: Callable[..., Article], language: str) -> None:
    article = write(language)
    assert len(TEXTS[language]) > 200
    for path in (f"/{language}/article/{article.pk}/", f"/{language}/", f"/{language}/latest/", f"/api/articles/{article.pk}"):
        page = client.get(path).content.decode()
        assert article.title in page
        assert LAST_WORDS[language] not in page
        assert "because of" not in page


def test_what_comes_from_outside_is_escaped(
    client: Client, signed_in: Callable[[str], Client], write: Callable[..., Article], now: datetime
) -> None:
    hostile = {"title": SCRIPT, "text": SCRIPT * 3, "outlet": SCRIPT, "author": SCRIPT}
    article = write("en", **hostile, story=Story.objects.create(created_at=now))
    write("fr", title=SCRIPT, duplicate_of=article, outlet='"><img src=x onerror=y>')
    write("ar", story=article.story)
    Label.objects.filter(article=article).update(evidence=SCRIPT, actor=SCRIPT)
    Revision.objects.create(article=article, number=2, seen_at=now, title=SCRIPT * 2, text=SCRIPT, text_sha256="")
    Source.objects.update(name=SCRIPT, state_detail=SCRIPT, state="<b>")
    analyst, editor = signed_in("analyst"), signed_in("editor")
    for browser in (client, analyst, editor):
        for path in ("", "latest/", f"story/{article.story_id}/", f"article/{article.pk}/", "theme/mixed_migration/"):
            page = browser.get(f"/en/{path}").content.decode()
            assert "<script" not in page
            assert "<img src=x" not in page
            assert "&lt;script&gt;" in page
    assert "<script" not in analyst.get(f"/en/article/{article.pk}/revision/2/").content.decode()
    assert "<script" not in client.get("/en/feeds/latest.atom").content.decode()
    regions = re.findall(r"sources/region/[\w-]+/", client.get("/en/sources/").content.decode())
    sources = "".join(client.get(f"/en/{path}?page={n}").content.decode() for path in regions for n in (1, 2))
    assert "<script" not in sources
    assert "&lt;script&gt;" in sources


@pytest.mark.parametrize("url", ["javascript:alert(1)", "urn:newscentre:corpus:7", "data:text/html,x"])
def test_only_web_addresses_are_linked(client: Client, write: Callable[..., Article], url: str) -> None:
    page = checked(client.get(f"/en/article/{write('en', url=url).pk}/").content.decode(), "en")
    assert [link["href"] for link in page.all("a") if not (link["href"] or "").startswith(("/", "#", "http"))] == []


def test_marks_of_direction_in_titles_are_taken_out(client: Client, write: Callable[..., Article]) -> None:
    article = write("en", title="Report \u202egnp.exe\u202c of\u2066 the day")
    assert "Report gnp.exe of the day" in client.get(f"/en/article/{article.pk}/").content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_show_what_is_published_relevant_and_first(
    client: Client, write: Callable[..., Article], now: datetime, language: str
) -> None:
    shown = write(language, title="Shown")
    write(language, title="Copied", duplicate_of=shown, outlet="Another")
    write(language, title="Football", relevant=False, themes=(), countries=())
    write(language, title="Gone", removed_at=now)
    page = client.get(f"/{language}/latest/").content.decode()
    assert "Shown" in page
    assert not [title for title in ("Copied", "Football", "Gone") if title in page]


def test_sections_hold_their_articles_and_other_the_rest(client: Client, write: Callable[..., Article]) -> None:
    for theme in SECTIONS[:4]:
        write("en", title=f"About {theme}", themes=((theme, 0.8),))
    write("en", title="About something else", themes=())
    for theme in SECTIONS[:4]:
        page = client.get(f"/en/theme/{theme}/").content.decode()
        assert re.findall(r"About (\w+)</a>", page) == [theme]
        assert theme_name(theme, "en") in page
    assert "About something else" in client.get("/en/theme/other/").content.decode()
    assert client.get("/en/theme/sport/").status_code == 404


def test_a_country_tells_apart_what_is_about_it_and_what_its_outlets_write(client: Client, write: Callable[..., Article]) -> None:
    write("en", title="About Libya", countries=("LY",), outlet_country="IT")
    write("en", title="From Tripoli", countries=("IT",), outlet_country="LY")
    about, outlets = client.get("/en/country/LY/").content.decode(), client.get("/en/country/LY/?of=outlets").content.decode()
    assert "About Libya" in about
    assert "From Tripoli" not in about
    assert "From Tripoli" in outlets
    assert "About Libya" not in outlets
    assert client.get("/en/country/ly/").status_code == 404
    assert client.get("/en/country/QQ/").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_removed_article_is_gone(client: Client, write: Callable[..., Article], now: datetime, language: str) -> None:
    article = write(language, removed_at=now)
    answer = client.get(f"/{language}/article/{article.pk}/")
    assert answer.status_code == 410
    checked(answer.content.decode(), language)
    assert article.title not in answer.content.decode()
    assert client.get(f"/api/articles/{article.pk}").status_code == 410


def test_undated_and_day_precision_are_said(client: Client, write: Callable[..., Article]) -> None:
    undated, day = write("en", date_origin="fetch"), write("en", date_precision="day")
    assert "undated" in client.get(f"/en/article/{undated.pk}/").content.decode()
    assert "UTC" not in client.get(f"/en/article/{day.pk}/").content.decode()


@pytest.mark.parametrize(
    ("language", "origin", "evidence"),
    [
        ("ar", "خلاصة المصدر أو خريطة موقعه (باليوم)", "قارب، مهاجرين"),
        ("en", "the source’s feed or sitemap (to the day)", "boat, migrants"),
        ("fr", "le flux ou le plan du site de la source (au jour près)", "barque, migrants"),
    ],
)
def test_analysts_read_in_their_language_where_date_and_label_come_from(
    signed_in: Callable[[str], Client], write: Callable[..., Article], language: str, origin: str, evidence: str
) -> None:
    article = write(language, date_origin="feed", date_precision="day")
    stored = evidence.replace("،", ",")
    article.labels.filter(kind="theme").update(evidence=stored, terms=[[term, 0.5] for term in stored.split(", ")])
    page = signed_in("analyst").get(f"/{language}/article/{article.pk}/").content.decode()
    assert origin in page
    assert evidence in page


def test_lists_are_leafed_through(client: Client, write: Callable[..., Article]) -> None:
    for number in range(45):
        write("en", title=f"Number {number:02}.", hours=number, themes=())
    seen = []
    path: str | None = "/en/theme/other/"
    while path:
        text = client.get(path).content.decode()
        seen += re.findall(r"Number (\d\d)\.", text)
        path = next((f"/en/theme/other/{link['href']}" for link in Page(text).all("a") if link.get("rel") == "next"), None)
    assert seen == [f"{number:02}" for number in range(45)]
    for page in ("99", "-1", "x", "٣", "9" * 30):
        assert client.get("/en/theme/other/", {"page": page}).status_code == 200


def test_a_list_narrows_to_a_language(client: Client, write: Callable[..., Article]) -> None:
    write("en", title="English one")
    write("fr", title="La française")
    page = client.get("/ar/latest/?language=fr").content.decode()
    assert "La française" in page
    assert "English one" not in page
    assert client.get("/ar/latest/?language=xx").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "nowhere/",
        "article/999999/",
        "story/999999/",
        "digests/2026-13-45/",
        "digests/2020-01-01/",
        "trends/7/",
        "trends/7/volume.svg",
    ],
)
def test_missing_pages_say_so(client: Client, db: None, language: str, path: str) -> None:
    answer = client.get(f"/{language}/{path}")
    assert answer.status_code == 404
    checked(answer.content.decode(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bug_answers_with_a_page(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscentre.site.views.plain.Source.objects", None)
    answer = Client(raise_request_exception=False).get(f"/{language}/sources/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert f'lang="{language}" dir="{DIRECTIONS[language]}"' in text
    assert "Traceback" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_foreign_host_is_refused_with_a_page(client: Client, language: str) -> None:
    answer = client.get(f"/{language}/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_sources_say_how_they_do(client: Client, signed_in: Callable[[str], Client], db: None, now: datetime) -> None:
    Source.objects.create(key="a", name="A", homepage="https://a.example", country="TN", languages=["ar"], state="blocked",
                          state_detail="all of the 3 pages are behind a wall", state_since=now, crawled_at=now)  # fmt: skip
    for path in ("/fr/sources/", "/fr/sources/region/other/"):
        page = client.get(path).content.decode()
        assert "behind a wall" not in page
    assert "Tunisie" in page
    assert "behind a wall" in signed_in("editor").get("/fr/sources/region/other/").content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_sources_are_light_and_lead_to_all_of_them(client: Client, db: None, now: datetime, language: str) -> None:
    told = {"state": "unchanged", "state_since": now, "crawled_at": now, "languages": ["ar", "fr", "en"], "country": "FR"}
    europe = [outlet for outlet in shipped().values() if outlet.region == "europe"]
    Source.objects.bulk_create(
        Source(key=outlet.key, name=outlet.name, homepage=outlet.homepage, kind=outlet.kind, **told) for outlet in europe[5:]
    )
    address, seen = f"/{language}/sources/region/europe/", 0
    first = client.get(f"/{language}/sources/").content.decode()
    assert address in first
    sizes = [len(first.encode())]
    for number in range(1, 20):
        page = client.get(address, {"page": str(number)}).content.decode()
        sizes.append(len(page.encode()))
        seen += page.count('<th scope="row">')
        if 'rel="next"' not in page:
            break
    assert seen == len(europe) > 100
    assert max(sizes) < 30_000


def test_a_region_that_is_none_is_not_found(client: Client, db: None) -> None:
    assert client.get("/en/sources/region/atlantis/").status_code == 404


def test_health_and_robots(client: Client, db: None) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert "Disallow: /ar/search/" in client.get("/robots.txt").content.decode()


def test_arabic_in_code_is_not_set_in_a_font_of_one_width() -> None:
    style = Path(str(finders.find("newscentre/site.css"))).read_text(encoding="utf-8")
    (face,) = re.findall(r"@font-face \{ font-family: (\S+ \S+); src: local\(.*; unicode-range: U\+0600-06FF.*\}", style)
    assert re.findall(r"--mono: ([^,]+),", style) == [face]


def test_more_articles_are_no_more_questions_to_the_record(
    signed_in: Callable[[str], Client],
    write: Callable[..., Article],
    indexed: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
    *,
    now: datetime,
) -> None:
    # What is asked now and then, or remembered because it was slow, would be counted or not as the clock has it.
    names.remember({})
    monkeypatch.setattr(counting, "SLOW", inf)
    told, browser = Story.objects.create(created_at=now), signed_in("administrator")
    first = write("en", story=told)
    pages = ("", "latest/", "countries/", "routes/", "country/TN/", "theme/mixed_migration/", f"story/{told.pk}/",
             f"article/{first.pk}/", "search/?q=migrant&copies=1", "feeds/latest.atom", "desk/review/")  # fmt: skip

    def questions() -> dict[str, int]:
        for language in LANGUAGES:
            write(language, story=told, outlet=f"One of {language}")
            write(language, duplicate_of=first, outlet=f"Two of {language}")
        build_edition("en", day=now.date(), now=now)
        indexed()
        counts = {}
        for page in pages:
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(f"/en/{page}").status_code == 200
            counts[page] = len(asked)
        return counts

    few, more = questions(), questions()
    assert {page: (few[page], more[page]) for page in pages if more[page] > few[page]} == {}
    assert max(more.values()) < 60, more
