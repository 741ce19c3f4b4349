"""A batch answers as the engines do, whatever is left out of a clause first; a kept tree is the tree, or nothing."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdesk.errors import BadQuery
from search import embedded_queries
from search import kept as keeping
from search.batch import Batch
from search.embedded import EmbeddedEngine, ids_of
from search.embedded_queries import Translator
from search.engine import SearchRequest, planned
from search.kept import kept, read
from search.patterns import Pattern, Run, beginnings, gathered, run_of
from search.plan import RANKING, Clause
from search.query import Above, Dated, Query, parse
from search.tree import Concept, Everything, Is, Last, Near, Often, Phrase, Wildcard, Word
from tests.search.conftest import NEWSROOM, NOW
from tests.search.contract import ANSWERS
from tests.search.test_engines import Newsroom, documents_of, newsrooms, queries


def clause_of(query: Query) -> Clause:
    return planned(SearchRequest(query, now=NOW), RANKING, scoring=False)[0]


@settings(max_examples=8, deadline=None)
@given(newsroom=newsrooms, asked=st.lists(queries, min_size=8, max_size=8))
def test_what_is_left_out_never_drops_a_find(newsroom: Newsroom, asked: list[Query]) -> None:
    """A narrowed clause finds what the whole one does, and nothing beyond what it is said to find at most."""
    batch = Batch(documents_of(newsroom))
    for query in asked:
        clause = clause_of(query)
        found = set(ids_of(batch.searcher, Translator(batch.translator.schema).translate(clause)))
        known = Translator(batch.translator.schema, searcher=batch.searcher)
        assert set(ids_of(batch.searcher, known.translate(clause))) == found, str(query)
        _narrowed, may, sure = batch.narrowing.of(clause)
        assert set(batch.matching(clause)) == found, str(query)
        assert members(sure) <= found <= members(may), str(query)


def members(bits: int) -> set[int]:
    return {number for number in range(1, bits.bit_length() + 1) if bits >> number - 1 & 1}


@pytest.mark.parametrize(
    ("wild", "code", "exact", "starts"),
    [
        ("migr*", "en", False, ("=migr", "migr")),
        ("arrêt*", "fr", True, ("=arrêt",)),
        ("sa?d", "en", False, ("=sa",)),
        ("قارب*", "ar", False, ("=قارب", "قارب")),
    ],
)
def test_only_words_that_begin_like_a_wild_one_are_looked_at(wild: str, code: str, exact: bool, starts: tuple[str, ...]) -> None:
    (pattern,) = run_of(wild, code, exact=exact)
    assert isinstance(pattern, Pattern)
    assert beginnings(pattern) == starts


@pytest.mark.parametrize(("code", "written"), [("ar", "القارب"), ("ar", "قارب"), ("en", "sand"), ("fr", "sand")])
def test_what_a_wild_word_fits_begins_as_is_said(code: str, written: str) -> None:
    (pattern,) = run_of({"ar": "قا?ب"}.get(code, "sa?d"), code, exact=False)
    assert isinstance(pattern, Pattern)
    assert pattern.fits(f"={written}")
    assert any(f"={written}".startswith(start) for start in beginnings(pattern))


@pytest.mark.parametrize(
    ("asked", "stays"),
    [
        ("refugee* NEAR/20 libya*", "refugees NEAR/20 libya"),
        ("réfugié* NEAR/20 liby*", "réfugiés NEAR/20 libye"),
        ("لاجئ* NEAR/20 ليب*", "لاجئين NEAR/20 ليبيا"),
        ("volcano* NEAR/50 tsunami*", "volcano NEAR/50 tsunami"),
    ],
)
def test_rows_that_would_take_too_long_are_refused(monkeypatch: pytest.MonkeyPatch, asked: str, stays: str) -> None:
    engine = EmbeddedEngine(None)
    engine.apply((), NEWSROOM)
    total = engine.search(SearchRequest(parse(asked), now=NOW)).total
    monkeypatch.setattr(embedded_queries, "MOST_READ", 5_000)
    engine.search(SearchRequest(parse(stays), now=NOW))
    if total:
        with pytest.raises(BadQuery, match="too long"):
            engine.search(SearchRequest(parse(asked), now=NOW))
    else:  # no article has such words: nothing is read
        assert engine.search(SearchRequest(parse(asked), now=NOW)).total == 0


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple)))
def test_runs_that_are_told_as_one_stand_for_the_same(runs: list[Run]) -> None:
    told = gathered(runs)
    meant = [row for run in told for row in product(*(term.parts if isinstance(term, Pattern) else (term,) for term in run))]
    assert sorted(meant) == sorted(set(runs))


@pytest.mark.parametrize("query", [query for query, _ in ANSWERS])
def test_what_surely_matches_is_found_without_the_index(query: str) -> None:
    batch = Batch(NEWSROOM)
    clause = clause_of(parse(query))
    found = set(ids_of(batch.searcher, Translator(batch.translator.schema).translate(clause)))
    _narrowed, may, sure = batch.narrowing.of(clause)
    ids = {number: document.article_id for number, document in enumerate(NEWSROOM, 1)}
    assert {ids[each] for each in members(sure)} <= found <= {ids[each] for each in members(may)}


@pytest.mark.parametrize(
    "query", ["boat", "libya -lang:fr", "boat* last:2y", "theme:protection>0.5 (mer OR sea)", "NOT country:LY"]
)
def test_single_words_values_and_numbers_need_no_index(query: str) -> None:
    _narrowed, may, sure = Batch(NEWSROOM).narrowing.of(clause_of(parse(query)))
    assert sure == may


def test_most_searches_need_no_index() -> None:
    batch = Batch(NEWSROOM)
    for query in (
        "volcano",
        "libya lang:fr refugees",
        "tsunami NEAR/5 libya",
        "country:FR asylum",
        "رفح",
        '"séisme turc"',
        "volcan*",
        '"guard sa?d volcano"',
    ):
        assert batch.narrowing.of(clause_of(parse(query))).may == 0, query
    narrowed, possible, _sure = batch.narrowing.of(clause_of(parse("concept:refugee lang:fr")))
    whole = clause_of(parse("concept:refugee lang:fr"))
    assert (possible, str(narrowed).count("Terms(") <= str(whole).count("Terms(") / 2) == (0b100010, True)


@settings(max_examples=60, deadline=None)
@given(query=queries)
def test_a_kept_tree_is_the_tree(query: Query) -> None:
    assert read("as written", kept("as written", query)) == query


@pytest.mark.parametrize("query", [query for query, _ in ANSWERS])
def test_queries_are_kept(query: str) -> None:
    assert read(query, kept(query, parse(query))) == parse(query)


def test_a_tree_of_another_text_or_software_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = kept("boat", parse("boat"))
    assert read("boat", stored) == Word("boat")
    assert read("ship", stored) is None
    monkeypatch.setattr(keeping, "_reader", lambda: "an update")
    assert read("boat", stored) is None


@pytest.mark.parametrize(
    "node",
    [
        None, 7, "Word", [], ["Word"], ["Word", "a"], ["Word", 1, "", False], ["Word", "a", "nowhere", False],
        ["Word", "a", "", "yes"],
        ["Concept", "gone_since", [], ""], ["Concept", "refugee", "all", ""], ["Is", "colour", "red"], ["Above", "weather", 0.5],
        ["Above", "protection", "much"], ["Dated", "soon", ""], ["Last", 3, "s"], ["Last", 3, "hd"],
        ["Often", "a", "b", False], ["Not", ["And"]],
        ["Near", ["Word", "a", "", False], ["Word", "b", "", False], "5", False], ["__class__"], ["Query"], ["And", [3]],
        json.loads("[\"Not\"," * 500 + "[\"Everything\"]" + "]" * 500),
    ],
)  # fmt: skip
def test_damage_is_not_taken(node: Any) -> None:
    assert read("boat", json.dumps([keeping.seal("boat"), node])) is None


@pytest.mark.parametrize("stored", ["", "{", "null", "[]", '["x", []]', "[" * 100_000])
def test_what_is_no_kept_tree_is_not_taken(stored: str) -> None:
    assert read("boat", stored) is None


def test_every_kind_of_leaf_can_be_kept() -> None:
    """A new field of a leaf must be kept too: all of them differ from their default here."""
    leaves = [
        Word("a", "title", True), Wildcard("ab*", "lead", True), Phrase("a b", "body", True, 3), Often("a", 3, True),
        Concept("refugee", ("refugee",), "title"), Near(Word("a"), Word("b"), 3, True), Is("lang", "ar"),
        Above("protection", 0.5), Dated("2026-01-01", ""), Last(3, "d"), Everything(),
    ]  # fmt: skip
    for leaf in leaves:
        assert is_dataclass(leaf)
        defaulted = [each.name for each in fields(leaf) if each.default == getattr(leaf, each.name)]
        assert defaulted == []
        assert read("x", kept("x", leaf)) == leaf
