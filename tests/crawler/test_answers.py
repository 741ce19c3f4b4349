"""What becomes of an answer: kept, unchanged, gone, refused for a reason, or set aside with its traceback."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http import Request, Response

from crawler.answers import DONE, PASSING, PENDING, QUARANTINED, REFUSED, Answer, Asked, Stopped, failed_answer, page_answer
from tests.crawler.newsstand import PAGES, page

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://desk.example/2026/11/a"


def answer(
    body: bytes = b"", *, status: int = 200, media_type: str = "text/html; charset=UTF-8", asked: Any = None, **headers: str
) -> Answer:
    told = {"Content-Type": media_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = Request(URL, meta={"redirects": [("https://desk.example/old", 301)]})
    response = Response(
        URL, status=status, headers={name: value for name, value in told.items() if value}, body=body, request=request
    )
    return page_answer(asked or Asked("desk", "page", URL), response, at=NOW)


@pytest.mark.parametrize("language", PAGES)
def test_a_page_waits_to_be_ingested_with_all_that_is_known_of_it(language: str) -> None:
    body = page(language).encode()
    kept = answer(body, ETag='"7"', Set_Cookie="id=1", X_Junk="1")
    assert (kept.state, kept.code, kept.body) == (PENDING, "", body)
    assert (kept.media_type, kept.charset) == ("text/html", "utf-8")
    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert kept.headers == {"content-type": "text/html; charset=UTF-8", "etag": '"7"'}
    assert kept.redirects == (("https://desk.example/old", 301),)


def test_what_is_unchanged_is_not_kept_again() -> None:
    body = page("fr").encode()
    asked = Asked("desk", "page", URL, article_id=3, known_sha256=hashlib.sha256(body).hexdigest())
    for same in (answer(body, asked=asked), answer(status=304, asked=asked)):
        assert (same.state, same.code, same.body) == (DONE, "unchanged", None)
    assert answer(body + b" ", asked=asked).state == PENDING


@pytest.mark.parametrize("status", [404, 410])
def test_a_known_article_that_is_gone_waits_for_its_takedown(status: int) -> None:
    assert answer(b"gone", status=status, asked=Asked("desk", "page", URL, article_id=3)).state == PENDING
    unknown = answer(b"gone", status=status)
    assert (unknown.state, unknown.code) == (REFUSED, f"http-{status}")


MISSING = {"ar": "الصفحة غير موجودة", "en": "Page not found", "fr": "Page introuvable"}


@pytest.mark.parametrize("language", MISSING)
def test_a_known_article_that_is_missing_twice_waits_for_its_takedown(language: str) -> None:
    body = f"<title>{MISSING[language]}</title>".encode()
    first, again, unknown = (
        answer(body, asked=Asked("desk", "page", URL, article_id=number, missed=missed))
        for number, missed in ((3, False), (3, True), (None, False))
    )
    assert (first.state, first.code) == (unknown.state, unknown.code) == (REFUSED, "soft-404")
    assert (again.state, again.code, again.body) == (PENDING, "gone", None)
    assert MISSING[language] in again.message


@pytest.mark.parametrize(
    ("headers", "body", "verdict"),
    [
        ({"tdm_reservation": "1"}, b"<p>x</p>", "tdm-header"),
        ({"X_Robots_Tag": "noarchive"}, b"<p>x</p>", "noarchive"),
        ({}, b'<meta name="robots" content="noai">', "noai"),
    ],
)
def test_a_known_article_that_becomes_reserved_waits_for_its_takedown(headers: dict[str, str], body: bytes, verdict: str) -> None:
    given = answer(body, asked=Asked("desk", "page", URL, article_id=3), **headers)
    assert (given.state, given.code, given.verdict, given.body) == (PENDING, "gone", verdict, None)


@pytest.mark.parametrize(("verdict", "state"), [("tdm-file", PENDING), ("robots", REFUSED)])
def test_a_reservation_withdraws_what_is_known_and_robots_rules_only_keep_us_out(verdict: str, state: str) -> None:
    asked = Asked("desk", "page", URL, article_id=3)
    stopped = Stopped("robots", "not for us", verdict=verdict)
    assert failed_answer(asked, stopped, at=NOW, request=Request(URL), refused={}).state == state


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer(b"x", status=500), "http-500"),
        (answer(b"x", status=403), "http-403"),
        (answer(b"x", status=206), "http-206"),
        (answer(b"%PDF-1.7", media_type="application/pdf"), "not-html"),
        (answer(b"\x89PNG", media_type=""), "not-html"),
        (answer(b"{}", media_type="application/json"), "not-html"),
        (answer(b" \n "), "empty"),
        (answer(b"<title>Just a moment...</title>"), "blocked"),
        (answer(b"<title>Just a moment...</title>", status=503, asked=Asked("desk", "page", URL, article_id=3)), "blocked"),
    ],
)
def test_refusals_have_codes_and_sentences(given: Answer, code: str) -> None:
    assert (given.state, given.code, given.body) == (REFUSED, code, None)
    assert given.message
    assert "\n" not in given.message


def test_a_page_without_a_type_is_looked_at() -> None:
    assert answer(b"\xef\xbb\xbf <!DOCTYPE html><p>x</p>", media_type="").media_type == "text/html"
    assert answer(b"<p>x</p>", media_type='text/html; charset="Windows-1256"').charset == "windows-1256"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DownloadTimeoutError("x"), "timeout"),
        (DownloadCancelledError("x"), "too-large"),
        (CannotResolveHostError("x"), "unreachable"),
        (DownloadFailedError("x"), "broken-answer"),
        (Stopped("robots", "not allowed"), "robots"),
    ],
)
def test_failures_of_the_web_are_refusals(error: Exception, code: str) -> None:
    failed = failed_answer(Asked("desk", "page", URL), error, at=NOW, request=Request(URL), refused={})
    assert (failed.state, failed.code) == (REFUSED, code)


def test_a_name_that_led_inside_is_unsafe() -> None:
    refused = {"desk.example": "10.0.0.5"}
    failed = failed_answer(Asked("desk", "page", URL), CannotResolveHostError("x"), at=NOW, request=Request(URL), refused=refused)
    assert failed.code == "unsafe"
    assert "10.0.0.5" in failed.message


def test_failures_of_ours_are_set_aside_with_their_traceback() -> None:
    failed = failed_answer(Asked("desk", "page", URL), KeyError("oops"), at=NOW, request=Request(URL), refused={})
    assert (failed.state, failed.code) == (QUARANTINED, "crashed")
    assert "KeyError" in failed.traceback


def test_which_reasons_may_pass() -> None:
    assert all(PASSING.match(code) for code in ("timeout", "unreachable", "blocked", "http-503", "http-429", "broken-answer"))
    assert not any(
        PASSING.match(code) for code in ("http-404", "robots", "not-html", "unsafe", "too-large", "http-4290", "empty")
    )


def test_each_line_of_robots_directives_is_for_the_robots_that_it_names() -> None:
    lines = {"X-Robots-Tag": ["otherbot: noindex", "noarchive"]}
    response = Response(URL, headers=lines, body=page("en").encode(), request=Request(URL))
    assert page_answer(Asked("desk", "page", URL), response, at=NOW).verdict == "noarchive"
