"""Articles with some of the words: when they are offered, which, in what order, and that they count for nothing else."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from search.engine import Engine, SearchRequest
from search.partial import MOST, MOST_WORDS, SHORT, Partial, partial, plain_words, together
from search.query import Is, Word, parse
from search.snippets import marked
from search.tree import Some
from tests.search.conftest import NEWSROOM, NOW, answer, document


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("refugees libya", ("refugees", "libya")),
        ("the refugees of Libya", ("refugees", "Libya")),
        ("refugees libya lang:en last:30d", ("refugees", "libya")),
        ("refugees AND libya", ("refugees", "libya")),
        ("لاجئين ليبيا", ("لاجئين", "ليبيا")),
        ("h-1b visa", ("h-1b", "visa")),
        ("refugees", ("refugees",)),
        ('"coast guard" libya', ()),
        ("refugees OR libya", ()),
        ("refugees -libya", ()),
        ("title:refugees libya", ()),
        ("exact:refugees libya", ()),
        ("refug* libya", ()),
        ("refugees NEAR/5 libya", ()),
        ("atleast2(refugees) libya", ()),
        ("concept:refugee libya", ()),
        ("refugees libya -lang:en", ()),
        ("lang:en", ()),
        ("", ()),
    ],
)
def test_plain_words_alone_are_loosened(asked: str, words: tuple[str, ...]) -> None:
    assert tuple(word.text for word in plain_words(parse(asked))) == words


@pytest.mark.parametrize(
    ("asked", "found", "near"),
    [
        ("football libya rescues", [], {1, 4, 5}),
        ("coast rescues football", [], {1, 4, 5}),
        ("réfugiés libye marché", [], {2, 6}),
        ("ليبيا مهاجرين مباراة", [], {3, 7}),
        ("aboard refugees off Libya sang", [], {1, 4}),
        ("refugees libya", [1, 4], {2, 6}),
        ("zebra nowhere", [], set()),
    ],
)
def test_what_has_some_of_the_words_stands_apart(engine: Engine, asked: str, found: list[int], near: set[int]) -> None:
    engine.apply((), NEWSROOM)
    request = SearchRequest(parse(asked), limit=20, now=NOW)
    whole = engine.search(request)
    some = partial(engine, request, whole)
    assert sorted(number for number, _ in whole.hits) == found
    assert some is not None
    assert {number for number, _ in some.hits} == near
    assert (engine.search(request).total, len(some.hits) <= MOST) == (len(found), True)


def test_filters_hold_and_copies_stay_folded(engine: Engine) -> None:
    engine.apply((), NEWSROOM)
    for asked, filters, near in (
        ("rescues football lang:en", (), [1, 5]),
        ("rescues football", (Is("relevant", "yes"),), [1]),
        ("rescues football last:2d", (), [1]),
    ):
        request = SearchRequest(parse(asked), filters=filters, fold=True, limit=20, now=NOW)
        some = partial(engine, request, engine.search(request))
        assert some is not None
        assert sorted(number for number, _ in some.hits) == near


@pytest.mark.parametrize(
    ("asked", "wishes"),
    [
        ("refugees football", {"sort": "date"}),
        ("refugees football", {"offset": 20}),
        ("refugees football", {"limit": 0}),
        ("refugees", {}),
        ("refugees OR football", {}),
        (" ".join(["refugees", *(f"football{number}" for number in range(MOST_WORDS))]), {}),
    ],
)
def test_other_answers_have_no_second_part(engine: Engine, asked: str, wishes: dict[str, object]) -> None:
    engine.apply((), NEWSROOM)
    request = replace(SearchRequest(parse(asked), now=NOW), **wishes)  # type: ignore[arg-type]
    assert partial(engine, request, engine.search(request)) is None


def test_a_full_page_has_no_second_part(engine: Engine) -> None:
    engine.apply((), [document(number, "en", "boat rescue") for number in range(1, SHORT + 1)] + [document(99, "en", "boat")])
    request = SearchRequest(parse("boat rescue"), now=NOW)
    assert partial(engine, request, engine.search(request)) is None
    engine.apply([1], ())
    some = partial(engine, request, engine.search(request))
    assert some is not None
    assert [number for number, _ in some.hits] == [99]


def test_more_of_the_words_go_first(engine: Engine) -> None:
    filler = "people said many things about the weather in town today again"
    engine.apply(
        (),
        [
            document(1, "en", "Camp " + filler, "camp camp camp camp " + filler),
            document(2, "en", filler, f"fire {filler} camp {filler} samos"),
            document(3, "en", filler, f"fire {filler} camp {filler} today"),
            document(4, "fr", "Le camp brûle à Samos", "samos samos " + filler),
            document(5, "en", "Weather", filler),
        ],
    )
    request = SearchRequest(parse("camp fire samos evacuated"), now=NOW)
    some = partial(engine, request, answer(engine, "camp fire samos evacuated"))
    assert some is not None
    ranked = [number for number, _ in some.hits]
    assert sorted(ranked) == [2, 3, 4], "of four words at least two, in whatever language"
    assert ranked.index(2) < ranked.index(3)


@pytest.mark.parametrize(
    ("language", "asked", "article", "lacks"),
    [
        ("en", "refugees h-1b Libya", ("A refugee", "went off by H-1B"), ("Libya",)),
        ("en", "refugees h-1b Libya", ("A refugee", "in 1b or h"), ("h-1b", "Libya")),
        ("fr", "réfugiés libyens bateaux", ("Un bateau libyen", "en mer"), ("réfugiés",)),
        ("ar", "لاجئين ليبيا", ("للاجئ", ""), ("ليبيا",)),
    ],
)
def test_the_words_that_an_article_lacks_are_named(
    engine: Engine, language: str, asked: str, article: tuple[str, str], lacks: tuple[str, ...]
) -> None:
    engine.apply((), [document(1, language, *article)])
    assert _some(engine, asked).lacks == {1: lacks}


def test_lacking_a_rare_word_costs_more(engine: Engine) -> None:
    common = [document(number, "en", "Ferry", "a day at sea") for number in range(10, 20)]
    engine.apply((), [*common, document(1, "en", "Samos", "a day at sea")])
    some = _some(engine, "ferry samos")
    whole = dict(engine.search(SearchRequest(some.query, now=NOW)).hits)
    shares = {number: score / whole[number] for number, score in some.hits}
    assert shares[10] == pytest.approx(log(2.1) / (log(2.1) + log(12)), abs=0.001)
    assert shares[1] == pytest.approx(1 - shares[10], abs=0.001)


def test_both_parts_make_one_list_by_score(engine: Engine) -> None:
    passing = document(1, "en", "Weather", "camp, fire and samos, " + "of which nothing else was said " * 20)
    engine.apply(
        (), [passing, document(2, "en", "Fire: camp on Samos burns", "camp fire"), document(3, "en", "Weather", "a fire")]
    )
    request = SearchRequest(parse("camp fire samos weather"), now=NOW)
    whole, some = engine.search(request), _some(engine, "camp fire samos weather")
    assert [number for number, _ in whole.hits] == [1]
    assert [number for number, _ in together(whole, some)] == [2, 1, 3]
    tied = replace(whole, hits=((8, 1.0), (7, 1.1), (6, 0.9)))
    assert together(tied, None) == tied.hits, "an answer that holds near scores for equal keeps its order"


def _some(engine: Engine, asked: str) -> Partial:
    request = SearchRequest(parse(asked), now=NOW)
    some = partial(engine, request, engine.search(request))
    assert some is not None
    return some


def test_the_words_that_an_article_has_are_marked() -> None:
    some = Some((Word("refugees"), Word("h-1b"), Word("Libya")), 2)
    assert marked("A refugee sings", "en", some) == (("A ", False), ("refugee", True), (" sings", False))
