"""Stories: reports of one event meet, within and across languages; others do not; the order given is all that matters."""
# ruff: noqa: E501  (running text in three scripts)

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.countries import CountryTagger
from classify.stories import StoryBook, story_terms
from classify.story_terms import MOST, count_frequencies, numbers, term_hash

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
WRECK = {
    "ar": [
        ("غرق قارب قبالة جرجيس ومصرع 23 مهاجرا", "لقي 23 مهاجرا حتفهم بعد غرق قارب قبالة جرجيس في جنوب تونس. وكان القارب قد غادر زوارة متجها إلى لامبيدوزا "
         "وعلى متنه 71 شخصا. وأنقذ الحرس البحري 48 راكبا نقلوا إلى مستشفى جرجيس."),
        ("ارتفاع حصيلة قارب جرجيس إلى 23 قتيلا", "قال الحرس البحري التونسي إن حصيلة غرق القارب قبالة جرجيس ارتفعت إلى 23 قتيلا فيما أنقذ 48 راكبا من أصل 71. "
         "وانطلق القارب من زوارة الليبية."),
    ],
    "en": [
        ("Boat sinks off Zarzis, 23 migrants dead", "Twenty-three migrants died when a boat sank off Zarzis in southern Tunisia. It had left Zuwara for Lampedusa with 71 "
         "people aboard. The coastguard rescued 48 passengers, who were taken to hospital in Zarzis. The toll of 23 may rise."),
        ("Zarzis boat sinking: coastguard ends search", "The coastguard ended its search off Zarzis where a boat sank with 71 migrants aboard. It had sailed from Zuwara. "
         "The bodies of 23 passengers were found and 48 were rescued, the coastguard said."),
    ],
    "fr": [
        ("Naufrage au large de Zarzis : 23 migrants morts", "Vingt-trois migrants sont morts dans le naufrage d'un bateau au large de Zarzis, dans le sud de la Tunisie. Parti de "
         "Zouara vers Lampedusa avec 71 personnes à bord, il a coulé de nuit. Les garde-côtes ont secouru 48 passagers. Le bilan est de 23 morts."),
        ("Zarzis : fin des recherches après le naufrage", "Les garde-côtes ont mis fin aux recherches au large de Zarzis, où un bateau a fait naufrage avec 71 migrants à bord. Il "
         "venait de Zouara. Les corps de 23 passagers ont été repêchés, 48 ont été secourus."),
    ],
}  # fmt: skip
UNRELATED = {
    "ar": ("تونس توقع اتفاقية لتوظيف الممرضين", "وقعت تونس وألمانيا اتفاقية لتوظيف 500 ممرض خلال عامين، مع دورات لغة مجانية قبل السفر بحسب وزارة التشغيل."),
    "en": ("Tunisia signs nurses deal", "Tunisia and Germany signed a deal to recruit 500 nurses over two years, with free language courses before departure."),
    "fr": ("La Tunisie signe un accord sur les infirmiers", "La Tunisie et l'Allemagne ont signé un accord pour recruter 500 infirmiers en deux ans, avec des cours de langue gratuits."),
}  # fmt: skip
LANGUAGES = tuple(WRECK)


@pytest.fixture(scope="module")
def tagger() -> CountryTagger:
    return CountryTagger.load()


