"""What a reader is shown of a hit, and what a spreadsheet gets."""

from __future__ import annotations

import pytest

from search.query import parse
from search.snippets import READ, WIDTH, marked, snippet


@pytest.mark.parametrize(
    ("language", "text", "query", "hits"),
    [
        ("ar", "وقالت المنظمة إن للاجئين الحق في العمل، وإن اللاجئات كذلك.", "لاجئ", ["للاجئين", "اللاجئات"]),
        ("en", "The refugees’ boats sank. A refugee's story.", "refugees -boat", ["refugees", "refugee's"]),
        ("fr", "L’État d’accueil et l’accueil des réfugiés.", '"état d\'accueil" OR réfugiée', ["L’État d’accueil", "réfugiés"]),
        ("fr", "La mer et la mère.", "mer", ["mer"]),
        ("en", "Migrants and migration", "migr*", ["Migrants", "migration"]),
        ("en", "coast of the guard", "guard NEAR/3 coast", ["coast", "guard"]),
        ("en", "the coast of the guard", "the coast", ["coast"]),
        ("en", "Refugees, refugee", "exact:refugees", ["Refugees"]),
        ("en", "Only the body", "title:body", []),
    ],
)
def test_hits_are_marked_as_the_engines_see_them(language: str, text: str, query: str, hits: list[str]) -> None:
    segments = snippet(text, language, parse(query))
    assert "".join(part for part, _ in segments) == text
    marks = [part for part, hit in segments if hit]
    assert [mark.removesuffix("’") for mark in marks] == hits


@pytest.mark.parametrize(
    ("language", "filler", "word"),
    [("en", "rain and wind ", "asylum"), ("fr", "pluie et vent ", "asile"), ("ar", "مطر ورياح ", "لجوء")],
)
def test_the_window_holds_the_hits_and_is_short(language: str, filler: str, word: str) -> None:
    text = f"{filler * 60}{word} {word} {filler * 60}"
    segments = snippet(text, language, parse(word))
    assert [part for part, hit in segments if hit] == [word, word]
    assert len("".join(part for part, _ in segments)) <= WIDTH + 2
    assert segments[0][0] == segments[-1][0] == "…"
    assert len(snippet("x" * 5_000, language, parse(word))[0][0]) <= WIDTH


def test_hits_in_a_very_long_text_are_looked_for_at_its_beginning() -> None:
    text = "boat " * (READ // 5) + "harbour " * 100_000
    assert snippet(text, "en", parse("boat"))[0] == ("boat", True)
    assert not any(hit for _, hit in snippet(text, "en", parse("harbour")))


def test_titles_are_marked_whole() -> None:
    assert marked("<b>Boats</b>", "en", parse("boat")) == (("<b>", False), ("Boats", True), ("</b>", False))
