"""The shipped theme classifier: plain cases and traps in three languages, noise, bounds, provenance, a damaged file."""

import hashlib
import json
import shutil
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.artefact import LABELS
from classify.evaluate import evaluate
from classify.labelled import Example
from classify.themes import ThemeClassifier, shipped
from newsdesk.errors import BadArtefact, Refused
from newsdesk.values import THEMES

DEMO = Path(__file__).resolve().parents[2] / "newscentre" / "demo" / "articles"

#: language, title, text, what must be given (None: not relevant). Written for this test.
PLAIN = [
    (
        "en",
        "Coastguard rescues ninety migrants from sinking boat",
        "Patrol vessels brought ashore ninety migrants whose "
        "overcrowded boat was sinking off Libya. Smugglers had put them to sea.",
        {"mixed_migration"},
    ),
    (
        "fr",
        "Naufrage de migrants au large de la Libye",
        "Les garde-côtes ont secouru quatre-vingt-dix migrants dont "
        "l'embarcation coulait. Des passeurs les avaient mis à la mer.",
        {"mixed_migration"},
    ),
    (
        "ar",
        "خفر السواحل ينقذ تسعين مهاجرا قبالة ليبيا",
        "أنقذ خفر السواحل تسعين مهاجرا غير شرعي كانوا على متن قارب يغرق قبالة السواحل الليبية بعد أن تركهم المهربون في البحر.",
        {"mixed_migration"},
    ),
    (
        "en",
        "UNHCR appeals for funds for Syrian refugees in camps",
        "The UN refugee agency said refugees in camps in Jordan and "
        "Lebanon need shelter and food before winter. Asylum seekers wait.",
        {"protection"},
    ),
    (
        "fr",
        "Le HCR lance un appel pour les réfugiés syriens",
        "L'agence des Nations unies pour les réfugiés demande des fonds pour les camps de réfugiés en Jordanie avant l'hiver.",
        {"protection"},
    ),
    (
        "ar",
        "المفوضية تناشد دعم اللاجئين السوريين في المخيمات",
        "ناشدت المفوضية السامية للأمم المتحدة لشؤون اللاجئين المانحين تقديم المساعدات للاجئين السوريين في مخيمات الأردن ولبنان.",
        {"protection"},
    ),
    (
        "en",
        "New rules on work permits for foreign workers",
        "Employers must pay recruitment fees of foreign workers, and "
        "domestic workers may change sponsor, the labour ministry said.",
        {"labour"},
    ),
    (
        "fr",
        "Permis de travail : de nouvelles règles pour les travailleurs étrangers",
        "Les employeurs devront payer les frais de recrutement des travailleurs étrangers, a dit le ministère du travail.",
        {"labour"},
    ),
    (
        "ar",
        "وزارة العمل: ضوابط جديدة لاستقدام العمالة المنزلية",
        "أعلنت وزارة العمل ضوابط جديدة لمكاتب الاستقدام وعقود العمالة المنزلية وحماية أجور العمال الوافدين ونقل الكفالة.",
        {"labour"},
    ),
    (
        "en",
        "Remittances from the diaspora reach a record",
        "Remittances sent home by nationals working abroad rose again, the World Bank said, and the diaspora is asked to invest.",
        {"development"},
    ),
    (
        "fr",
        "Record des transferts de fonds de la diaspora",
        "Les transferts de fonds des émigrés vers leur pays ont augmenté "
        "et la diaspora est appelée à investir, selon la Banque mondiale.",
        {"development"},
    ),
    (
        "ar",
        "تحويلات المغتربين تسجل رقما قياسيا",
        "ارتفعت تحويلات المغتربين العاملين في الخارج إلى بلدهم، وقال البنك الدولي إن الجاليات مدعوة إلى الاستثمار في وطنها.",
        {"development"},
    ),
]

