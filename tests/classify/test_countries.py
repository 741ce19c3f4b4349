"""Countries: what an article is about is told from what it only names, in three languages; what names are printed."""
# ruff: noqa: E501  (running text in three scripts)

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from classify.countries import CountryTagger
from classify.countries_training import decide, intervals, is_held_out, labelled, measure, train
from classify.evidence import LENGTH
from classify.labelled import Complaint
from newsdesk.countries import country_codes
from newsdesk.errors import BadArtefact, BadInput
from newsdesk.names import country_footnote, country_name

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
LANGUAGES = ("ar", "en", "fr")


@pytest.fixture(scope="module")
def tagger() -> CountryTagger:
    return CountryTagger.load()


STORIES = {
    "ar": (
        "تونس: غرق قارب قبالة صفاقس",
        "قال الحرس البحري التونسي إن قاربا غرق قبالة صفاقس. وكان على متنه مهاجرون يقصدون إيطاليا. وأوضح المسؤول أن "
        "السلطات التونسية تواصل البحث، وأن الناجين نقلوا إلى مستشفى في تونس. وسبق أن شهدت السواحل التونسية حوادث مماثلة. "
        "وفي خبر آخر، فاز منتخب البرازيل في مباراة ودية.",
    ),
    "en": (
        "Tunisia: boat sinks off Sfax",
        "The Tunisian coastguard said a boat sank off Sfax. It carried migrants bound for Italy. The official said Tunisian "
        "authorities were still searching and survivors were taken to a hospital in Tunisia. Tunisian shores saw such cases before. "
        "Elsewhere, a team from Brazil won a friendly match.",
    ),
    "fr": (
        "Tunisie : naufrage au large de Sfax",
        "La garde maritime tunisienne a annoncé le naufrage d'un bateau au large de Sfax. Il transportait des migrants vers l'Italie. "
        "Les autorités tunisiennes poursuivent les recherches et les rescapés ont été conduits dans un hôpital en Tunisie. Les côtes "
        "tunisiennes ont connu d'autres drames. Par ailleurs, une équipe du Brésil a gagné un match amical.",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_ordered_reasoned_and_complete(tagger: CountryTagger, language: str) -> None:
    title, text = STORIES[language]
    labels = tagger.labels(title, text, language)
    assert [label.value for label in labels if label.given][:1] == ["TN"]
    assert {label.value for label in labels} == {"TN", "IT", "BR"}
    assert labels[-1].value == "BR"
    assert [label.score for label in labels] == sorted((label.score for label in labels), reverse=True)
    for label in labels:
        assert label.kind == "country"
        assert label.actor == tagger.version
        assert label.given == (label.score >= label.threshold)
        assert bool(label.evidence) == label.given
    assert labels[0].evidence in f"{title}\n{text}"
    assert tagger.labels(title, text, language) == labels


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("title", "text"), [("", ""), ("   ", "\n\n"), ("!?", "..."), ("1234", "\u0640\u064b")])
def test_nothing_comes_of_nothing(tagger: CountryTagger, language: str, title: str, text: str) -> None:
    assert tagger.labels(title, text, language) == ()


def test_a_language_without_a_model_has_no_countries(tagger: CountryTagger) -> None:
    assert tagger.labels("Italien", "Rom in Italien", "de") == ()


def test_evidence_is_cut_around_the_name(tagger: CountryTagger) -> None:
    text = "word " * 200 + "Morocco " + "word " * 200
    label = tagger.labels("Morocco decides on Morocco", text, "en")[0]
    assert len(label.evidence) <= LENGTH
    assert "Morocco" in label.evidence
    assert label.evidence.startswith("…")
    assert label.evidence.endswith("…")


def test_no_more_than_eight_countries(tagger: CountryTagger) -> None:
    title = "Spain Italy Greece Malta Cyprus France Germany Austria Hungary Poland Sweden"
    assert len(tagger.labels(title, title, "en")) == 8


@pytest.mark.parametrize("content", ["", "{}", '{"format": 1, "features": []}', "[", None])
def test_a_damaged_artefact_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "countries.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadArtefact, match=r"countries\.json"):
        CountryTagger.load(path)


def test_training_repeats_itself_and_learns() -> None:
    rows = [
        {
            "lang": "en",
            "title": f"{name} passes a law",
            "text": f"{name} passed a law. {name} did. A visitor from {other} saw it. "
            + " ".join(f"{code}{other}{n}" for n in range(20)),
            "countries": [code],
        }
        for name, code in [
            ("Italy", "IT"),
            ("Spain", "ES"),
            ("Malta", "MT"),
            ("Greece", "GR"),
            ("Libya", "LY"),
            ("Tunisia", "TN"),
        ]
        for other in ("France", "Japan", "Kenya", "Peru")
    ]
    artefact = train(rows)
    assert train(rows) == artefact
    assert artefact["languages"]["en"]["measured"]["f1"] == 1.0
    tagger = CountryTagger.of(artefact)
    given = [
        label.value
        for label in tagger.labels("Egypt passes a law", "Egypt passed a law. Egypt did. A visitor from Brazil saw it.", "en")
        if label.given
    ]
    assert given == ["EG"]


def test_measures() -> None:
    import numpy as np

    assert decide(["A", "B", "C"], np.array([0.2, 0.9, 0.5]), first=0.5, others=0.4) == ["B", "C"]
    assert decide(["A"], np.array([0.2]), first=0.5, others=0.1) == []
    measured = measure([["A", "B"], ["C"]], [["A"], ["D"]])
    assert (measured["precision"], measured["recall"], measured["first_right"]) == (0.3333, 0.5, 0.5)


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("MA", "ar", "المغرب"),
        ("MA", "en", "Morocco"),
        ("MA", "fr", "Maroc"),
        ("XK", "fr", "Kosovo"),
        ("ZZ", "en", "ZZ"),
        ("MA", "xx", "Morocco"),
    ],
)
def test_names_to_print(code: str, language: str, name: str) -> None:
    assert country_name(code, language) == name


