"""Bot walls: challenges in three languages are known for what they are, articles about them are not."""

from __future__ import annotations

import time

import pytest

from crawler.walls import leads_home, missing, wall
from tests.crawler.newsstand import PAGES, page


def challenge(text: str, script: str = "") -> bytes:
    return f"<html><head><title>{text}</title><script>{script}</script></head><body><p>{text}</p></body></html>".encode()


@pytest.mark.parametrize("status", [200, 202, 403, 429, 503])
@pytest.mark.parametrize(
    "body",
    [
        challenge("Just a moment..."),
        challenge("Checking your browser before you enter"),
        challenge("Please verify you are human"),
        challenge("Vérification de votre navigateur en cours"),
        challenge("Veuillez confirmer que vous n’êtes pas un robot"),
        challenge("جارٍ التحقق من المتصفح"),
        challenge("يرجى التأكد أنك لست برنامج روبوت"),
        challenge("", 'src="/cdn-cgi/challenge-platform/h/b"'),
        challenge("", 'document.cookie = "pass=1"; location.reload();'),
        b"<html><body><iframe src='https://geo.captcha-delivery.com/captcha/'></iframe></body></html>",
    ],
)
def test_challenges_are_walls(status: int, body: bytes) -> None:
    assert "wall" in wall(status, {}, body)


@pytest.mark.parametrize(
    "headers",
    [{"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "CAPTCHA"}, {"x-datadome": "protected"}, {"x-sucuri-block": "BAK02"}],
)
def test_a_header_alone_tells(headers: dict[str, str]) -> None:
    assert "challenge" in wall(200, headers, b"")


@pytest.mark.parametrize("language", PAGES)
def test_pages_are_not_walls(language: str) -> None:
    assert wall(200, {"server": "cloudflare"}, page(language).encode()) == ""
    guarded = page(language, extra=f"<script src='/g-recaptcha.js'></script>{PAGES[language][1] * 20}")
    assert wall(200, {}, guarded.encode()) == ""


def test_a_long_article_about_robots_is_none() -> None:
    body = "<p>" + "The sites ask readers to verify you are human before they may read on. " * 40 + "</p>"
    assert wall(200, {}, body.encode()) == ""


def test_ordinary_errors_are_none() -> None:
    assert wall(404, {}, challenge("Just a moment...")) == ""
    assert wall(403, {}, b"<h1>Forbidden</h1>") == ""


@pytest.mark.parametrize("flood", [b"<script>" * 60_000, b"<div>" * 60_000, b"document.cookie=" * 60_000, b"<!--" * 60_000])
def test_a_flood_of_tags_costs_little(flood: bytes) -> None:
    started = time.process_time()
    wall(200, {}, b"just a moment..." + flood)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "404 - Page not found",
        "Error 404 | The Harbour",
        "Page not found",
        "The page is no longer available",
        "Page introuvable – Rivages",
        "Cette page est introuvable",
        "الصفحة غير موجودة",
        "عذرا، الصفحة المطلوبة غير متوفرة",
        "خطأ 404",
    ],
)
def test_a_page_that_says_that_there_is_none(title: str) -> None:
    assert missing(f"<html><head><title>{title}</title></head><body><p>{title}</p></body></html>".encode())


@pytest.mark.parametrize(
    "title",
    [
        "404 migrants rescued off Sfax",
        "404 migrants secourus au large",
        "إنقاذ 404 مهاجرا",
        "Nothing found at sea",
        "Les pages introuvables",
    ],
)
def test_a_headline_with_the_same_number_or_words_is_none(title: str) -> None:
    assert missing(f"<title>{title}</title><h1>{title}</h1><p>Short.</p>".encode()) == ""


def test_a_long_article_about_a_missing_page_is_none() -> None:
    assert (
        missing(("<title>Page not found</title>" + "<p>" + "The story of a page that went missing. " * 60 + "</p>").encode())
        == ""
    )


@pytest.mark.parametrize(
    ("asked", "final", "home"),
    [
        ("https://a.example/2026/1", "https://a.example/", True),
        ("https://a.example/2026/1", "https://www.a.example/ar/", True),
        ("https://a.example/2026/1", "https://a.example/index.php", True),
        ("https://a.example/2026/1", "https://a.example/2026/1-title", False),
        ("https://a.example/?p=1", "https://a.example/", True),
        ("https://a.example/2026/1", "https://a.example/?p=1", False),
        ("https://a.example/", "https://a.example/ar/", False),
    ],
)
def test_a_way_home_is_known(asked: str, final: str, home: bool) -> None:
    assert leads_home(asked, final) is home


@pytest.mark.parametrize("flood", [b"<h1 " * 50_000, b"<title>" * 30_000])
def test_a_flood_of_headings_costs_little(flood: bytes) -> None:
    started = time.process_time()
    missing(flood)
    assert time.process_time() - started < 2
