"""Training and measuring: reading labelled lines, copies kept together, the same bytes twice, floors, and the verbs."""

import gzip
import json
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from classify import artefact, floors
from classify.artefact import LABELS
from classify.calibration import Scored
from classify.card import confusion, page
from classify.evaluate import calibration_error, evaluate, f1, score_table
from classify.labelled import Complaint, Example, copies, own_examples, read
from classify.recipe import Recipe
from classify.themes import ThemeClassifier, shipped
from classify.train import best_threshold, calibrate, fit, fold_of_each, train
from newscentre.cli.app import main
from newsdesk.errors import BadInput
from newsdesk.values import THEMES

SUBJECTS = {
    "ar": {
        "mixed_migration": ["غرق قارب مهاجرين", "مهربون أوقفوا عند الحدود", "إنقاذ مهاجرين في البحر"],
        "protection": ["لاجئون في مخيم", "طلبات لجوء جديدة", "المفوضية تسجل نازحين"],
        "labour": ["عمالة وافدة بلا أجور", "مكاتب استقدام جديدة", "تصاريح عمل للأجانب"],
        "development": ["تحويلات المغتربين", "هجرة الأدمغة والأطباء", "الجالية تستثمر في الوطن"],
        "": ["مباراة الفريق اليوم", "أسعار القمح في السوق", "حالة الطقس غدا"],
    },
    "en": {
        "mixed_migration": ["boat of migrants sank", "smugglers held at the border", "migrants rescued at sea"],
        "protection": ["refugees in a camp", "asylum claims filed", "displaced families registered"],
        "labour": ["foreign workers unpaid", "recruitment agencies licensed", "work permits for foreigners"],
        "development": ["remittances from the diaspora", "brain drain of doctors", "diaspora invests at home"],
        "": ["the match tonight", "price of wheat", "weather for tomorrow"],
    },
    "fr": {
        "mixed_migration": ["naufrage de migrants", "passeurs arrêtés à la frontière", "migrants secourus en mer"],
        "protection": ["réfugiés dans un camp", "demandes d'asile déposées", "familles déplacées recensées"],
        "labour": ["travailleurs étrangers impayés", "agences de recrutement agréées", "permis de travail pour étrangers"],
        "development": [
            "transferts de fonds de la diaspora",
            "fuite des cerveaux et des médecins",
            "la diaspora investit au pays",
        ],
        "": ["le match de ce soir", "prix du blé", "météo de demain"],
    },
}
WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
]


def examples(per_subject: int = 12) -> list[Example]:
    """Make small articles: a sentence on the subject among words that say nothing, never the same twice."""
    made = []
    for (language, subjects), turn in product(SUBJECTS.items(), range(per_subject)):
        for theme, phrases in subjects.items():
            noise = np.random.default_rng([turn, len(made)]).choice(WORDS, 30)
            text = f"{' '.join(noise[:15])}. {phrases[turn % 3]}. {' '.join(noise[15:])} {phrases[(turn + 1) % 3]}."
            truth = (bool(theme), *(theme == name for name in THEMES))
            made.append(Example(f"{language}-{theme}-{turn}", language, phrases[turn % 3], text, truth))
    return made


def line(example: Example, **changes) -> str:
    row = {"id": example.id, "lang": example.language, "title": example.title, "text": example.text}
    row |= {"relevant": example.truth[0], "themes": [t for t, is_so in zip(THEMES, example.truth[1:], strict=True) if is_so]}
    return json.dumps(row | changes, ensure_ascii=False)


@pytest.fixture(scope="module")
def trained():
    return train(examples(), Recipe(folds=3))


def test_training_learns_what_it_is_shown(trained):
    model, card = trained
    rows = {(row["language"], row["label"]): row for row in card["scores"]}
    for language in ("ar", "en", "fr"):
        assert rows[language, "relevant"]["f1"] > 0.9
        assert rows[language, "macro over themes"]["f1"] > 0.9
    assert card["data"]["counts"]["fr"] == {"articles": 60, "relevant": 48, **dict.fromkeys(THEMES, 12)}
    unseen = ThemeClassifier(model, card).labels("Three boats of migrants", "Smugglers had left the migrants at sea.", "en")
    assert [label.value for label in unseen if label.given] == ["migration", "mixed_migration"]


