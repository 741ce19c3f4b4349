"""The parts of extraction one by one: charsets, dates, addresses, names, what stands around a text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml.html import HtmlElement

from crawler.extract.authors import find_author
from crawler.extract.dates import Dated, find_published
from crawler.extract.datetexts import in_address, in_text, machine_readable
from crawler.extract.declared import Declared, read_declared
from crawler.extract.decode import decode
from crawler.extract.identity import canonical_url, normalised
from crawler.extract.naming import find_title, headline_element
from crawler.extract.refusals import refuse_missing
from crawler.extract.text import without_surroundings
from crawler.extract.tree import parse, unfold_tables
from newsdesk.errors import Refused
from newsdesk.values import Hint

NOW = datetime(2024, 11, 1, 12, tzinfo=UTC)
ARABIC = "وصل المهاجرون إلى مركز الاستقبال في المدينة القديمة صباح اليوم"
FRENCH = "Les réfugiés ont été accueillis à l’école, où l’été s’achève déjà"
CAPITALS = "ÉLECTIONS À ÉVRY : L’ÉTÉ DES ÉLUS — ÇA S’ACHÈVE"
ENGLISH = "The council’s “new” centre — open day and night"


@pytest.mark.parametrize(
    ("text", "encoding", "server", "meta"),
    [
        (ARABIC, "cp1256", "", "windows-1256"),
        (ARABIC, "cp1256", "iso-8859-1", "utf-8"),
        (ARABIC, "cp1256", "windows-1252", ""),
        (ARABIC, "cp1256", "", ""),
        (ARABIC, "cp1256", "utf-8", "utf-8"),
        (ARABIC, "cp1256", "iso-8859-6", "iso-8859-6"),
        (ARABIC, "cp1256", "utf-16", "utf-16"),
        (ARABIC, "iso-8859-6", "", ""),
        (ARABIC, "iso-8859-6", "utf-8", "utf-8"),
        (ARABIC, "iso-8859-6", "windows-1256", "windows-1256"),
        (ARABIC, "utf-8", "iso-8859-6", "x-nonsense"),
        (ARABIC, "utf-16-be", "utf-8", "utf-8"),
        (ARABIC, "utf-16", "windows-1256", "iso-8859-6"),
        (ARABIC, "utf-32", "", "utf-8"),
        (ARABIC, "iso-8859-6", "iso-8859-6", ""),
        (ARABIC, "utf-8", "windows-1256", "windows-1256"),
        (ARABIC, "utf-16", "", "utf-8"),
        (ARABIC, "utf-16-le", "", ""),
        (ARABIC, "utf-8-sig", "iso-8859-1", ""),
        (FRENCH, "cp1252", "", "iso-8859-1"),
        (FRENCH, "cp1252", "", ""),
        (FRENCH, "cp1252", "windows-1256", "windows-1256"),
        (CAPITALS, "cp1252", "", ""),
        (CAPITALS, "cp1252", "windows-1256", "utf-8"),
        (FRENCH, "utf-16-le", "windows-1252", ""),
        (FRENCH, "utf-8", "utf-16", "utf-16"),
        (FRENCH, "cp1252", "utf-8", "utf-16"),
        (FRENCH, "utf-8", "iso-8859-1", "iso-8859-1"),
        (ENGLISH, "cp1252", "iso-8859-1", ""),
        (ENGLISH, "utf-8", "", ""),
        (ENGLISH, "utf-16-be", "", ""),
    ],
)
def test_the_charset_is_what_the_bytes_bear_out(text: str, encoding: str, server: str, meta: str):
    html = f'<html><head><meta charset="{meta}"></head><body><p>{text}</p><p>{text}</p></body></html>'
    assert text in decode(html.encode(encoding), charset=server)


@pytest.mark.parametrize(
    ("text", "between"),
    [
        (ARABIC, "latin-1"),
        (ARABIC, "cp1252"),
        (ARABIC, "cp1256"),
        (FRENCH, "latin-1"),
        (FRENCH, "cp1252"),
        (ENGLISH * 3, "cp1252"),
    ],
)
def test_utf8_that_was_encoded_twice_is_undone(text: str, between: str):
    html = f"<p>{text} {text}</p>"
    # Browsers read a byte that a Western charset leaves open as the control character of its number.
    wrong = "".join(bytes([byte]).decode(between, "ignore") or chr(byte) for byte in html.encode())
    assert decode(wrong.encode()) == html


@pytest.mark.parametrize(
    "text",
    [ARABIC, FRENCH, ENGLISH, "طفل ظمآن وطبيب يظن أن الطريق طويل وظلام الطقس ظاهر والطائرة", "Ã© et Ã¨ : un texte mal codé"],
)
def test_an_honest_text_is_left_as_it_is(text: str):
    assert decode(f"<p>{text} {text}</p>".encode()) == f"<p>{text} {text}</p>"


def test_a_page_cut_in_the_middle_of_a_letter_stays_utf8():
    whole = f"<p>{(ARABIC + ' ') * 20}"
    assert decode(whole.encode()[:-2], charset="windows-1256").startswith(f"<p>{ARABIC}")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("نشر في 7 آب 2015", date(2015, 8, 7)),
        ("٧ أغسطس/آب ٢٠١٥", date(2015, 8, 7)),
        ("الجمعة 24 نيسان / أبريل 2020 09:22 مساءً", date(2020, 4, 24)),
        ("12 غشت 2021", date(2021, 8, 12)),
        ("03 جويلية 2019", date(2019, 7, 3)),
        ("الأحد 15 جانفي 2023", date(2023, 1, 15)),
        ("20 كانون الثاني 2022", date(2022, 1, 20)),
        ("٢٠٢٤/٠٣/١٩", date(2024, 3, 19)),
        ("7 رجب 1445 هـ - 19 يناير 2024", date(2024, 1, 19)),
        ("7 رجب 1445", None),
        ("Posted on Friday, 12 April 2024", date(2024, 4, 12)),
        ("March 3rd, 2024 at 10:15", date(2024, 3, 3)),
        ("Sept. 9, 2021", date(2021, 9, 9)),
        ("Published 25/12/2023", date(2023, 12, 25)),
        ("12/25/2023", date(2023, 12, 25)),
        ("1er mars 2023 à 14h30", date(2023, 3, 1)),
        ("publié le 14 août 2020", date(2020, 8, 14)),
        ("le 05.06.2019", date(2019, 6, 5)),
        ("© 2015", None),
        ("آب 2015", None),
        ("March 2024", None),
        ("mars 2024", None),
        ("2015 - 2024", None),
        ("31 February 2024", None),
        ("call 06 12 2024 55", None),
    ],
)
def test_a_written_day_is_read_and_a_year_or_month_alone_is_none(text: str, day: date | None):
    stated = in_text(text)
    assert (stated.day if stated else None) == day


@pytest.mark.parametrize(
    ("value", "instant", "minute"),
    [
        ("2024-03-19T23:40:00+01:00", datetime(2024, 3, 19, 22, 40, tzinfo=UTC), True),
        ("2024-03-19T23:40Z", datetime(2024, 3, 19, 23, 40, tzinfo=UTC), True),
        ("2024-03-19 23:40:11.250", datetime(2024, 3, 19, 23, 40, 11, tzinfo=UTC), True),
        ("20240319", datetime(2024, 3, 19, tzinfo=UTC), False),
        ("2024-03-19T00:00:00+03:00", datetime(2024, 3, 19, tzinfo=UTC), False),
        ("Tue, 19 Mar 2024 22:40:00 GMT", datetime(2024, 3, 19, 22, 40, tzinfo=UTC), True),
        ("1710888000", datetime(2024, 3, 19, 22, 40, tzinfo=UTC), True),
        ("1710888000000", datetime(2024, 3, 19, 22, 40, tzinfo=UTC), True),
    ],
)
def test_machine_readable_times_keep_their_minute_unless_it_is_midnight(value: str, instant: datetime, minute: bool):
    stated = machine_readable(value)
    assert stated is not None
    assert (stated.instant, stated.at is not None) == (instant, minute)


@pytest.mark.parametrize(
    "value", ["2024", "2024-03", "", "0000-00-00", "2024-13-45T10:00", "yesterday", "9" * 40, "1 Jan 2020 10:00 +9999999999"]
)
def test_what_names_no_day_is_no_date(value: str):
    assert machine_readable(value) is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2020/03/23/incendie", date(2020, 3, 23)),
        ("https://a.example/خبر-2020-03-23-1", date(2020, 3, 23)),
        ("https://a.example/20180516-x", date(2018, 5, 16)),
        ("https://a.example/2020/03/x", None),
        ("https://a.example/id/120201399", None),
    ],
)
def test_the_day_in_an_address(url: str, day: date | None):
    stated = in_address(url)
    assert (stated.day if stated else None) == day


def dated(html: str, *, url: str = "https://a.example/x", hint: Hint | None = None, now: datetime = NOW) -> Dated | None:
    root = parse(f"<html>{html}</html>")
    declared = read_declared(root)
    return find_published(root, declared, headline_element(root, declared), hint=hint or Hint(), url=url, fetched_at=now)


LINKED = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"%s"}</script>'
META = '<meta property="article:published_time" content="%s">'


@pytest.mark.parametrize(
    ("html", "origin", "day"),
    [
        (f"<head>{LINKED % '2024-01-02'}{META % '2024-01-03'}</head><body><h1>T</h1></body>", "json-ld", date(2024, 1, 2)),
        (f"<head>{LINKED % 'soon'}{META % '2024-01-03'}</head><body><h1>T</h1></body>", "meta", date(2024, 1, 3)),
        ("<body><article><h1>Title</h1><time datetime=2024-01-04>4/1</time></article></body>", "time", date(2024, 1, 4)),
        ("<body><h1>Title</h1><p>Updated 9 May 2024</p><p>Published 1 May 2024</p></body>", "text", date(2024, 5, 1)),
        ("<body><h1>العنوان هنا</h1><p>آخر تحديث 9 أيار 2024</p><p>تاريخ النشر 1 أيار 2024</p></body>", "text", date(2024, 5, 1)),
        (
            "<body><h1>Le titre ici</h1><p>Mis à jour le 9 mai 2024</p><p>Publié le 1er mai 2024</p></body>",
            "text",
            date(2024, 5, 1),
        ),
    ],
)
def test_the_most_trusted_source_of_a_date_wins_and_is_named(html: str, origin: str, day: date):
    found = dated(html)
    assert found is not None
    assert (found.published.origin, found.day) == (origin, day)


@pytest.mark.parametrize(
    ("stated", "shown", "day"),
    [
        ("2023-11-09T03:10:00Z", "November 8, 2023", date(2023, 11, 8)),
        ("2023-11-08T21:30:00Z", "9 نوفمبر 2023", date(2023, 11, 9)),
        ("2023-11-08T21:30:00+01:00", "9 novembre 2023", date(2023, 11, 8)),
        ("2023-11-09T13:10:00Z", "November 8, 2023", date(2023, 11, 9)),
        ("2023-11-09T03:10:00Z", "Updated November 8, 2023", date(2023, 11, 9)),
    ],
)
def test_the_day_is_the_one_readers_see_where_only_utc_is_declared(stated: str, shown: str, day: date):
    found = dated(f"<head>{LINKED % stated}</head><body><h1>Title</h1><p>{shown}</p></body>")
    assert found is not None
    assert found.day == day
    assert found.published.at == datetime.fromisoformat(stated)


@pytest.mark.parametrize("footer", ["© 2015", "حقوق النشر ٢٠١٥", "Copyright 2015-2016", "Archives : mars 2015"])
def test_a_year_alone_never_becomes_a_first_of_january(footer: str):
    assert dated(f"<body><h1>Title of it</h1><p>Some words without a day.</p><footer><p>{footer}</p></footer></body>") is None


def test_a_date_in_the_future_is_passed_over_and_one_of_today_is_clamped():
    late, soon = NOW + timedelta(days=9), NOW + timedelta(hours=3)
    found = dated(f"<head>{LINKED % late.isoformat()}{META % soon.isoformat()}</head><body><h1>T</h1></body>")
    assert found is not None
    assert (found.published.at, found.published.origin) == (NOW, "meta")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP://News.Example:80/a//b?utm_source=x&b=2&a=1#top", "http://news.example/a/b?a=1&b=2"),
        ("https://n.example/%d8%aa?fbclid=1", "https://n.example/ت"),
        ("https://n.example", "https://n.example/"),
        ("https://n.example/x?eid=4&xtor=RSS-1", "https://n.example/x?eid=4"),
    ],
)
def test_two_spellings_of_an_address_are_one(one: str, other: str):
    assert normalised(one) == normalised(other)


def test_an_address_that_identifies_by_query_keeps_it():
    assert normalised("http://n.example/news.php?id=5&page=2") == "http://n.example/news.php?id=5&page=2"


@pytest.mark.parametrize(
    ("url", "canonical", "result"),
    [
        ("https://amp.n.example/a/b/amp", "https://www.n.example/a/b", "https://www.n.example/a/b"),
        ("https://m.n.example/a/b", "http://n.example/a/b", "https://n.example/a/b"),
        ("https://n.example/a/b?ref=rss", "/a/b", "https://n.example/a/b"),
        ("https://n.example/a/b", "https://n.example/", "https://n.example/a/b"),
        ("https://n.example/a/b", "https://n.example/a", "https://n.example/a/b"),
        ("https://n.example/a/b", "https://elsewhere.example/a/b", "https://n.example/a/b"),
        ("http://n.example/news.php?id=5", "http://n.example/news.php", "http://n.example/news.php?id=5"),
        ("https://n.example/a/b", "javascript:alert(1)", "https://n.example/a/b"),
        ("https://n.example/a/b", "http://[", "https://n.example/a/b"),
        ("https://n.example/a/b", "http://n.example:99999/a/b", "https://n.example/a/b"),
        ("http://x.localhost:8080/a?utm_medium=x", "http://x.localhost:8080/a", "http://x.localhost:8080/a"),
        ("urn:newscentre:set:1", "https://n.example/a/b", "https://n.example/a/b"),
        ("urn:newscentre:set:1", "https://n.example/", "urn:newscentre:set:1"),
    ],
)
def test_a_declared_address_counts_where_it_can_be_this_page(url: str, canonical: str, result: str):
    assert canonical_url(Declared(canonical=canonical), url) == result


def tree(title: str, heading: str, body: str = "", site: str = "") -> HtmlElement:
    head = f'<title>{title}</title><meta property="og:site_name" content="{site}">'
    return parse(f"<html><head>{head}</head><body><h1>{heading}</h1>{body}</body></html>")


@pytest.mark.parametrize(
    ("title", "heading", "site", "expected"),
    [
        ("وصول مهاجرين إلى الجزيرة - صحيفة الساحل", "صحيفة الساحل", "صحيفة الساحل", "وصول مهاجرين إلى الجزيرة"),
        ("Boats arrive at night | Harbour Post", "Harbour Post", "Harbour Post", "Boats arrive at night"),
        ("Le Littoral : l’accord est signé — Le Littoral", "L’accord est signé", "Le Littoral", "L’accord est signé"),
        ("Boats arrive - and leave again", "", "", "Boats arrive - and leave again"),
        ("Boats arrive" + " | Post" * 300, "", "Post", "Boats arrive"),
    ],
)
def test_a_title_is_without_the_site_name(title: str, heading: str, site: str, expected: str):
    root = tree(title, heading, site=site)
    declared = read_declared(root)
    assert find_title(declared, headline_element(root, declared), Hint(), "https://n.example/x") == expected


@pytest.mark.parametrize(
    ("markup", "author"),
    [
        ('<span class="author">بقلم: سلمى العلوي</span>', "سلمى العلوي"),
        ('<p class="byline">By Maria Antoniou</p>', "Maria Antoniou"),
        ('<a rel="author" href="/x">Par Awa Kaboré</a>', "Awa Kaboré"),
        ('<p class="author">https://n.example/people/7</p>', ""),
        ('<p class="authority">Ministry of Labour</p>', ""),
    ],
)
def test_an_author_is_a_name(markup: str, author: str):
    root = tree("T", "T", body=markup)
    assert find_author(root, read_declared(root), Hint()) == author


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["العنوان", "نشر في 7 آب 2015", "متن الخبر الأول.", "اقرأ أيضاً: خبر آخر", "إعلان الطوارئ في المدينة."], [2, 4]),
        (["The title", "Published 7 August 2015", "The first words.", "READ MORE: another", "Advertisement", "The end."], [2, 5]),
        (["Le titre", "AFP, publié le 7 août 2015", "Les premiers mots.", "À lire aussi : autre chose", "La fin."], [2, 4]),
        (["الرئيسية › أخبار › هجرة", "العنوان", "متن الخبر الأول."], [1, 2]),
        (["Home › Migration", "The title", "The first words. › A list", "Home › again, far down"], [1, 2, 3]),
        (["Accueil → Monde", "Le titre", "« Les premiers mots », dit-il."], [1, 2]),
    ],
)
def test_what_stands_around_a_text_is_dropped(lines: list[str], kept: list[int]):
    assert without_surroundings("\n".join(lines), title=lines[0]) == "\n".join(lines[index] for index in kept)


@pytest.mark.parametrize("title", ["404 error " * 200 + "x", "خطأ 404 " * 200 + "س", "erreur 404 " * 200 + "x"])
def test_titles_made_of_the_words_for_a_missing_page_are_read_in_no_time(title: str):
    refuse_missing(title, None, Declared())
    with pytest.raises(Refused):
        refuse_missing(title[:-1], None, Declared())


@pytest.mark.parametrize(
    "script", ["&#" + "1" * 5_000 + ";", '{"@type": "NewsArticle"} -->' + " " * 50_000 + "x", "// " * 10_000, "[" * 5_000]
)
def test_no_script_stops_a_page_from_being_read(script: str):
    assert read_declared(tree("T", "T", body=f'<script type="application/ld+json">{script}</script>')).linked == ()


def test_the_body_in_json_ld_may_number_characters_that_are_none():
    linked = json.dumps({"@type": "NewsArticle", "headline": "T", "articleBody": f"One &#{'1' * 5_000}; two"})
    (item,) = read_declared(tree("T", "T", body=f'<script type="application/ld+json">{linked}</script>')).linked
    assert item.body == "One \ufffd two"


def test_only_the_parts_of_a_table_that_lays_out_the_page_become_divisions():
    inner = "<table><tr><td>12</td></tr></table>"
    root = tree("T", "T", body=f"<table><tbody><tr><td>{inner}</td></tr></tbody></table>")
    unfold_tables(root)
    assert [element.tag for element in root.find("body").iter() if element.tag != "h1"][1:5] == ["div"] * 4
    assert [element.tag for element in root.find(".//table").iter()] == ["table", "tr", "td"]
