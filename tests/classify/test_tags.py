"""Cities and organisations that matter in an article are tagged, those named in passing are not, in three languages."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest

from classify.countries import CountryTagger
from classify.tags import MOST, THRESHOLD, tags
from newsdesk.statistics import wilson

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
STORIES = {
    "ar": (
        "غرق قارب قبالة صفاقس",
        "أعلنت المنظمة الدولية للهجرة أن قاربا غرق قبالة صفاقس. وكان يقصد لامبيدوزا. وقال الحرس إن البحث مستمر. "
        + "وأضاف المسؤول أن الأمر عاجل. " * 60
        + "وزار الوفد سابقا سوسة والتقى ممثلين عن أوكسفام.",
    ),
    "en": (
        "Boat sinks off Sfax",
        "The International Organization for Migration said a boat sank off Sfax. It was bound for Lampedusa. The search goes on. "
        + "The official said it was urgent. " * 60
        + "The delegation had visited Sousse and met Oxfam.",
    ),
    "fr": (
        "Naufrage au large de Sfax",
        "L'Organisation internationale pour les migrations annonce un naufrage au large de Sfax. Le bateau allait à Lampedusa. "
        + "Le responsable parle d'urgence. " * 60
        + "La délégation avait visité Sousse et rencontré Oxfam.",
    ),
}


@pytest.mark.parametrize("language", STORIES)
def test_what_matters_is_tagged_with_its_evidence(language: str) -> None:
    title, text = STORIES[language]
    labels = tags(title, text, language, countries=["TN", "IT"])
    assert [(label.kind, label.value) for label in labels] == [
        ("city", "tn/sfax"),
        ("city", "it/lampedusa"),
        ("organisation", "iom"),
    ]
    for label in labels:
        assert label.given
        assert label.score >= THRESHOLD == label.threshold
        assert label.evidence in f"{title}\n{text}"
        assert sum(share for _, share in label.terms) == pytest.approx(1, abs=0.01)
        assert all(form in f"{title}\n{text}" for form, _ in label.terms)


@pytest.mark.parametrize("language", STORIES)
def test_a_city_of_a_country_that_the_article_is_not_about_needs_the_title(language: str) -> None:
    title, text = STORIES[language]
    assert [label.value for label in tags(title, text, language) if label.kind == "city"] == ["tn/sfax"]


@pytest.mark.parametrize(
    ("language", "text", "cities"),
    [
        ("ar", "قالت واشنطن إنها تعارض القرار", []),
        ("ar", "تظاهر مئات المهاجرين في واشنطن ضد القرار", ["us/washington"]),
        ("en", "Washington rejected the plan", []),
        ("en", "Hundreds of migrants marched in Washington", ["us/washington"]),
        ("fr", "Paris a rejeté le plan", []),
        ("fr", "Des centaines de migrants campent à Paris", ["fr/paris"]),
    ],
)
def test_a_capital_that_stands_for_its_government_is_no_place(language: str, text: str, cities: list[str]) -> None:
    assert [label.value for label in tags("", text, language, countries=["US", "FR"])] == cities


def test_there_are_never_more_than_some() -> None:
    text = "Sfax, Sousse, Tunis, Zarzis, Gafsa, Gabes, Mahdia, Bizerte, Nabeul, Kairouan and Djerba."
    assert len(tags("", text, "en", countries=["TN"])) == MOST


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("kind", ["city", "organisation"])
def test_what_a_reader_found_right_is_still_given_and_precise(kind: str) -> None:
    """The tags that a reader judged (``data/verdicts/tags.jsonl``): precision by what is given today, and nothing is lost."""
    lines = files("classify").joinpath("data/verdicts/tags.jsonl").read_text("utf-8").splitlines()
    said = [row for row in map(json.loads, lines) if row["kind"] == kind]
    articles = _articles({row["id"] for row in said})
    tagger = CountryTagger.load()
    given = {}
    for row in articles.values():
        about = [label.value for label in tagger.labels(row["title"], row["text"], row["lang"]) if label.given]
        given[row["id"]] = {label.value for label in tags(row["title"], row["text"], row["lang"], countries=about)}
    kept = [row["right"] for row in said if row["tag"] in given[row["id"]]]
    assert sum(kept) >= 0.9 * sum(row["right"] for row in said)
    assert wilson(sum(kept), len(kept)).low >= 0.9


def _articles(wanted: set[str]) -> dict[str, dict[str, str]]:
    found = {}
    for path in sorted((SHARED / "corpus").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found.update({row["id"]: row for row in map(json.loads, lines) if row["id"] in wanted})
    return found
