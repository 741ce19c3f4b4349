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


@pytest.mark.parametrize("language", BODY)
def test_no_field_keeps_what_neither_xml_nor_a_terminal_bears(language: str):
    odd = "\x08\x1b\x9b\ufffe"
    linked = json.dumps({"@type": "NewsArticle", "headline": f"A title {odd}", "author": f"A{odd} B"})
    saved = article(language, head=f'<script type="application/ld+json">{linked}</script>')
    saved = saved.replace("</h1>", "&#27;</h1>").replace("</p>", " &#8;&#x1F;&#x01;&#65;</p>")
    imported = json.dumps({"title": odd, "text": f"{BODY[language]}{odd}\n{BODY[language]}", "author": odd, "summary": odd})
    for one in (page(saved), page(imported, media_type=ARTICLE_MEDIA_TYPE)):
        found = extract(one)
        assert found.title
        assert found.text.count(BODY[language]) >= 2
        said = f"{found.title}{found.text}{found.author}{found.summary}"
        assert not {character for character in said if character != "\n" and not character.isprintable()}
    assert extract(page(saved)).text.splitlines()[0].endswith(" A")


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


@settings(max_examples=60)
@given(st.lists(st.sampled_from(MARKUP), max_size=60))
def test_no_markup_makes_extraction_crash(pieces: list[str]):
    with suppress(Refused):
        extract(page("".join(pieces).encode("utf-8", "surrogatepass")))


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "x-unknown", "latin1"]))
def test_no_bytes_make_extraction_crash(body: bytes, charset: str):
    with suppress(Refused):
        extract(page(b"<html><body><p>" + body, charset=charset))


PARAGRAPHS = {language: [f"{text} ({number})." for number in range(4)] for language, text in BODY.items()}
NAVIGATION = {"ar": ("الرئيسية", "العالم"), "en": ("Home", "World"), "fr": ("Accueil", "Monde")}
LAYOUTS = {
    "line breaks": "<div><a href=/>{home}</a> | <a href=/w>{world}</a></div><h1>{title}</h1><div>{broken}<br><br></div>",
    "line breaks in the body": "<h1>{title}</h1>{broken}",
    "a table with the headline": (
        "<table width=100%><tr><td width=150><a href=/>{home}</a><br><a href=/w>{world}</a></td>"
        "<td><h1>{title}</h1>{blocks}</td></tr></table>"
    ),
    "tables in tables": (
        "<table><tr><td><a href=/>{home}</a><br><a href=/w>{world}</a></td><td><table><tr><td><h1>{title}</h1></td></tr>"
        "<tr><td><font size=2>{broken}</font></td></tr></table></td></tr></table>"
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", BODY)
def test_old_layouts_keep_paragraphs_apart_and_the_sites_head_out(language: str, layout: str):
    home, world = NAVIGATION[language]
    paragraphs = PARAGRAPHS[language]
    blocks = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    shown = LAYOUTS[layout].format(home=home, world=world, title=home + world, broken="<br><br>".join(paragraphs), blocks=blocks)
    html = f"<html lang={language}><head><title>{home + world}</title></head><body>{shown}</body></html>"
    assert extract(page(html)).text.splitlines() == paragraphs


def test_a_table_of_data_inside_a_laid_out_page_stays_one():
    rows = "".join(f"<tr><td>{year}</td><td>{1000 + year} people</td></tr>" for year in range(2019, 2024))
    blocks = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS["en"])
    html = f"<html><body><table><tr><td><h1>Arrivals</h1>{blocks}<table>{rows}</table></td></tr></table></body></html>"
    text = extract(page(html)).text
    assert "| 2020 | 3020 people |" in text
    assert text.splitlines()[:4] == PARAGRAPHS["en"]


MISSING = {
    "ar": (
        "عذراً، الصفحة غير موجودة",
        "ربما حُذفت الصفحة التي تبحث عنها أو نُقلت إلى عنوان آخر، ويمكنك العودة إلى الصفحة الرئيسية أو البحث.",
    ),
    "en": (
        "404 - Page not found",
        "The page that you look for may have been removed or moved; go back to the home page or use the search.",
    ),
    "fr": (
        "Erreur 404 : page introuvable",
        "La page que vous cherchez a peut-être été supprimée ou déplacée ; revenez à l’accueil ou cherchez.",
    ),
}


@pytest.mark.parametrize("language", MISSING)
def test_a_page_that_is_not_there_is_no_article_whatever_the_status(language: str):
    title, text = MISSING[language]
    for shown, named in ((title, "The Paper"), ("The Paper", f"{title} | The Paper")):
        html = (
            f"<html><head><title>{named}</title></head><body><h1>{shown}</h1><p>{text}</p><p>{BODY[language]}</p></body></html>"
        )
        with pytest.raises(Refused, match="no such page") as refusal:
            extract(page(html))
        assert refusal.value.code == "not-article"


@pytest.mark.parametrize("language", BODY)
def test_a_home_page_under_the_address_of_an_article_is_no_article(language: str):
    cards = "".join(f"<div><a href=/{n}><h2>{BODY[language][:50]} {n}</h2></a><p>{BODY[language]}</p></div>" for n in range(9))
    head = "<link rel=canonical href='https://news.example/'>"
    with pytest.raises(Refused, match="home page"):
        extract(page(f"<html><head><title>The Paper</title>{head}</head><body><h1>The Paper</h1>{cards}</body></html>"))
    whole = "<p>" + " ".join(PARAGRAPHS[language]) + "</p>"
    careless = f"<html><head><title>A title</title>{head}</head><body><h1>A title</h1>{whole}</body></html>"
    assert extract(page(careless)).title == "A title", "a site that declares its home page everywhere"


@pytest.mark.parametrize("language", BODY)
@pytest.mark.parametrize(
    "notice", ["أعلن هنا: اتصلوا بنا", "Your ad here: call our sales team.", "Votre annonce ici : contactez-nous."]
)
def test_advertising_for_advertising_is_left_out(language: str, notice: str):
    blocks = "".join(f"<p>{paragraph}</p>" for paragraph in (*PARAGRAPHS[language], notice))
    found = extract(page(f"<html><body><article><h1>A title</h1>{blocks}</article></body></html>"))
    assert found.text.splitlines() == PARAGRAPHS[language]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("الثلاثاء 13 أغسطس/آب 2024", "2024-08-13"),
        ("١٣ أغسطس/ آب ٢٠٢٤ - 14:30", "2024-08-13"),
        ("14 آب (أغسطس) 2024", "2024-08-14"),
        ("14 آب، 2024 | 10:30 ص", "2024-08-14"),
        ("أغسطس 14, 2024", "2024-08-14"),
        ("13 غشت 2024", "2024-08-13"),
        ("13 أوت 2024", "2024-08-13"),
        ("١٣/٠٨/٢٠٢٤", "2024-08-13"),
        ("٢٠٢٤/٠٨/١٣", "2024-08-13"),
        ("8 صفر 1446 هـ - 13 أغسطس 2024 م", "2024-08-13"),
        ("الثلاثاء ٠٨ صفر ١٤٤٦هـ", "None"),
        ("أغسطس 2024", "None"),
        ("2024", "None"),
    ],
)
def test_dates_as_arabic_papers_write_them(written: str, day: str):
    html = article("ar", top=f"<div class=meta>{written}</div>")
    assert str(read(page(html)).day) == day
