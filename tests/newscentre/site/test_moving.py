"""Pages of routes, figures on articles and countries, groups of countries, and the desk's page of names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from newsdesk.models import Article, Figure, Label, NameStyle, User
from newsdesk.routes import ROUTES, route_name
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db
LANGUAGES = ("ar", "en", "fr")
#: Its figure stands at the end.
SENTENCE = f"{'The coast guard of the town said so on Monday. ' * 8}At least <b>45</b> migrants drowned off Libya."


@pytest.fixture
def moving(write: Callable[..., Article]) -> Article:
    """Write an article on the central Mediterranean, with roles and a figure."""
    article = write("en", countries=["LY", "XK"])
    for kind, value in (("route", "central-mediterranean"), ("origin", "ER"), ("transit", "LY"), ("destination", "IT")):
        Label.objects.create(
            article=article, kind=kind, value=value, rank=0, score=0.9, threshold=0.5, given=True,
            actor="rules 1.0", evidence="because", created_at=article.dated_at,
        )  # fmt: skip
    Figure.objects.create(
        article=article, kind="deaths", low=45, quantifier="at-least", unit="people", place="LY", period="2015",
        sentence=SENTENCE, actor="figures 1.0",
    )  # fmt: skip
    return article


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_route_shows_its_countries_its_figures_and_its_articles(language: str, moving: Article, client: Client) -> None:
    listing = client.get(f"/{language}/routes/").content.decode()
    checked(listing, language)
    assert all(route_name(key, language).replace("'", "&#x27;") in listing for key in ROUTES)
    page = client.get(f"/{language}/routes/central-mediterranean/").content.decode()
    checked(page, language)
    assert moving.title in page
    assert "At least &lt;b&gt;45&lt;/b&gt; migrants drowned off Libya." in page
    assert f"/{language}/search/?q=origin:ER" in page
    assert client.get(f"/{language}/routes/nowhere/").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_article_and_country_show_routes_roles_and_figures(language: str, moving: Article, client: Client) -> None:
    for path in (f"/{language}/article/{moving.pk}/", f"/{language}/country/LY/"):
        page = client.get(path).content.decode()
        checked(page, language)
        assert f"/{language}/routes/central-mediterranean/" in page
        assert "migrants drowned off Libya" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_countries_are_listed_by_group(language: str, moving: Article, client: Client) -> None:
    page = client.get(f"/{language}/countries/?group=arab-league").content.decode()
    checked(page, language)
    assert f"/{language}/country/LY/" in page
    assert f"/{language}/country/FR/" not in page
    assert client.get(f"/{language}/countries/?group=nonsense").status_code == 200


def test_the_interface_gives_figures_routes_and_countries(moving: Article, client: Client) -> None:
    whole = client.get(f"/api/articles/{moving.pk}").json()
    assert whole["figures"][0] | {"actor": ""} == {
        "kind": "deaths", "low": 45, "high": None, "quantifier": "at-least", "unit": "people", "place": "LY",
        "period": "2015", "actor": "", "sentence": None,
    }  # fmt: skip
    routes = {row["key"]: row["articles"] for row in client.get("/api/routes").json()}
    assert (routes["central-mediterranean"], routes["channel"]) == (1, 0)
    kosovo = next(row for row in client.get("/api/countries?language=fr").json() if row["code"] == "XK")
    assert (kosovo["name"], kosovo["boundary"], kosovo["groups"]) == ("Kosovo", "dashed", ["prague"])


def test_the_desk_sets_a_name_everybody_reads_and_goes_back(moving: Article, signed_in: Callable[[str], Client]) -> None:
    assert signed_in("stranger").get("/en/desk/names/").status_code == 302
    assert signed_in("analyst").get("/en/desk/names/").status_code == 403
    client = signed_in("editor")
    for language in LANGUAGES:
        checked(client.get(f"/{language}/desk/names/").content.decode(), language)
        checked(client.get(f"/{language}/desk/names/XK/").content.decode(), language)
    wish = {
        "audience": "public",
        "language": "en",
        "public-en-name": "\u202eKosovo\x07 <set>\u2069",
        "public-en-boundary": "dotted",
    }
    preview = client.post("/en/desk/names/XK/", wish | {"preview": "1"}).content.decode()
    assert "Kosovo &lt;set&gt;*" in preview
    assert not NameStyle.objects.exists()
    assert client.post("/en/desk/names/XK/", wish | {"keep": "1"}).status_code == 302
    kept = NameStyle.objects.get()
    assert (kept.name, kept.person) == ("Kosovo <set>", User.objects.get(role="editor"))
    stranger = Client()
    page = stranger.get("/en/country/XK/").content.decode()
    assert "Kosovo &lt;set&gt;*" in page
    assert "* Kosovo &lt;set&gt;: Without prejudice" in page
    assert client.post("/en/desk/names/XK/", wish | {"keep": "1", "public-en-name": "x" * 101}).status_code == 400
    assert client.post("/en/desk/names/XK/", wish | {"keep": "1", "audience": "nobody"}).status_code == 404
    client.post("/en/desk/names/XK/reset/")
    assert not NameStyle.objects.exists()
    assert "Kosovo*" in stranger.get("/en/country/XK/").content.decode()
    assert client.get("/en/desk/names/nowhere/").status_code == 404
