"""The demo newsroom: its articles, and that its server says what ``expected.jsonl`` promises."""

from __future__ import annotations

import gzip
import http.client
import itertools
import json
import re
import socket
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Any

import pytest

from classify.duplicates import fingerprint, is_duplicate
from crawler.catalogue import read_catalogue
from newscentre.demo import expected, releases
from newscentre.demo.newsroom import Newsroom, serving
from newscentre.demo.pieces import RELEASES, age, load_pieces
from newscentre.demo.releases import Releases
from newscentre.demo.sites import SITES
from newscentre.demo.traps import DEPTH
from newsdesk.errors import BadInput, Busy
from newsdesk.values import THEMES

ANCHOR = datetime(2026, 3, 9, 14, 25, tzinfo=UTC)
TIMES = (ANCHOR, ANCHOR + timedelta(hours=1), ANCHOR + timedelta(hours=2))
PIECES = load_pieces()
ROWS = list(expected.expected_rows())
LANGUAGES = ("ar", "en", "fr")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def newsroom(release: int = 1, port: int = 80, **options: Any) -> Newsroom:
    return Newsroom(port=port, times=TIMES[:release], **options)


def get(room: Newsroom, outlet: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Ask over the network, as the crawler does."""
    connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"{outlet}.localhost:{room.port}", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Newsroom]:
    with serving(newsroom(port=free_port(), slow_seconds=0.3)) as room:
        yield room


# The articles


def test_there_are_as_many_articles_as_the_demo_needs() -> None:
    assert len(PIECES) >= 180
    assert Counter(SITES[key].language for key in {piece.outlet for piece in PIECES}) == {"ar": 3, "en": 2, "fr": 3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_relevant_news_of_the_day_every_theme_and_hard_negatives(language: str) -> None:
    own = [piece for piece in PIECES if SITES[piece.outlet].language == language]
    today = [
        piece for piece in own if piece.relevant and piece.release == 1 and piece.age < timedelta(hours=22) and not piece.copy_of
    ]
    assert len(today) >= 8
    for theme in THEMES:
        assert sum(theme in piece.themes for piece in own) >= 5, theme
    assert sum(piece.relevant and not piece.themes for piece in own) >= 4
    assert sum(bool(piece.hard) for piece in own) >= 5
    assert sum(piece.edited for piece in own) == 1
    assert sum(piece.removed for piece in own) == 1
    assert sum(bool(piece.copy_of) for piece in own) == 2
    assert max(piece.age for piece in own) > timedelta(days=100)
    assert {piece.release for piece in own} == {1, 2, 3}


@pytest.mark.parametrize(("story", "languages"), [("kerkennah", 3), ("agadez", 3), ("domestic-workers", 2)])
def test_stories_cross_languages(story: str, languages: int) -> None:
    assert len({SITES[piece.outlet].language for piece in PIECES if piece.story == story}) == languages


def test_no_two_articles_share_their_phrasing_but_copies() -> None:
    shingled = {piece.name: shingles(piece.text) for piece in PIECES if not piece.copy_of}
    shared = {
        (a, b): len(shingled[a] & shingled[b]) / min(len(shingled[a]), len(shingled[b]))
        for a, b in itertools.combinations(shingled, 2)
    }
    assert max(shared.values()) < 0.3, max(shared, key=lambda pair: shared[pair])


def test_copies_are_near_duplicates_of_their_originals() -> None:
    by_name = {piece.name: piece for piece in PIECES}
    for copy in (piece for piece in PIECES if piece.copy_of):
        original = by_name[copy.copy_of]
        language = SITES[copy.outlet].language
        assert is_duplicate(fingerprint(copy.text, language), fingerprint(original.text, language)), copy.name
        assert copy.themes == original.themes


def test_labels_are_of_the_known_kinds() -> None:
    for piece in PIECES:
        assert set(piece.themes) <= set(THEMES), piece.name
        assert all(re.fullmatch("[A-Z]{2}", code) for code in piece.countries), piece.name
        assert piece.relevant or not piece.themes, piece.name


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


@pytest.mark.parametrize(("written", "meant"), [("40m", 40), ("3h", 180), ("8h30m", 510), ("75d", 108_000)])
def test_ages(written: str, meant: int) -> None:
    assert age(written) == timedelta(minutes=meant)


@pytest.mark.parametrize("written", ["", "3", "3w", "-3h", "h3"])
def test_no_ages(written: str) -> None:
    with pytest.raises(BadInput, match="no age"):
        age(written)


# What is expected


def test_the_expected_file_is_in_step_with_the_articles() -> None:
    written = (files("newscentre.demo") / expected.FILE_NAME).read_text(encoding="utf-8")
    assert written == expected.lines(), "run `python -m newscentre.demo.expected`"
    assert len(expected.read()) == len(ROWS)


def test_every_address_is_expected_once() -> None:
    addresses = Counter((row["outlet"], row["path"]) for row in ROWS)
    assert max(addresses.values()) == 1
    listed = {(key, item.path) for key, front in newsroom(3).fronts.items() for item in front.listed}
    assert listed <= addresses.keys()


# The server


@pytest.mark.parametrize("key", SITES)
def test_articles_are_served_as_expected(served: Newsroom, key: str) -> None:
    site = SITES[key]
    for row in (
        row for row in ROWS if row["outlet"] == key and row["release"] == 1 and row["outcome"] in ("article", "duplicate")
    ):
        status, headers, body = get(served, key, row["fetched_as"])
        assert (status, headers["content-type"]) == (200, f"text/html; charset={site.charset}"), row["path"]
        page = body.decode(site.charset)
        piece = next(piece for piece in PIECES if piece.outlet == key and piece.title == row["title"])
        assert escaped(piece.paragraphs[-1]) in page
        assert escaped(row["title"]) in page
        assert f"http://{key}.localhost:{served.port}{row['path']}" in page or site.listed == "sections"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#x27;")


@pytest.mark.parametrize("key", SITES)
def test_templates_differ_and_dates_are_told_as_promised(key: str) -> None:
    room, site = newsroom(), SITES[key]
    item = next(item for item in room.fronts[key].listed if item.piece.author)
    page = room.answer(f"{key}.localhost", item.path, {}).body.decode(site.charset)
    assert site.long_date(item.at) in page
    assert (site.local(item.at).isoformat() in page) == (site.precision == "minute")
    assert ("application/ld+json" in page) == (key in ("almasar", "harbour", "detroit"))
    assert ("og:title" in page) == (key in ("almasar", "jisr", "harbour", "crossroads", "rivages"))
    assert "<script>alert" not in page


def test_all_templates_are_different() -> None:
    room = newsroom()
    heads = {room.answer(f"{key}.localhost", "/", {}).body.partition(b"<body")[0] for key in SITES}
    assert len(heads) == len(SITES)


def test_a_page_known_already_is_not_sent_again(served: Newsroom) -> None:
    for key, front in served.fronts.items():
        item = next(item for item in front.listed if item.piece.text)
        for path in (item.path, "/"):
            _, headers, body = get(served, key, path)
            assert body
            for condition in ({"If-None-Match": headers["etag"]}, {"If-Modified-Since": headers["last-modified"]}):
                status, _, nothing = get(served, key, path, condition)
                assert (status, nothing) == (304, b""), (key, path)
            assert get(served, key, path, {"If-None-Match": '"other"'})[0] == 200


def test_an_article_is_last_modified_when_it_was_published(served: Newsroom) -> None:
    item = served.fronts["harbour"].listed[0]
    assert parsedate_to_datetime(get(served, "harbour", item.path)[1]["last-modified"]) == item.at


@pytest.mark.parametrize("key", [key for key, site in SITES.items() if site.feed])
def test_feeds_list_everything(served: Newsroom, key: str) -> None:
    status, headers, body = get(served, key, SITES[key].feed)
    root = ET.fromstring(body)
    titles = {element.text for element in root.iter() if element.tag.rpartition("}")[2] == "title"}
    assert status == 200
    assert headers["content-type"].startswith(f"application/{SITES[key].listed}+xml")
    assert {item.piece.title for item in served.fronts[key].listed} <= titles


def test_sitemaps_list_everything(served: Newsroom) -> None:
    index = get(served, "harbour", "/sitemap.xml")[2].decode()
    news, archive = re.findall(r"<loc>http://[^/]+(/[^<]+)</loc>", index)
    text = get(served, "harbour", news)[2].decode() + gzip.decompress(get(served, "harbour", archive)[2]).decode()
    for item in served.fronts["harbour"].listed:
        assert item.path in text
        assert escaped(item.piece.title) in text


@pytest.mark.parametrize("key", [key for key, site in SITES.items() if site.listed == "sections"])
def test_sections_lead_to_everything(served: Newsroom, key: str) -> None:
    site = SITES[key]
    text = "".join(get(served, key, site.section.format(section=section))[2].decode(site.charset) for section in site.sections)
    for item in served.fronts[key].listed:
        assert f'href="{item.path}"' in text


def test_only_one_outlet_forbids_anything_and_a_list_leads_there(served: Newsroom) -> None:
    rules = {key: get(served, key, "/robots.txt")[2].decode() for key in SITES}
    assert [key for key, text in rules.items() if "Disallow: /" in text] == ["detroit"]
    assert "/prive/" in get(served, "detroit", SITES["detroit"].feed)[2].decode()


def test_the_broken_feed_breaks_off(served: Newsroom) -> None:
    with pytest.raises(ET.ParseError):
        ET.fromstring(get(served, "rivages", "/rss/videos.xml")[2])


def trap(kind: str) -> tuple[str, str]:
    found = next(trap for trap in newsroom().traps if trap.kind == kind)
    return found.piece.outlet, found.path


def test_traps(served: Newsroom) -> None:
    status, _, body = get(served, *trap("wall"))
    assert (status, b"Checking your browser" in body) == (200, True)
    outlet, path = trap("loop")
    first = get(served, outlet, path)[1]["location"]
    assert get(served, outlet, first)[1]["location"] == path
    assert len(get(served, *trap("oversized"))[2]) > 8 * 1024 * 1024
    assert get(served, *trap("missing"))[0] == 404
    assert get(served, *trap("binary"))[1]["content-type"] == "application/pdf"
    assert get(served, *trap("deep"))[2].count(b"<div>") >= DEPTH // 4
    assert get(served, *trap("slow"))[0] == 200
    assert get(served, "harbour", "/nowhere")[0] == 404
    assert get(served, "unknown", "/")[0] == 200


def test_a_slow_page_does_not_hold_up_the_end() -> None:
    room = newsroom(port=free_port(), slow_seconds=60)
    with serving(room):
        outlet, path = trap("slow")
        connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=5)
        connection.request("GET", path, headers={"Host": f"{outlet}.localhost"})
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        connection.getresponse()


def test_a_taken_port_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Busy, match="is taken by another program"), serving(newsroom(port=other.getsockname()[1])):
            pass


# Releases


@pytest.mark.parametrize("language", LANGUAGES)
def test_edits_and_removals_show_from_the_second_release_on(language: str) -> None:
    first, second = newsroom(1), newsroom(2)
    for row in (row for row in ROWS if row.get("language") == language and row["then"] in ("revised", "removed")):
        host, path = f"{row['outlet']}.localhost", row["path"]
        charset = SITES[row["outlet"]].charset
        before, after = first.answer(host, path, {}), second.answer(host, path, {"If-None-Match": "x"})
        assert before.status == 200
        assert escaped(row["title"]) in before.body.decode(charset)
        if row["then"] == "removed":
            assert after.status == 410
            assert all(item.path != path for item in second.fronts[row["outlet"]].listed)
        else:
            assert escaped(row["edited_title"]) in after.body.decode(charset)
            assert after.headers["ETag"] != before.headers["ETag"]
            assert second.answer(host, path, {"If-Modified-Since": before.headers["Last-Modified"]}).status == 200


def test_what_is_not_edited_keeps_its_bytes_for_the_day() -> None:
    first, third = newsroom(1), newsroom(3)
    changed = Counter()
    for key, front in first.fronts.items():
        for item in front.listed:
            if item.piece.text and not item.piece.edited and not item.piece.removed:
                tags = [room.answer(f"{key}.localhost", item.path, {}).headers["ETag"] for room in (first, third)]
                changed[key] += tags[0] != tags[1]
    assert not any(changed.values())


@pytest.mark.parametrize("release", [1, 2, 3])
def test_pages_of_later_releases_are_not_there_yet(release: int) -> None:
    room = newsroom(release)
    later = [row for row in ROWS if row["release"] > release]
    assert release == RELEASES or later
    for row in later:
        assert room.answer(f"{row['outlet']}.localhost", row["path"], {}).status == 404


def test_releases_advance_once_each_crawled_run(tmp_path: Any) -> None:
    state = Releases(port=1, site_port=2).advanced(ANCHOR)
    assert state.times == (ANCHOR,)
    assert state.advanced(TIMES[1]) == state, "a run that was cut short is repeated"
    for time in TIMES[1:]:
        state = state.done().advanced(time)
    assert state.times == TIMES
    state = state.done()
    assert (state.advanced(TIMES[2] + timedelta(days=1)), state.exhausted) == (state, True)
    releases.write(tmp_path, state)
    assert releases.read(tmp_path) == state


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"port": 1, "site_port": 2, "times": ["x"]}'])
def test_a_damaged_state_is_told(tmp_path: Any, content: str) -> None:
    (tmp_path / releases.FILE_NAME).write_text(content)
    with pytest.raises(BadInput, match=re.escape(str(tmp_path))):
        releases.read(tmp_path)


def test_the_catalogue_declares_the_sites(tmp_path: Any) -> None:
    path = tmp_path / "sources.toml"
    path.write_text((files("newscentre.demo") / "outlets.toml").read_text(encoding="utf-8").replace("{port}", "18080"))
    outlets = read_catalogue(path)
    assert outlets.keys() == SITES.keys()
    for key, outlet in outlets.items():
        site = SITES[key]
        assert (outlet.name, outlet.country, outlet.languages) == (site.name, site.country, (site.language,))
        for _, address in outlet.ways:
            answer = newsroom(port=18080).answer(f"{key}.localhost:18080", address.partition(":18080")[2], {})
            assert answer.status == 200, address
        if outlet.article:
            items = newsroom().fronts[key].listed
            assert all(re.search(outlet.article, f"http://{key}.localhost{item.path}") for item in items)


def test_titles_are_safe_in_every_document() -> None:
    room = newsroom()
    evil = replace(room.pieces[0], outlet="harbour", id="evil", title="</script><script>x</script> & <b>", text="A.\n\nB.")
    for key in SITES:
        changed = replace(room, pieces=[*room.pieces, replace(evil, outlet=key)])
        path = SITES[key].article.format(section=evil.section, id="evil")
        for document in (path, "/", SITES[key].feed or "/"):
            assert b"<script>x" not in changed.answer(f"{key}.localhost", document, {}).body
    page = room.answer("harbour.localhost", "/article/migration/script-title", {}).body.decode()
    told = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert told
    assert json.loads(told[1])["headline"].count("<script>") == 1


def test_every_article_file_is_an_outlet() -> None:
    names = {entry.name.removesuffix(".toml") for entry in (files("newscentre.demo") / "articles").iterdir()}
    assert names == SITES.keys()
    for name in names:
        assert tomllib.loads((files("newscentre.demo") / "articles" / f"{name}.toml").read_text(encoding="utf-8"))["article"]
