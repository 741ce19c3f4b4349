"""A batch answers as the engines do, whatever is left out of a clause first; a kept tree is the tree, or nothing."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import kept as keeping
from search.batch import Batch
from search.embedded import ids_of
from search.embedded_queries import Translator
from search.engine import SearchRequest, planned
from search.kept import kept, read
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
        known = Translator(batch.translator.schema, frequency=batch.searcher.doc_freq)
        assert set(ids_of(batch.searcher, known.translate(clause))) == found, str(query)
        possible = batch.narrowing.of(clause)[1]
        assert set(batch.matching(clause)) == found, str(query)
        assert found <= {number for number in range(1, len(newsroom) + 1) if possible >> number - 1 & 1}, str(query)


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
        assert batch.narrowing.of(clause_of(parse(query)))[1] == 0, query
    narrowed, possible = batch.narrowing.of(clause_of(parse("concept:refugee lang:fr")))
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
