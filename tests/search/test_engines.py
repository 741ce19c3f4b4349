"""Both engines against the contract, and against each other on whatever can be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsdesk.errors import BadInput, Unavailable
from search.concepts import forms_of
from search.document import Document
from search.engine import DEEPEST, FACETS, Engine, SearchRequest, every_hit
from search.query import And, Concept, Is, Near, Not, Often, Or, Phrase, Query, Wildcard, Word, parse
from search.tree import Some
from tests.newsdesk.test_analysis import pairs
from tests.search.conftest import NEWSROOM, NOW, Find, answer, document
from tests.search.contract import ANSWERS


def test_contract(engine: Engine, find: Find) -> None:
    engine.apply((), NEWSROOM)
    wrong = {query: (find(query), expected) for query, expected in ANSWERS if find(query) != expected}
    assert not wrong


def test_forms_of_a_word_find_each_other_and_other_words_do_not(engine: Engine, find: Find) -> None:
    """The tables of ``tests/newsdesk/morphology``, asked of the engines: each form finds the article with the other."""
    rows = pairs()
    others = enumerate(((row[0], row[3]) for row in rows), start=1)
    engine.apply((), [document(number, code, other, dated_at=NOW) for number, (code, other) in others])
    wrong = [
        row for number, row in enumerate(rows, start=1)
        if (number in found_by_form(engine, f'lang:{row[0]} title:"{row[2]}"')) != (row[1] == "=")
    ]  # fmt: skip
    assert not wrong


def found_by_form(engine: Engine, query: str) -> set[int]:
    return {number for number, _ in engine.search(SearchRequest(parse(query), limit=1_000, now=NOW)).hits}


def test_concepts_of_many_forms_are_found_near_each_other(engine: Engine, find: Find) -> None:
    one, other = ([form for form in forms_of(key) if form.run] for key in ("migration_policy", "interception"))
    rows = [
        (left.text, right.text, left.language) for left in one[::7] for right in other[::6] if left.language == right.language
    ]
    near = [document(2 * at, code, "z", f"{left} z z z z z {right}") for at, (left, right, code) in enumerate(rows, 1)]
    far = [document(2 * at + 1, code, "z", f"{left} z z z z z z {right}") for at, (left, right, code) in enumerate(rows, 1)]
    engine.apply((), [*near, *far])
    assert find("body:(concept:migration_policy ONEAR/5 concept:interception)") == {each.article_id for each in near}


def test_what_is_written_back_finds_the_same(engine: Engine, find: Find) -> None:
    engine.apply((), NEWSROOM)
    assert [query for query, expected in ANSWERS if find(str(parse(query))) != expected] == []


def test_total_facets_and_folding(engine: Engine) -> None:
    engine.apply((), NEWSROOM)
    found = answer(engine, "libya OR libye OR ليبيا", facets=FACETS)
    assert found.total == len(found.hits) == 4
    assert found.facets["language"] == (("en", 2), ("ar", 1), ("fr", 1))
    assert found.facets["theme"] == (("mixed_migration", 2), ("protection", 2), ("other", 1))
    assert found.facets["country"] == (("LY", 3), ("DE", 1), ("IT", 1))
    assert found.facets["month"] == (("2026-02", 4),)
    assert found.facets["relevant"] == (("yes", 4),)
    assert dict(found.facets["outlet"]) == {"Harbour Post": 1, "La Rive": 1, "المنارة": 1, "Echo": 1}
    assert answer(engine, "libya", fold=True).total == answer(engine, "libya").total - 1


def test_filters_narrow_without_scoring(engine: Engine) -> None:
    engine.apply((), NEWSROOM)
    (plain,) = [score for number, score in answer(engine, "refugees").hits if number == 1]
    filtered = answer(engine, "refugees", filters=(Is("outlet", "harbour"),))
    assert filtered.hits == ((1, plain),)


@pytest.mark.parametrize("sort", ["date", "relevance"])
def test_what_is_gone_is_neither_counted_nor_listed(engine: Engine, sort: Literal["date", "relevance"]) -> None:
    engine.apply((), NEWSROOM)
    for query in ("libya OR libye OR ليبيا", "", "lang:en", "concept:refugee"):
        whole = answer(engine, query, sort=sort, facets=FACETS)
        present = answer(engine, query, sort=sort, facets=FACETS, gone=(2, 4, 99))
        assert present.hits == tuple(hit for hit in whole.hits if hit[0] not in (2, 4))
        assert present.total == present.listed == len(present.hits)
        assert sum(count for _, count in present.facets["language"]) == present.total
    assert answer(engine, "libya", sort=sort, gone=(1, 4), collapse=True, fold=True).total == 0
    counted = engine.search(SearchRequest(parse("boat OR libya"), limit=0, gone=(1,), now=NOW))
    assert (counted.total, counted.hits) == (1, ())


def test_title_outranks_body_and_equals_are_newest_first(engine: Engine) -> None:
    filler = "people said many things about the weather in town today again"
    engine.apply((), [document(1, "en", filler, "asylum " + filler), document(2, "en", "asylum " + filler, filler)])
    assert [number for number, _ in answer(engine, "asylum").hits] == [2, 1]
    engine.apply((), [document(number, "en", "drowned", "same", dated_at=NOW) for number in (5, 9, 7)])
    assert [number for number, _ in answer(engine, "drowned").hits] == [9, 7, 5]
    assert [number for number, _ in answer(engine, "", sort="date").hits] == [9, 7, 5, 1, 2]


def test_deep_pages_by_date_are_whole_and_without_repeats(engine: Engine) -> None:
    engine.apply((), [document(number, "en", "boat", dated_at=NOW - timedelta(days=number % 3)) for number in range(1, 60)])
    request = SearchRequest(parse("boat"), sort="date", limit=7, now=NOW)
    seen: list[int] = []
    cursor = None
    while True:
        page = engine.search(replace(request, after=cursor))
        assert page.total == 59
        seen += [number for number, _ in page.hits]
        if (cursor := page.cursor) is None:
            break
    assert seen == sorted(range(1, 60), key=lambda number: (number % 3, -number))
    assert [number for number, _ in every_hit(engine, request)] == seen


@pytest.mark.parametrize("sort", ["date", "relevance"])
def test_a_story_is_listed_once_by_its_first_article(engine: Engine, sort: Literal["date", "relevance"]) -> None:
    engine.apply((), NEWSROOM)
    asked = SearchRequest(parse(""), sort=sort, limit=100, collapse=True, facets=("story",), now=NOW)
    whole = engine.search(asked)
    # 1, 2 and 3 tell story 7, and 1 is the newest of them; who tells none stands for itself.
    assert [number for number, _ in whole.hits] == [1, 4, 5, 6, 7, 8]
    assert (whole.total, whole.listed, whole.cursor) == (8, 6, None)
    assert whole.facets["story"] == (("7", 3),)
    pages = [engine.search(replace(asked, limit=4, offset=offset)).hits for offset in (0, 4)]
    assert pages[0] + pages[1] == whole.hits
    found = answer(engine, "title:libye OR asile", sort=sort, collapse=True)
    assert [number for number, _ in found.hits] == ([2, 6] if sort == "date" else [number for number, _ in found.hits])
    assert (found.total, found.listed) == (2, 2)


def test_lists_of_stories_and_by_relevance_end_and_say_so(engine: Engine) -> None:
    ages = {number: NOW - timedelta(hours=number) for number in range(1, DEEPEST + 102)}
    engine.apply((), [document(n, "en", "boat", story_id=n // 2 + 1, dated_at=at) for n, at in ages.items()])
    ranked = engine.search(SearchRequest(parse("boat"), limit=5, now=NOW))
    assert (ranked.total, ranked.listed) == (DEEPEST + 101, DEEPEST)
    stories = engine.search(SearchRequest(parse("boat"), limit=5, sort="date", collapse=True, now=NOW))
    assert [number for number, _ in stories.hits] == [1, 2, 4, 6, 8]
    assert stories.total == DEEPEST + 101
    assert stories.listed == DEEPEST // 2 + 1
    assert len(list(every_hit(engine, SearchRequest(parse("boat"), collapse=True, now=NOW)))) == DEEPEST + 101


def test_replacing_deleting_and_clearing(engine: Engine, find: Find) -> None:
    engine.apply((), NEWSROOM)
    engine.apply([2, 99], [replace(NEWSROOM[0], title="Something else")])
    assert engine.count() == len(NEWSROOM) - 1
    assert set(engine.article_ids()) == {1, 3, 4, 5, 6, 7, 8}
    assert find("title:refugees") == {4}
    engine.rebuild([[NEWSROOM[1]], [NEWSROOM[2]]])
    assert find("") == {2, 3}
    engine.clear()
    assert (engine.count(), find("")) == (0, set())


def test_requests_that_cannot_be_answered_are_refused(engine: Engine) -> None:
    for request in (
        SearchRequest(limit=1_001),
        SearchRequest(offset=990, limit=20),
        SearchRequest(after=5),
        SearchRequest(after=5, sort="date", collapse=True),
        SearchRequest(facets=("colour",)),
        SearchRequest(parse("({0}) NEAR/50 ({0})".format(" OR ".join(f'"{word} x{word}"' for word in "abcdefghij")))),
        SearchRequest(parse('"ref* boa* lib* mig* por*"')),
        SearchRequest(parse("concept:migration_policy concept:interception concept:flood concept:displacement concept:border")),
    ):
        with pytest.raises(BadInput):
            engine.search(request)


def test_an_index_of_another_make_says_how_to_rebuild(tmp_path: Path) -> None:
    from search.embedded import EmbeddedEngine

    EmbeddedEngine(tmp_path).apply((), NEWSROOM)
    (label,) = tmp_path.glob("*/make.json")
    label.write_text('{"make": "0.0"}')
    stale = EmbeddedEngine(tmp_path)
    with pytest.raises(Unavailable, match="newscentre reindex"):
        stale.search(SearchRequest())
    stale.rebuild([NEWSROOM])
    assert stale.count() == len(NEWSROOM)


def test_a_reader_sees_what_another_wrote_and_rebuilt(tmp_path: Path) -> None:
    from search.embedded import EmbeddedEngine

    writer, reader = EmbeddedEngine(tmp_path / "index"), EmbeddedEngine(tmp_path / "index")
    assert reader.count() == 0
    writer.apply((), NEWSROOM[:2])
    assert reader.count() == 2
    writer.rebuild([NEWSROOM])
    assert reader.count() == len(NEWSROOM)
    writer.apply([1], ())
    assert reader.count() == len(NEWSROOM) - 1


@pytest.mark.parametrize("killed_at", ["replace", "iterdir"])
def test_a_rebuild_that_is_killed_at_the_swap_leaves_the_old_index_or_the_new(
    killed_at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.embedded import EmbeddedEngine

    folder = tmp_path / "index"
    EmbeddedEngine(folder).apply((), NEWSROOM)
    monkeypatch.setattr(Path, killed_at, lambda *_: _killed())
    with pytest.raises(KeyboardInterrupt):
        EmbeddedEngine(folder).rebuild([NEWSROOM[:2]])
    monkeypatch.undo()
    assert EmbeddedEngine(folder).count() == (len(NEWSROOM) if killed_at == "replace" else 2)
    EmbeddedEngine(folder).rebuild([NEWSROOM[:3]])
    assert EmbeddedEngine(folder).count() == 3
    assert len(list(folder.iterdir())) == 2, "what the killed one left is gone: the index and its name remain"


def test_an_index_of_the_layout_without_generations_is_rebuilt(tmp_path: Path) -> None:
    from search.embedded import EmbeddedEngine

    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(Unavailable, match="newscentre reindex"):
        EmbeddedEngine(tmp_path).count()
    EmbeddedEngine(tmp_path).rebuild([NEWSROOM])
    assert EmbeddedEngine(tmp_path).count() == len(NEWSROOM)
    assert not (tmp_path / "meta.json").exists()


def _killed() -> None:
    raise KeyboardInterrupt


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    from search.elastic import ElasticEngine

    engine = ElasticEngine("http://user:secret@127.0.0.1:9", "nowhere")
    with pytest.raises(Unavailable) as failure:
        engine.search(SearchRequest())
    assert "secret" not in str(failure.value)


WORDS = [
    "refugees",
    "boat",
    "libya",
    "réfugiés",
    "l'asile",
    "mer",
    "état",
    "لاجئون",
    "البحر",
    "وليبيا",
    "قارب",
    "27",
    "the",
    "de",
    "refuge",
    "مهجرين",
]
wild = st.sampled_from(["ref*", "lib*", "réf*", "لا*", "قار*", "boa*", "b?at", "li?ya", "re?u*", "قا?ب", "بح??", "l'a?ile"])
concepts = st.builds(
    Concept,
    st.just("refugee"),
    st.sampled_from([(), ("refugee",), ("لاجئ", "réfugié")]),
    st.sampled_from(["", "title", "body"]),
) | st.builds(Concept, st.sampled_from(["displaced_person", "rescue"]))
words = st.sampled_from(WORDS)
texts = st.lists(words, max_size=9).map(" ".join)
mixed = st.lists(st.one_of(words, wild), min_size=1, max_size=3).map(" ".join)
runs = st.lists(words, min_size=1, max_size=3).map(" ".join)
parts = st.sampled_from(["", "title", "body", "lead"])
word_queries = st.builds(Word, words, parts, st.booleans())
operands = st.one_of(
    st.builds(Word, words),
    st.builds(Phrase, mixed),
    st.builds(Wildcard, wild, st.just(""), st.booleans()),
    st.builds(Concept, st.just("refugee")),
    st.builds(lambda a, b: Or((a, b)), st.builds(Word, words), st.builds(Phrase, runs)),
)
leaf_queries = st.one_of(
    word_queries,
    st.builds(Phrase, mixed, parts, st.booleans()),
    st.builds(
        lambda run, between: Phrase(" ".join(run), "", False, between),
        st.lists(st.one_of(words, wild), min_size=2, max_size=3),
        st.integers(0, 4),
    ),
    st.builds(Often, words.filter(lambda word: word != "l'asile"), st.integers(2, 4), st.booleans()),
    concepts,
    st.builds(Near, operands, operands, st.integers(0, 4), st.booleans()),
    st.builds(Wildcard, wild, parts, st.booleans()),
    st.builds(Is, st.sampled_from(["undated", "duplicate", "relevant"]), st.sampled_from(["yes", "no"])),
    st.builds(Is, st.just("label-by"), st.sampled_from(["model", "rule", "person"])),
    st.builds(Is, st.just("lang"), st.sampled_from(["ar", "en", "fr"])),
)
queries: st.SearchStrategy[Query] = st.recursive(
    leaf_queries,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: And(tuple(some))),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: Or(tuple(some))),
        inner.map(Not),
    ),
    max_leaves=5,
)
loosened = st.builds(Some, st.lists(st.builds(Word, words), min_size=2, max_size=4, unique=True).map(tuple), st.integers(1, 2))
labels = st.fixed_dictionaries(
    {"undated": st.booleans(), "duplicate": st.booleans(), "labelled_by": st.sampled_from([(), ("rule",), ("model", "person")])}
)
newsrooms = st.lists(st.tuples(st.sampled_from(["ar", "en", "fr"]), texts, texts, labels), min_size=1, max_size=6)
Newsroom = list[tuple[str, str, str, dict[str, object]]]


def documents_of(newsroom: Newsroom) -> list[Document]:
    return [document(number, code, title, text, **fields) for number, (code, title, text, fields) in enumerate(newsroom, start=1)]


@pytest.mark.elasticsearch
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(newsroom=newsrooms, asked=st.lists(queries | loosened, min_size=8, max_size=8))
def test_both_engines_find_the_same(newsroom: Newsroom, asked: list[Query], elastic_engine: Engine) -> None:
    from search.embedded import EmbeddedEngine

    documents = documents_of(newsroom)
    embedded = EmbeddedEngine(None)
    embedded.apply((), documents)
    elastic_engine.apply(list(elastic_engine.article_ids()), documents)
    for query in asked:
        request = SearchRequest(query, sort="date", limit=100, now=NOW, facets=FACETS)
        one, other = embedded.search(request), elastic_engine.search(request)
        assert (one.hits, one.total, one.facets) == (other.hits, other.total, other.facets), str(query)


@settings(max_examples=25, deadline=None)
@given(newsroom=newsrooms, one=queries, other=queries)
def test_logic_holds(newsroom: Newsroom, one: Query, other: Query) -> None:
    from search.embedded import EmbeddedEngine

    engine = EmbeddedEngine(None)
    engine.apply((), documents_of(newsroom))

    def found(query: Query) -> set[int]:
        return {number for number, _ in engine.search(SearchRequest(query, limit=100, now=NOW)).hits}

    everything = found(parse(""))
    assert found(Not(one)) == everything - found(one)
    assert found(Or((one, other))) == found(one) | found(other)
    assert found(parse(str(one))) == found(one)