def terms_of(tagger: CountryTagger, article: tuple[str, str], language: str) -> tuple[tuple[str, float], ...]:
    return story_terms(*article, language, tagger.labels(*article, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_are_few_weighted_and_repeatable(tagger: CountryTagger, language: str) -> None:
    terms = terms_of(tagger, WRECK[language][0], language)
    weights = [weight for _, weight in terms]
    assert 0 < len(terms) <= MOST
    assert weights == sorted(weights, reverse=True)
    assert math.isclose(sum(weight * weight for weight in weights), 1, abs_tol=0.01)
    assert {"p:tn/zarzis", "p:it/lampedusa", "n:71", "n:48", "c:TN"} <= {term for term, _ in terms}
    assert terms == terms_of(tagger, WRECK[language][0], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_reports_of_one_event_meet_and_another_story_does_not(tagger: CountryTagger, language: str) -> None:
    book = StoryBook()
    first, second = (terms_of(tagger, article, language) for article in WRECK[language])
    assert book.match(first, NOW) is None
    book.add(7, first, NOW)
    assert book.match(second, NOW + 20 * HOUR) == 7
    assert book.match(terms_of(tagger, UNRELATED[language], language), NOW + HOUR) is None


@pytest.mark.parametrize("one", LANGUAGES)
@pytest.mark.parametrize("other", LANGUAGES)
def test_an_event_is_one_story_in_every_language(tagger: CountryTagger, one: str, other: str) -> None:
    book = StoryBook()
    book.add(3, terms_of(tagger, WRECK[one][0], one), NOW)
    assert book.match(terms_of(tagger, WRECK[other][1], other), NOW + HOUR) == 3
    assert book.match(terms_of(tagger, UNRELATED[other], other), NOW + HOUR) is None


def test_a_story_ends(tagger: CountryTagger) -> None:
    book = StoryBook()
    terms = terms_of(tagger, WRECK["en"][0], "en")
    book.add(1, terms, NOW)
    assert book.match(terms, NOW + timedelta(days=3)) == 1
    assert book.match(terms, NOW - timedelta(days=3)) == 1
    assert book.match(terms, NOW + timedelta(days=5)) is None
    for day in (3, 6):
        book.add(1, terms, NOW + timedelta(days=day))
    assert book.match(terms, NOW + timedelta(days=7)) == 1
    assert book.match(terms, NOW + timedelta(days=8)) is None


def test_old_reports_are_forgotten_without_changing_answers() -> None:
    book = StoryBook()
    for number in range(1200):
        book.add(number, ((f"en:word{number}", 1.0),), NOW + number * HOUR)
    last = NOW + 1200 * HOUR
    assert book.match((("en:word1199", 1.0),), last) == 1199
    assert book.match((("en:word0", 1.0),), last) is None
    assert len(book) < 1200


def test_ties_go_to_the_story_with_the_lower_number() -> None:
    book = StoryBook()
    for story in (9, 4, 6):
        book.add(story, (("en:flood", 1.0),), NOW)
    assert book.match((("en:flood", 1.0),), NOW) == 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4, unique=True), min_size=1, max_size=12))
def test_the_same_calls_give_the_same_stories(reports: list[list[str]]) -> None:
    def stories() -> list[int]:
        book, found = StoryBook(), []
        for at, words in enumerate(reports):
            terms = tuple((f"en:{word}", 1 / math.sqrt(len(words))) for word in words)
            match = book.match(terms, NOW + at * HOUR)
            found.append(at if match is None else match)
            book.add(found[-1], terms, NOW + at * HOUR)
        return found

    assert stories() == stories()


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "Fourteen dead, 19 missing, 1,250 euros, in 2024", [14, 19, 1250]),
        ("fr", "Quatorze morts, dix-neuf disparus, 1 250 euros en 2024", [14, 19, 1250]),
        ("ar", "مصرع ١٤ وفقدان 19 في عام 2024", [14, 19]),
        ("ar", "خمسون شخصا", [50]),
        ("en", "2.5 percent, 7 people, room 3b, A320", []),
        ("en", "123 " * 3_000 + "dead, 23 hurt", [23]),
    ],
)
def test_numbers_are_read_alike(language: str, text: str, found: list[int]) -> None:
    assert sorted(numbers(text, language)) == sorted(found)


@pytest.mark.parametrize("language", [*LANGUAGES, "de", "und"])
def test_nothing_has_no_terms(language: str) -> None:
    assert story_terms("", "", language) == ()
    assert StoryBook().match((), NOW) is None


def test_frequencies_count_articles_not_words() -> None:
    table = count_frequencies([("boat boat", "boat", "en"), ("boat", "island", "en"), ("island", "sea", "en")], rarest=2)
    idf = dict(zip(table["hashes"].tolist(), np.asarray(table["idf"], dtype=float).tolist(), strict=True))
    assert idf.keys() == {term_hash("en:boat"), term_hash("en:island")}
    assert math.isclose(idf[term_hash("en:boat")], math.log(3 / 2), abs_tol=0.01)
