"""What helps to ask: counts of forms, suggestions for misspelt words, how words were read, more like an article."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsdesk.analysis import analyse
from newsdesk.errors import BadInput
from newsdesk.lexicon import concepts, find_concepts
from search.alike import alike
from search.concepts import concepts_by_name, forms_of, kept_forms
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.plan import Planner, Ranking
from search.query import Concept, parse
from search.reading import readings
from search.spelling import did_you_mean
from tests.search.conftest import NEWSROOM, NOW, Find, answer, document


def test_each_form_of_a_concept_is_counted(engine: Engine) -> None:
    engine.apply((), NEWSROOM)
    forms, planner = forms_of("refugee"), Planner(NOW)
    counts = {form.text: count for form, count in zip(forms, engine.tally([planner.form(form) for form in forms]), strict=True)}
    assert (counts["refugee"], counts["réfugié"], counts["لاجئ"]) == (2, 2, 1)
    assert engine.tally([]) == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("refuggees", "refugees"),
        ("coast gaurd", "(coast AND guard)"),
        ("Lybia", "libya"),
        ("réfujiés OR sekourus", "(réfugiés OR secourus)"),
        ("خفر السواهل", "(خفر AND السواحل)"),
        ("ظظظيا", None),
        ("لبييا", "ليبيا"),
        ("football -qqqqqq", None),
        ("exact:refuggees", None),
        ("title:refuggees NEAR/5 title:lybia", "(title:(refugees) NEAR/5 title:(libya))"),
    ],
)
def test_a_word_that_no_article_has_is_suggested_in_its_nearest_spelling(engine: Engine, typed: str, meant: str | None) -> None:
    engine.apply((), NEWSROOM)
    better = did_you_mean(parse(typed), engine)
    assert (better and str(better)) == meant


def test_scores_that_differ_little_count_as_equal(engine: Engine, find: Find) -> None:
    filler = "people said many things about the weather in town today again"
    older = document(9, "en", "asylum " + filler, filler)
    engine.apply((), [older, document(1, "en", filler, "asylum " + filler)])
    assert [number for number, _ in answer(engine, "asylum").hits] == [9, 1]
    engine.ranking = Ranking(tie=50)  # type: ignore[attr-defined]
    try:
        assert [number for number, _ in answer(engine, "asylum").hits] == [1, 9]
        page = SearchRequest(parse("asylum"), limit=1, offset=1, now=NOW)
        assert [number for number, _ in engine.search(page).hits] == [9]
    finally:
        engine.ranking = Ranking()  # type: ignore[attr-defined]


def test_a_beginning_that_fits_very_many_words_is_answered_or_refused(engine: Engine) -> None:
    engine.apply((), [document(1, "en", "boat", " ".join(f"mig{number}x" for number in range(6_000)) + " boat")])
    assert answer(engine, "mig*").total == 1
    try:
        assert answer(engine, '"mig* boat"').total == 1
    except BadInput:
        assert engine.name == "elastic"  # its limit depends on the memory of the server


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("لاجىء", [("لاجىء", {"ar": "لاجي"})]),
        ("l’asile", [("l'asile", {"fr": "asil"})]),
        ("“the RESCUED”", [("the RESCUED", {"en": "the rescu"})]),
        ("exact:Rescued", [("Rescued", {"en": "rescued"})]),
        ("atleast2(boats) country:LY", [("boats", {"en": "boat"})]),
        ("migr*", [("migr*", {})]),
        ("", []),
    ],
)
def test_readings_show_what_each_word_became(typed: str, read: list[tuple[str, dict[str, str]]]) -> None:
    found = readings(parse(typed))
    assert [each.written for each in found] == [written for written, _ in read]
    assert all(forms.items() <= dict(each.forms).items() for each, (_, forms) in zip(found, read, strict=True))


@pytest.mark.parametrize("key", list(concepts()))
def test_concepts_are_found_by_the_query_where_the_lexicon_finds_them(key: str) -> None:
    """One article a form: whatever ``find_concepts`` sees there, ``concept:`` finds; a barred word alone is not found."""
    texts = [(form.language, form.text) for form in forms_of(key)]
    barred = [(code, word) for code, words in concepts()[key].barred.items() for word in words]
    engine = EmbeddedEngine(None)
    engine.apply((), [document(number, code, "x", text) for number, (code, text) in enumerate(texts + barred, start=1)])
    found = {number for number, _ in engine.search(SearchRequest(Concept(key), limit=1_000, now=NOW)).hits}
    assert found >= set(range(1, len(texts) + 1))
    for number, (code, text) in enumerate(texts + barred, start=1):
        if number > len(texts):
            told = any(mention.concept == key for mention in find_concepts(analyse(text, code), code))
            assert (number in found) == told, text


def test_a_concept_is_called_by_its_key_its_names_and_its_forms() -> None:
    names = concepts_by_name()
    assert {names[each] for each in ("smuggling", "تهريب", "passeur", "مهربو البشر")} == {"smuggling"}
    left = kept_forms(Concept("smuggling", ("passeur",)))
    assert "passeur" not in {form.text for form in left}
    assert len(left) == len(forms_of("smuggling")) - 1


def test_more_like_an_article_crosses_languages_by_concepts_and_places() -> None:
    engine = EmbeddedEngine(None)
    others = [replace(each, story_id=0) for each in NEWSROOM]
    engine.apply((), others)
    query = alike(NEWSROOM[0])
    assert query is not None
    hits = [number for number, _ in engine.search(SearchRequest(query, now=NOW)).hits if number != 1]
    assert set(hits) == {2, 3}
    assert alike(document(1, "en", "?", "…")) is None
