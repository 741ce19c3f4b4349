"""What cannot be done is refused, never done differently: at the character, with what to write, in the reader's language."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import translation

from newsdesk.errors import BadQuery
from newsdesk.languages import languages
from search.concepts import forms_of
from search.parse import parse
from search.plan import Planner

#: What is said in English; what it proposes; by language, a query and the column.
REFUSED: list[tuple[str, str | None, dict[str, tuple[str, int]]]] = [
    ("NEAR needs a distance", "NEAR/5", {
        "en": ("boat NEAR/x sea", 11), "fr": ("bateau near/ mer", 13), "ar": ("قارب NEAR/س بحر", 11)}),
    ("ONEAR needs a distance", "ONEAR/5", {
        "en": ("boat ONEAR/ sea", 12), "fr": ("a ONEAR mer", 3), "ar": ("قارب ONEAR/-1 بحر", 12)}),
    ("W needs a distance", "W/5", {"en": ("boat W/ sea", 8), "fr": ("bateau w/deux mer", 10), "ar": ("قارب W/5.5 بحر", 8)}),
    ("NEAR needs a distance", '"NEAR5"', {
        "en": ("boat NEAR5 sea", 10), "fr": ("mer NEAR5 sud", 9), "ar": ("قارب NEAR5 بحر", 10)}),
    ("«~» needs a distance", '"…"~5', {"en": ('"boat sea"~x', 12), "fr": ("«la mer»~", 10), "ar": ("«قارب بحر»~5س", 12)}),
    ("stands behind words in quotes", "NEAR/5", {"en": ("boat~5", 5), "fr": ("mer~ bateau", 4), "ar": ("قارب~٥", 5)}),
    ("The distance is at most", None, {"en": ("a NEAR/51 b", 3), "fr": ("«a b»~99999", 6), "ar": ("ا W/٩٩ ب", 3)}),
    ("is no operator here", "NEAR/5", {"en": ("boat PRE/5 sea", 6), "fr": ("bateau /5 mer", 8), "ar": ("قارب ADJ5 بحر", 6)}),
    ("cannot stand here", "NOT", {"en": ("sea !boat", 5), "fr": ("--mer", 1), "ar": ("بحر !قارب", 5)}),
    ("cannot stand here", None, {"en": ("boat^2", 5), "fr": ("mer bateau^10", 11), "ar": ("قارب^2", 5)}),
    ("There is no field", "country:", {"en": ("contry:DE", 1), "fr": ("mer pays:DE", 5), "ar": ("بحر دولة:DE", 5)}),
    ("There is no value right behind", "title:…", {
        "en": ("title: boat", 7), "fr": ("mer title:", 11), "ar": ('title:"" قارب', 7)}),
    ("There is no value right behind", "country:…", {
        "en": ("country:", 9), "fr": ("country: FR", 9), "ar": ("country:«» ليبيا", 9)}),
    ("Several values stand in brackets", "country:(DE OR FR)", {
        "en": ("country:DE,FR", 9), "fr": ("country:Allemagne,France", 9), "ar": ("country:ألمانيا،فرنسا", 9)}),
    ("is not a value of", "libya", {"en": ("country:Libby", 9), "fr": ("country:«Libyaa»", 9), "ar": ("about:Libiya", 7)}),
    ("is not a date", "2026-01-31", {"en": ("date:soon", 6), "fr": ("after:demain", 7), "ar": ("before:غدا", 8)}),
    ("The range ends before it begins", None, {
        "en": ("date:2026..2025", 6), "fr": ("date:2026-03..2026-02", 6), "ar": ("date:٢٠٢٦..٢٠٢٥", 6)}),
    ("takes a number and a unit", "7d", {"en": ("last:week", 6), "fr": ("last:7jours", 6), "ar": ("last:٧", 6)}),
    ("counts from 2 to", "atleast3(", {"en": ("atleast0(boat)", 1), "fr": ("atleast1(mer)", 1), "ar": ("atleast99(قارب)", 1)}),
    ("takes a number and, right behind it", "atleast3(…)", {
        "en": ("atleast(boat)", 1), "fr": ("atleast3 mer", 1), "ar": ("atleastx(قارب)", 1)}),
    ("a score from 0 to 1", "theme:protection>0.8", {
        "en": ("theme:protection>2", 17), "fr": ("theme:protection>=0.5", 17), "ar": ("theme:protection>كثير", 17)}),
    ("There is nothing between these brackets", "a word", {"en": ("boat ()", 7), "fr": ("title:( )", 9), "ar": ("قارب (())", 8)}),
    ("There is no bracket to close", None, {"en": ("boat)", 5), "fr": ("(mer))", 6), "ar": ("قارب)", 5)}),
    ("The query ends too early", ")", {"en": ("(boat", 6), "fr": ("(mer OR (bateau)", 17), "ar": ("(قارب", 6)}),
    ("The query ends too early", "a word", {"en": ("boat AND", 9), "fr": ("mer NOT", 8), "ar": ("قارب NEAR/5", 12)}),
    ("never closed", '"', {"en": ('"boat', 1), "fr": ("«mer", 1), "ar": ("بحر “قارب", 5)}),
    ("letters must stand in a word", None, {"en": ("bo*", 1), "fr": ("mer ba?", 5), "ar": ("ق*", 1)}),
    ("A word cannot begin with", None, {"en": ("*oat", 1), "fr": ("mer ?ateau", 5), "ar": ("*ارب", 1)}),
    ("A star can only end a word", None, {"en": ("bo*ts", 3), "fr": ("bateau**", 7), "ar": ("قا*ب", 3)}),
    ("There is no letter or digit", None, {"en": ("boat &&", 6), "fr": ("mer …", 5), "ar": ("قارب !", 6)}),
]  # fmt: skip
CASES = [
    pytest.param(language, said, proposed, *asked[language], id=f"{language}: {asked[language][0]}")
    for said, proposed, asked in REFUSED
    for language in asked
]


@pytest.mark.parametrize(("language", "said", "proposed", "query", "column"), CASES)
def test_refused(language: str, said: str, proposed: str | None, query: str, column: int) -> None:
    english = refusal(query, "en")
    assert said in str(english)
    read = refusal(query, language)
    assert (read.column, english.column) == (column, column)
    assert proposed is None or proposed in english.expected
    assert len(read.expected) == len(english.expected) <= 12
    if language != "en":
        assert str(read) != str(english), "translated"


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_nearness_of_too_many_forms_names_the_concepts_and_how_many(language: str) -> None:
    query = parse("concept:smuggling NEAR/20 (concept:crossing OR boat)")
    with translation.override(language), pytest.raises(BadQuery) as refused:
        Planner(datetime(2026, 3, 1)).plan(query)
    said = str(refused.value)
    forms = {key: sum(bool(form.run) for form in forms_of(key)) for key in ("smuggling", "crossing")}
    assert "concept:smuggling" in said
    assert str(forms["smuggling"]) in said
    assert str(forms["crossing"] + len(languages())) in said
    assert ("Leave out forms" in said) == (language == "en")


def refusal(query: str, language: str) -> BadQuery:
    with translation.override(language), pytest.raises(BadQuery) as refused:
        parse(query)
    return refused.value


@pytest.mark.parametrize(
    "query", ['"NEAR/x"', '"PRE/5"', "N/A", "w", "George W Bush", "24/7", "10:30", "«atleast»", "near", "C++", "AT&T"]
)
def test_what_looks_like_an_operator_can_be_looked_for(query: str) -> None:
    parse(query)
