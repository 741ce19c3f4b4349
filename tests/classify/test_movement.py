"""Who moves from where, through where, to where, on which route, and the numbers reported of it, in three languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify import routes as route_rules
from classify.gazetteer import gazetteer
from classify.lines import line_of
from classify.movement import Movement, movement
from classify.movement_reading import Judged, Read, Reading, compared, shares, tables
from classify.numerals import numerals
from classify.patterns import Grammar
from classify.periods import period
from newsdesk.analysis import normalise
from newsdesk.countries import country_codes
from newsdesk.languages import languages
from newsdesk.routes import ROUTES, route_about, route_name, routes_by_name
from newsdesk.values import Figure, Label

ABOUT = (Label("relevance", "migration", 0.9, 0.5, True, "test"), Label("theme", "mixed_migration", 0.9, 0.5, True, "test"))
LANGUAGES = ("ar", "en", "fr")
#: What was read decides with what precision and recall at least each kind of finding must stay on the articles that were read.
FLOORS = [("figure", 0.9, 0.72), ("origin", 0.9, 0.62), ("transit", 0.9, 0.2), ("destination", 0.9, 0.5), ("route", 0.88, 0.85)]
WAY = {"origin": {"SY"}, "transit": {"RS"}, "destination": {"DE"}}


def told(text: str, language: str, title: str = "") -> Movement:
    return movement(title, text, language, ABOUT)


def figures(text: str, language: str, title: str = "") -> list[tuple[str, int, int | None, str, str]]:
    return [(f.kind, f.low, f.high, f.quantifier, f.unit) for f in told(text, language, title).figures]


def numbers(text: str, language: str) -> list[tuple[int, int | None, str]]:
    return [(number.low, number.high, number.quantifier) for number in line_of(text, (), language).numbers]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "12 migrants", (12, None, "exactly")),
        ("en", "1,200 migrants", (1200, None, "exactly")),
        ("en", "two hundred and forty-five migrants", (245, None, "exactly")),
        ("en", "three thousand migrants", (3000, None, "exactly")),
        ("en", "1.5 million refugees", (1_500_000, None, "exactly")),
        ("en", "at least 45 migrants", (45, None, "at-least")),
        ("en", "no fewer than 45 migrants", (45, None, "at-least")),
        ("en", "45 or more migrants", (45, None, "at-least")),
        ("en", "more than 700 migrants", (700, None, "more-than")),
        ("en", "fewer than 100 children", (100, None, "less-than")),
        ("en", "up to 400 people", (400, None, "at-most")),
        ("en", "dozens of migrants", (24, 99, "about")),
        ("en", "tens of thousands of refugees", (20_000, 99_999, "about")),
        ("en", "between 20 and 30 people", (20, 30, "exactly")),
        ("fr", "1 250 personnes", (1250, None, "exactly")),
        ("fr", "1.250 personnes", (1250, None, "exactly")),
        ("fr", "2,5 millions de réfugiés", (2_500_000, None, "exactly")),
        ("fr", "au moins quarante-trois migrants", (43, None, "at-least")),
        ("fr", "quatre-vingt-dix-sept migrants", (97, None, "exactly")),
        ("fr", "trente-et-un migrants", (31, None, "exactly")),
        ("fr", "soixante-douze migrants", (72, None, "exactly")),
        ("fr", "une trentaine de migrants", (30, None, "about")),
        ("fr", "plusieurs centaines de migrants", (200, 999, "about")),
        ("fr", "plus de 300 migrants", (300, None, "more-than")),
        ("fr", "entre 20 et 30 personnes", (20, 30, "exactly")),
        ("ar", "١٢ مهاجرا", (12, None, "exactly")),
        ("ar", "1.200 مهاجر", (1200, None, "exactly")),
        ("ar", "ثلاثة وأربعين مهاجرا", (43, None, "exactly")),
        ("ar", "ما لا يقل عن ثلاثة وأربعين مهاجرا", (43, None, "at-least")),
        ("ar", "50 شخصا على الأقل", (50, None, "at-least")),
        ("ar", "ثلاثة آلاف مهاجر", (3000, None, "exactly")),
        ("ar", "75 ألفا و65 مهاجرا", (75_065, None, "exactly")),
        ("ar", "مليون و800 ألف لاجئ", (1_800_000, None, "exactly")),
        ("ar", "أحد عشر مهاجرا", (11, None, "exactly")),
        ("ar", "1.6 مليون لاجئ", (1_600_000, None, "exactly")),
        ("ar", "نصف مليون لاجئ", (500_000, None, "about")),
        ("ar", "عشرات المهاجرين", (20, 99, "about")),
        ("ar", "مئات الآلاف من اللاجئين", (200_000, 999_999, "about")),
        ("ar", "أكثر من 730 مهاجرا", (730, None, "more-than")),
        ("ar", "35 إلى 40 شخصا", (35, 40, "exactly")),
        ("ar", "قتيلان", (2, None, "exactly")),
        ("ar", "ألفي مهاجر", (2000, None, "exactly")),
    ],
)
def test_numbers_are_read_as_people_write_them(language: str, text: str, expected: tuple[int, int | None, str]) -> None:
    assert numbers(text, language) == [expected]


@given(value=st.integers(2, 9_999_999), language=st.sampled_from(LANGUAGES))
@settings(max_examples=60)
def test_digits_with_any_separator_are_one_number(value: int, language: str) -> None:
    for separator in numerals(language).thousands:
        if separator != " ":
            assert [low for low, _, _ in numbers(f"{value:,}".replace(",", separator) + " x", language)] == [value]


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text: str, language: str) -> None:
    found = movement(text, text, language, ABOUT)
    assert all(0 < figure.low < (figure.high or figure.low + 1) for figure in found.figures)
    assert len({(label.kind, label.value) for label in found.labels}) == len(found.labels)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "At least 45 migrants drowned off Libya.", ("deaths", 45, None, "at-least", "people")),
        ("en", "Dozens of refugees are missing.", ("missing", 24, 99, "about", "people")),
        ("en", "The coastguard rescued 1,200 migrants.", ("rescues", 1200, None, "exactly", "people")),
        ("en", "More than 700,000 refugees arrived in Greece.", ("arrivals", 700_000, None, "more-than", "people")),
        ("en", "Police intercepted twelve migrants.", ("interceptions", 12, None, "exactly", "people")),
        ("en", "The navy intercepted five boats carrying migrants.", ("interceptions", 5, None, "exactly", "boats")),
        ("en", "Algeria deported 300 Nigeriens.", ("returns", 300, None, "exactly", "people")),
        ("en", "Remittances reached $2.5 billion.", ("remittances", 2_500_000_000, None, "exactly", "USD")),
        ("en", "Dozens of migrants, including 5 children, were rescued.", ("rescues", 24, 99, "about", "people")),
        ("en", "Spain has taken in 200 migrants.", ("arrivals", 200, None, "exactly", "people")),
        ("en", "Remittances from abroad came to more than $2 billion.", ("remittances", 2_000_000_000, None, "more-than", "USD")),
        ("fr", "En 2019, 40 migrants avaient, eux, été retrouvés morts.", ("deaths", 40, None, "exactly", "people")),
        ("fr", "Trente migrants, dont une femme, ont été interceptés.", ("interceptions", 30, None, "exactly", "people")),
        ("fr", "Au moins 45 migrants sont morts noyés au large de la Libye.", ("deaths", 45, None, "at-least", "people")),
        ("fr", "Une trentaine de migrants sont portés disparus.", ("missing", 30, None, "about", "people")),
        ("fr", "La marine a secouru 1 250 migrants.", ("rescues", 1250, None, "exactly", "people")),
        ("fr", "Quelque 22 800 migrants ont rejoint le Royaume-Uni.", ("arrivals", 22_800, None, "about", "people")),
        ("fr", "Près de 300 clandestins ont été interceptés.", ("interceptions", 300, None, "about", "people")),
        ("fr", "Quatre-vingt-dix migrants ont été expulsés d'Algérie.", ("returns", 90, None, "exactly", "people")),
        (
            "fr",
            "Les transferts de fonds ont atteint 2,5 milliards de dollars.",
            ("remittances", 2_500_000_000, None, "exactly", "USD"),
        ),
        ("ar", "لقي ما لا يقل عن 45 مهاجرا مصرعهم قبالة ليبيا.", ("deaths", 45, None, "at-least", "people")),
        ("ar", "وقد تم انتشال 27 جثة لمهاجرين.", ("deaths", 27, None, "exactly", "people")),
        ("ar", "أنقذت البحرية، السبت، 50 مهاجرا.", ("rescues", 50, None, "exactly", "people")),
        ("ar", "فقدان عشرات المهاجرين.", ("missing", 20, 99, "about", "people")),
        ("ar", "أنقذت البحرية 1.200 مهاجر.", ("rescues", 1200, None, "exactly", "people")),
        ("ar", "وصول أكثر من ثلاثة آلاف مهاجر إلى إيطاليا.", ("arrivals", 3000, None, "more-than", "people")),
        ("ar", "أوقفت السلطات 12 مهاجرا غير شرعي.", ("interceptions", 12, None, "exactly", "people")),
        ("ar", "ترحيل ٣٥٠ مهاجرا من الجزائر.", ("returns", 350, None, "exactly", "people")),
        ("ar", "بلغت تحويلات المغتربين 2.5 مليار دولار.", ("remittances", 2_500_000_000, None, "exactly", "USD")),
    ],
)
def test_each_kind_of_figure_is_found(language: str, text: str, expected: tuple[str, int, int | None, str, str]) -> None:
    assert figures(text, language) == [expected]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Twelve people died in an air strike on a market."),
        ("en", "A migrant aged 34 died in 2015."),
        ("en", "Five people died when two cars collided."),
        ("en", "The plan is to deport 300 migrants."),
        ("en", "Remittances grew by $300 million."),
        ("en", "The first of the three migrant caravans entered Mexico."),
        ("en", "Call 0800 555 123 if a migrant is missing."),
        ("en", "About 40 percent of migrants died."),
        ("fr", "Douze personnes sont mortes dans un bombardement."),
        ("fr", "Un migrant âgé de 34 ans est mort en 2015."),
        ("fr", "Cinq personnes sont mortes dans un accident de la route."),
        ("fr", "Le projet prévoit d'expulser 300 migrants."),
        ("ar", "قتل 12 شخصا في غارة جوية."),
        ("ar", "توفي مهاجر عمره 34 عاما في 2015."),
        ("ar", "لقي خمسة أشخاص مصرعهم في حادث سير."),
        ("ar", "خطة لترحيل 300 مهاجر."),
        ("ar", "لم تتمكن الفرق من إنقاذ 20 مهاجرا."),
    ],
)
def test_what_counts_nobody_on_the_move_is_left_out(language: str, text: str) -> None:
    assert figures(text, language) == []


def test_an_article_that_is_not_about_migration_tells_nothing() -> None:
    beside = (Label("relevance", "migration", 0.2, 0.5, False, "test"),)
    assert movement("", "At least 45 migrants drowned off Libya.", "en", beside) == Movement()
    assert movement("", "At least 45 migrants drowned off Libya.", "xx", ABOUT) == Movement()


def test_dirhams_need_a_country() -> None:
    text = "Remittances reached 60 billion dirhams in Morocco."
    assert [f.unit for f in told(text, "en").figures] == ["MAD"]
    assert not told(text.replace(" in Morocco", ""), "en").figures
    elsewhere = text.replace(" in Morocco", " last year") + " Families in Morocco spent them."
    assert [f.unit for f in told(elsewhere, "en").figures] == ["MAD"]
    home = movement("", text.replace(" in Morocco", ""), "en", ABOUT, source_country="AE")
    assert [f.unit for f in home.figures] == ["AED"]


def test_a_figure_has_its_place_its_period_and_its_sentence() -> None:
    (figure,) = told("Nothing else. In April 2015 more than 800 migrants drowned off Libya. So it was.", "en").figures
    assert (figure.place, figure.period, figure.sentence) == (
        "LY",
        "2015-04",
        "In April 2015 more than 800 migrants drowned off Libya.",
    )
    assert isinstance(figure, Figure)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "in 2014", "2014"),
        ("en", "since 2014", "2014.."),
        ("en", "between 2010 and 2014", "2010..2014"),
        ("en", "on 18 April 2015", "2015-04-18"),
        ("en", "in 2014 and in 2015", ""),
        ("fr", "depuis 2014", "2014.."),
        ("fr", "le 18 avril 2015", "2015-04-18"),
        ("fr", "en avril 2015", "2015-04"),
        ("ar", "منذ عام 2014", "2014.."),
        ("ar", "في عام 2014", "2014"),
        ("ar", "18 أبريل 2015", "2015-04-18"),
    ],
)
def test_periods(language: str, text: str, expected: str) -> None:
    assert period(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "The migrants from Eritrea, Somalia and Sudan set off from Libya, bound for Italy.",
            {"origin": {"ER", "SO", "SD"}, "transit": {"LY"}, "destination": {"IT"}},
        ),
        (
            "en",
            "Syrian refugees travelled through Serbia, trying to reach Germany.",
            {"origin": {"SY"}, "transit": {"RS"}, "destination": {"DE"}},
        ),
        ("en", "People fleeing Eritrea crossed into Ethiopia.", {"origin": {"ER"}, "destination": {"ET"}}),
        (
            "en",
            "Migrants come from Mali, travel through southern Algeria and work in the Netherlands.",
            {"origin": {"ML"}, "transit": {"DZ"}, "destination": {"NL"}},
        ),
        (
            "fr",
            "Ces migrants viennent de Guinée pour se rendre en Europe via l'Algérie, débarqués sur les côtes espagnoles.",
            {"origin": {"GN"}, "transit": {"DZ"}, "destination": {"ES"}},
        ),
        (
            "ar",
            "مهاجرون فارون من الحرب في السودان يعبرون ليبيا للوصول إلى إيطاليا.",
            {"origin": {"SD"}, "transit": {"LY"}, "destination": {"IT"}},
        ),
        ("ar", "تحويلات العمالة المنزلية الفلبينية العاملة في الكويت.", {"origin": {"PH"}, "destination": {"KW"}}),
        (
            "fr",
            "Des migrants originaires d'Érythrée, partis de Libye, voulaient rejoindre l'Italie.",
            {"origin": {"ER"}, "transit": {"LY"}, "destination": {"IT"}},
        ),
        (
            "fr",
            "Les réfugiés syriens, passés par la Serbie, étaient en route vers l'Allemagne.",
            {"origin": {"SY"}, "transit": {"RS"}, "destination": {"DE"}},
        ),
        (
            "ar",
            "مهاجرون قادمون من إريتريا والسودان انطلقوا من ليبيا متجهين إلى إيطاليا.",
            {"origin": {"ER", "SD"}, "transit": {"LY"}, "destination": {"IT"}},
        ),
        (
            "ar",
            "لاجئون سوريون حاولوا الوصول إلى ألمانيا مرورا بصربيا.",
            {"origin": {"SY"}, "transit": {"RS"}, "destination": {"DE"}},
        ),
    ],
)
def test_roles_are_told_apart(language: str, text: str, expected: dict[str, set[str]]) -> None:
    found: dict[str, set[str]] = {}
    for label in told(text, language).labels:
        if label.kind != "route":
            found.setdefault(label.kind, set()).add(label.value)
            assert label.evidence == text
    assert found == expected


@pytest.mark.parametrize("text", ["300 migrants were deported to Nigeria.", "The minister flew to Italy."])
def test_a_return_or_a_visit_is_no_destination(text: str) -> None:
    assert not [label for label in told(text, "en").labels if label.kind == "destination"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Migrants drowned on the central Mediterranean route.", "central-mediterranean"),
        ("en", "A boat with migrants left Libya for Italy.", "central-mediterranean"),
        ("en", "Migrants climbed the fence of Melilla, crossing the border.", "western-mediterranean"),
        ("en", "Refugees crossed from Turkey to Greece.", "eastern-mediterranean"),
        ("en", "Migrants arrived by boat in the Canary Islands.", "west-africa-atlantic"),
        ("en", "Ethiopian migrants crossed from Djibouti to Yemen.", "east-africa"),
        ("en", "Migrants crossing the desert were stranded in Agadez.", "trans-saharan"),
        ("en", "Refugees trekked along the Balkan route.", "western-balkans"),
        ("en", "Migrants crossed the Channel in small boats.", "channel"),
        ("fr", "Des migrants sont arrivés en bateau à Lampedusa.", "central-mediterranean"),
        ("fr", "Des migrants traversaient la Manche.", "channel"),
        ("fr", "Des migrants ont gagné les îles Canaries en pirogue.", "west-africa-atlantic"),
        ("ar", "وصول مهاجرين إلى لامبيدوزا على متن قارب.", "central-mediterranean"),
        ("ar", "لاجئون عبروا من تركيا إلى اليونان، وبينهم مهاجرين.", "eastern-mediterranean"),
        ("ar", "غرق مهاجرين في خليج عدن.", "east-africa"),
    ],
)
def test_routes_are_recognised(language: str, text: str, expected: str) -> None:
    found = [label.value for label in told(text, language).labels if label.kind == "route"]
    assert found == [expected]


def test_an_article_about_work_is_on_no_route() -> None:
    labour = (ABOUT[0], Label("theme", "labour", 0.9, 0.5, True, "test"))
    found = movement("", "A boat with migrants left Libya for Italy.", "en", labour)
    assert not [label for label in found.labels if label.kind == "route"]


def test_a_row_of_words_for_a_part_is_read_in_no_time() -> None:
    grammar = Grammar.of({"joiners": "and", "classes": {"part": "including aboard"}}, stop_words=())
    (template,) = grammar.templates({"arrivals": ["arrived ~60, {n}"]}, untelling=()).values()
    row = f" arrived {'including ' * 50}"
    assert template.pattern.search(f"{row}others ") is None
    assert template.pattern.search(f"{row}<0> ") is not None


def test_every_rule_names_places_that_there_are() -> None:
    keys = {sense.key for language in LANGUAGES for senses in gazetteer(language).forms.values() for sense in senses}
    unknown = set()
    for route in route_rules.rules("en"):
        ends = {name for pair in route.pairs for name in pair.origins | pair.goals}
        named = route.hubs | route.coasts | route.against | ends
        unknown |= {name for name in named if name not in keys and name not in country_codes()}
    assert not unknown


def test_every_route_has_a_name_and_a_sentence_in_every_language() -> None:
    for key in ROUTES:
        for language in languages():
            assert route_about(key, language)
            assert routes_by_name()[normalise(route_name(key, language))] == key


@pytest.mark.shared
@pytest.mark.parametrize(("kind", "precision", "recall"), FLOORS)
def test_what_readers_found_right_stays_and_is_found(kind: str, precision: float, recall: float, shared: Path) -> None:
    read, judged = _compared(shared)
    right = [finding for finding in judged if finding.kind == kind and finding.right]
    kept = [finding for finding in judged if finding.kind == kind and finding.given]
    assert sum(finding.right for finding in kept) / len(kept) >= precision
    assert sum(finding.given for finding in right) / len(right) >= 0.8
    counts = shares(read, kind)
    assert counts["found"] / counts["told"] >= recall


@cache
def _compared(shared: Path) -> tuple[list[Read], list[Judged]]:
    return compared(sorted((shared / "corpus").glob("*.jsonl.gz")))


def test_what_may_go_either_way_counts_neither_way() -> None:
    reading = Reading("blind")
    reading.told["route"].update({"channel", "sinai"})
    reading.either["route"].add("andaman-sea")
    article = Read("en", reading, {"route": {"channel", "andaman-sea", "great-lakes"}})
    assert shares([article], "route") == {"told": 2, "found": 1, "given": 2}
    assert [line for line in tables([article], [Judged("route", True, True)]) if line.startswith("| route | 1/2")]
