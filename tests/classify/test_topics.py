"""Topics: the same news in three languages gets the same topic; words of other trades, and passing mentions, get none."""

from __future__ import annotations

import string
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify import topics_recall
from classify.themes import ThemeClassifier
from classify.topic_forms import FormFinder
from classify.topics import READ, THRESHOLD, TopicTagger, rules
from newscentre.demo.pieces import load_pieces
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.topics import topic_name, topics, topics_by_name
from newsdesk.values import THEMES

NEWS = {
    "detection": {
        "ar": ("إحباط محاولة هجرة غير نظامية من سواحل صفاقس", "أحبط حرس الحدود محاولة اجتياز للحدود البحرية وأوقف مهاجرين."),
        "en": ("Patrol intercepts migrants off Sfax", "Border guards intercepted forty migrants and foiled an attempt to cross."),
        "fr": (
            "Des migrants interceptés au large de Sfax",
            "Les patrouilles ont intercepté quarante migrants, tentative déjouée.",
        ),
    },
    "smuggling": {
        "ar": ("تفكيك شبكة لتهريب المهاجرين", "أوقفت الشرطة مهربين متهمين بتهريب البشر عبر الحدود."),
        "en": ("Police break up migrant smuggling ring", "Five smugglers were held for human trafficking of migrants."),
        "fr": (
            "Un réseau de passeurs démantelé",
            "Cinq passeurs sont poursuivis pour traite des êtres humains et trafic de migrants.",
        ),
    },
    "rescue": {
        "ar": ("إنقاذ ستين مهاجرا قبالة صفاقس", "أنقذت سفينة إنقاذ مهاجرين بعد غرق قاربهم في عرض البحر."),
        "en": ("Sixty migrants rescued off Sfax", "A rescue ship saved migrants from drowning after their boat capsized at sea."),
        "fr": (
            "Soixante migrants secourus au large de Sfax",
            "Un navire humanitaire a mené le sauvetage après un naufrage de migrants.",
        ),
    },
    "reception": {
        "ar": ("اكتظاظ في مركز احتجاز المهاجرين", "يعيش اللاجئون في خيام قرب مركز إيواء المهاجرين والمخيم مكتظ."),
        "en": (
            "Overcrowded migrant detention centre",
            "Refugees live in tents beside the reception centre and the camp is full.",
        ),
        "fr": (
            "Centre de rétention surpeuplé",
            "Des réfugiés dorment sous les tentes d'un campement près du centre d'accueil des migrants.",
        ),
    },
    "asylum": {
        "ar": ("تراجع طلبات اللجوء", "قالت الوزارة إن منح اللجوء أصبح أصعب وإن طلبات اللجوء رُفضت بموجب نظام دبلن."),
        "en": (
            "Asylum claims fall by half",
            "Fewer were granted asylum, and more asylum applications were refused under the Dublin rules.",
        ),
        "fr": (
            "Baisse des demandes d'asile",
            "Le droit d'asile est durci : l'Ofpra a rejeté plus de demandes d'asile sous le règlement de Dublin.",
        ),
    },
    "return": {
        "ar": ("ترحيل عشرات المهاجرين إلى بلدانهم", "جرى ترحيلهم بعد اتفاق على إعادة القبول والعودة الطوعية للمهاجرين."),
        "en": (
            "Dozens of migrants deported",
            "They were deported under a readmission deal; others chose voluntary return of migrants to their countries.",
        ),
        "fr": (
            "Des dizaines de migrants expulsés",
            "Leur expulsion suit un accord de réadmission ; d'autres choisissent le retour volontaire.",
        ),
    },
    "recruitment": {
        "ar": (
            "وزارة العمل توقف مكاتب استقدام مخالفة",
            "احتجزت المكاتب جوازات العاملات المنزليات ولم تدفع أجور العمالة الوافدة، ويطالب العمال بإلغاء نظام الكفالة.",
        ),
        "en": (
            "Recruitment agencies lose their licence",
            "They kept the passports of migrant workers and charged recruitment fees; domestic workers ask for unpaid wages.",
        ),
        "fr": (
            "Des saisonniers étrangers sans contrat de travail",
            "Les travailleurs étrangers dénoncent leurs conditions de travail et des employeurs sans permis de travail pour eux.",
        ),
    },
    "remittances": {
        "ar": ("ارتفاع تحويلات المغتربين", "بلغت تحويلات العاملين بالخارج ملياري دولار بحسب البنك المركزي."),
        "en": ("Remittances from abroad rise", "Workers abroad sent money home: remittances reached two billion dollars."),
        "fr": (
            "Les transferts de fonds des migrants augmentent",
            "Les émigrés envoient de l'argent : les envois de fonds atteignent deux milliards.",
        ),
    },
    "diaspora": {
        "ar": ("المغتربون اللبنانيون يطالبون بحق الاقتراع", "تصويت المغتربين في الخارج يثير جدلا بين أبناء الجالية."),
        "en": (
            "Diaspora wants its vote",
            "Citizens abroad ask for voting abroad, and the diaspora collects signatures at the embassy.",
        ),
        "fr": (
            "La diaspora réclame le vote",
            "Les Sénégalais de l'extérieur demandent le vote des expatriés, et la diaspora collecte des signatures.",
        ),
    },
    "skills": {
        "ar": ("هجرة الأدمغة تفرغ المستشفيات", "هجرة الأطباء إلى الخارج نزيف للكفاءات، بحسب نقابة الأطباء."),
        "en": (
            "Brain drain empties the wards",
            "Foreign doctors are wanted abroad, and skilled migrants have their foreign qualifications recognised.",
        ),
        "fr": (
            "La fuite des cerveaux vide les hôpitaux",
            "L'exode des médecins continue ; à l'étranger, la reconnaissance des diplômes attire les migrants qualifiés.",
        ),
    },
    "gender": {
        "ar": ("نساء لاجئات يروين العنف", "النساء اللاجئات يتعرضن للعنف الجنسي، وتطالب النساء المهاجرات بالحماية."),
        "en": (
            "Refugee women speak of violence",
            "Migrant women tell of sexual violence on the way, and refugee girls of forced marriage.",
        ),
        "fr": (
            "Des femmes migrantes racontent",
            "Les femmes réfugiées subissent des violences sexuelles ; des migrantes enceintes sont seules.",
        ),
    },
    "minors": {
        "ar": ("قاصرون غير مصحوبين في مراكز صقلية", "الأطفال المهاجرون والقاصرين ينتظرون أوصياء، بحسب اليونيسف."),
        "en": (
            "Unaccompanied minors wait in Sicily",
            "Migrant children and unaccompanied minors wait for guardians, says Unicef.",
        ),
        "fr": (
            "Des mineurs isolés attendent en Sicile",
            "Les mineurs non accompagnés et enfants migrants attendent un tuteur, selon l'Unicef.",
        ),
    },
    "narratives": {
        "ar": ("خطاب الكراهية ضد المهاجرين", "استطلاع رأي يظهر تنامي العنصرية تجاه اللاجئين وكراهية الأجانب."),
        "en": (
            "Xenophobia against migrants grows",
            "A poll finds more racism towards refugees; hate speech against immigrants spreads.",
        ),
        "fr": (
            "La xénophobie gagne du terrain",
            "Un sondage montre plus de racisme envers les réfugiés et des discours de haine contre les migrants.",
        ),
    },
    "cities": {
        "ar": ("البلدية تطلق برنامجا لاندماج اللاجئين", "قال رئيس البلدية إن دورات اللغة تساعد على اندماج المهاجرين في المدينة."),
        "en": (
            "Mayor opens integration programme for refugees",
            "The city council pays for language courses so that migrants settle in the city.",
        ),
        "fr": (
            "La mairie lance l'intégration des réfugiés",
            "Le maire et la municipalité paient des cours de français aux migrants de la ville.",
        ),
    },
}

