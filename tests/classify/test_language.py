"""The language of real-looking texts, titles and noise, with and without what the source says of itself."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.language import UNDETERMINED, Detected, LanguageDetector

SHARED = Path(__file__).resolve().parents[2].parent / "shared"

ARTICLES = {
    "ar": "وصل إلى الميناء فجر اليوم قارب يقل خمسين شخصا بعد أن أبحر من الساحل قبل "
    "ثلاثة أيام، وقال متحدث إن الناجين نقلوا إلى مركز قريب.",
    "en": "A boat with fifty people on board reached the harbour at dawn after it had "
    "left the coast three days earlier, officials said.",
    "fr": "Un bateau avec cinquante personnes à bord est arrivé au port à l'aube, trois "
    "jours après avoir quitté la côte, selon les autorités.",
    "es": "Una barca con cincuenta personas a bordo llegó al puerto de madrugada, tres "
    "días después de salir de la costa, dijo la policía.",
    "it": "Una barca con cinquanta persone a bordo è arrivata nel porto all'alba, tre "
    "giorni dopo aver lasciato la costa, ha detto la polizia.",
    "de": "Ein Boot mit fünfzig Menschen an Bord hat am Morgen den Hafen "
    "erreicht, drei Tage nachdem es die Küste verlassen hatte.",
    "tr": "İçinde elli kişinin bulunduğu bir tekne, kıyıdan ayrıldıktan üç gün "
    "sonra sabaha karşı limana ulaştı, yetkililer açıkladı.",
    "fa": "یک قایق با پنجاه سرنشین سه روز پس از ترک ساحل بامداد امروز به بندر رسید و مسافران آن به مرکزی در نزدیکی منتقل شدند.",
    "ur": "پچاس افراد کو لے کر ایک کشتی ساحل سے روانہ ہونے کے تین دن بعد آج صبح بندرگاہ "
    "پر پہنچی اور مسافروں کو قریبی مرکز میں لے جایا گیا ہے۔",
    "ps": "یوه کښتۍ چې پنځوس کسان پکې سپاره وو درې ورځې وروسته نن سهار بندر ته ورسېده او خلک یې مرکز ته یوړل شول.",
}
"""One report in each language, written for this test."""


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize("language", ARTICLES)
def test_an_article_is_of_its_language_whatever_the_source_declares(detector, language):
    for declared in ((), ("ar", "en", "fr")):
        assert detector.detect(ARTICLES[language], declared=declared).language == language
    assert detector.detect(ARTICLES[language], page_language="en").language == language


@pytest.mark.parametrize(
    ("title", "language"),
    [("EU migrants pact", "en"), ("Pacte migratoire", "fr"), ("مهاجرون في البحر", "ar"), ("RESCUE AT SEA", "en")],
)
def test_a_short_title_follows_its_source(detector, title, language):
    assert detector.detect(title, declared=(language,)).language == language
    assert detector.detect(title, page_language=f"{language.upper()}-XX").language == language


@pytest.mark.parametrize("text", ["", " \n\t", "😀🚢🌍", "2024-01-12 14:30", "https://example.org/a/b", "?!", "ab"])
def test_what_has_no_words_has_no_language(detector, text):
    assert detector.detect(text, declared=("en",)) == UNDETERMINED


def test_a_name_in_persian_letters_does_not_make_an_arabic_article_persian(detector):
    assert detector.detect("کاملیا: " + ARTICLES["ar"]).language == "ar"


def test_only_the_beginning_is_read(detector):
    assert detector.detect(ARTICLES["fr"] * 4 + ARTICLES["en"] * 5000) == detector.detect(ARTICLES["fr"] * 4)


def test_an_address_says_nothing(detector):
    assert detector.detect("https://example.org/the-boat-that-was-at-sea-for-days " + ARTICLES["fr"]).language == "fr"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_one_answer_and_always_the_same(text):
    first, second = LanguageDetectorOnce.detector().detect(text), LanguageDetectorOnce.detector().detect(text)
    assert first == second
    assert 0 <= first.score <= 1
    assert isinstance(first, Detected)
    assert 2 <= len(first.language) <= 3


class LanguageDetectorOnce:
    """Hypothesis and fixtures of a function do not mix; building a detector takes a second."""

    _made: LanguageDetector | None = None

    @classmethod
    def detector(cls) -> LanguageDetector:
        cls._made = cls._made or LanguageDetector()
        return cls._made


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "corpus").exists(), reason="the real articles are not here")
@pytest.mark.parametrize(("language", "whole", "titles"), [("ar", 0, 1), ("en", 2, 15), ("fr", 0, 2)])
def test_real_articles_and_titles(detector, language, whole, titles):
    with gzip.open(SHARED / "corpus" / f"{language}.labelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(400), lines, strict=False)]
    wrong = [row["id"] for row in rows if detector.detect(f"{row['title']}\n{row['text']}").language != language]
    assert len(wrong) <= whole, wrong
    mistaken = [row["title"] for row in rows if detector.detect(row["title"], declared=(language,)).language != language]
    assert len(mistaken) <= titles, mistaken


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "pages").exists(), reason="the real pages are not here")
def test_other_languages_are_set_aside(detector):
    with (SHARED / "pages" / "manifest.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["lang"] not in ("ar", "en", "fr") and row["gold"].get("text")]
    assert len(rows) >= 40
    taken = [
        row["id"]
        for row in rows
        if detector.detect(row["gold"]["text"], declared=("ar", "en", "fr")).language in ("ar", "en", "fr")
    ]
    assert taken == []
