"""Names that the stemmer leaves alone: which are chosen from a corpus, and that the lists shipped are names of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsdesk.analysis import analyse
from newsdesk.languages import languages
from newsdesk.protected import Seen, names_of, protected
from newsdesk.stemming import without_accents

LISTED = [code for code, row in languages().items() if row.names]


def test_each_language_has_a_list() -> None:
    assert list(languages()) == LISTED


@pytest.mark.parametrize("code", LISTED)
def test_what_is_protected_are_names_and_stays_as_it_is(code: str) -> None:
    row = languages()[code]
    assert row.names <= names_of(code)
    assert not row.names & row.ambiguous_names
    for name in row.names:
        (token,) = analyse(name, code)
        assert token.term == row.stems.get(name, without_accents(name))


@pytest.mark.parametrize(
    ("code", "text", "chosen", "left"),
    [
        ("ar", "البحرين البحر البحر والبحر السلط سلطات سلطات", "البحرين", "السلط"),
        (
            "en",
            "they met in Angers, not in anger: anger and anger. Resolute and resolute, in resolution, resolution.",
            "angers",
            "resolute",
        ),
        ("fr", "on va à Gaza, du gaz et du gaz ; un tanta, tant et tant", "gaza", "tanta"),
    ],
)
def test_a_name_that_another_word_would_swallow_is_chosen(code: str, text: str, chosen: str, left: str) -> None:
    seen = Seen()
    seen.add(text)
    found = protected(seen, replace(languages()[code], names=frozenset()))
    assert chosen in found
    assert left not in found
