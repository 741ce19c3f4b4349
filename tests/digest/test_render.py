"""Mails and fragments read well in three languages and hold nothing that came in unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from digest.compose import compose
from digest.links import Links
from digest.message import assemble, message_id
from digest.render import Rendered, confirmation, fragment, mail
from digest.values import Digest, Entry, Item, Tag, from_json, to_json
from newsdesk.errors import BadInput, BadSetting
from newsdesk.themes import theme_name
from tests.digest.conftest import NOW, TITLES
from tests.digest.test_compose import candidate

LINKS = Links("https://news.example")
LANGUAGES = ("ar", "en", "fr")
HOSTILE = '<script>alert(1)</script>\u202e" onmouseover="x'


class Balanced(HTMLParser):
    """Checks that every element is closed in order."""

    VOID = frozenset({"meta", "br", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Balanced:
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_says_what_where_and_why_in_its_language(language: str) -> None:
    candidates = [candidate(1, "ar", story=3), candidate(2, "en", story=3), candidate(3, "fr", story=3), candidate(4, language)]
    words = mail(compose(candidates, language), day=NOW.date(), links=LINKS, token="tok")
    page = parsed(words.html)
    for text in (words.text, words.html):
        assert theme_name("protection", language) in text
        assert TITLES[language] in text
        assert f"https://news.example/{language}/digests/unsubscribe/tok/" in text
    decimal = {"ar": "0.91", "en": "0.91", "fr": "0,91"}[language]
    coverage = {"ar": "3 وسائل إعلام، 3 لغات", "en": "3 outlets, 3 languages", "fr": "3 médias, 3 langues"}[language]
    assert decimal in words.text
    assert coverage in words.text
    assert "https://news.example/4" in page.links
    assert "2026" in words.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_headline_carries_its_own_language_and_direction(language: str) -> None:
    html = mail(
        compose([candidate(1, language), candidate(2, "ar"), candidate(3, "fr")], language),
        day=NOW.date(),
        links=LINKS,
        token="t",
    ).html
    assert re.search(r'lang="ar" dir="rtl"', html)
    assert re.search(r'lang="fr" dir="ltr"', html)


def test_text_mails_isolate_foreign_words_and_keep_links_bare() -> None:
    text = mail(compose([candidate(1, "ar"), candidate(2, "en")], "ar"), day=NOW.date(), links=LINKS, token="t").text
    assert text.count("\u2068") == text.count("\u2069")
    for line in text.splitlines():
        if "://" in line:
            assert line.isascii(), "a mark beside an address becomes part of it in many programs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_hostile_gets_through(language: str) -> None:
    bad = candidate(1, language, title=HOSTILE, text=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)")
    digest = compose([bad, candidate(2, "fr" if language != "fr" else "en", title=HOSTILE)], language)
    for html in (mail(digest, day=NOW.date(), links=LINKS, token="t").html, fragment(digest, day=NOW.date(), links=LINKS)):
        page = parsed(html)
        assert "script" not in page.tags
        assert "\u202e" not in html
        assert all(link.startswith("https://") for link in page.links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_fragments_bear_a_strict_policy(language: str) -> None:
    html = fragment(compose([candidate(1, language)], language), day=NOW.date(), links=LINKS)
    assert "style=" not in html
    assert "<html" not in html
    assert f'lang="{language}"' in html
    assert f"/{language}/article/1/" in html


def test_undated_and_folded_items_say_so() -> None:
    text = mail(
        compose([candidate(1, undated=True), candidate(2, original=1), candidate(3, original=1)], "en"),
        day=NOW.date(),
        links=LINKS,
        token="t",
    ).text
    assert "undated" in text
    assert "also in 2 other outlets" in text


def test_days_are_told_without_an_hour() -> None:
    text = mail(compose([candidate(1, precision="day")], "en"), day=NOW.date(), links=LINKS, token="t").text
    assert "14 Mar 2026" in text
    assert "UTC" not in text


def test_other_news_gives_its_relevance_as_reason() -> None:
    text = mail(
        compose([candidate(1, themes=(), countries=(Tag("LY", 0.8, "title"),))], "en"), day=NOW.date(), links=LINKS, token="t"
    ).text
    assert "[Other migration news 0.90 · Libya (in the title)]" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("known", [True, False])
def test_confirmations_lead_to_the_right_page(language: str, known: bool) -> None:
    words = confirmation(language=language, links=LINKS, token="tok", known=known)
    parsed(words.html)
    assert (f"/{language}/digests/confirm/tok/" in words.text) is not known
    assert (f"/{language}/digests/preferences/tok/" in words.text) is known


def test_headers_cannot_be_injected() -> None:
    words = Rendered(subject="News\r\nBcc: all@example.org", text="x", html="<p>x</p>")
    made = assemble(words, sender="A <a@example.org>", to="b@example.org", message_id="<1@example.org>", now=NOW)
    assert made["Bcc"] is None
    assert made["Subject"] == "News Bcc: all@example.org"
    with pytest.raises(BadInput):
        assemble(words, sender="A <a@example.org>", to="b@example.org\r\nBcc: c@example.org", message_id="<1@x>", now=NOW)
    with pytest.raises(BadSetting):
        assemble(words, sender="nobody", to="b@example.org", message_id="<1@x>", now=NOW)


def test_message_ids_are_stable_and_tell_no_secret() -> None:
    one = message_id("digest", "ar", NOW.date(), 7, "secret", sender="A <a@example.org>")
    assert one == message_id("digest", "ar", NOW.date(), 7, "secret", sender="A <a@example.org>")
    assert one != message_id("digest", "ar", NOW.date(), 7, "other", sender="A <a@example.org>")
    assert "secret" not in one
    assert one.endswith("@example.org>")


def test_a_quiet_digest_says_so() -> None:
    quiet = replace(compose([candidate(1, "ar")], "en"), elsewhere=())
    assert "quiet day" in fragment(quiet, day=NOW.date(), links=LINKS)


@pytest.mark.parametrize(("language", "words"), [("en", "because of"), ("fr", "en raison de"), ("ar", "بسبب")])
def test_a_theme_says_which_words_carried_it(language: str, words: str) -> None:
    told = Item(
        article=1, url="https://a.example/1", title="T", snippet="S", language="fr", outlet="A", outlet_country="FR",
        dated_at=NOW, precision="day", undated=False, relevance=0.9,
        themes=(Tag("protection", 0.91, terms=("demandeurs d'asile", "<HCR>")),),
    )  # fmt: skip
    digest = Digest(language=language, entries=(Entry(items=(told,), languages=("fr",)),))
    assert from_json(to_json(digest)) == digest
    words_of = mail(digest, day=NOW.date(), links=LINKS, token="t")
    assert words in words_of.text
    assert "demandeurs d'asile" in words_of.text
    assert "&lt;HCR&gt;" in words_of.html
