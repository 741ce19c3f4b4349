"""What each part of the recipe is worth: the rows, their intervals, folds by outlet, the page and the command."""

from dataclasses import replace

import numpy as np
import pytest

from classify import ablation
from classify.ablation import Ablation, Data, by_source, interval, macro, relevance
from classify.labelled import Example
from classify.recipe import Recipe
from tests.classify.test_train import examples, line


@pytest.fixture(scope="module")
def data() -> Data:
    made = [replace(example, source=f"outlet {place % 7}") for place, example in enumerate(examples(4))]
    helpers, others = examples(8)[-20:], [replace(example, source="outlet 1") for example in examples(7)[-20:]]
    return Data(made, [replace(e, id=f"h{e.id}") for e in helpers], others, examples(9)[-40:])


@pytest.fixture(scope="module")
def rows(data):
    return list(Ablation(data, Recipe(folds=3)).rows())


def test_every_part_has_a_row_and_the_recipe_comes_first(data, rows):
    assert rows[0].name == "the recipe"
    assert len({row.name for row in rows}) == len(rows) == 16
    assert {row.given.shape for row in rows} == {(len(data.examples), 5)}
    learnt = {row.name: row.learnt for row in rows}
    assert learnt["the recipe"] == len(data.examples) + 40
    assert learnt["the corpus alone"] == len(data.examples)
    assert learnt["without the further labelled articles"] == len(data.examples) + 20
    assert learnt["also the unlabelled articles of which it is surest"] == len(data.examples) + 60


def test_without_words_it_knows_less(data, rows):
    truth = data.truth[: len(data.examples)]
    found = {row.name: macro(truth, row.given, data.tongues) for row in rows}
    assert found["the recipe"] > 0.8
    assert found["without words and pairs"] <= found["the recipe"]


def test_outlets_are_dealt_out_whole_and_what_has_none_is_always_learnt_from():
    sources = ["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["", ""]
    made = [Example(str(place), "en", "", "", (True,) * 5, source) for place, source in enumerate(sources)]
    assert by_source(made, folds=2).tolist() == [0] * 5 + [1] * 5 + [-1, -1]


def test_an_interval_is_of_the_same_articles_in_both_answers(monkeypatch):
    monkeypatch.setattr(ablation, "RESAMPLINGS", 100)
    generator = np.random.default_rng(0)
    truth = generator.random((200, 5)) < 0.5
    worse = truth ^ (generator.random((200, 5)) < 0.2)
    tongues = np.arange(200) % 3
    assert interval(macro, truth, (worse, worse), tongues) == (0.0, 0.0)
    low, high = interval(relevance, truth, (truth, worse), tongues)
    assert -0.4 < low < high < 0


def test_the_page_is_written_from_files(monkeypatch, tmp_path):
    corpus, background, out = tmp_path / "corpus.jsonl", tmp_path / "background.jsonl", tmp_path / "page.md"
    corpus.write_text("\n".join(map(line, examples(4))), encoding="utf-8")
    shown = [
        replace(e, id=f"b-{e.id}", text=f"{e.text} Told anew, at some length, by another hand elsewhere.") for e in examples(5)
    ]
    background.write_text("\n".join(map(line, shown)), encoding="utf-8")
    monkeypatch.setattr(ablation, "readers_labels", lambda: {shown[-1].id: {"relevant": False, "themes": []}})
    monkeypatch.setattr(ablation, "own_examples", lambda: [])
    monkeypatch.setattr(ablation, "Recipe", lambda: Recipe(folds=3))
    monkeypatch.setattr(ablation, "RESAMPLINGS", 20)
    ablation.main([str(corpus), "--background", str(background), "--out", str(out)])
    page = out.read_text(encoding="utf-8")
    assert page.count("\n| ") == 17  # nothing is known of outlets
    assert f"draws on {len(shown) - 1} articles without labels" in page
