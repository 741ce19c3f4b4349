"""Whole pages of several make, three languages and four charsets: what is read of each."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import extract, read
from newsdesk.errors import Refused
from newsdesk.values import ARTICLE_MEDIA_TYPE, Hint, Page

PAGES = Path(__file__).parent / "pages"
GOLD = [json.loads(line) for line in (PAGES / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
NOW = datetime(2024, 11, 1, 12, tzinfo=UTC)
BODY = {
    "ar": "وصل إلى الجزيرة أمس مئة وعشرون مهاجراً على متن قاربين، وقالت السلطات إنها نقلتهم إلى مركز الاستقبال في المدينة.",
    "en": "One hundred and twenty people reached the island in two boats, and the authorities took them to the centre in town.",
    "fr": "Cent vingt personnes sont arrivées sur l’île à bord de deux bateaux, et les autorités les ont conduites au centre.",
}


def page(body: bytes | str, **fields: object) -> Page:
    raw = body.encode("utf-8") if isinstance(body, str) else body
    given_fields: dict[str, object] = {"url": "https://news.example/2/story", "fetched_at": NOW, **fields}
    return Page(body=raw, **given_fields)  # type: ignore[arg-type]


def article(language: str, head: str = "", top: str = "") -> str:
    text = "".join(f"<p>{BODY[language]} ({number})</p>" for number in range(4))
    return f"<html><head><meta charset=utf-8><title>A title</title>{head}</head><body><h1>A title</h1>{top}{text}</body></html>"


def f1(one: str, other: str) -> float:
    bags = [Counter(re.findall(r"\w+", text.lower())) for text in (one, other)]
    shared = sum((bags[0] & bags[1]).values())
    return 2 * shared / (sum(bags[0].values()) + sum(bags[1].values()))


@pytest.mark.parametrize("gold", GOLD, ids=[row["path"] for row in GOLD])
def test_a_page_gives_its_article_and_nothing_around_it(gold: dict[str, str]):
    reading = read(page((PAGES / gold["path"]).read_bytes(), url=gold["url"], charset=gold["charset"]))
    found = reading.extracted
    assert f1(found.text, gold["text"]) >= 0.98, found.text
    assert found.published is not None
    assert {
        "title": found.title,
        "author": found.author,
        "canonical": found.canonical_url,
        "language": found.language,
        "day": str(reading.day),
        "origin": found.published.origin,
    } == {name: gold[name] for name in ("title", "author", "canonical", "language", "day", "origin")}


@pytest.mark.parametrize("language", BODY)
def test_the_hint_of_a_feed_fills_what_the_page_leaves_out(language: str):
    hint = Hint(author="Amal B.", published=datetime(2024, 10, 2, 8, 30, tzinfo=UTC))
    found = extract(page(article(language), hint=hint))
    assert found.author == "Amal B."
    assert found.published is not None
    assert (found.published.at, found.published.precision, found.published.origin) == (hint.published, "minute", "feed")


def test_the_body_in_json_ld_stands_in_for_a_page_drawn_by_script():
    body = " ".join([BODY["en"]] * 4)
    script = json.dumps({"@type": "NewsArticle", "headline": "Boats reach the island", "articleBody": body})
    html = f'<html><head><script type="application/ld+json">{script}</script></head><body><div id=app></div></body></html>'
    found = extract(page(html))
    assert found.title == "Boats reach the island"
    assert found.text == body


@pytest.mark.parametrize(
    ("body", "fields", "code"),
    [
        ("", {}, "empty"),
        ("<html><body><nav><a href=/>Home</a></nav></body></html>", {}, "empty"),
        (b"%PDF-1.7 and so on", {}, "not-html"),
        ("<html><body><p>x</p></body></html>", {"media_type": "image/png"}, "not-html"),
        (b"<p>" + b"x" * 8_000_001, {}, "too-large"),
        ("<html><title>Just a moment...</title><body><p>Checking your browser before you enter.</p></body></html>", {},
         "blocked"),
        ("<html><title>Le Journal</title><body><p>Cet article est réservé aux abonnés. Déjà abonné ? Connectez-vous.</p>"
         "<p>Profitez de notre offre de printemps.</p></body></html>", {}, "blocked"),
        ("<html><title>تحقق من أنك لست روبوتا</title><body><p>"
         "يرجى تفعيل جافا سكريبت في المتصفح ثم إعادة المحاولة بعد قليل.</p></body></html>",
         {}, "blocked"),
        (article("en"), {"url": "https://news.example/"}, "not-article"),
        (article("ar"), {"url": "https://news.example/ar/"}, "not-article"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused_by_code(body: str | bytes, fields: dict[str, object], code: str):
    with pytest.raises(Refused) as refusal:
        extract(page(body, **fields))
    assert refusal.value.code == code
    assert str(refusal.value)


def test_an_article_that_speaks_of_bot_walls_is_no_wall():
    text = "<p>Access denied, said the letter, and please enable javascript.</p>" + f"<p>{BODY['en']}</p>" * 12
    assert extract(page(f"<html><title>Access denied: a story</title><body><h1>A story</h1>{text}</body></html>")).text


@pytest.mark.parametrize("language", BODY)
def test_an_imported_article_is_taken_over(language: str):
    fields = {"title": " A\ntitle ", "text": f"{BODY[language]}\n\n  {BODY[language]} ", "date": "2015-07-25", "lang": language}
    name = "urn:newscentre:set:1"
    reading = read(page(json.dumps(fields), media_type=ARTICLE_MEDIA_TYPE, url=name))
    found = reading.extracted
    assert (found.title, found.language, found.canonical_url) == ("A title", language, name)
    assert found.text == f"{BODY[language]}\n{BODY[language]}"
    assert str(reading.day) == "2015-07-25"


@pytest.mark.parametrize("body", ["[1]", "{", '{"title": "x"}', '{"text": 3}', "[" * 100_000])
def test_an_imported_article_that_is_none_is_refused(body: str):
    with pytest.raises(Refused):
        extract(page(body, media_type=ARTICLE_MEDIA_TYPE))


def test_deep_nesting_and_endless_lists_end_in_an_answer():
    assert extract(page(f"<html><body><h1>T</h1>{'<ul><li>' * 100}{BODY['en'] * 5}")).text
    with pytest.raises(Refused, match="no article text"):
        extract(page(f"<html><body>{'<div>' * 50_000}{BODY['en'] * 5}"))
    with pytest.raises(Refused, match="elements"):
        extract(page(f"<html><body>{'<i></i>' * 150_001}"))


def test_script_in_a_title_stays_text():
    found = extract(
        page(article("en", head='<meta property="og:title" content="&lt;script&gt;alert(1)&lt;/script&gt; Boats arrive">'))
    )
    assert "title" in found.title.lower() or "alert" in found.title


MARKUP = [
    *("<p>", "</p>", "<h1>", "</h1>", "<script type='application/ld+json'>", "</script>", "<table><tr><td>", "&#x0;", "</body>"),
    *(
        "2024-99-99",
        "[[[[",
        '{"@type":"NewsArticle","datePublished":',
        "<time datetime='x'>",
        "١٢ آب ٢٠٢٤",
        "\ud83d",
        "<!--",
        "]]>",
    ),
    *("<meta charset=utf-16>", BODY["ar"], BODY["fr"], "<a href='http://[::1'>", "<link rel=canonical href='http://['>"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKUP), max_size=60))
def test_no_markup_makes_extraction_crash(pieces: list[str]):
    with suppress(Refused):
        extract(page("".join(pieces).encode("utf-8", "surrogatepass")))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "x-unknown", "latin1"]))
def test_no_bytes_make_extraction_crash(body: bytes, charset: str):
    with suppress(Refused):
        extract(page(b"<html><body><p>" + body, charset=charset))
