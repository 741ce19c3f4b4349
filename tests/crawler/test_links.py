"""Addresses, times and texts as ways in give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from crawler.links import Link, cleaned, hint_row, host_of, language_of, moment_of, newest_first, plain, recent
from newsdesk.values import Hint

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/x?utm_source=rss&id=3&utm_medium=feed#top", "https://a.example/x?id=3"),
        ("https://A.example/spip.php?article123&xtor=RSS-1", "https://a.example/spip.php?article123"),
        (" https://a.example/\n مقال/1 ", "https://a.example/مقال/1"),
        ("/fr/article-1", "https://base.example/fr/article-1"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example/?p=12&fbclid=abc", "https://a.example/?p=12"),
        ("https://a.example/?reference=x&utm=1", "https://a.example/?reference=x&utm=1"),
        ("", ""),
        ("javascript:alert(1)", ""),
        ("mailto:desk@a.example", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        ("http://", ""),
        ("http://a.example:\\@b.example/x", ""),
        ("x" * 1990, ""),
    ],
)
def test_addresses_are_cleaned_but_not_reencoded(address: str, expected: str) -> None:
    assert cleaned(address, base="https://base.example/section/") == expected


@given(
    st.text(max_size=60) | st.text("http:/\\\\@[]%?#.aé\u00ad\uff0e", max_size=20).map("http://".__add__),
    st.sampled_from(["", "https://base.example/", "not a base"]),
)
def test_cleaning_never_fails_and_settles_at_once(address: str, base: str) -> None:
    once = cleaned(address, base=base)
    assert once == "" or Request(once).url.startswith(("http://", "https://"))
    assert cleaned(once) == once


@pytest.mark.parametrize(
    ("tag", "code"), [("ar-SA", "ar"), ("FR", "fr"), ("en_GB", "en"), ("arabic", ""), (None, ""), ("x", ""), ("US", "us")]
)
def test_language_tags(tag: str | None, code: str) -> None:
    assert language_of(tag) == code


def test_times_are_utc_or_none() -> None:
    assert moment_of("2026-11-20T14:00:00+02:00") == NOON
    assert moment_of("2026-11-20T12:00:00Z") == NOON
    assert moment_of("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
    assert moment_of("yesterday") is None
    assert moment_of("0001-01-01T00:00:00") is None
    assert moment_of("1970-01-01") is None
    assert moment_of(None) is None


def test_markup_becomes_one_line() -> None:
    assert plain("<p>Un   <b>bateau</b> &amp; un\nport</p>") == "Un bateau & un port"
    assert plain("قارب\x00 جديد") == "قارب جديد"
    assert len(plain("x" * 5000, longest=100)) == 100
    assert plain(None) == ""
    assert plain(f"a &#{'1' * 5000}; b") == "a \ufffd b"


@pytest.mark.parametrize(
    ("url", "host"), [("https://A.example./x", "a.example"), ("urn:a:b", ""), ("http://[", ""), ("http://[::1]/", "::1")]
)
def test_hosts(url: str, host: str) -> None:
    assert host_of(url) == host


def test_the_newest_come_first_and_once() -> None:
    old = Link("https://a/1", Hint(published=NOON - timedelta(days=2)))
    new = Link("https://a/2", Hint(published=NOON))
    changed = Link("https://a/3", changed=NOON - timedelta(days=1))
    undated = Link("https://a/4")
    assert newest_first([undated, old, new, changed, Link("https://a/1")]) == [new, changed, old, undated]
    assert recent([old, new, undated], now=NOON, within=timedelta(days=1)) == [new, undated]


def test_a_hint_keeps_only_what_is_known() -> None:
    assert hint_row(Hint(title="عنوان", published=NOON)) == {"title": "عنوان", "published": "2026-11-20T12:00:00+00:00"}
    assert hint_row(Hint()) == {}