#: Other senses of the words of migration: none of these is about people who move.
TRAPS = [
    (
        "ar",
        "أفرج عنه بكفالة",
        "أمرت النيابة بالإفراج عن المتهم في قضية الرشوة بكفالة مالية قدرها خمسة آلاف جنيه على ذمة التحقيق.",
    ),
    (
        "en",
        "Suspect released on bail",
        "A judge released the accountant accused of fraud on bail of five thousand pounds until the trial.",
    ),
    (
        "fr",
        "Remis en liberté sous caution",
        "Le juge a remis le comptable soupçonné de fraude en liberté sous caution jusqu'au procès.",
    ),
    (
        "ar",
        "هجرة الطيور في الخريف",
        "وصلت أسراب الطيور المهاجرة إلى البحيرة، ويقول خبراء البيئة إن موسم هجرة الطيور بدأ باكرا هذا العام.",
    ),
    (
        "en",
        "Autumn bird migration begins",
        "Migratory birds have reached the wetland early; ornithologists counted cranes and geese over the lake.",
    ),
    (
        "fr",
        "Les oiseaux migrateurs sont de retour",
        "Les grues et les oies ont rejoint le lac ; les ornithologues observent une migration précoce des oiseaux.",
    ),
    (
        "en",
        "Hospital postpones data migration",
        "The migration of patient records to cloud servers was postponed because the new software lost files.",
    ),
    (
        "fr",
        "Migration des données : l'hôpital attend",
        "La migration des dossiers vers de nouveaux serveurs est reportée, le logiciel ayant perdu des fichiers.",
    ),
    ("ar", "ترحيل البيانات إلى السحابة", "أجل المستشفى ترحيل البيانات إلى خوادم سحابية جديدة بعد أن فقد البرنامج ملفات."),
    (
        "en",
        "Winger completes move",
        "The winger completed his transfer to the Premier League club, which also signed a goalkeeper before the window shut.",
    ),
    (
        "fr",
        "Mercato : l'ailier a signé",
        "L'ailier a signé son transfert au club de Ligue 1, qui cherche encore un gardien de but avant la fin du mercato.",
    ),
    (
        "ar",
        "انتقال الجناح إلى الدوري الإنجليزي",
        "أتم اللاعب انتقاله إلى النادي الإنجليزي قبل إغلاق سوق الانتقالات، ووقع حارس المرمى عقدا جديدا.",
    ),
    (
        "ar",
        "مفكرة: مطلع السنة الهجرية",
        "تبدأ السنة الهجرية الجديدة يوم الأحد بحسب الحسابات الفلكية، ويوافق اليوم غرة محرم، وتعطل الدوائر.",
    ),
    (
        "en",
        "Moon sighted, Hijri year begins",
        "The Islamic calendar's new year begins on Sunday, astronomers said, and offices will be closed for a day.",
    ),
    (
        "fr",
        "Le nouvel an de l'Hégire",
        "Le nouvel an de l'Hégire débutera dimanche, selon les astronomes, et les bureaux seront fermés un jour.",
    ),
    (
        "en",
        "Bank cuts price of its remittance product",
        "The lender cut fees on its online remittance product and added cashback for card holders to win customers.",
    ),
]


@pytest.fixture(scope="module")
def classifier() -> ThemeClassifier:
    return ThemeClassifier.load()


def given_themes(labels) -> set[str]:
    return {label.value for label in labels if label.kind == "theme" and label.given}


@pytest.mark.parametrize(("language", "title", "text", "themes"), PLAIN)
def test_plain_articles_get_their_theme(classifier, language, title, text, themes):
    labels = classifier.labels(title, text, language)
    assert labels[0].given
    assert themes <= given_themes(labels)


@pytest.mark.parametrize(("language", "title", "text"), TRAPS)
def test_other_senses_of_the_words_get_no_theme(classifier, language, title, text):
    assert given_themes(classifier.labels(title, text, language)) == set()


def test_sponsorship_of_workers_is_labour_and_bail_is_not(classifier):
    bail = classifier.labels("أفرج عنه بكفالة", "أفرج القاضي عن المتهم بكفالة مالية.", "ar")
    sponsorship = classifier.labels(
        "إلغاء نظام الكفالة", "قررت وزارة العمل إلغاء نظام الكفالة عن العمالة الوافدة والعمال الأجانب.", "ar"
    )
    assert given_themes(sponsorship) == {"labour"}
    assert given_themes(bail) == set()
    assert sponsorship[3].score > 10 * bail[3].score


