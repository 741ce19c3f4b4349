"""What the query language accepts, writes back and refuses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdesk.errors import BadQuery
from search.fields import read_value
from search.query import Above, And, Concept, Dated, Everything, Is, Last, Near, Not, Often, Or, Phrase, Wildcard, Word, parse
from tests.search.test_engines import queries


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  \t\u00a0 ", Everything()),
        ("asile mer", And((Word("asile"), Word("mer")))),
        ("a or B And c", Or((Word("a"), And((Word("B"), Word("c")))))),
        ("هجرة OR لجوء", Or((Word("هجرة"), Word("لجوء")))),
        ("sans-papiers -mer", And((Word("sans-papiers"), Not(Word("mer"))))),
        ("«crise  migratoire»", Phrase("crise migratoire")),
        ("“boat people”~3", Phrase("boat people", between=3)),
        ("title:(a OR body)", Or((Word("a", "title"), Word("body", "title")))),
        ("title:exact:Mer", Word("Mer", "title", exact=True)),
        ("مهاجر*", Wildcard("مهاجر*")),
        ("wom?n", Wildcard("wom?n")),
        ("title:exact:wom?n", Wildcard("wom?n", "title", exact=True)),
        ("re-admi*", Phrase("re-admi*")),
        ("«trafic de migr*»", Phrase("trafic de migr*")),
        ("boat* NEAR/5 (sank OR capsi?ed)", Near(Wildcard("boat*"), Or((Word("sank"), Wildcard("capsi?ed"))), 5)),
        ("atleast3(boat)", Often("boat", 3)),
        ("AtLeast2(exact:قوارب)", Often("قوارب", 2, exact=True)),
        ("concept:smuggling", Concept("smuggling")),
        ("title:concept:«تهريب المهاجرين»", Concept("smuggling", part="title")),
        ('concept:"smuggling -passeur"', Concept("smuggling", ("passeur",))),
        ("duplicate:non", Is("duplicate", "no")),
        ("label-by:person", Is("label-by", "person")),
        ("a oneaR/3 (b OR “c d”)", Near(Word("a"), Or((Word("b"), Phrase("c d"))), 3, ordered=True)),
        ("not not a", Word("a")),
        ("country:ليبيا", Is("country", "LY")),
        ("about:Libye", Is("country", "LY")),
        ("lang:arabe", Is("lang", "ar")),
        ("theme:protection>0.8", Above("protection", 0.8)),
        ("date:2026-02", Dated("2026-02-01", "2026-02-28")),
        ("date:..٢٠٢٤", Dated("", "2024-12-31")),
        ("after:2026-01-05", Dated("2026-01-05", "")),
        ("last:7d", Last(7, "d")),
        ("- , a ؛", Word("a")),
    ],
)
def test_trees(text: str, tree: object) -> None:
    assert parse(text) == tree
    assert parse(str(parse(text))) == tree


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("a AND", 6, "a word"),
        ("(a OR b", 8, ")"),
        ("a ) b", 3, "the end"),
        ("OR a", 1, "("),
        ('boat "never closed', 6, '"'),
        ("langue:fr", 1, "lang:"),
        ("theme:labor", 7, "labour"),
        ("country:Libby", 9, "libya"),
        ("date:2026-13", 6, "2026-01"),
        ("date:2026-03..2026-01", 6, None),
        ("last:soon", 6, "7d"),
        ("ab*", 1, None),
        ("م*", 1, None),
        ("*migrants", 1, None),
        ("mi*nt", 3, None),
        ("?oats", 1, None),
        ("s?", 1, None),
        ('"boat p*"', 7, None),
        ('"boat *s"', 7, None),
        ("boat NEAR rescue", 6, "NEAR/5"),
        ("boat~2 rescue", 5, "NEAR/5"),
        ("atleast1(boat)", 1, "atleast3("),
        ("atleast11(boat)", 1, None),
        ("atleast3(boat OR ship)", 1, None),
        ("atleast3(boat*)", 1, None),
        ("title:atleast3(boat)", 7, None),
        ("atleast3 (boat", 15, ")"),
        ("concept:smugling", 9, "smuggling"),
        ('concept:"smuggling -nonsense"', 9, None),
        ("label-by:robot", 10, "person"),
        ("duplicate:maybe", 11, "yes"),
        ("a NEAR/51 b", 3, None),
        ("a NEAR/5 title:b", 3, None),
        ("a NEAR/5 b NEAR/5 c", 12, None),
        ("a NEAR/5 lang:fr", 3, None),
        ('"one two three four"~5', 1, None),
        ("title:lang:fr", 7, None),
        ("lang:title:fr", 6, None),
        ("Libye : des migrants", 7, "title:"),
        ("a &", 3, None),
        ("story:abc", 7, "story:123"),
    ],
)
def test_refusals_point_at_the_character(text: str, column: int, expected: str | None) -> None:
    with pytest.raises(BadQuery) as refusal:
        parse(text)
    assert refusal.value.column == column
    assert expected is None or expected in refusal.value.expected


@pytest.mark.parametrize(
    "text",
    ["a " * 1_500, " ".join(f"w{n}" for n in range(65)), "(" * 41 + "a" + ")" * 41, "-(" * 200 + "a" + ")" * 200,
     "NOT " * 300 + "a", "title:" * 200 + "a", " OR ".join(["abc*"] * 11)],
)  # fmt: skip
def test_what_would_cost_too_much_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        parse(text)


@pytest.mark.parametrize("field", ["country", "lang", "theme", "date"])
def test_a_long_wrong_value_is_not_repeated_whole(field: str) -> None:
    with pytest.raises(BadQuery) as refusal:
        read_value(field, "x" * 100_000, column=1)
    assert len(str(refusal.value)) < 200


@given(query=queries)
@settings(deadline=None)
def test_every_tree_is_written_so_that_it_parses_to_the_same_question(query: object) -> None:
    once = parse(str(query))
    assert parse(str(once)) == once


@given(text=st.text(alphabet='abc ()"~:*?-/,>.0123456789NEARWORNDTéلاجئ«»’\u200f\u00a0', max_size=60))
@settings(deadline=None, max_examples=300)
def test_anything_typed_parses_or_is_refused_with_a_column(text: str) -> None:
    try:
        column, tree = None, parse(text)
    except BadQuery as refusal:
        column, tree = refusal.column, Everything()
    assert column is None or 1 <= column <= len(text) + 1
    assert parse(str(tree)) == tree
