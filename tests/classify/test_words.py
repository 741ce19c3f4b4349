"""Words by number: what is looked up together is what each word would be alone, in whatever order it is met."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.features import Grammar, Shape
from classify.vectors import learn
from classify.words import Runs, Words

TEXTS = {
    "ar": "مهاجرون ولاجئون على الحدود، والمهاجرات غير الشرعيات في مخيم اللاجئين",
    "en": "Migrants and refugees at the border; illegal immigrants in a refugee camp",
    "fr": "L'immigration clandestine, les réfugiés à la frontière et un camp de réfugiés",
}
GRAMMARS = {language: Grammar(language, Shape()) for language in TEXTS}
VOCABULARIES = {
    language: learn([grammar.names(TEXTS[language], "")], rarest=dict.fromkeys("wgtc", 1), weights=dict.fromkeys("wgtc", 1.0))
    for language, grammar in GRAMMARS.items()
}


@pytest.mark.parametrize("language", TEXTS)
@given(words=st.lists(st.text(min_size=1, max_size=12) | st.sampled_from(sorted({w for t in TEXTS.values() for w in t.split()}))))
def test_runs_found_together_are_those_of_each_word(language, words):
    columns, grammar = VOCABULARIES[language].named(f"g:{language}:"), GRAMMARS[language]
    places, found = Runs(columns, Shape()).among(words)
    for place, word in enumerate(words):
        assert set(found[places == place].tolist()) == {columns[gram] for gram in grammar.grams(word) if gram in columns}


@pytest.mark.parametrize("language", TEXTS)
def test_the_order_in_which_words_are_met_does_not_show(language):
    surfaces = [*TEXTS[language].split(), *TEXTS[language].upper().split(), "qqq", "語"]

    def told(order) -> dict[str, tuple]:
        words = Words(GRAMMARS[language], VOCABULARIES[language])
        for surface in order:
            words.numbers([surface])
            words.look_up()
        found = {}
        for surface, number in words.items():
            base = words.bases[number]
            tables = (words.titles, words.concepts, words.reaches)
            found[surface] = (
                words.features[words.starts[base] : words.starts[base + 1]].tolist(),
                *(table[base] for table in tables),
            )
        return found

    one = told(surfaces)
    assert one == told(surfaces[::-1])
    together = Words(GRAMMARS[language], VOCABULARIES[language])
    together.numbers(surfaces)
    together.look_up()
    assert together.features.tolist() == [column for surface in _firsts(together) for column in one[surface][0]]
    assert one["qqq"][0] == one["語"][0] == []
    assert one[surfaces[0]][0]


def _firsts(words: Words) -> list[str]:
    """Return the first word written of each base."""
    _, first = np.unique(words.bases, return_index=True)
    return [words.surfaces[place] for place in first]
