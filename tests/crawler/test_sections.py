"""Section pages: which links are articles."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from urllib.parse import urlsplit

import pytest

from crawler.sections import looks_like_article, read_section
from newsdesk.errors import Refused
from tests.crawler.conftest import SHARED

URL = "https://www.desk.example/monde/"


def section(*links: tuple[str, str]) -> bytes:
    body = "".join(f'<div class="teaser"><a href="{href}"><h3>{text}</h3></a></div>' for href, text in links)
    return f"<html><head><title>Monde</title></head><body><nav><a href='/'>Accueil</a></nav>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/2026/11/20/un-bateau-atteint-la-cote", "Un bateau atteint la côte"),
        ("/monde/article-123456.html", "Un bateau atteint enfin la côte du sud"),
        ("https://desk.example/ar/%D9%82%D8%A7%D8%B1%D8%A8-%D9%8A-%D8%A5-%D8%B4", "وصل القارب إلى شاطئ الجنوب فجر اليوم"),
        ("/a-boat-reaches-the-southern-coast", "A boat reaches the southern coast"),
        ("?article=45678", "Un bateau atteint enfin la côte du sud"),
        ("http://m.desk.example/2026/11/long-story-of-a-boat", "x"),
        ("/arabic/articles/c720dxj8dq8o", "وصل القارب إلى شاطئ الجنوب فجر اليوم"),
        ("/news/898682/un-bateau-atteint-la-cote/fr", "Un bateau atteint la côte du sud"),
        ("/2013/8/3/boat.reaches.coast/index.html", "A boat reaches the southern coast"),
    ],
)  # fmt: skip
def test_articles_are_found(href: str, text: str) -> None:
    assert len(read_section(section((href, text)), url=URL)) == 1


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/tag/migration-et-asile-en-2026/", "Tous les articles sur la migration et l’asile"),
        ("/2026/11/", "Archives du mois de novembre"),
        ("/contact", "Écrivez à la rédaction du journal"),
        ("https://elsewhere.example/2026/11/20/un-bateau-atteint-la-cote", "Un bateau atteint la côte du sud"),
        ("/monde/", "Les nouvelles du monde, tous les jours"),
        ("javascript:void(0)", "Un bateau atteint enfin la côte du sud"),
        ("/images/2026/11/un-bateau-atteint-la-cote.jpg", "Un bateau atteint la côte du sud"),
        ("#top-of-the-page-2026", "Un bateau atteint la côte du sud"),
        ("/login?next=/2026/11/20/un-bateau", "Connectez-vous pour lire la suite"),
    ],
)
def test_lists_services_and_strangers_are_not(href: str, text: str) -> None:
    assert read_section(section((href, text)), url=URL) == []


def test_an_outlets_own_pattern_decides() -> None:
    body = section(("/n/17", "x"), ("/2026/11/20/un-bateau-atteint-la-cote", "Un bateau atteint la côte"))
    assert [link.url for link in read_section(body, url=URL, article=r"/n/\d+$")] == ["https://www.desk.example/n/17"]


def test_order_is_kept_and_each_comes_once() -> None:
    body = section(*[(f"/2026/11/20/story-number-{n}-of-the-day?utm_source=home", "text") for n in (3, 1, 3, 2)])
    assert [link.url[-12:-11] for link in read_section(body, url=URL)] == ["3", "1", "2"]


def test_windows_1256_and_nonsense() -> None:
    body = "<a href='/2026/11/x-y-z-w'>وصل القارب</a>".encode("windows-1256")
    assert len(read_section(body, url=URL, charset="windows-1256")) == 1
    assert read_section(b"\xff\xfe<<<a href=", url=URL, charset="no-such-charset") == []
    with pytest.raises(Refused):
        read_section(b"", url=URL)


@pytest.mark.shared
def test_real_articles_are_told_by_their_addresses_and_real_pages_are_read() -> None:
    if not (SHARED / "pages").is_dir():
        pytest.skip("the real pages of ../shared are not here")
    lines = (SHARED / "pages" / "manifest.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["news"] and row["page_type"] == "article"]
    right, pages, linking = Counter[str](), Counter[str](), Counter[str]()
    for number, row in enumerate(rows):
        parts = urlsplit(row["url"])
        pages[row["lang"]] += 1
        right[row["lang"]] += looks_like_article(parts.path, parts.query, text="A headline as long as they are")
        if number % 10 == 0:
            body = gzip.decompress((SHARED / "pages" / row["path"]).read_bytes())
            links = read_section(body, url=row["url"], charset=row.get("charset") or "")
            linking["read"] += 1
            linking["with links"] += len(links) >= 3
            assert not any(link.url == row["url"] for link in links)
    shares = {language: right[language] / pages[language] for language in ("ar", "en", "fr")}
    assert shares["ar"] >= 0.95
    assert shares["en"] >= 0.93
    assert shares["fr"] >= 0.98
    assert linking["with links"] >= 0.6 * linking["read"]
