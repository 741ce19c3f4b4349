"""Names of countries and places: in a text of one of three languages each is told from what is only spelt like it."""
# ruff: noqa: E501  (running text in three scripts)

from __future__ import annotations

import re

import pytest

from classify.gazetteer import BLOCKED, folded, gazetteer, table, words
from classify.mentions import read
from newsdesk.countries import country_codes
from newsdesk.gazetteer import EVERY, KINDS, NOWHERE, read_table
from newsdesk.languages import languages
from newsdesk.names import country_name

LANGUAGES = ("ar", "en", "fr")


def named(text: str, language: str, home: str = "") -> set[str]:
    return {mention.code for mention in read("", text, language, home).mentions if mention.code}


def senses_of(form: str, language: str) -> set[str]:
    key = tuple(folded(word, language) for word in words(form))
    return {sense.code for sense in gazetteer(language).forms.get(key, ())}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_country_is_known_by_its_name(language: str) -> None:
    names = [(code, re.sub(r" ?\(.*?\)", "", country_name(code, language))) for code in country_codes()]
    assert [(code, name) for code, name in names if code not in senses_of(name, language)] == []
    in_text = "{} {}".format({"ar": "دولة", "en": "near", "fr": "vers"}[language], "{}")
    shared_names = {"CG", "DM", "MF", "OM", "SX"}
    missed = [(code, name) for code, name in names if code not in named(in_text.format(name), language) | shared_names]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_adjective_is_known(language: str) -> None:
    for row in table("countries.tsv"):
        for form in row[f"adjectives_{language}"].split("|"):
            if form:
                assert row["code"] in senses_of(form.strip("=?~"), language), (row["code"], form)


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        # Oman and Amman
        ("ar", "أعلنت سلطنة عمان إجراءات جديدة، وقالت عمان إنها ستطبقها", {"OM"}),
        ("ar", "قال مسؤول أردني في عمان إن الأردن مستعد", {"JO"}),
        ("ar", "وصل اللاجئون إلى العاصمة عمان قادمين من درعا", {"JO", "SY"}),
        ("ar", "سقطت الشاحنة في مجرى واد جاف وأصيب السائق في قدمه اليمنى", set()),
        ("ar", "قال مسؤول مجري إن الوفد اليمني وصل، فيما وصف مسؤول مصرى اللقاء بالمثمر", {"HU", "YE", "EG"}),
        # Mali and money
        ("ar", "اندلعت المعارك في مالي أمس", {"ML"}),
        ("ar", "تعهد الوزير بتقديم دعم مالي عاجل للبلديات", set()),
        # Niger and Nigeria
        ("ar", "عبروا من النيجر", {"NE"}),
        ("ar", "عبروا من نيجيريا", {"NG"}),
        ("en", "They left Niger for the coast", {"NE"}),
        ("en", "They left Nigeria for the coast", {"NG"}),
        ("fr", "Des migrants nigériens", {"NE"}),
        ("fr", "Des migrants nigérians", {"NG"}),
        # the Guineas
        ("en", "Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea", {"GN", "GW", "GQ", "PG"}),
        ("fr", "La Guinée équatoriale expulse des ressortissants", {"GQ"}),
        ("ar", "غينيا بيساو", {"GW"}),
        ("ar", "غينيا الاستوائية", {"GQ"}),
        ("en", "The boat sank in the Gulf of Guinea", set()),
        ("en", "They kept guinea pigs", set()),
        # the Congos
        ("en", "the Democratic Republic of the Congo", {"CD"}),
        ("en", "the Republic of the Congo, as Brazzaville confirmed", {"CG"}),
        ("fr", "En République démocratique du Congo", {"CD"}),
        # the Sudans
        ("ar", "فروا من جنوب السودان", {"SS"}),
        ("ar", "فروا من السودان", {"SD"}),
        ("en", "They fled South Sudan", {"SS"}),
        ("fr", "Ils ont fui le Sud-Soudan", {"SS"}),
        ("fr", "Ils ont fui le Soudan", {"SD"}),
        # Georgia
        ("en", "The president of Georgia spoke in Tbilisi", {"GE"}),
        ("en", "A judge in Georgia ruled, and Atlanta police complied", {"US"}),
        # Jordan, Chad, Turkey
        ("en", "Jordan hosts many refugees", {"JO"}),
        ("en", "Coach Michael Jordan thanked the crowd", set()),
        ("en", "the crowd cheered Jordan Henderson", set()),
        ("en", "Refugees crossed into Chad yesterday", {"TD"}),
        ("en", "Officer Chad Wilson was praised", set()),
        ("en", "Turkey closed its border", {"TR"}),
        ("en", "She roasted a turkey for the guests", set()),
        # Tripoli
        ("ar", "أعيد المهاجرون إلى طرابلس بعد اعتراضهم", {"LY"}),
        ("ar", "انطلق القارب من طرابلس شمال لبنان باتجاه قبرص بحسب الجيش اللبناني", {"LB", "CY"}),
        ("en", "The boat left Tripoli in northern Lebanon", {"LB"}),
        ("en", "The boat left Tripoli before dawn", {"LY"}),
        # names that are no countries
        ("en", "Paris Hilton opened the show", set()),
        ("en", "A flight to Paris was late", {"FR"}),
        ("fr", "Maroc Telecom publie ses résultats", set()),
        ("fr", "Air Algérie annule des vols", set()),
        ("en", "A lawyer from Lebanon, Pennsylvania, was chosen", {"US"}),
        ("en", "Frontex and the European Commission agreed", set()),
        ("en", "officials told us they agreed", set()),
        ("en", "officials in the US agreed", {"US"}),
        ("en", "the New Mexico desert", {"US"}),
        ("en", "Nice weather is expected", set()),
        ("fr", "La police de Nice, en France", {"FR"}),
        # persons
        ("ar", "رئيس الوزراء العراقي محمد شياع السوداني", {"IQ"}),
        ("ar", "قال رئيس الوزراء السوداني", {"SD"}),
        ("ar", "قال الأمير تركي الفيصل", set()),
        ("ar", "قال مسؤول تركي", {"TR"}),
        ("ar", "قال المدير القطري للمفوضية", set()),
        ("ar", "قال السفير القطري", {"QA"}),
        # ordinary words that are towns
        ("ar", "نشرت الصحيفة صور الناجين", set()),
        ("ar", "انطلق القارب من مدينة صور", {"LB"}),
        ("ar", "كان القارب مكتظا", set()),
        # proclitics
        ("ar", "وبالمغرب وللأردن ولبنان وكفرنسا", {"MA", "JO", "LB", "FR"}),
        ("ar", "تبرع بمبلغ بليون دولار", set()),
        ("ar", "مغربية ومغاربة وللمغاربة", {"MA"}),
        # regions that are no countries
        ("en", "Latin America and Central American presidents", set()),
        ("ar", "دول أمريكا اللاتينية", set()),
        ("fr", "Les pays d'Amérique latine", set()),
        # the same pairs in the other languages, and more that reading has shown
        ("ar", "أعلنت الكويت إغلاق الحدود", {"KW"}),
        ("ar", "وصلوا إلى مدينة الكويت", {"KW"}),
        ("en", "They landed in Luxembourg", {"LU"}),
        ("fr", "Ils se promènent au jardin du Luxembourg", set()),
        ("fr", "Le Luxembourg accueille des réfugiés", {"LU"}),
        ("en", "Migrants in Santiago, Chile", {"CL"}),
        ("en", "a pilgrimage to Santiago de Compostela", {"ES"}),
        ("en", "Police in Cordoba, Spain", {"ES"}),
        ("en", "Police in Cordoba, Argentina", {"AR"}),
        ("fr", "La mairie de Saint-Denis, en Seine-Saint-Denis", {"FR"}),
        ("fr", "La préfecture de Saint-Denis de La Réunion", {"RE"}),
        ("en", "Lebanon hosts refugees", {"LB"}),
        ("en", "A man from Lebanon, Ohio, was hired", {"US"}),
        ("ar", "وصلوا إلى تونس", {"TN"}),
        ("ar", "وصلوا إلى تونس العاصمة", {"TN"}),
        ("en", "They reached Tunis", {"TN"}),
        ("en", "Refugees swam across the Jordan River", set()),
        ("en", "President Chad Smith of the club", set()),
        ("fr", "Le Tchad ferme ses frontières", {"TD"}),
        ("en", "They ate turkey and bread", set()),
        ("fr", "Une dinde pour Noël", set()),
        ("fr", "Le Congo-Brazzaville expulse", {"CG"}),
        ("fr", "La RDC expulse", {"CD"}),
        ("ar", "جمهورية الكونغو الديمقراطية", {"CD"}),
        ("ar", "الكونغو برازافيل", {"CG"}),
        ("en", "Papua New Guinea", {"PG"}),
        ("ar", "بابوا غينيا الجديدة", {"PG"}),
        ("fr", "La Papouasie-Nouvelle-Guinée", {"PG"}),
        ("fr", "Tripoli, au Liban, et Beyrouth", {"LB"}),
        ("fr", "Les garde-côtes à Tripoli, en Libye", {"LY"}),
        ("en", "Burma and Myanmar", {"MM"}),
        ("en", "Swaziland is now Eswatini", {"SZ"}),
        ("en", "Türkiye and Turkey", {"TR"}),
        ("fr", "la Côte d'Ivoire et la Cote d’Ivoire", {"CI"}),
        ("ar", "ساحل العاج وكوت ديفوار", {"CI"}),
        ("en", "Ivory Coast", {"CI"}),
        ("en", "the French Open in tennis", set()),
        ("ar", "صورة من صور الحرب", set()),
        ("ar", "حماة الوطن", set()),
        ("ar", "قصف مدينة حماة", {"SY"}),
        ("ar", "الطوابق الخمس", set()),
        ("ar", "موسم الحج وللحج شروط", set()),
        ("ar", "يسهرون في الليل وليل الشتاء", set()),
        ("fr", "Frontex et la Commission européenne", set()),
        ("ar", "المفوضية الأوروبية ووكالة فرونتكس", set()),
        ("en", "She wore a Panama hat", set()),
        ("en", "Panama deports migrants", {"PA"}),
        ("en", "the Guardian reported", set()),
        ("en", "a Cuban sandwich", {"CU"}),
        ("fr", "Mme Martinique Dupont", set()),
        ("fr", "François Hollande a parlé", {"FR"}),
        ("fr", "Virginie Calmels a parlé", set()),
        ("en", "a jail in Florence, Ariz., holds hundreds", {"US"}),
        ("en", "a museum in Florence, Italy", {"IT"}),
        ("ar", "جورجيا وعاصمتها تبليسي", {"GE"}),
        ("ar", "ولاية جورجيا الأمريكية", {"US"}),
        ("fr", "La Géorgie et Tbilissi", {"GE"}),
        ("en", "Washington State troopers", {"US"}),
        ("en", "New Delhi and Delhi", {"IN"}),
        ("fr", "L'île Maurice et Maurice Audin", {"MU"}),
        ("en", "Kuwait Airways cancelled flights", set()),
        ("ar", "السودان وجنوب السودان", {"SD", "SS"}),
        ("en", "Sudan and South Sudan", {"SD", "SS"}),
        ("en", "North Korea and South Korea", {"KP", "KR"}),
        ("ar", "الدومينيكان وجمهورية الدومينيكان", {"DO"}),
        ("en", "the Dominican Republic, not Dominica", {"DM", "DO"}),
        ("en", "Gambia, Zambia and Guyana", {"GM", "GY", "ZM"}),
        ("ar", "غامبيا وزامبيا وغانا", {"GH", "GM", "ZM"}),
        ("fr", "l'Inde, l'Indonésie et l'Irlande", {"ID", "IE", "IN"}),
        ("en", "Jordanian officials met Jordan Peterson", {"JO"}),
        ("ar", "المغرب العربي", set()),
        ("ar", "دول المغرب العربي وليس المغرب", {"MA"}),
        ("ar", "البحر الأحمر وبحر العرب", set()),
        ("ar", "خليج عدن", set()),
        ("en", "the Gulf of Aden", set()),
    ],
)
def test_minimal_pairs(language: str, text: str, codes: set[str]) -> None:
    assert named(text, language) == codes


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("en", "PARIS (AFP) - Mali closed its border on Monday.", {"ML"}),
        ("en", "BEIRUT — Cyprus closed its border on Monday.", {"CY"}),
        ("fr", "PARIS (AFP) - Le Mali a fermé sa frontière.", {"ML"}),
        ("ar", "دبي (رويترز) - أغلقت تونس حدودها.", {"TN"}),
        ("ar", "الرياض - واس: أغلقت تونس حدودها.", {"TN"}),
        ("en", "Agence France-Presse reported that Mali closed its border.", {"ML"}),
    ],
)
def test_datelines_and_agencies_name_no_country(language: str, text: str, codes: set[str]) -> None:
    assert named(text, language) == codes


