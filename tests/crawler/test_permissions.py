"""What a publisher reserves is seen, wherever it is said; what it allows, or tells others, is not taken for a reservation."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.permissions import read_tdm_file, reserved_by_headers, reserved_by_page
from tests.crawler.newsstand import page


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"tdm-reservation": "1"}, "tdm-header"),
        ({"tdm-reservation": " 1 "}, "tdm-header"),
        ({"tdm-reservation": "0"}, ""),
        ({"x-robots-tag": "noarchive"}, "noarchive"),
        ({"x-robots-tag": "noindex, NoArchive"}, "noarchive"),
        ({"x-robots-tag": "noai, noimageai"}, "noai"),
        ({"x-robots-tag": "noimageai"}, ""),
        ({"x-robots-tag": "otherbot: noarchive"}, ""),
        ({"x-robots-tag": "otherbot: noindex, noarchive"}, ""),
        ({"x-robots-tag": "otherbot: noindex, newscentre: noarchive"}, "noarchive"),
        ({"x-robots-tag": "otherbot: noindex; noarchive"}, "noarchive"),
        ({"x-robots-tag": "otherbot: noindex; otherbot: noarchive"}, ""),
        ({"x-robots-tag": "max-snippet: 50, noarchive"}, "noarchive"),
        ({"x-robots-tag": "noindex, follow"}, ""),
        ({}, ""),
    ],
)
def test_headers(headers: dict[str, str], verdict: str) -> None:
    found = reserved_by_headers(headers)
    assert (found.verdict if found else "") == verdict


def test_a_list_of_news_minds_only_what_is_said_of_mining() -> None:
    assert reserved_by_headers({"x-robots-tag": "noarchive"}, tdm_only=True) is None
    assert reserved_by_headers({"tdm-reservation": "1"}, tdm_only=True) is not None


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
@pytest.mark.parametrize(
    ("meta", "verdict"),
    [
        ('<meta name="tdm-reservation" content="1">', "tdm-meta"),
        ("<META NAME='TDM-Reservation' CONTENT='1'>", "tdm-meta"),
        ('<meta name="tdm-reservation" content="0">', ""),
        ('<meta name="robots" content="index, noarchive">', "noarchive"),
        ('<meta name="newscentre" content="noai">', "noai"),
        ('<meta name="googlebot" content="noarchive">', ""),
        ('<!-- <meta name="robots" content="noarchive"> -->', ""),
        ("<p>noarchive</p>", ""),
    ],
)
def test_pages(language: str, meta: str, verdict: str) -> None:
    found = reserved_by_page(page(language).replace("</head>", f"{meta}</head>").encode())
    assert (found.verdict if found else "") == verdict


@given(st.binary(max_size=2000), st.text(max_size=60))
def test_nothing_that_is_sent_breaks_the_reading(body: bytes, path: str) -> None:
    reserved_by_page(b"noai" + body)
    read_tdm_file(body).reserves(path)


@pytest.mark.parametrize(
    ("location", "path", "reserved"),
    [
        ("/", "/anything", True),
        ("/news", "/newsroom", True),
        ("/news$", "/newsroom", False),
        ("/*.pdf$", "/a/b.pdf", True),
        ("/*.pdf$", "/a/b.pdf?x", False),
        ("/*.pdf$", "/a.pdf/b.pdf", True),
        ("/*/private/", "/en/private/x", True),
        ("/a*$", "/abc", True),
        ("*", "/abc", True),
        ("/مقال/*", "/مقال/1", True),
    ],
)
def test_locations_are_read_as_robots_rules_are(location: str, path: str, reserved: bool) -> None:
    rules = read_tdm_file(json.dumps([{"location": location, "tdm-reservation": 1}]).encode())
    assert rules.reserves(path) is reserved


def test_a_hostile_pattern_costs_little() -> None:
    started = time.process_time()
    rules = read_tdm_file(b'[{"location": "/' + b"*a" * 200 + b'$", "tdm-reservation": 1}]')
    assert not rules.reserves("/" + "a" * 2000 + "b")
    assert time.process_time() - started < 5
