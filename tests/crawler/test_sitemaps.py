"""Sitemaps of every kind, whole and broken."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from crawler.sitemaps import MOST_CHILDREN, read_sitemap
from newsdesk.errors import Refused

URL = "https://desk.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><!-- made daily -->
 <url><loc>https://desk.example/old?utm_source=sitemap</loc><news:news><news:publication><news:name>D</news:name>
 <news:language>{language}</news:language></news:publication><news:publication_date>2026-11-18T08:00:00+02:00</news:publication_date>
 <news:title>{title}</news:title></news:news></url>
 <url><loc>https://desk.example/new</loc><lastmod>2026-11-21</lastmod><news:news><news:publication><news:name>D</news:name>
 <news:language>{language}</news:language></news:publication><news:publication_date>2026-11-20</news:publication_date>
 <news:title>{title} 2</news:title></news:news></url><url><loc>javascript:x</loc></url><url/></urlset>"""


@pytest.mark.parametrize(
    ("language", "title"), [("ar", "خبر من الميناء"), ("en", "From the harbour"), ("fr", "Du port à la mer")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_news_sitemap_gives_hints_newest_first(language: str, title: str, packed: bool) -> None:
    body = NEWS.format(language=language, title=title).encode()
    sitemap = read_sitemap(gzip.compress(body) if packed else body, url=URL)
    assert [link.url for link in sitemap.links] == ["https://desk.example/new", "https://desk.example/old"]
    assert sitemap.news
    new, old = sitemap.links
    assert new.hint.published == datetime(2026, 11, 20, tzinfo=UTC)
    assert (old.hint.title, old.hint.language) == (title, language)
    assert old.hint.published == datetime(2026, 11, 18, 6, tzinfo=UTC)


def test_a_last_change_is_no_date_of_publication() -> None:
    body = b"<urlset><url><loc>https://a.example/1</loc><lastmod>2026-11-20T10:00:00Z</lastmod></url></urlset>"
    (link,) = read_sitemap(body, url=URL).links
    assert link.hint.published is None
    assert link.changed == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert not read_sitemap(body, url=URL).news


def test_an_index_leads_to_the_likeliest_first() -> None:
    entries = [
        ("archive-1", ""),
        ("b", "2026-01-01"),
        ("c", "2026-11-01"),
        ("d", ""),
        ("e", ""),
        ("f", ""),
        ("news-today", "2025-01-01"),
    ]
    body = "".join(
        f"<sitemap><loc>https://desk.example/{name}.xml</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>"
        for name, at in entries
    )
    children = read_sitemap(f"<sitemapindex>{body}</sitemapindex>".encode(), url=URL).children
    assert [child.rpartition("/")[2] for child in children[:3]] == ["news-today.xml", "c.xml", "b.xml"]
    assert len(children) == MOST_CHILDREN


def test_a_list_of_addresses_is_a_sitemap_too() -> None:
    sitemap = read_sitemap("\ufeffhttps://desk.example/a\nhttps://desk.example/مقال\n# no\n".encode(), url=URL)
    assert [link.url for link in sitemap.links] == ["https://desk.example/a", "https://desk.example/مقال"]


def test_a_truncated_sitemap_is_read_as_far_as_it_goes() -> None:
    body = NEWS.format(language="en", title="t").encode()
    cut = body[: body.index(b"<lastmod>")]
    assert "https://desk.example/old" in [link.url for link in read_sitemap(cut, url=URL).links]
    assert read_sitemap(gzip.compress(b"<urlset>" + b"<url><loc>https://a.example/1</loc></url>" * 3)[:-6], url=URL).links


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<html><body>no</body></html>", b"<", b"\x1f\x8b\x08broken", b"<?xml version='1.0'?>"]
)
def test_what_is_no_sitemap_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_sitemap(body, url=URL)
    assert caught.value.code == "broken-sitemap"


def test_names_that_are_none_are_passed_over() -> None:
    body = b"<urlset><url><loc>https://a.example/1</loc><news:keywords:more>x</news:keywords:more></url><:/></urlset>"
    assert [link.url for link in read_sitemap(body, url=URL).links] == ["https://a.example/1"]


VERSIONS = """<urlset xmlns:x="http://www.w3.org/1999/xhtml"><url><loc>https://desk.example/fr/a</loc><lastmod>2026-11-20</lastmod>
<x:link rel="alternate" hreflang="ar-MA" href="/ar/a"/><x:link rel="alternate" hreflang="fr" href="https://desk.example/fr/a"/>
<x:link rel="alternate" hreflang="en" href="https://desk.example/en/a?utm_source=map"/>
<x:link rel="alternate" hreflang="de" href="/de/a"/>
<x:link rel="alternate" hreflang="x-default" href="/a"/><x:link rel="alternate" hreflang="en" href="javascript:x"/></url>
<url><loc>https://desk.example/en/a</loc><x:link rel="alternate" hreflang="en" href="https://desk.example/en/a"/></url></urlset>"""


def test_language_versions_are_pages_of_their_own_in_our_languages() -> None:
    links = read_sitemap(VERSIONS.encode(), url=URL).links
    spoken = {link.url.removeprefix("https://desk.example/"): link.hint.language for link in links}
    assert spoken == {"fr/a": "fr", "ar/a": "ar", "en/a": "en"}
    assert {link.changed for link in links} == {datetime(2026, 11, 20, tzinfo=UTC)}


def test_dates_and_titles_of_videos_are_not_those_of_news() -> None:
    body = b"""<urlset xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"><url><loc>https://a.example/1</loc><video:video>
    <video:title>Film</video:title><video:publication_date>2020-01-01</video:publication_date></video:video></url></urlset>"""
    found = read_sitemap(body, url=URL)
    assert not found.news
    assert (found.links[0].hint.title, found.links[0].hint.published) == ("", None)


@pytest.mark.parametrize("half", [b"\xed\xa0\x80", b"&#55296;", b"&#xDFFF;"])
def test_halves_of_characters_cost_no_other_entry(half: bytes) -> None:
    body = VERSIONS.encode().replace(b"/ar/a", b"/ar/" + half)
    assert {link.hint.language for link in read_sitemap(body, url=URL).links} == {"ar", "en", "fr"}