@pytest.mark.parametrize(
    "title", ["هجرة الطيور في الخريف", "Autumn bird migration begins", "Les oiseaux migrateurs sont de retour"]
)
def test_birds_are_not_even_relevant(classifier, title):
    language, _, text = next(trap for trap in TRAPS if trap[1] == title)
    assert not classifier.labels(title, text, language)[0].given


def test_the_bird_migration_of_the_demo_newsroom_is_not_relevant(classifier):
    birds = [e for e in _demo_articles() if "buzzards" in e.title.lower()]
    assert birds
    assert not any(classifier.labels(e.title, e.text, e.language)[0].given for e in birds)


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_the_labels_are_complete_in_order_and_say_where_they_come_from(classifier, language):
    title, text = next((title, text) for code, title, text, _ in PLAIN if code == language)
    labels = classifier.labels(title, text, language)
    assert [(label.kind, label.value) for label in labels] == [
        ("relevance", "migration"),
        *(("theme", theme) for theme in THEMES),
    ]
    assert {label.actor for label in labels} == {f"themes {classifier.version}"}
    assert all(0 <= label.score <= 1 and 0 < label.threshold < 1 for label in labels)
    assert all(label.given == (label.score >= label.threshold and labels[0].given) for label in labels)
    for label in labels:
        assert bool(label.terms) == label.given
        shares = [share for _, share in label.terms]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1.001
        assert all(share > 0 for share in shares)
        assert all(term in f"{title} {text}" for term, _ in label.terms), "terms are quoted as the article writes them"
        assert label.evidence == ", ".join(term for term, _ in label.terms[:4])
    assert len(labels[0].terms) >= 2


@pytest.mark.parametrize("text", ["", " \n", "😀🚢🌍 😀", "123 456", "...", "\u200f\u0640"])
@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_nothing_said_nothing_claimed(classifier, language, text):
    labels = classifier.labels("", text, language)
    assert len(labels) == len(LABELS)
    assert not any(label.given or label.score or label.evidence or label.terms for label in labels)


@pytest.mark.parametrize("language", ["es", "fa", "", "und"])
def test_another_language_is_refused(classifier, language):
    with pytest.raises(Refused, match="themes are known in ar, en, fr") as caught:
        classifier.labels("Pateras", "Una patera llegó a la costa", language)
    assert caught.value.code == "language"


