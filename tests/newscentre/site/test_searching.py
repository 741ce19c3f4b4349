"""The search page and the interface for programs: results, narrowings, mistakes with their place, a dead engine, export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from newscentre.site import access
from newscentre.site.views import exporting, searching
from newsdesk.errors import Unavailable
from newsdesk.models import Article, Story
from search.formats import FORMATS
from tests.newscentre.site.conftest import LANGUAGES, SCRIPT
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db

WORDS = {"ar": "المهاجرون", "en": "migrant", "fr": "migrante"}
MISTAKES = {"ar": ("مهاجر AND", 10), "en": ('boat "never closed', 6), "fr": ("titre:bateau", 1)}


class Dead:
    """An engine that does not answer."""

    name = "dead"

    def search(self, _request: object) -> None:
        raise Unavailable("nobody there")


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "open_engine", lambda _configuration: Dead())
    searching.engine.cache_clear()
    yield
    searching.engine.cache_clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_found_and_marked(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object], language: str
) -> None:
    articles = [write(code) for code in LANGUAGES]
    indexed()
    page = client.get(f"/{language}/search/", {"q": WORDS[language]}).content.decode()
    checked(page, language)
    wanted = next(article for article in articles if article.language == language)
    assert f'href="/{language}/article/{wanted.pk}/"' in page
    assert "<mark>" in page
    assert WORDS[language] in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_with_some_of_the_words_say_so_and_are_not_counted(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object], language: str
) -> None:
    article = write(language, text=SCRIPT)
    indexed()
    asked = {"q": f"{WORDS[language]} zebra"}
    page = client.get(f"/{language}/search/", asked).content.decode()
    checked(page, language)
    assert {"ar": "ما من مقال فيه الكلمات كلها", "en": "No article has all the words", "fr": "Aucun article"}[language] in page
    before, _heading, near = page.partition('<p class="quiet near"')
    assert 'class="empty"' not in before
    assert f'href="/{language}/article/{article.pk}/"' in near
    assert "<mark>" in near
    assert re.search(r'class="facts lacks">[^<]*<bdi>zebra</bdi>', near)
    for other in ({"sort": "date"}, {"q": f"{WORDS[language]} AND NOT zebra"}, {"q": f'"{WORDS[language]}" zebra'}):
        assert 'class="quiet near"' not in client.get(f"/{language}/search/", asked | other).content.decode()
    told = client.get("/api/articles", {"query": asked["q"], "sort": "relevance"}).json()
    assert (told["total"], told["items"]) == (0, [])
    assert [(item["id"], item["without"]) for item in told["some"]] == [(article.pk, ["zebra"])]
    assert client.get("/api/articles", {"query": asked["q"]}).json()["some"] == []
    table = b"".join(client.get(f"/{language}/search/export.csv", asked).streaming_content).decode()
    assert article.url not in table


def test_what_lacks_a_word_stands_by_its_score_among_what_has_all(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object]
) -> None:
    passing = write(
        "en", title="A long year", text=f"{'much was said of other things. ' * 30} migrants, ferries, harbours, samos"
    )
    lacking = write("en", title="Migrants on ferries to Samos: ferries, migrants", text="Migrants took ferries to Samos.")
    indexed()
    page = client.get("/en/search/", {"q": "migrants ferries samos harbours", "all": "1"}).content.decode()
    listed = re.findall(r'<h3 class="headline".*?/en/article/(\d+)/', page)
    assert listed == [str(lacking.pk), str(passing.pk)]
    assert re.findall(r'class="facts lacks">[^<]*<bdi>(.*?)</bdi>', page) == ["harbours"]
    assert "1 article " in page
    assert "Few articles have all the words" in page


def test_what_is_asked_and_found_is_escaped(client: Client, write: Callable[..., Article], indexed: Callable[[], object]) -> None:
    write("en", title=f"migrant {SCRIPT}", text=SCRIPT, outlet=SCRIPT)
    indexed()
    for query in ("migrant", f"migrant OR {SCRIPT}", '"><script>', f'"{SCRIPT}"', "outlet:<script>"):
        page = (
            client.get("/en/search/", {"q": query, "language": SCRIPT[:9]}).content.decode()
            + client.get("/en/search/", {"q": query}).content.decode()
        )
        assert "<script>" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mistake_is_shown_at_its_place(client: Client, indexed: Callable[[], object], language: str) -> None:
    indexed()
    query, column = MISTAKES[language]
    answer = client.get(f"/{language}/search/", {"q": query})
    page = answer.content.decode()
    assert answer.status_code == 400
    checked(page, language)
    shown = re.search(r'class="pointer" dir="auto"><bdi>(.*?)<mark>(.*?)</mark>', page)
    assert shown is not None
    assert len(shown[1].replace("&quot;", '"')) == column - 1


def test_mistakes_are_explained_in_the_readers_language(client: Client, indexed: Callable[[], object]) -> None:
    indexed()
    sentences = {"en": "never closed", "fr": "jamais fermés", "ar": "لم تُغلق"}
    for language, sentence in sentences.items():
        assert sentence in client.get(f"/{language}/search/", {"q": '"open'}).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dead_engine_is_a_sentence(client: Client, signed_in: Callable[[str], Client], dead: None, language: str) -> None:
    answer = client.get(f"/{language}/search/", {"q": "boat"})
    assert answer.status_code == 503
    checked(answer.content.decode(), language)
    assert "nobody there" not in answer.content.decode()
    assert "nobody there" in signed_in("editor").get(f"/{language}/search/").content.decode()
    assert client.get(f"/{language}/search/export.csv").status_code == 503
    assert client.get("/api/articles").status_code == 503
    assert client.get(f"/{language}/").status_code == 200


def test_facets_narrow_and_widen(client: Client, write: Callable[..., Article], indexed: Callable[[], object]) -> None:
    for language, theme, country in (("ar", "labour", "LY"), ("en", "labour", "TN"), ("fr", "protection", "TN")):
        write(language, themes=((theme, 0.9),), countries=(country,))
    indexed()

    def counted(**asked: str) -> int:
        return len(re.findall(r'class="row"', client.get("/en/search/", asked).content.decode()))

    assert counted() == 3
    assert counted(language="ar") == 1
    assert counted(theme="labour") == 2
    assert counted(country="TN") == 2
    assert counted(country="TN", theme="labour") == 1
    assert counted(outlet="Rivages") == 1
    assert counted(month="1999-01") == 0
    page = checked(client.get("/en/search/?q=&theme=labour").content.decode(), "en")
    chosen = [
        link["href"]
        for link in page.all("a")
        if link.get("aria-current") == "true" and "theme" not in (link["href"] or "") and link.get("rel") == "nofollow"
    ]
    assert chosen
    assert client.get("/en/search/", {"language": "xx"}).status_code == 400
    assert client.get("/en/search/", {"month": "soon"}).status_code == 400


def test_irrelevant_articles_and_copies_are_shown_on_request(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object]
) -> None:
    first = write("en", title="First")
    write("en", title="Copy", duplicate_of=first)
    write("en", title="Football", relevant=False, themes=())
    indexed()

    def titles(**asked: str) -> set[str]:
        return set(re.findall(r">(First|Copy|Football)</a></h3>", client.get("/en/search/", asked).content.decode()))

    assert titles() == {"First"}
    assert titles(copies="1") == {"First", "Copy"}
    assert titles(all="1") == {"First", "Football"}
    wanted = {"duplicate:yes": {"Copy"}, "NOT relevant:yes": {"Football"}, "duplicate:yes OR lang:en": {"First", "Copy"}}
    for query, found in wanted.items():
        assert titles(q=query) == found
        assert {item["title"] for item in client.get("/api/articles", {"query": query}).json()["items"]} == found
        taken = client.get("/en/search/export.jsonl", {"q": query})
        assert b"".join(taken.streaming_content).count(b"\n") == len(found)


def test_results_are_sorted_and_leafed_through(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object]
) -> None:
    for number in range(25):
        write("en", title=f"boat {number:02}.", hours=number)
    indexed()
    pages = [client.get("/en/search/", {"q": "boat", "sort": "date", "page": page}).content.decode() for page in ("1", "2")]
    assert [re.findall(r"(\d\d)\.</a>", page) for page in pages] == [
        [f"{n:02}" for n in range(20)],
        [f"{n:02}" for n in range(20, 25)],
    ]
    assert client.get("/en/search/", {"q": "boat", "page": "999"}).status_code == 200


def test_a_removed_article_leaves_the_results_before_the_index_knows(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object], now: object
) -> None:
    article = write("en", title="Soon gone")
    indexed()
    Article.objects.filter(pk=article.pk).update(removed_at=now)
    assert "Soon gone" not in client.get("/en/search/").content.decode()
    assert client.get("/api/articles").json()["items"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_what_the_page_counts(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object], language: str
) -> None:
    for code in LANGUAGES:
        write(code, title='=cmd|"/c calc"!A1')
    write("en", relevant=False)
    indexed()
    answer = client.get(f"/{language}/search/export.csv", {"q": "theme:mixed_migration"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(table) == 3
    assert all(row["title"].startswith("'=") for row in table)
    assert client.get(f"/{language}/search/export.csv", {"q": "("}).status_code == 400
    assert client.get(f"/{language}/search/export.exe").status_code == 404
    page = client.get(f"/{language}/search/", {"q": "theme:mixed_migration"}).content.decode()
    for name in FORMATS:
        assert f"/{language}/search/export.{name}?q=theme" in page
        assert b"".join(client.get(f"/{language}/search/export.{name}", {"q": "theme:mixed_migration"}).streaming_content)


def test_visitors_take_away_so_much_and_so_often_analysts_as_they_like(
    client: Client,
    signed_in: Callable[[str], Client],
    write: Callable[..., Article],
    indexed: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        write("en")
    indexed()
    monkeypatch.setattr(exporting, "EXPORT", replace(exporting.EXPORT, most=2))
    monkeypatch.setattr(exporting, "MOST_OF_VISITORS", 2)
    analyst = signed_in("analyst")
    assert client.get("/en/search/export.csv").status_code == 400
    narrowed = [client.get("/en/search/export.csv", {"q": "title:1"}).status_code for _ in range(3)]
    assert narrowed == [200, 200, 429]
    assert [analyst.get("/en/search/export.xlsx").status_code for _ in range(3)] == [200] * 3


def test_each_story_once_and_pages_beyond_the_numbered_ones(
    client: Client,
    write: Callable[..., Article],
    story: Story,
    indexed: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(65):
        write("en", title=f"boat {number:02}.", hours=number + 10)
    indexed()
    monkeypatch.setattr(searching, "NUMBERED", 2)
    whole = client.get("/en/search/", {"sort": "date"}).content.decode()
    once = client.get("/en/search/", {"sort": "date", "stories": "1"}).content.decode()
    assert [len(re.findall(r'class="row"', page)) for page in (whole, once)] == [20, 20]
    assert whole.count("boat 17.") == once.count("boat 17.") - 1 == 0
    assert f"story={story.pk}" in whole
    seen: list[str] = []
    address = "?q=boat&sort=date"
    for _ in range(10):
        page = client.get(f"/en/search/{address}").content.decode()
        seen += re.findall(r"(\d\d)\.</a>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert seen == [f"{number:02}" for number in range(65)]
    assert "after=" in address
    assert client.get("/en/search/", {"sort": "date", "after": "5", "stories": "1"}).status_code == 400


def test_the_interface_goes_on_by_date_to_the_end_and_lists_stories_once(
    client: Client, write: Callable[..., Article], story: Story, indexed: Callable[[], object]
) -> None:
    for _ in range(7):
        write("en")
    indexed()
    page = client.get("/api/articles", {"limit": "4"}).json()
    seen = [item["id"] for item in page["items"]]
    while page["cursor"]:
        page = client.get("/api/articles", {"limit": "4", "after": str(page["cursor"])}).json()
        seen += [item["id"] for item in page["items"]]
    assert len(seen) == len(set(seen)) == page["total"] == page["listed"] == 10
    once = client.get("/api/articles", {"stories": "true"}).json()
    assert (once["total"], once["listed"], len(once["items"]), once["cursor"]) == (10, 8, 8, None)
    assert client.get("/api/articles", {"stories": "true", "after": "5"}).status_code == 400


def test_the_interface_lists_filters_and_pages(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object]
) -> None:
    for code in LANGUAGES:
        write(code, hours=LANGUAGES.index(code))
    write("en", themes=(("labour", 0.8),), title="Pay", hours=9)
    indexed()

    def asked(**parameters: object) -> dict[str, object]:
        answer = client.get("/api/articles", parameters)
        assert answer.status_code == 200, answer.content
        return answer.json()

    everything = asked()
    assert everything["total"] == 4
    assert [item["language"] for item in everything["items"]] == ["ar", "en", "fr", "en"]
    assert [item["title"] for item in asked(theme="labour")["items"]] == ["Pay"]
    assert asked(language="fr")["total"] == 1
    assert asked(query="مهاجر")["total"] == 1
    assert asked(since="2100-01-01")["total"] == 0
    assert [item["id"] for item in asked(limit=1, offset=1)["items"]] == [everything["items"][1]["id"]]
    assert "خفر" in client.get("/api/articles").content.decode()
    for wrong in ({"query": "a AND"}, {"language": "xx"}):
        assert client.get("/api/articles", wrong).status_code == 400
    for language, said in (
        ("ar", "تنتهي عبارة البحث قبل تمامها. عند الحرف 6."),
        ("en", "The query ends too early. At character 6."),
    ):
        told = client.get("/api/articles", {"query": "a AND"}, headers={"accept-language": language}).json()["detail"]
        assert told == said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"limit": 1000}, {"ar": "100 على الأكثر", "en": "at most 100", "fr": "au plus 100"}),
        ({"offset": -1}, {"ar": "0 على الأقل", "en": "at least 0", "fr": "au moins 0"}),
        ({"since": "soon"}, {"ar": "يوم بصيغة", "en": "a day, as", "fr": "un jour, sous la forme"}),
        ({"folded": "maybe"}, {"ar": "true أو false", "en": "true or false", "fr": "true ou false"}),
        ({"after": 1 << 63}, {"ar": "أقل من 9223", "en": "less than 9223", "fr": "moins de 9223"}),
        ({"query": "a" * 2001}, {"ar": "2000 حرف", "en": "2000 characters", "fr": "2000 caractères"}),
        ({"sort": "x"}, dict.fromkeys(LANGUAGES, "relevance | date")),
    ],
)
def test_the_interface_says_which_parameter_is_wrong(client: Client, wrong: dict[str, object], said: dict[str, str]) -> None:
    for language, words in said.items():
        answer = client.get("/api/articles", wrong, headers={"accept-language": language})
        assert answer.status_code == 422
        (name,) = wrong
        assert name in answer.json()["detail"]
        assert words in answer.json()["detail"]
    assert "a whole number" in client.get("/api/articles/x").json()["detail"]


@pytest.mark.parametrize(
    ("language", "said"), [("ar", "لا وجود لهذه الصفحة"), ("en", "No such page"), ("fr", "Page introuvable")]
)
def test_the_interface_answers_wrong_addresses_as_programs_read_it(client: Client, db: None, language: str, said: str) -> None:
    answer = client.get("/api/nowhere", headers={"accept-language": language})
    assert answer.status_code == 404
    assert said in answer.json()["detail"]


def test_the_interface_describes_itself_and_its_sources(client: Client, write: Callable[..., Article]) -> None:
    write("en")
    assert client.get("/api/openapi.json").json()["paths"].keys() == {
        "/api/articles",
        "/api/articles/{article_id}",
        "/api/countries",
        "/api/routes",
        "/api/sources",
        "/api/trends/latest",
    }
    assert client.get("/api/docs").status_code == 404
    assert [source["articles"] for source in client.get("/api/sources").json()] == [1]
    assert client.get("/api/trends/latest").status_code == 404
    told = client.get("/api/articles/999", headers={"Accept-Language": "fr"})
    assert (told.status_code, told.json()["detail"]) == (404, "Cet article n’existe pas.")


@pytest.mark.parametrize("chosen", ["country=SE", "country=Libya", "route=channel", "story=999", "theme=labour", "month=2001-01"])
def test_a_narrowing_that_leaves_nothing_can_be_taken_out(
    client: Client, write: Callable[..., Article], indexed: Callable[[], object], chosen: str
) -> None:
    write("en", title="Migrants", countries=("FR",))
    indexed()
    page = client.get(f"/en/search/?q=ferries&{chosen}").content.decode()
    assert re.search(r'<a href="\?q=ferries" rel="nofollow" aria-current="true">', page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_feeds_are_atom_in_one_language(client: Client, write: Callable[..., Article], language: str) -> None:
    import feedparser

    articles = {code: write(code, outlet="A & B", title="Two < three") for code in LANGUAGES}
    write(language, themes=(), title="Elsewhere")
    for path, titles in (
        ("feeds/latest.atom", {"Two < three", "Elsewhere"}),
        ("feeds/theme/mixed_migration.atom", {"Two < three"}),
    ):
        answer = client.get(f"/{language}/{path}")
        read = feedparser.parse(answer.content)
        assert not read.bozo
        assert {feedparser_unescaped(entry.title) for entry in read.entries} == titles
        assert read.feed.language == language
        links = {entry.link for entry in read.entries}
        assert f"http://testserver/{language}/article/{articles[language].pk}/" in links
    assert client.get(f"/{language}/feeds/theme/sport.atom").status_code == 404


def feedparser_unescaped(title: str) -> str:
    """Undo what feedparser leaves of escaped text in a title."""
    return title.replace("&lt;", "<").replace("&amp;", "&")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("/en/search/?q=migrant", "Too many searches from here."),
        ("/ar/search/?q=migrant", "عمليات بحث كثيرة من هنا."),
        ("/fr/search/?q=migrant", "Trop de recherches depuis cette adresse."),
        ("/api/articles?query=migrant", "Too many searches from here."),
    ],
)
def test_strangers_search_so_often_and_no_more(
    indexed: Callable[[], object],
    client: Client,
    signed_in: Callable[[str], Client],
    *,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    said: str,
) -> None:
    monkeypatch.setattr(access, "SEARCH", replace(access.SEARCH, most=2))
    indexed()
    answers = [client.get(page) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [said in answer.content.decode() for answer in answers] == [False, False, True]
    assert client.get(page, REMOTE_ADDR="198.51.100.7").status_code == 200
    analyst = signed_in("analyst")
    assert [analyst.get(page).status_code for _ in range(3)] == [200, 200, 200]
