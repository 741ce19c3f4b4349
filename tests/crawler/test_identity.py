"""One article has one address: trackers go, dress does not count, and a page cannot give itself away to another."""

from __future__ import annotations

import pytest

from crawler.extract.identity import normalised, twins
from crawler.links import cleaned
from crawler.tracking import untracked


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("utm_source=x&id=7&utm_medium=y", "id=7"),
        ("UTM_Source=x", ""),
        ("p=55&fbclid=abc", "p=55"),
        ("page=2", "page=2"),
        ("reference=x&share=1", "reference=x"),
        ("at_medium=rss&article=9", "article=9"),
        ("amp=1&news=4", "news=4"),
        ("xtor=RSS-1", ""),
        ("q=a%20b&ref_src=twsrc", "q=a%20b"),
    ],
)
def test_one_table_serves_what_is_asked_and_what_is_kept(query: str, kept: str) -> None:
    assert untracked(query) == kept
    tail = f"?{kept}" if kept else ""
    assert cleaned(f"https://a.example/x?{query}") == f"https://a.example/x{tail}"
    assert normalised(f"https://a.example/x?{query}").partition("?")[0] == "https://a.example/x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "http://a.example/x"),
        ("https://www.a.example/x", "https://a.example/x"),
        ("https://m.a.example/x", "https://www.a.example/x/"),
        ("http://a.example/مقال/", "https://a.example/مقال"),
    ],
)
def test_the_same_page_in_another_dress_is_known(one: str, other: str) -> None:
    assert other in twins(one)
    assert one in twins(other) or other.startswith("https://www.")
    assert twins(one)[0] == one


@pytest.mark.parametrize(
    "other", ["https://a.example/y", "https://b.example/x", "https://a.example/x?id=1", "https://x.a.example/x"]
)
def test_other_pages_are_not(other: str) -> None:
    assert other not in twins("https://a.example/x")


def test_what_is_no_web_address_has_no_twin() -> None:
    assert twins("urn:newscentre:set:1") == ("urn:newscentre:set:1",)
    assert twins("http://[::1") == ("http://[::1",)
    assert twins("http://a.localhost:8000/") == ("http://a.localhost:8000/",)