@pytest.mark.parametrize("unit", ["migrants ", "x" * 50 + " ", "x", "مهاجر", "😀", "a' ", "\u0640", "é\u0301"])
def test_a_megabyte_takes_no_longer_than_its_beginning(classifier, unit):
    begun = time.process_time()
    labels = classifier.labels(unit * 3000, unit * (1_000_000 // len(unit)), "en")
    assert time.process_time() - begun < 2
    assert len(labels) == len(LABELS)


@settings(max_examples=50, deadline=None)
@given(title=st.text(max_size=80), text=st.text(max_size=400), language=st.sampled_from(["ar", "en", "fr"]))
def test_any_text_is_answered_and_themes_need_relevance(title, text, language):
    labels = _shared().labels(title, text, language)
    assert labels[0].given or not given_themes(labels)
    assert labels[0].score == max(label.score for label in labels)


def test_many_at_once_and_one_by_one_agree(classifier):
    articles = (
        [(title, text, language) for language, title, text, _ in PLAIN] + [(b, c, a) for a, b, c in TRAPS] + [("", "", "fr")]
    )
    fresh = ThemeClassifier.load()
    for one, other in zip(classifier.labels_of_many(articles), (fresh.labels(*article) for article in articles), strict=True):
        assert [(a.given, a.evidence) for a in one] == [(b.given, b.evidence) for b in other]
        assert np.allclose([a.score for a in one], [b.score for b in other], atol=2e-4)


def test_a_reader_that_forgets_answers_as_before(monkeypatch):
    monkeypatch.setattr("classify.words.REMEMBERED", 20)
    forgetful, articles = ThemeClassifier.load(), [(title, text, language) for language, title, text, _ in PLAIN]
    first = [forgetful.labels(*article) for article in articles]
    assert [forgetful.labels(*article) for article in articles] == first


def test_the_shipped_model_fits_its_card():
    path = shipped()
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["bytes"] == path.stat().st_size < 8_000_000
    begun = time.process_time()
    assert ThemeClassifier.load().version == card["version"]
    assert time.process_time() - begun < 3


def test_a_damaged_or_missing_model_is_a_bad_artefact(tmp_path):
    with pytest.raises(BadArtefact, match="cannot be read as the card"):
        ThemeClassifier.load(tmp_path / "themes.npz")
    shutil.copy(shipped().with_suffix(".json"), tmp_path)
    with pytest.raises(BadArtefact, match="cannot be used"):
        ThemeClassifier.load(tmp_path / "themes.npz")
    content = bytearray(shipped().read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "themes.npz").write_bytes(content)
    with pytest.raises(BadArtefact, match="checksum differs"):
        ThemeClassifier.load(tmp_path / "themes.npz")


def test_a_model_of_other_libraries_is_loaded_with_a_warning(tmp_path, caplog):
    card = json.loads(shipped().with_suffix(".json").read_text(encoding="utf-8"))
    shutil.copy(shipped(), tmp_path)
    card["libraries"]["pystemmer"] = "1.0"
    (tmp_path / "themes.json").write_text(json.dumps(card), encoding="utf-8")
    assert ThemeClassifier.load(tmp_path / "themes.npz").version == card["version"]
    assert "trained with pystemmer 1.0" in caplog.text
    del card["libraries"]
    (tmp_path / "themes.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(BadArtefact, match="cannot be used"):
        ThemeClassifier.load(tmp_path / "themes.npz")


def test_a_pickle_inside_a_model_is_not_opened(tmp_path):
    path = tmp_path / "themes.npz"
    np.savez(path, description=np.array([{"format": 1}], dtype=object))
    card = {"version": "1", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(BadArtefact, match="allow_pickle"):
        ThemeClassifier.load(path)


@pytest.mark.skipif(not list(DEMO.glob("*.toml")), reason="the demo newsroom has no articles yet")
def test_the_demo_newsroom_is_filed_well(classifier):
    examples = _demo_articles()
    rows = {(row["language"], row["label"]): row["f1"] for row in evaluate(classifier, examples)}
    assert rows["all", "relevant"] >= 0.90
    assert rows["all", "mixed_migration"] >= 0.80
    assert rows["all", "protection"] >= 0.80
    assert rows["all", "labour"] >= 0.70


def _demo_articles() -> list[Example]:
    from classify.language import LanguageDetector

    detector, examples = LanguageDetector(), []
    for path in sorted(DEMO.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["article"]:
            language = detector.detect(f"{row.get('title', '')}\n{row.get('text', '')}").language
            if {"title", "text", "relevant"} <= row.keys() and language in ("ar", "en", "fr"):
                truth = (row["relevant"], *(theme in row.get("themes", ()) for theme in THEMES))
                examples.append(Example(row["id"], language, row["title"], row["text"], truth))
    return examples


_made: list[ThemeClassifier] = []


def _shared() -> ThemeClassifier:
    """Return one classifier for property tests, which cannot use fixtures of a function."""
    if not _made:
        _made.append(ThemeClassifier.load())
    return _made[0]


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_what_was_read_before_does_not_show(language: str) -> None:
    texts = {
        "ar": ("مخيمات اللاجئين", "يعيش اللاجئون في المخيمات. مخيم جديد للاجئين قرب المخيمات ومخيمات أخرى، واللاجئون ينتظرون."),
        "en": ("Refugee camps", "Refugees live in camps. A new camp for refugees near the Camps, and refugees wait at the camp."),
        "fr": (
            "Des camps de réfugiés",
            "Les réfugiés vivent dans des camps. Un camp de Réfugiés près des camps.",
        ),
    }
    first, second = ThemeClassifier.load(), ThemeClassifier.load()
    alone = first.labels(*texts[language], language)
    words = " ".join(reversed(texts[language][1].split()))
    second.labels(words, words, language)
    assert second.labels(*texts[language], language) == alone
    assert second.labels_of_many([(words, words, language), (*texts[language], language)])[1] == alone