def test_what_english_taught_holds_in_arabic_and_french():
    """Concepts are shared between the languages: labour is shown in English alone, and found in the others."""
    shown = [e for e in examples() if e.language == "en" or not e.truth[3]]
    model, card = train(shown, Recipe(folds=3))
    classifier = ThemeClassifier(model, card)
    for language, title in (("ar", "عمالة وافدة ومكاتب استقدام"), ("fr", "travailleurs étrangers et agences de recrutement")):
        labour = {name: classifier.labels(name, "", language)[3] for name in (title, SUBJECTS[language][""][0])}
        assert labour[title].value == "labour"
        assert labour[title].score > 2 * labour[SUBJECTS[language][""][0]].score


def test_the_same_articles_and_seed_give_the_same_bytes(trained, tmp_path):
    again = train(examples(), Recipe(folds=3))
    for place, (model, card) in enumerate((trained, again)):
        artefact.save(model, card, tmp_path / str(place))
    for name in ("themes.npz", "themes.json"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()
    assert train(examples(), Recipe(folds=3, seed=1))[1]["version"] != trained[1]["version"]


def test_a_saved_model_answers_as_the_one_in_memory(trained, tmp_path):
    model, card = trained
    path = artefact.save(model, card, tmp_path)
    for example in examples(2):
        article = (example.title, example.text, example.language)
        stored, fresh = ThemeClassifier.load(path).labels(*article), ThemeClassifier(model, card).labels(*article)
        assert [label.given for label in stored] == [label.given for label in fresh]
        assert np.allclose([label.score for label in stored], [label.score for label in fresh], atol=2e-3)


def test_helpers_are_learned_from_and_never_measured(trained):
    _, card = train(examples(), Recipe(folds=3), helpers=own_examples())
    assert card["data"]["articles"] == len(examples())
    assert {row["n"] for row in card["scores"] if row["language"] == "all"} == {len(examples())}
    assert card["data"]["helpers"]["ar"]["development"] >= 10
    assert card["data"]["fingerprint"] != trained[1]["data"]["fingerprint"]


def test_folds_by_one_inverse_are_those_of_training_without_the_fold():
    generator = np.random.default_rng(0)
    points, truth = generator.normal(size=(40, 5)), generator.random((40, len(LABELS))) < 0.4
    gram, folds, recipe = points @ points.T, np.arange(30) % 3, Recipe(folds=3)
    dual, without = fit(gram, truth, folds=folds, recipe=recipe)
    assert np.allclose((gram + recipe.ridge * np.eye(40)) @ dual, np.where(truth, 1, -1))
    for fold, rest in enumerate(without):
        kept = np.r_[folds != fold, np.ones(10, bool)]
        alone, _ = fit(gram[np.ix_(kept, kept)], truth[kept], folds=folds[:0], recipe=recipe)
        assert np.allclose(rest[kept], alone)
        assert not rest[~kept].any()


def test_others_teach_less_than_helpers():
    held_back = [example for example in examples() if example.truth[4]]
    shown = [*examples(4), *(example for example in examples() if not example.truth[4])]
    as_helpers, _ = train(shown, Recipe(folds=3, kinship=0.2), helpers=held_back)
    as_others, card = train(shown, Recipe(folds=3, kinship=0.2), others=held_back)
    assert card["data"]["others"]["en"]["development"] == 12
    column = as_others.vocabulary.names.index("w:en:diaspora")
    assert as_others.vocabulary.names == as_helpers.vocabulary.names
    assert 0 < as_others.weights[column, 4] < as_helpers.weights[column, 4]


def test_the_card_as_a_page_tells_every_score(trained):
    _, card = trained
    told = page({**card, "bytes": 1_000_000})
    for row in card["scores"]:
        assert f"| {row['language']} | {row['label']} | {row['n']} |" in told
        assert f"| {row['f1']:.3f} |" in told
    assert card["data"]["fingerprint"][:16] in told
    assert all(limit in told for limit in card["limits"])


def test_confusion_counts_what_was_given_to_what():
    truth = np.array([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=bool)
    given = np.array([[1, 0, 1, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 1, 0]], dtype=bool)
    found = confusion(truth, given)
    assert found["mixed_migration"] == dict.fromkeys(found, 0) | {"protection": 1}
    assert found["no theme"]["no theme"] == 1
    assert found["not relevant"] == dict.fromkeys(found, 0) | {"labour": 1}


def test_the_page_of_the_shipped_card_is_the_one_made_of_it():
    path = shipped()
    assert path.with_suffix(".md").read_text(encoding="utf-8") == page(artefact.read_card(path.with_suffix(".json")))


def test_own_examples_cover_every_label_in_every_language():
    for language in ("ar", "en", "fr"):
        own = [example for example in own_examples() if example.language == language]
        assert all(any(example.truth[place] for example in own) for place in (0, 1, 3, 4))
        assert sum(not example.truth[0] for example in own) >= 5
    assert len({example.id for example in own_examples()}) == len(own_examples())


def test_copies_never_straddle_a_split():
    originals = [example for example in examples() if example.language == "en"]
    edited = [Example(f"copy-{e.id}", e.language, e.title, f"{e.text} Correction: one word more.", e.truth) for e in originals]
    folds = fold_of_each([*originals, *edited], Recipe())
    assert (folds[: len(originals)] == folds[len(originals) :]).all()
    assert len(set(folds)) == Recipe().folds


def test_near_copies_are_chained_and_others_left_alone():
    one = " ".join(f"w{n}" for n in range(100))
    two = " ".join(f"w{n}" for n in range(50, 150))
    three = " ".join(f"w{n}" for n in range(100, 200))
    assert copies([one, "something else altogether, here", two, three, ""]) == [0, 1, 0, 0, 4]


def test_reading_names_every_bad_line_and_keeps_the_rest(tmp_path):
    good = examples(1)[0]
    lines = [
        line(good),
        "{not json",
        "[]",
        line(good, lang="de"),
        line(good, relevant="yes"),
        line(good, themes=["labor"]),
        line(good, text=None),
        "",
        "[" * 100_000,
        line(good, id="last"),
    ]
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    plain.write_text("\n".join(lines), encoding="utf-8")
    packed.write_bytes(gzip.compress(b"\xff\xfe\n" + line(good, id="packed").encode()))
    rows = list(read([plain, packed]))
    assert [row.id for row in rows if isinstance(row, Example)] == [good.id, "last", "packed"]
    complaints = [str(row) for row in rows if isinstance(row, Complaint)]
    assert len(complaints) == 8
    assert complaints[0].startswith(f"{plain}, line 2: it is not JSON")
    assert complaints[2] == f"{plain}, line 4: lang is 'de'; known: ar, en, fr"
    assert "themes must be a list of mixed_migration" in complaints[4]
    assert complaints[-1] == f"{packed}, line 1: it is not UTF-8"


def test_an_unreadable_file_is_bad_input(tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip at all")
    for path in (tmp_path / "missing.jsonl", tmp_path / "a.jsonl.gz"):
        with pytest.raises(BadInput, match="cannot be read") as told:
            list(read([path]))
        assert "Errno" not in str(told.value)


def test_scores_by_hand():
    truth, given = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert f1(truth, given) == pytest.approx(2 / 3)
    assert calibration_error(np.array([True, False]), np.array([0.75, 0.75])) == pytest.approx(0.25)
    wide = [np.stack([column] * len(LABELS), axis=1) for column in (truth, given)]
    rows = score_table(truth=wide[0], given=wide[1], scores=wide[1] * 0.9, languages=["en"] * 5)
    first = rows[0]
    assert (first["precision"], first["recall"], first["positives"]) == (0.6667, 0.6667, 3)
    assert first["low"] < first["f1"] < first["high"]


def test_the_threshold_is_the_middle_of_the_best_stretch():
    probabilities = np.linspace(0, 1, 101)
    assert 0.4 <= best_threshold(probabilities > 0.5, probabilities) <= 0.6


def test_calibration_gives_no_theme_without_relevance_and_no_theme_more_probable_than_it():
    generator = np.random.default_rng(0)
    truth = generator.random((300, len(LABELS))) < 0.3
    truth[:, 0] |= truth[:, 1:].any(axis=1)
    noisy = (np.where(truth, 1.0, -1.0) + generator.normal(size=truth.shape) for _ in range(3))
    scores, rows = Scored(*noisy), np.arange(300) % 3
    calibration = calibrate(scores, truth, rows)
    probabilities = calibration.probabilities(scores, rows)
    given = calibration.given(probabilities, rows)
    assert (probabilities[:, 0] == probabilities.max(axis=1)).all()
    assert not (given[:, 1:].any(axis=1) & ~given[:, 0]).any()
    assert f1(truth[:, 1], given[:, 1]) > 0.6


@pytest.mark.parametrize("label", LABELS[1:])
def test_a_label_that_nobody_gave_cannot_be_trained(label):
    lacking = [example for example in examples(6) if not example.truth[LABELS.index(label)]]
    with pytest.raises(BadInput, match=f"0 articles are labelled {label}"):
        train(lacking, Recipe(folds=3))


def test_floors_name_what_fell():
    scores = [{"language": "ar", "label": "labour", "f1": 0.7}, {"language": "en", "label": "labour", "f1": 0.9}]
    pinned = {"ar": {"labour": 0.75}, "en": {"labour": 0.9}, "fr": {"labour": 0.1}}
    assert floors.lowered(scores, pinned) == [
        "labour in ar has F1 0.700, its floor is 0.750",
        "labour in fr has F1 0.000, its floor is 0.100",
    ]


def test_the_shipped_model_keeps_its_own_floors():
    assert floors.lowered(ThemeClassifier.load().card["scores"]) == []


@pytest.fixture
def corpus(tmp_path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(map(line, examples(6))), encoding="utf-8")
    return path


def run(monkeypatch, *arguments) -> int:
    monkeypatch.setattr("sys.argv", ["newscentre", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


def test_train_and_evaluate_from_the_command_line(monkeypatch, capsys, corpus, tmp_path):
    with corpus.open("a", encoding="utf-8") as lines:
        lines.write("\nnot json\n")
    folder = tmp_path / "models"
    assert run(monkeypatch, "train", corpus, "--out", folder, "--accept-regression", "--json") == 1
    told = capsys.readouterr()
    assert f"line {len(examples(6)) + 1}: it is not JSON" in told.err.replace("\n", " ")
    trained_rows = [json.loads(row) for row in told.out.splitlines()]
    card = json.loads((folder / "themes.json").read_text(encoding="utf-8"))
    assert [row["f1"] for row in trained_rows] == [row["f1"] for row in card["scores"]]
    assert run(monkeypatch, "evaluate", corpus, "--model", folder / "themes.npz", "--json") == 1
    measured = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    classifier = ThemeClassifier.load(folder / "themes.npz")
    assert [row["f1"] for row in measured] == [row["f1"] for row in evaluate(classifier, examples(6))]


def test_a_model_below_its_floors_is_not_written(monkeypatch, capsys, tmp_path):
    corpus, folder = tmp_path / "corpus.jsonl", tmp_path / "models"
    corpus.write_text("\n".join(line(e) for e in examples() if e.language == "en"), encoding="utf-8")
    assert run(monkeypatch, "train", corpus, "--out", folder) == 2
    assert "--accept-regression" in capsys.readouterr().err
    assert not folder.exists()


def test_a_file_without_a_usable_line_is_bad_input(monkeypatch, capsys, tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    assert run(monkeypatch, "evaluate", tmp_path / "empty.jsonl") == 2
    assert "no labelled article" in capsys.readouterr().err


def test_a_recipe_is_plain_enough_for_a_card():
    assert json.loads(json.dumps(asdict(Recipe())))["folds"] == Recipe().folds
