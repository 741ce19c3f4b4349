"""Bot walls: challenges in three languages are known for what they are, articles about them are not."""

from __future__ import annotations

import time

import pytest

from crawler.walls import wall
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
    started = time.perf_counter()
    wall(200, {}, b"just a moment..." + flood)
    assert time.perf_counter() - started < 2
