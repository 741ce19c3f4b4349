"""Near-duplicates: copies fold, two reports of one event do not, and the signature is the same everywhere."""
# ruff: noqa: E501  (running text in three scripts)

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.duplicates import BANDS, PERMUTATIONS, bands, fingerprint, is_duplicate, similarity

DISPATCH = {
    "ar": "أعلن خفر السواحل أن دورية أنقذت فجر اليوم أربعين شخصا كانوا على متن زورق مطاطي قبالة الساحل الجنوبي. وقال المتحدث إن بين الركاب "
    "سبعة أطفال وإن حالة الجميع مستقرة بعد نقلهم إلى الميناء حيث قدمت لهم فرق الإغاثة الطعام والملابس. وأضاف أن الزورق أبحر قبل يومين "
    "وتعطل محركه وسط أمواج عالية، وأن البحث مستمر عن زورق ثان أبلغ عنه صيادون مساء أمس في المنطقة نفسها.",
    "en": "The coastguard said a patrol rescued forty people from a rubber dinghy off the southern shore at dawn today. A spokesman said seven "
    "children were among the passengers and that all were in a stable condition after being taken to port, where relief teams gave them "
    "food and clothes. The dinghy had left two days earlier and its engine failed in high waves, he added, while a search went on for a "
    "second boat that fishermen had reported in the same area last night.",
    "fr": "Les garde-côtes ont annoncé qu'une patrouille avait secouru à l'aube quarante personnes à bord d'un canot pneumatique au large de la "
    "côte sud. Sept enfants se trouvaient parmi les passagers, a précisé un porte-parole, et tous sont dans un état stable après leur "
    "arrivée au port, où des équipes de secours leur ont remis de la nourriture et des vêtements. Le canot était parti deux jours plus tôt "
    "et son moteur a cédé dans une forte houle ; un second bateau, signalé hier soir par des pêcheurs, reste recherché.",
}
OTHER_REPORT = {
    "ar": "نجا أربعون مهاجرا بينهم سبعة أطفال من الغرق بعدما عثرت عليهم دورية بحرية قرب الساحل الجنوبي عند الفجر. وروى أحدهم أن المحرك توقف "
    "في الليلة الأولى وأن الماء غمر أرضية الزورق. ولا يزال مصير مركب آخر مجهولا بحسب ما ذكره صيادون من أبناء البلدة.",
    "en": "Forty migrants, seven of them children, were found alive by a naval patrol near the southern coast just before sunrise. One of them "
    "recalled how the motor died on the first night and water filled the floor of the boat. Nobody yet knows what became of another "
    "vessel, according to local fishermen who saw it yesterday.",
    "fr": "Quarante migrants, dont sept enfants, ont été retrouvés sains et saufs par une patrouille navale près du littoral sud peu avant le "
    "lever du soleil. L'un d'eux raconte que le moteur s'est arrêté la première nuit et que l'eau montait. On ignore ce qu'est devenue une "
    "autre embarcation, aperçue la veille par des pêcheurs de la région.",
}
CREDIT = {
    "ar": "المصدر: وكالات. جميع الحقوق محفوظة.",
    "en": "Source: agencies. All rights reserved.",
    "fr": "Source : agences. Tous droits réservés.",
}
LANGUAGES = tuple(DISPATCH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_with_a_credit_line_and_another_opening_folds(language: str) -> None:
    text = DISPATCH[language]
    copy = f"{CREDIT[language]}\n{text}\n{CREDIT[language]}"
    assert is_duplicate(fingerprint(text, language), fingerprint(copy, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_cut_short_folds_and_shares_a_band(language: str) -> None:
    text = DISPATCH[language]
    short = " ".join(text.split()[: int(len(text.split()) * 0.75)])
    a, b = fingerprint(text, language), fingerprint(short, language)
    assert is_duplicate(a, b)
    assert set(bands(a)) & set(bands(b))


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_report_of_the_same_event_does_not(language: str) -> None:
    a, b = fingerprint(DISPATCH[language], language), fingerprint(OTHER_REPORT[language], language)
    assert not is_duplicate(a, b)
    assert similarity(a, b) < 0.2


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("ar", "أُعلِنَ عن إنقاذ ٤٠ شخصًا", "اعلن عن انقاذ 40 شخصا"),
        ("en", "FORTY People Rescued at Sea", "forty people rescued, at sea!"),
        ("fr", "Quarante personnes, secourues en mer.", "quarante personnes secourues en mer"),
    ],
)
def test_case_marks_and_punctuation_do_not_matter(language: str, one: str, two: str) -> None:
    assert fingerprint(one, language) == fingerprint(two, language)


def test_the_signature_is_the_same_on_every_machine() -> None:
    known = hashlib.sha256(fingerprint(DISPATCH["en"], "en")).hexdigest()
    assert known == "5c05df856fae45d2faa49d44b3289fbadd36f8c8d2489a2abd5f5dc281e5f751"


def test_the_signature_is_the_same_in_every_process() -> None:
    program = "import sys; from classify.duplicates import fingerprint; sys.stdout.write(fingerprint(sys.argv[1], 'ar').hex())"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, DISPATCH["ar"]],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        )
        assert bytes.fromhex(done.stdout) == fingerprint(DISPATCH["ar"], "ar")


@pytest.mark.parametrize("text", ["", "   \n", "...!?", "\u0640\u064b"])
def test_texts_without_words_are_copies_of_nothing(text: str) -> None:
    empty = fingerprint(text, "en")
    assert (empty, bands(empty)) == (b"", [])
    assert not is_duplicate(empty, empty)


def test_short_texts_fold_only_when_equal() -> None:
    one, two = "Two boats reached the island today", "Three boats reached the island today"
    assert is_duplicate(fingerprint(one, "en"), fingerprint(one.upper(), "en"))
    assert not is_duplicate(fingerprint(one, "en"), fingerprint(two, "en"))


def test_bands_fit_a_signed_column_and_differ_by_place() -> None:
    keys = bands(fingerprint(DISPATCH["en"], "en"))
    assert len(keys) == BANDS == len(set(keys))
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert len(fingerprint(DISPATCH["en"], "en")) == 4 * PERMUTATIONS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=20, max_size=120), st.lists(st.integers(0, 60), min_size=20, max_size=120))
def test_the_estimate_is_symmetric_bounded_and_near_the_truth(a: list[int], b: list[int]) -> None:
    one, two = " ".join(f"w{n}" for n in a), " ".join(f"w{n}" for n in b)
    shingles = [{tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (a, b)]
    truth = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    estimate = similarity(fingerprint(one, "en"), fingerprint(two, "en"))
    assert estimate == similarity(fingerprint(two, "en"), fingerprint(one, "en"))
    assert 0 <= estimate <= 1
    assert abs(estimate - truth) < 0.25
    assert similarity(fingerprint(one, "en"), fingerprint(one, "en")) == 1