NOT = [
    (
        "en",
        "Bank launches a rescue plan",
        "The rescue plan for the bank and a rescue package were agreed. A migrant passed by.",
        "rescue",
    ),
    ("fr", "Plan de sauvetage pour la filière", "Le plan de sauvetage financier est adopté. Des migrants passent.", "rescue"),
    ("ar", "خطة إنقاذ للبنوك", "أقرت خطة الإنقاذ وصندوق إنقاذ للبنوك. مر مهاجر.", "rescue"),
    ("en", "Drug smuggling ring held", "A drug smuggler and arms smuggling were found near migrants.", "smuggling"),
    ("ar", "ضبط مهربي مخدرات", "أوقف مهربو المخدرات وتهريب السلاح قرب مهاجرين.", "smuggling"),
    (
        "fr",
        "Le traitement des réfugiés",
        "Le traitement médical des réfugiés et le traitement des dossiers des migrants.",
        "smuggling",
    ),
    ("fr", "Il tente de rejoindre la plage", "Des migrants tentaient de rejoindre l'Angleterre ; il tente encore.", "reception"),
    (
        "en",
        "Regional integration of markets",
        "Economic integration and regional integration of Africa, with migration.",
        "cities",
    ),
    ("fr", "Un avis très attendu sur les étrangers", "Très attendu, très discuté, très commenté par les étrangers.", "diaspora"),
    ("en", "Populous county counts its immigrants", "The population grew; the population of immigrants is large.", "narratives"),
    ("ar", "رحلات جديدة للمهاجرين", "مرحلة جديدة من رحلات المهاجرين ومراحل السفر.", "return"),
    ("ar", "أفرج عنه بكفالة", "أفرج القضاء عن مهاجر بكفالة مالية، وزار خادم الحرمين الشريفين المدينة.", "recruitment"),
    (
        "en",
        "Aid workers reach the camp",
        "Aid workers and health workers met the Labour party leader; refugees waited.",
        "recruitment",
    ),
    (
        "fr",
        "Recrutement de jihadistes",
        "Le recrutement de jihadistes inquiète ; des travailleurs sociaux aident des réfugiés.",
        "recruitment",
    ),
    (
        "en",
        "Anti-immigration party wins seats",
        "The anti-immigrant party will vote on the budget with migrants in mind.",
        "narratives",
    ),
    ("ar", "الحزب المناهض للهجرة يفوز", "فاز الحزب المعادي للمهاجرين بمقاعد إضافية.", "narratives"),
    ("ar", "نزوح الأسر هربا من القصف", "نزحت الأسر هربا من المعارك، ولجأ النازحون إلى المدارس.", "smuggling"),
    ("en", "Homeland Security speaks on visas", "Homeland Security told immigrants of new forms.", "return"),
    ("fr", "Il refuse de marier un étranger sous OQTF", "Le maire n'a pas marié un étranger sous OQTF.", "return"),
]