def test_disputed_names_carry_a_note() -> None:
    assert all(country_footnote(code, language) for code in ("EH", "PS", "XK") for language in LANGUAGES)
    assert country_footnote("IT", "en") == ""
    assert len(country_codes()) == 250


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled corpus is not here")
@pytest.mark.parametrize(("language", "f1", "first_right"), [("ar", 0.85, 0.95), ("en", 0.88, 0.96), ("fr", 0.895, 0.96)])
def test_floors_on_real_articles_that_were_held_out(tagger: CountryTagger, language: str, f1: float, first_right: float) -> None:
    with gzip.open(SHARED / "corpus" / f"{language}.labelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if is_held_out(row["id"])]
    given = [[label.value for label in tagger.labels(row["title"], row["text"], language) if label.given] for row in rows]
    measured = measure(given, [row["countries"] for row in rows])
    assert measured["f1"] >= f1
    assert measured["first_right"] >= first_right


def test_labelled_files_are_checked(tmp_path: Path) -> None:
    good = {"id": "1", "lang": "ar", "title": "خبر", "text": "نص", "countries": ["TN", "XK"]}
    wrong = [{**good, "countries": ["EU"]}, {**good, "lang": "de"}, {**good, "id": 1}, {**good, "countries": "TN"}]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (good, *wrong)) + "\n{\n", encoding="utf-8")
    rows = list(labelled([path]))
    assert rows[0] == good
    assert [row.line for row in rows[1:] if isinstance(row, Complaint)] == [2, 3, 4, 5, 6]
    with pytest.raises(BadInput, match=r"none\.jsonl"):
        list(labelled([tmp_path / "none.jsonl"]))


def test_intervals_hold_the_measure() -> None:
    given, gold = [["TN"], ["IT", "FR"], [], ["LY"]] * 20, [["TN"], ["IT"], ["MT"], ["EG"]] * 20
    bounds = intervals(given, gold)
    measured = measure(given, gold)
    assert all(low < measured[name] < high for name, (low, high) in bounds.items())
    assert intervals([], []) == {}
