"""The tables are whole: every country, place and organisation is known by each kind of name in each language."""
# ruff: noqa: E501  (running text in three scripts)

from __future__ import annotations

from collections import defaultdict

import pytest

from classify.gazetteer import capitals, folded, gazetteer, words
from classify.mentions import read
from newsdesk.countries import country_codes
from newsdesk.gazetteer import (
    EVERY,
    NOWHERE,
    organisation_keys,
    organisation_name,
    organisations,
    place_keys,
    place_name,
    places,
)

LANGUAGES = ("ar", "en", "fr")
#: The partner states of the dialogue and the states next on the routes: for these, each kind of name must be there.
STATES = (  # noqa: SIM905
    "AF AL AT BA BD BE BG BH BY CH CI CM CV CY CZ DE DJ DK DZ EE EG ER ES ET FI FR GB GE GH GM GN GR HR HU IE IL IQ IR IT JO KE "
    "KW LB LT LU LV LY MA MD ME MK ML MR MT NE NG NL NO OM PK PL PS PT QA RO RS RU SA SD SE SI SK SN SO SS SY TD TN TR UA UG XK YE"
).split()


def keys_of(form: str, language: str, kind: str) -> set[str]:
    key = tuple(folded(word, language) for word in words(form.strip("=?~")))
    return {sense.key for sense in gazetteer(language).forms.get(key, ()) if sense.kind == kind}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_name_people_and_cities_in_every_language(language: str) -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for senses in gazetteer(language).forms.values():
        for sense in senses:
            kinds[sense.code].add(sense.kind)
    assert {code for code in country_codes() if "country" not in kinds[code]} == set()
    assert {code for code in STATES if not {"country", "demonym", "city"} <= kinds[code]} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_demonyms_have_their_forms(language: str) -> None:
    """Gender and number, the article and the broken plurals."""
    forms = {
        "ar": {"MA": "مغربي مغربية مغاربة المغاربة مغربيات", "TN": "تونسي تونسيات التونسيين تونسيان", "SY": "سوري سوريين السوريات", "AF": "أفغاني أفغان الأفغان", "KW": "كويتي كويتيون"},
        "en": {"MA": "Moroccan Moroccans", "TN": "Tunisian Tunisians", "SY": "Syrian Syrians", "AF": "Afghan Afghans Afghani", "KW": "Kuwaiti Kuwaitis"},
        "fr": {"MA": "marocain marocaine marocains marocaines", "TN": "tunisien tunisiennes", "SY": "syrien syrienne syriens", "AF": "afghan afghane afghanes", "KW": "koweïtien koweïtiennes"},
    }  # fmt: skip
    for code, listed in forms[language].items():
        for form in listed.split():
            assert code in keys_of(form, language, "demonym"), form


def test_spellings_of_a_place_or_organisation_stand_for_one_key() -> None:
    for language in LANGUAGES:
        for entry in places().values():
            for form in entry.forms[language]:
                found = {
                    key
                    for kind in ("city", "region", "place", "sea", "country", "demonym")
                    for key in keys_of(form, language, kind)
                }
                assert found & {entry.key, entry.country}, (form, entry.key)
        for entry in organisations().values():
            for form in entry.forms[language]:
                assert entry.key in keys_of(form, language, "organisation"), (form, entry.key)


def test_no_two_places_of_a_country_share_a_form() -> None:
    owner: dict[tuple[str, str, str], str] = {}
    for entry in places().values():
        for language in LANGUAGES:
            for form in entry.forms[language]:
                bare = (entry.country, language, folded(form.strip("?~"), language))
                assert owner.setdefault(bare, entry.key) == entry.key, bare


def test_there_are_enough_and_all_have_names() -> None:
    assert len(organisations()) >= 300
    assert sum(entry.kind == "city" for entry in places().values()) >= 1000
    for entry in (*places().values(), *organisations().values()):
        assert all(entry.name(language) and not entry.name(language).endswith(("?", "~")) for language in LANGUAGES), entry.key
        assert entry.country in {*country_codes(), NOWHERE, EVERY}
    assert capitals() <= places().keys()


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("جرجيس Zarzis", "tn/zarzis"), ("وهران Oran", "dz/oran"), ("سبتة Ceuta Sebta", "es/ceuta"), ("أغاديس أجاديز Agadez", "ne/agadez"),
        ("لامبيدوزا لمبيدوزا لمبدوزا Lampedusa", "it/lampedusa"), ("مليلية Melilla", "es/melilla"), ("صبراتة Sabratha", "ly/sabratha"),
        ("زوارة Zuwara Zouara", "ly/zuwara"), ("صفاقس Sfax", "tn/sfax"), ("كاليه Calais", "fr/calais"), ("طنجة Tangier Tanger", "ma/tangier"),
        ("القاهرة Cairo", "eg/cairo"), ("نواذيبو Nouadhibou", "mr/nouadhibou"), ("إيفروس Evros", "gr/evros"),
    ],
)  # fmt: skip
def test_a_place_is_found_by_any_of_its_names(names: str, key: str) -> None:
    from newsdesk.analysis import normalise

    assert {place_keys()[normalise(name)] for name in names.split()} == {key}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("unhcr", "unhcr"), ("hcr", "unhcr"), ("مفوضية اللاجئين", "unhcr"), ("oim", "iom"), ("الأونروا", "unrwa"), ("frontex", "frontex"),
        ("libyan coast guard", "ly/coast-guard"), ("tn/coast-guard", "tn/coast-guard"), ("croix-rouge (italie)", "it/red-cross"),
        ("croix-rouge italienne", "it/red-cross"), ("home office", "gb/interior-ministry"), ("الهلال الأحمر (ليبيا)", "ly/red-crescent"),
    ],
)  # fmt: skip
def test_an_organisation_is_found_by_any_of_its_names(name: str, key: str) -> None:
    from newsdesk.analysis import normalise

    assert organisation_keys()[normalise(name)] == key


