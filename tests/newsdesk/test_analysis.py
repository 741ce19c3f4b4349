"""What counts as one word: forms that must meet, forms that must not, and where words stand in a text."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.analysis import analyse, normalise
from newsdesk.languages import languages

TABLES = Path(__file__).parent / "morphology"


def pairs() -> list[tuple[str, str, str, str]]:
    rows = []
    for table in sorted(TABLES.glob("*.tsv")):
        for line in table.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                sign, one, other = line.split("\t")
                rows.append((table.stem, sign, one, other))
    return rows


def terms(text: str, language: str) -> list[str]:
    return [token.term for token in analyse(text, language)]


@pytest.mark.parametrize(("language", "sign", "one", "other"), pairs())
def test_forms_of_a_word_meet_and_other_words_do_not(language: str, sign: str, one: str, other: str) -> None:
    assert (terms(one, language) == terms(other, language)) == (sign == "=")


def test_all_spellings_of_a_name_are_one_word_and_none_is_of_two_names() -> None:
    table = tomllib.loads(files("newsdesk").joinpath("data/spellings.toml").read_text(encoding="utf-8"))
    assert set(table) <= set(languages())
    for language, row in table.items():
        groups = [line.split() for line in row["groups"].splitlines() if line]
        spelt = [word for group in groups for word in group]
        assert len(spelt) == len(set(spelt))
        assert [normalise(word) for word in spelt] == spelt
        article = languages()[language].article
        for group in groups:
            assert len(group) > 1
            assert {term for word in group for term in terms(f"{word} {article}{word}", language)} == {group[0]}


def test_every_language_has_sixty_pairs_of_which_a_third_must_not_match() -> None:
    for language in languages():
        signs = [sign for code, sign, _, _ in pairs() if code == language]
        assert len(signs) >= 60
        assert signs.count("!") >= 20


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("«الـ27» دولة، و١٬٢٣٤ لاجئاً", "ar", ["27", "دوله", "1234", "لاجيا"]),
        (
            "The EU’s “27” states: 1,234 refugees; sans-papiers",
            "en",
            ["the", "eu", "27", "states", "1234", "refugees", "sans", "papiers"],
        ),
        ("L’Europe des «27» : 1 234 réfugiés, 12,5 %", "fr", ["europe", "des", "27", "1234", "réfugiés", "12", "5"]),
        ("In 2015 300 people", "en", ["in", "2015", "300", "people"]),
        ("en 2015 300 personnes", "fr", ["en", "2015", "300", "personnes"]),
        ("en 2015 12 000 000 personnes", "fr", ["en", "2015", "12000000", "personnes"]),
        ("ـــ !? …", "ar", []),
        ("mig\u00adrants\u200b and\ufeff", "en", ["migrants", "and"]),
        ("\ufc5e \ufc5e27", "ar", ["27"]),
    ],
)
def test_words_are_found_whatever_stands_around_them(text: str, language: str, words: list[str]) -> None:
    assert [token.word for token in analyse(text, language)] == words


@pytest.mark.parametrize("language", [*languages(), "", "xx"])
@given(text=st.text(max_size=300))
def test_places_are_true_for_any_text(language: str, text: str) -> None:
    tokens = analyse(text, language)
    assert [token.position for token in tokens] == list(range(len(tokens)))
    assert all(token.term and token.word and not any(map(str.isspace, token.term + token.word)) for token in tokens)
    ends = [0, *(token.end for token in tokens)]
    assert all(end <= token.start < token.end <= len(text) for end, token in zip(ends, tokens, strict=False))


@given(text=st.text(max_size=100))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize("language", list(languages()))
@given(text=st.text(alphabet="ابتلوكفسمهيةأئءىآيننات abcdeéèçñ'’-1٢٬, ", max_size=60))
def test_a_text_is_the_sum_of_its_lines(language: str, text: str) -> None:
    assert terms(f"{text}\n{text}", language) == terms(text, language) * 2


@pytest.mark.parametrize("language", list(languages()))
def test_a_row_of_figures_without_end_is_read_in_no_time(language: str) -> None:
    for apart in languages()[language].thousands:
        assert analyse(f"111{apart}" * 20_000 + "111x", language)[-1].word == "111x"
