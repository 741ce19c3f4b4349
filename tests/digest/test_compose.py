"""What is told, once, in which order: copies folded, stories collapsed, wishes met."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.compose import SNIPPET, clean, compose, narrowed, safe_link, snippet, telling
from digest.values import Candidate, Tag, from_json, to_json
from tests.digest.conftest import NOW, TEXTS, TITLES


def candidate(article: int, language: str = "en", **changes: Any) -> Candidate:
    plain = Candidate(
        article=article,
        url=f"https://news.example/{article}",
        title=f"{TITLES[language]} {article}",
        text=TEXTS[language],
        language=language,
        outlet=f"Outlet {article}",
        outlet_country="TN",
        dated_at=NOW - timedelta(minutes=article),
        precision="minute",
        undated=False,
        relevance=0.9,
        themes=(Tag("protection", 0.91),),
        countries=(Tag("LY", 0.8, "title"),),
    )
    return replace(plain, **changes)


def test_copies_fold_into_their_original_and_name_their_outlets() -> None:
    digest = compose([candidate(2, original=1), candidate(1), candidate(3, original=2)], "en")
    (entry,) = digest.entries
    assert entry.lead.article == 1
    assert entry.lead.also == ("Outlet 2", "Outlet 3")
    assert entry.outlets == 3
    assert digest.articles == (1, 2, 3)


def test_copies_of_something_that_is_not_there_still_fold_together() -> None:
    (entry,) = compose([candidate(5, original=1), candidate(6, original=1)], "en").entries
    assert (entry.lead.article, entry.lead.copies) == (5, (6,))


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_a_story_is_one_entry_in_its_own_language_with_the_others_beside_it(language: str) -> None:
    told = [candidate(number, code, story=7) for number, code in enumerate(("ar", "en", "fr", "ar", "en", "fr"), start=1)]
    digest = compose(told, language)
    (entry,) = digest.entries
    assert {item.language for item in entry.items} == {language}
    assert len(entry.items) == 2
    assert {item.language for item in entry.elsewhere} == {"ar", "en", "fr"} - {language}
    assert (entry.outlets, entry.languages) == (6, ("ar", "en", "fr"))
    assert digest.elsewhere == ()


def test_what_only_other_languages_tell_has_its_own_place() -> None:
    digest = compose([candidate(1), candidate(2, "ar"), candidate(3, "fr", story=4), candidate(4, "fr", story=4)], "en")
    assert [item.article for item in digest.elsewhere] == [2, 3]


def test_most_covered_comes_first_and_sections_keep_the_order_of_the_themes() -> None:
    digest = compose(
        [
            candidate(1, themes=(Tag("development", 0.9),)),
            candidate(2, themes=()),
            candidate(3),
            candidate(4, story=9),
            candidate(5, story=9),
        ],
        "en",
    )
    assert digest.entries[0].story == 9
    assert [section.theme for section in digest.sections()] == ["protection", "development", "other"]
    assert [len(section.entries) for section in digest.sections()] == [2, 1, 1]


def test_an_entry_stands_under_a_theme_that_its_reader_wants() -> None:
    both = candidate(1, themes=(Tag("protection", 0.9), Tag("labour", 0.8)))
    digest = narrowed(compose([both, candidate(2)], "en"), themes=["labour"])
    assert [section.theme for section in digest.sections(["labour"])] == ["labour"]
    assert [entry.lead.article for entry in digest.entries] == [1]


def test_other_news_can_be_wished_for() -> None:
    digest = narrowed(compose([candidate(1, themes=()), candidate(2)], "en"), themes=["other"])
    assert [entry.lead.article for entry in digest.entries] == [1]


def test_what_was_told_is_left_out_even_as_a_copy() -> None:
    digest = compose([candidate(1), candidate(2, original=1), candidate(3)], "en")
    assert [entry.lead.article for entry in narrowed(digest, without=[2]).entries] == [3]


@given(st.permutations(list(range(1, 9))))
def test_the_order_of_reading_does_not_matter(order: list[int]) -> None:
    def built(number: int) -> Candidate:
        original = 1 if number in (3, 4) else None
        return candidate(number, "ar" if number % 3 == 0 else "en", original=original, story=number % 2 or None)

    assert compose([built(number) for number in order], "en") == compose([built(number) for number in sorted(order)], "en")


def test_a_digest_survives_its_json() -> None:
    digest = compose([candidate(1), candidate(2, "ar"), candidate(3, original=1), candidate(4, story=5)], "en")
    assert from_json(to_json(digest)) == digest


@given(st.text(max_size=600))
def test_snippets_are_short_one_line_and_bring_no_marks_of_direction(text: str) -> None:
    cut = snippet(text)
    assert len(cut) <= SNIPPET
    assert not set("\n\r\t\u202e\u2066\u200f\x00") & set(cut)
    assert clean(cut) == cut


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_snippets_end_between_words(language: str) -> None:
    text = TEXTS[language] * 3
    cut = snippet(text)
    assert cut.endswith("…")
    assert text.startswith(cut.removesuffix("…"))
    assert len(cut) > SNIPPET / 2


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("https://a.example/x?y=1&z=2", True),
        ("http://قناة.example/خبر", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://a.example/\nx", False),
        ('https://a.example/"onclick=', False),
        ("http://[broken", False),
        ("urn:newscentre:set:1", False),
    ],
)
def test_only_web_addresses_are_linked(url: str, sound: bool) -> None:
    assert bool(safe_link(url)) is sound


def test_a_reader_of_one_route_gets_what_is_told_of_it() -> None:
    told = [candidate(1, routes=("channel",)), candidate(2), candidate(3, language="fr", routes=("channel",)), candidate(4, "fr")]
    digest = narrowed(compose(told, "en"), routes=("channel",))
    assert [entry.lead.article for entry in digest.entries] == [1]
    assert [item.article for item in digest.elsewhere] == [3]
    assert from_json(to_json(digest)).entries[0].routes == ("channel",)


@pytest.mark.parametrize(
    ("language", "terms", "kept"),
    [
        ("en", ["asylum", "from", "The", "moved from"], ["asylum", "moved from"]),
        ("fr", ["demandeurs d'asile", "dans", "LES"], ["demandeurs d'asile"]),
        ("ar", ["لاجئين", "من", "إلى"], ["لاجئين"]),
        ("de", ["und"], ["und"]),
    ],
)
def test_terms_that_say_nothing_are_not_told(language: str, terms: list[str], kept: list[str]) -> None:
    assert [term for term, _ in telling([(term, 0.1) for term in terms], language)] == kept
