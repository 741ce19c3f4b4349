"""Cities and organisations on the site: chips on the article, facets and fields of the search, named in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from newscentre.site.naming import alphabetical
from newsdesk.models import Article, Label
from tests.newscentre.site.conftest import LANGUAGES

pytestmark = pytest.mark.django_db

NAMES = {
    "ar": ("جرجيس", "خفر السواحل الليبي", "المدن والأماكن", "المنظمات"),
    "en": ("Zarzis", "Libyan Coast Guard", "Cities and places", "Organisations"),
    "fr": ("Zarzis", "garde-côtes libyens", "Villes et lieux", "Organisations"),
}


@pytest.fixture
def tagged(write: Callable[..., Article]) -> Article:
    """Write an article with a city and an organisation, beside one without."""
    write("fr")
    article = write("en")
    for kind, value in (("city", "tn/zarzis"), ("organisation", "ly/coast-guard")):
        Label.objects.create(
            article=article, kind=kind, value=value, rank=0, score=0.8, threshold=0.5, given=True,
            actor="gazetteer 2.0", evidence="because", created_at=article.dated_at,
        )  # fmt: skip
    return article


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_article_shows_its_cities_and_organisations(client: Client, tagged: Article, language: str) -> None:
    page = client.get(f"/{language}/article/{tagged.pk}/").content.decode().replace("\xa0", " ")
    city, organisation, *titles = NAMES[language]
    assert f"<bdi>{city}</bdi>" in page
    assert f"<bdi>{organisation}</bdi>" in page
    assert all(title in page for title in titles)
    for link in ("city=tn/zarzis", "organisation=ly/coast-guard"):
        assert link in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_narrows_by_them(client: Client, tagged: Article, indexed: Callable[[], object], language: str) -> None:
    indexed()

    def found(**asked: str) -> bool:
        page = client.get(f"/{language}/search/", asked).content.decode()
        return f"/article/{tagged.pk}/" in page and page.count('class="row"') == 1

    assert NAMES[language][0] in client.get(f"/{language}/search/").content.decode()
    assert found(city="tn/zarzis")
    assert found(organisation="ly/coast-guard")
    assert found(q="city:جرجيس")
    assert found(q='org:"garde-côtes libyens"')
    assert not found(q="org:UNHCR")
    assert client.get(f"/{language}/search/", {"q": "city:nowhere-at-all"}).status_code == 400


def test_the_interface_gives_their_keys(client: Client, tagged: Article, indexed: Callable[[], object]) -> None:
    indexed()
    given = client.get(f"/api/articles/{tagged.pk}").json()
    assert (given["cities"], given["organisations"]) == (["tn/zarzis"], ["ly/coast-guard"])


@pytest.mark.parametrize(
    "ordered",
    [
        ["أفغانستان", "الأرجنتين", "آيسلندا", "إيطاليا", "بلجيكا"],
        ["Åland Islands", "Albania", "Costa Rica", "Côte d’Ivoire", "Croatia"],
        ["Danemark", "Égypte", "Espagne", "États-Unis", "Finlande", "Îles Cook", "Irak"],
    ],
)
def test_names_stand_in_the_order_of_their_letters(ordered: list[str]) -> None:
    assert sorted(sorted(ordered), key=alphabetical) == ordered