@pytest.fixture(scope="module")
def tagger() -> TopicTagger:
    return TopicTagger()


def given_topics(tagger: TopicTagger, title: str, text: str, language: str, *, themes: tuple[str, ...] = THEMES) -> list[str]:
    return [label.value for label in tagger.labels(title, text, language, themes=themes) if label.given]


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
@pytest.mark.parametrize("topic", topics())
def test_a_topic_is_given_in_each_language(tagger: TopicTagger, topic: str, language: str) -> None:
    title, text = NEWS[topic][language]
    assert topic in given_topics(tagger, title, text, language)


@pytest.mark.parametrize(("language", "title", "text", "topic"), NOT)
def test_words_of_other_trades_give_no_topic(tagger: TopicTagger, language: str, title: str, text: str, topic: str) -> None:
    assert topic not in given_topics(tagger, title, text, language)


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_a_label_says_what_carried_it(tagger: TopicTagger, language: str) -> None:
    title, text = NEWS["rescue"][language]
    label = next(label for label in tagger.labels(title, text, language, themes=THEMES) if label.value == "rescue")
    assert (label.kind, label.threshold, label.actor) == ("topic", THRESHOLD, f"topics {tagger.version}")
    assert label.evidence in (title, text.strip())
    assert label.terms
    written = f"{title} {text}".casefold()
    assert all(surface.casefold() in written for surface, _ in label.terms)
    weights = [weight for _, weight in label.terms]
    assert weights == sorted(weights, reverse=True)


