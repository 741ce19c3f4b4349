"""Nothing is left untranslated, no placeholder is lost, the compiled catalogues are current, and plurals are right."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext

from newscentre.site.templatetags.newscentre import listed
from tests.newscentre.site.messages import LOCALE, TRANSLATED, catalogue, collected, compiled


def test_messages_are_found_in_code_in_templates_and_in_search() -> None:
    found = collected()
    for message in (
        "Your password is changed.",
        "Skip to the content",
        "The query ends too early.",
        ("%(shown)s outlet", "%(shown)s outlets"),
    ):
        assert message in found
    assert len(found) > 250


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = []
    for message in collected():
        found = known.get(message)
        strings = found.string if found is not None and isinstance(found.string, tuple | list) else (found and found.string,)
        if found is None or not all(strings) or found.fuzzy:
            missing.append(message)
    assert missing == [], "python -m tests.newscentre.site.messages adds them to the catalogues"


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_markup_survive(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        plural = isinstance(message.id, tuple | list)
        wanted = re.findall(r"%\(\w+\)s|%[sd]|</?\w+>", message.id[-1] if plural else message.id)
        for string in message.string if plural else (message.string,):
            found = re.findall(r"%\(\w+\)s|%[sd]|</?\w+>", string)
            assert sorted(found) == sorted(wanted) or (plural and not found), (message.id, string)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_current(language: str) -> None:
    assert (LOCALE / language / "LC_MESSAGES" / "django.mo").read_bytes() == compiled(language)


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("ar", 0, "لا مقالات"), ("ar", 1, "مقال واحد"), ("ar", 2, "مقالان"), ("ar", 3, "3 مقالات"), ("ar", 10, "10 مقالات"),
        ("ar", 11, "11 مقالا"), ("ar", 99, "99 مقالا"), ("ar", 100, "100 مقال"), ("ar", 103, "103 مقالات"),
        ("ar", 111, "111 مقالا"),
        ("en", 0, "0 articles"), ("en", 1, "1 article"), ("en", 2, "2 articles"),
        ("fr", 0, "0 article"), ("fr", 1, "1 article"), ("fr", 2, "2 articles"),
    ],
)  # fmt: skip
def test_plurals(language: str, number: int, words: str) -> None:
    with translation.override(language):
        assert ngettext("%(shown)s article", "%(shown)s articles", number) % {"shown": number} == words


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_stands_side_by_side_has_names_of_its_own(language: str) -> None:
    with translation.override(language):
        for side_by_side in (("Theme", "Topic", "Story", "Subject"), ("Themes", "Topics", "Stories"), ("Address", "Title")):
            assert len(set(map(gettext, side_by_side))) == len(side_by_side), side_by_side


@pytest.mark.parametrize("language", TRANSLATED)
def test_typography(language: str) -> None:
    """French sets a narrow space before high punctuation; Arabic uses its own comma, semicolon and question mark."""
    for message in catalogue(language):
        for string in message.string if isinstance(message.string, tuple | list) else (message.string,):
            if not message.id:
                continue
            bare = re.sub(r"%\(\w+\)s|https?://\S+|<[^>]+>", "", string)
            if language == "fr":
                assert not re.search(r"(?<=\w)[;?!](?:\s|$)| [:;?!»]|« |'|«[^\u202f\xa0]|[^\u202f\xa0]»", bare), string
            else:
                assert not re.search(r"(?<=[\u0600-\u06ff])\s*[,;?](?!»)", bare), string


@pytest.mark.parametrize(
    ("language", "two", "three"),
    [
        ("ar", "<bdi>أ</bdi> و<bdi>b</bdi>", "<bdi>أ</bdi> و<bdi>b</bdi> و<bdi>&lt;</bdi>"),
        ("en", "<bdi>أ</bdi> and <bdi>b</bdi>", "<bdi>أ</bdi>, <bdi>b</bdi>, and <bdi>&lt;</bdi>"),
        ("fr", "<bdi>أ</bdi> et <bdi>b</bdi>", "<bdi>أ</bdi>, <bdi>b</bdi> et <bdi>&lt;</bdi>"),
    ],
)
def test_each_of_a_list_is_said_once_in_its_own_direction(language: str, two: str, three: str) -> None:
    with translation.override(language):
        assert [listed("أ"), listed("أb"), listed("أb<")] == ["<bdi>أ</bdi>", two, three]