def test_names_to_print() -> None:
    assert [place_name("tn/zarzis", language) for language in LANGUAGES] == ["جرجيس", "Zarzis", "Zarzis"]
    assert [organisation_name("unhcr", language) for language in ("en", "fr")] == [
        "UN Refugee Agency",
        "Agence des Nations unies pour les réfugiés",
    ]
    assert organisation_name("tn/coast-guard", "fr") == "garde-côtes (Tunisie)"
    assert organisation_name("tn/coast-guard", "ar") == "خفر السواحل (تونس)"
    assert (place_name("zz/nowhere", "en"), organisation_name("zz/nothing", "en")) == ("zz/nowhere", "zz/nothing")


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        # whose a ministry or coast guard is
        ("ar", "أعلن خفر السواحل الليبي إنقاذ مهاجرين", {"ly/coast-guard"}),
        ("en", "the Algerian coast guard rescued migrants off Italy", {"dz/coast-guard"}),
        ("en", "the coast guard of Senegal rescued migrants", {"sn/coast-guard"}),
        ("fr", "les garde-côtes algériens ont secouru des migrants", {"dz/coast-guard"}),
        ("en", "South Korea's Defense Ministry said North Korea planned it. North Korea, North Korea", {"kr/defence-ministry"}),
        ("en", "a coast guard rescued them", set()),
        # the commission alone
        ("ar", "قالت مفوضية اللاجئين إنها قلقة. وأضافت المفوضية أن العدد ارتفع", {"unhcr"}),
        ("ar", "قالت المفوضية الأوروبية إنها قلقة. وأضافت المفوضية أن العدد ارتفع", {"european-commission"}),
        ("ar", "أعلنت المفوضية العليا للانتخابات النتائج", set()),
        ("ar", "قالت المفوضية إن العدد ارتفع", set()),
        # acronyms and words
        ("en", "IOM said 300 migrants were returned", {"iom"}),
        ("en", "He rode a motorbike on the IOM circuit", set()),
        ("fr", "L'OIM a rapatrié des migrants", {"iom"}),
        ("fr", "Le pape a parlé", set()),
        ("en", "Ice covered the road", set()),
        ("en", "ICE agents arrested two men", {"ice"}),
        ("en", "WHO IS TO BLAME FOR THIS", set()),
        ("en", "The WHO warned of cholera", {"who"}),
        ("en", "They have open arms for you", set()),
        ("fr", "La Croix-Rouge italienne et la Croix-Rouge espagnole", {"it/red-cross", "es/red-cross"}),
        ("en", "the Turkish Red Crescent", {"tr/red-crescent"}),
        ("ar", "الهلال الأحمر التركي", {"tr/red-crescent"}),
    ],
)  # fmt: skip
def test_organisations_in_context(language: str, text: str, keys: set[str]) -> None:
    assert {mention.key for mention in read("", text, language).mentions if mention.kind == "organisation"} == keys


def test_an_unnamed_ministry_is_the_outlets_own_country_where_that_is_named() -> None:
    text = "قالت وزارة الداخلية إن المهاجرين وصلوا من تونس إلى إيطاليا ثم فرنسا"
    keys = {home: {m.key for m in read("", text, "ar", home).mentions if m.kind == "organisation"} for home in ("TN", "EG")}
    assert keys == {"TN": {"tn/interior-ministry"}, "EG": set()}


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("ar", "وصل اللاجئون إلى البحر المتوسط قبالة صبراتة", ["sea/mediterranean-sea", "ly/sabratha"]),
        ("en", "a boat in the Strait of Gibraltar near Tarifa", ["sea/strait-of-gibraltar", "es/tarifa"]),
        ("fr", "traversée de la Manche depuis Calais", ["sea/english-channel", "fr/calais"]),
    ],
)
def test_seas_belong_to_no_country(language: str, text: str, keys: list[str]) -> None:
    found = read("", text, language).mentions
    assert [mention.key for mention in found] == keys
    assert [mention.code for mention in found if mention.kind == "sea"] == [""]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mention_says_where_it_stands(language: str) -> None:
    title, text = {
        "ar": ("غرق قارب قبالة صفاقس", "قال مسؤول. وصل القارب إلى لامبيدوزا."),
        "en": ("Boat sinks off Sfax", "An official spoke. The boat reached Lampedusa."),
        "fr": ("Naufrage au large de Sfax", "Un responsable a parlé. Le bateau a atteint Lampedusa."),
    }[language]
    reading = read(title, text, language)
    first, second = reading.mentions
    assert first.in_title
    assert (first.sentence, second.sentence) == (0, 2)
    for mention in (first, second):
        written = reading.sentences[mention.sentence][mention.start : mention.end]
        assert written == " ".join(reading.tokens.surface[mention.first : mention.last])
    assert text[second.at :].startswith(reading.sentences[2][second.start : second.end])
    assert reading.in_lead(second)


def test_an_unnamed_ministry_is_of_the_country_that_the_article_is_all_about() -> None:
    text = "صوّت البرلمان الألماني في برلين، وقال وزير الداخلية إن نصف الألمان يؤيدون القانون في ألمانيا. وأضاف طبيب مصري مقيم في ألمانيا أن"
    keys = {m.key for m in read("ألمانيا تعدّل قانونها", text, "ar", "EG").mentions if m.kind == "organisation"}
    assert keys == {"de/interior-ministry"}