@pytest.mark.parametrize(
    ("spelling", "place"),
    [
        (("ar", "وصلوا إلى جرجيس"), "tn/zarzis"),
        (("fr", "arrivés à Zarzis"), "tn/zarzis"),
        (("ar", "وصلوا إلى سبتة"), "es/ceuta"),
        (("en", "they reached Sebta"), "es/ceuta"),
        (("ar", "وصلوا إلى أغاديس"), "ne/agadez"),
        (("ar", "وصلوا إلى أجاديز"), "ne/agadez"),
        (("fr", "arrivés à Agadez"), "ne/agadez"),
        (("ar", "وصلوا إلى وهران"), "dz/oran"),
    ],
)
def test_spellings_of_one_place_are_one(spelling: tuple[str, str], place: str) -> None:
    language, text = spelling
    assert [mention.key for mention in read("", text, language).mentions] == [place]


NETWORK = {
    "ar": "عمان بيروت الدار_البيضاء قادس دورتموند غرونوبل إربد لشبونة ليون مدريد نابولي وجدة الرباط رام_الله إشبيلية صفاقس سوسة "
    "طنجة تورينو فيينا",
    "en": "Amman Beirut Casablanca Cadiz Dortmund Grenoble Irbid Lisbon Lyon Madrid Naples Oujda Rabat Ramallah Seville Sfax Sousse Tangier "
    "Tunis Turin Vienna Lampedusa Ceuta Melilla Sabratha Agadez Zarzis Lesbos Evros Calais Darien",
    "fr": "Amman Beyrouth Casablanca Cadix Dortmund Grenoble Irbid Lisbonne Lyon Madrid Naples Oujda Rabat Ramallah Séville Sfax Sousse "
    "Tanger Tunis Turin Lampedusa Ceuta Melilla Sabratha Agadez Zarzis Lesbos Evros Calais Darien",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_cities_of_the_network_and_places_of_the_routes_are_known(language: str) -> None:
    for city in NETWORK[language].split():
        assert named(city.replace("_", " "), language), city


def test_the_outlets_country_settles_only_what_nothing_else_settles() -> None:
    assert named("قال مسؤول في طرابلس", "ar", "LB") == {"LB"}
    assert named("قال مسؤول ليبي في طرابلس", "ar", "LB") == {"LY"}
    assert named("قال مسؤول في بلدة", "ar", "LB") == set()


def test_tables_are_sorted_and_known() -> None:
    assert [row["code"] for row in table("countries.tsv")] == list(country_codes())
    for rows in (table("standing.tsv"), read_table("places.tsv"), read_table("organisations.tsv")):
        assert [tuple(row.values()) for row in rows] == sorted(tuple(row.values()) for row in rows)
    assert {row["code"] for row in table("standing.tsv")} <= {*country_codes(), BLOCKED}
    assert {row["kind"] for row in table("standing.tsv")} == {"institution", "person", "other", "name"}
    assert {row["code"] for row in read_table("places.tsv")} <= {*country_codes(), NOWHERE}
    assert {row["kind"] for row in read_table("places.tsv")} == set(KINDS)
    assert {row["code"] for row in read_table("organisations.tsv")} <= {*country_codes(), NOWHERE, EVERY}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_stop_word_is_a_sure_form(language: str) -> None:
    sure = {
        key[0]
        for key, senses in gazetteer(language).forms.items()
        if len(key) == 1 and any(not s.weak and s.shape == "any" for s in senses)
    }
    assert not sure & languages()[language].stop_words