def test_the_evidence_is_the_sentence_that_says_most(tagger: TopicTagger) -> None:
    text = "The minister spoke. A rescue ship saved migrants from drowning off Sfax. He then left.\nNobody asked why."
    label = next(label for label in tagger.labels("Speech", text, "en", themes=THEMES) if label.value == "rescue")
    assert label.evidence == "A rescue ship saved migrants from drowning off Sfax."


def test_detection_stands_beside_its_theme_only(tagger: TopicTagger) -> None:
    title, text = NEWS["detection"]["en"]
    alone = {label.value: label.given for label in tagger.labels(title, text, "en", themes=("labour",))}
    assert alone["detection"] is False
    assert tagger.labels(title, text, "de") == ()


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("ar", "ارتفاع تحويلات المصريين بالخارج", "قال البنك المركزي إن تحويلات المصريين بالخارج ارتفعت."),
        ("fr", "Les transferts de fonds de la diaspora en hausse", "Les transferts d'argent de la diaspora augmentent."),
    ],
)
def test_what_stands_aside_of_one_topic_counts_for_another(tagger: TopicTagger, language: str, title: str, text: str) -> None:
    assert given_topics(tagger, title, text, language) == ["remittances"]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("ar", "إيقاف 17 مهاجرا قرب الحدود"),
        ("en", "Police caught 26 illegal immigrants in a van"),
        ("fr", "Arrestation de 11 subsahariens près de la clôture"),
    ],
)
def test_a_form_may_hold_any_number(tagger: TopicTagger, language: str, title: str) -> None:
    assert given_topics(tagger, title, "", language) == ["detection"]


def test_a_form_names_words_as_read_as_written_and_numbers() -> None:
    finder = FormFinder("en")
    found = {hit.form.words: (hit.first, hit.last) for hit in finder.hits(["Saved", "12", "migrants", "at", "sea"])}
    assert found["save", "#"] == (0, 1)
    assert finder.hits(["sea"]) == []


def test_a_theme_lets_a_topic_stand_or_supports_it(tagger: TopicTagger) -> None:
    title, text = NEWS["return"]["fr"]
    assert "return" not in given_topics(tagger, title, text, "fr", themes=())
    assert "return" in given_topics(tagger, title, text, "fr", themes=("protection",))
    needs = rules()["asylum"]
    assert needs.need_beside({"protection"}) < needs.need_beside({"labour"}) == needs.need_beside(set()) == needs.need
    opinion = rules()["narratives"]
    assert opinion.need_beside(set()) < opinion.need_beside({"protection"}) == opinion.need


def test_recall_counts_neither_what_may_go_either_way_nor_what_is_not_filed() -> None:
    row = {"part": "blind", "topics": ["return", "asylum"], "either": ["reception"]}
    found = [topics_recall.filing(row, language="ar", given=frozenset({"return", "reception", "cities"}))]
    lines = list(topics_recall.table(found))
    assert lines[2] == "| blind, all | 1 | 1/2 | 0.50 | 0.09–0.91 | 1/2 | 0.50 | 0.09–0.91 |"
    assert lines[3].startswith("| blind, ar | 1 | 1/2 |")
    assert [topics_recall.found_of(topic, "blind", found) for topic in ("return", "asylum", "cities")] == ["1/1", "0/1", "0/0"]
    assert topics_recall.found_of("return", "development", found) == "0/0"


