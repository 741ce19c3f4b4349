"""The lexicon names the same concepts in three languages and finds them in running text."""

from __future__ import annotations

import pytest

from newsdesk.analysis import analyse
from newsdesk.lexicon import concepts, families, find_concepts
from newsdesk.themes import SECTIONS, theme_name
from newsdesk.values import THEMES

LANGUAGES = ("ar", "en", "fr")


def found(text: str, language: str) -> list[str]:
    return [mention.concept for mention in find_concepts(analyse(text, language), language)]


def test_every_concept_has_a_name_and_forms_in_each_language() -> None:
    assert len(concepts()) >= 60
    lacking = [
        (concept.key, language)
        for concept in concepts().values()
        for language in LANGUAGES
        if not concept.names.get(language) or not concept.forms.get(language)
    ]
    assert lacking == []


def test_families_hold_terms_to_choose_between() -> None:
    assert {"status", "person", "arrivals", "removal"} <= families().keys()
    assert all(len(members) >= 2 for members in families().values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_found_as_its_concept(language: str) -> None:
    lost = [
        (concept.key, form)
        for concept in concepts().values()
        for form in concept.forms[language]
        if concept.key not in found(form, language) and not _claimed_by_a_sibling(concept.key, form, language)
    ]
    assert lost == []


def _claimed_by_a_sibling(key: str, form: str, language: str) -> bool:
    family = concepts()[key].family
    return bool(family) and any(concepts()[name].family == family for name in found(form, language))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Police held two hundred illegal immigrants near the port.", {"illegal_migrant", "immigrant"}),
        ("en", "Undocumented workers and asylum-seekers asked for help.", {"undocumented_migrant", "asylum_seeker"}),
        ("en", "Remittances grew while brain drain went on.", {"remittances", "brain_drain"}),
        ("en", "The dinghy sank; a rescue ship came from Sfax.", {"rescue"}),
        ("fr", "Des migrants en situation irrégulière ont été interceptés.", {"irregular_migrant", "migrant"}),
        ("fr", "L’immigration clandestine et les passeurs, dit-il.", {"clandestine_migrant", "smuggling"}),
        ("fr", "Les sans-papiers et les demandeurs d’asile manifestent.", {"undocumented_migrant", "asylum_seeker"}),
        ("fr", "La fuite des cerveaux inquiète, les transferts de fonds aussi.", {"brain_drain", "remittances"}),
        ("ar", "أوقفت الشرطة عشرات المهاجرين غير الشرعيين قرب الميناء", {"illegal_migrant", "migrant"}),
        ("ar", "تراجعت الهجرة غير النظامية نحو أوروبا", {"irregular_migrant", "migration"}),
        ("ar", "طالب عمال بإلغاء نظام الكفالة", {"kafala"}),
        ("ar", "ارتفعت تحويلات المغتربين وتواصلت هجرة الأدمغة", {"remittances", "brain_drain"}),
    ],
)
def test_concepts_are_found_in_sentences(language: str, text: str, expected: set[str]) -> None:
    assert expected <= set(found(text, language))


@pytest.mark.parametrize(
    ("language", "text", "absent"),
    [
        ("en", "Natural gas is regularly sold.", "regularisation"),
        ("en", "The transition took years.", "transit"),
        ("fr", "Une demande d’asile a été déposée.", "asylum_seeker"),
        ("fr", "Ses déplacements ont été nombreux.", "displaced_person"),
        ("ar", "أفرج عنه بكفالة مالية", "kafala"),
        ("ar", "زار خادم الحرمين المدينة في مرحلة أولى", "maid"),
        ("ar", "بداية العام الهجري الجديد", "migration"),
    ],
)
def test_words_of_the_same_stem_are_told_apart(language: str, text: str, absent: str) -> None:
    assert absent not in found(text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_are_those_of_the_passage(language: str) -> None:
    text = {"ar": "قال إن اللاجئين وصلوا", "en": "He said refugees came", "fr": "Il dit que les réfugiés viennent"}[language]
    (mention,) = find_concepts(analyse(text, language), language)
    assert text[mention.start : mention.end] in {"اللاجئين", "refugees", "réfugiés"}


@pytest.mark.parametrize("theme", SECTIONS)
def test_themes_have_a_name_in_each_language(theme: str) -> None:
    names = {theme_name(theme, language) for language in LANGUAGES}
    assert len(names) == 3
    assert theme_name(theme, "de") == theme_name(theme, "en")
    assert set(THEMES) < set(SECTIONS)
