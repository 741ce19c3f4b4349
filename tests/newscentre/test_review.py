"""The order of questions: doubt first, then disagreement and languages few looked at; the same in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from newscentre.review import Question, disagrees, ranked, worth

SURE = Question(1, "theme", "labour", 0.95, 0.5, "en")
DOUBTED = Question(2, "theme", "labour", 0.51, 0.5, "en")
SERVED = {"ar": 0, "en": 100, "fr": 50}


def test_the_nearer_to_its_threshold_the_sooner() -> None:
    middle = replace(SURE, article=3, score=0.7)
    assert ranked([SURE, middle, DOUBTED], served={}) == [DOUBTED, middle, SURE]


def test_stages_that_disagree_come_before_those_that_agree() -> None:
    disagreeing = replace(DOUBTED, article=1, score=0.45, disagreement=True)
    assert ranked([DOUBTED, disagreeing], served={})[0] == disagreeing


def test_languages_with_few_answers_come_first() -> None:
    questions = [replace(DOUBTED, article=number, language=code) for number, code in enumerate(("en", "fr", "ar"))]
    assert [question.language for question in ranked(questions, served=SERVED)] == ["ar", "fr", "en"]
    assert len({worth(question, served={"ar": 0, "en": 0, "fr": 0}) for question in questions}) == 1


def test_of_equal_ones_the_newest_and_any_order_gives_the_same() -> None:
    questions = [replace(DOUBTED, article=number % 7, value=f"theme{number % 3}") for number in range(20)]
    expected = ranked(questions, served=SERVED)
    assert expected[0].article == 6
    Random(1).shuffle(questions)
    assert ranked(questions, served=SERVED) == expected


@given(st.floats(0, 1), st.floats(0, 1))
def test_worth_is_bounded(score: float, threshold: float) -> None:
    question = Question(1, "theme", "labour", score, threshold, "ar", disagreement=True)
    assert 0 <= worth(question, served=SERVED) <= 1.8


def test_a_topic_speaks_for_its_theme() -> None:
    assert disagrees("protection", given=False, topics=["asylum"])
    assert not disagrees("protection", given=True, topics=["asylum"])
    assert not disagrees("labour", given=False, topics=["asylum"])