def test_articles_were_filed_under_topics_there_are() -> None:
    for row in topics_recall.filed().values():
        assert set(row["topics"]) | set(row["either"]) <= set(topics())
        assert not set(row["topics"]) & set(row["either"])
        assert row["part"] in topics_recall.PARTS


def test_a_mention_far_from_people_on_the_move_weighs_less(tagger: TopicTagger) -> None:
    near = "Migrant women were there. " * 2
    far = (
        "Women were there. " * 2
        + "The harvest was good and the price of tea rose in all the markets of the town. " * 2
        + "Migrants."
    )
    scores = [{x.value: x.score for x in tagger.labels("News", text, "en")}.get("gender", 0) for text in (near, far)]
    assert scores[0] > scores[1]


def test_only_what_is_about_migration_has_topics(tagger: TopicTagger) -> None:
    classifier = ThemeClassifier.load()
    for title, text in (("Coast guard rescues fishermen", "Two fishermen were rescued after their boat capsized."), ("", "")):
        labels = classifier.labels(title, text, "en")
        if not labels[0].given:
            assert tagger.labels_beside(title, text, "en", labels=labels) == ()
    title, text = NEWS["rescue"]["en"]
    labels = classifier.labels(title, text, "en")
    assert labels[0].given
    assert "rescue" in [label.value for label in tagger.labels_beside(title, text, "en", labels=labels) if label.given]


@given(st.text(max_size=400), st.sampled_from(["ar", "en", "fr"]))
@settings(max_examples=60, deadline=None)
def test_any_text_is_borne(text: str, language: str) -> None:
    for label in TOPICS.labels(text[:50], text, language):
        assert 0 <= label.score <= 1
        assert len(label.evidence) <= 300


TOPICS = TopicTagger()


def test_a_huge_text_costs_no_more_than_its_beginning(tagger: TopicTagger) -> None:
    title, text = NEWS["rescue"]["en"]
    began = process_time()
    long = tagger.labels(title, f"{text} " + string.ascii_lowercase * 40_000, "en")
    assert process_time() - began < 2
    assert long[0].value == "rescue"
    assert tagger.labels("", "migrants rescued " * 5000, "en") == tagger.labels("", ("migrants rescued " * 5000)[:READ], "en")


def test_every_topic_has_a_rule_and_a_name_in_each_language() -> None:
    assert set(rules()) == set(topics())
    names = [topic_name(topic, language) for topic in topics() for language in languages()]
    assert len(set(names)) >= len(names) - 1  # «diaspora» is a word of two of them
    assert topics_by_name()["Asile"] == topics_by_name()["اللجوء"] == topics_by_name()["asylum"] == "asylum"
    with pytest.raises(BadInput):
        topic_name("weather", "en")


#: Articles of the demo newsroom and what each is plainly about.
DEMO = {
    "almasar/kerkennah-wreck": ("ar", {"rescue"}),
    "nahr/asylum-committee-rules": ("ar", {"asylum"}),
    "jisr/sweden-integration-tests": ("ar", {"cities", "narratives"}),
    "crossroads/addis-saudi-returns": ("en", {"return"}),
    "harbour/lebanon-expatriate-ballot": ("en", {"diaspora"}),
    "jisr/kenya-jordan-domestic-work": ("ar", {"recruitment"}),
    "crossroads/qatar-site-guards": ("en", {"recruitment"}),
    "rivages/crau-saisonniers-peches": ("fr", {"recruitment"}),
    "rivages/marseille-gymnase-mineurs": ("fr", {"minors", "reception"}),
    "dunes/loi-trafic-migrants-agadez": ("fr", {"smuggling"}),
    "dunes/djado-orpailleurs-etrangers": ("fr", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", DEMO)
def test_topics_of_the_demo_newsroom(tagger: TopicTagger, name: str) -> None:
    piece = next(piece for piece in load_pieces() if piece.name == name)
    language, wanted = DEMO[name]
    assert wanted == set(given_topics(tagger, piece.title, piece.text, language, themes=piece.themes))
