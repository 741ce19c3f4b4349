"""Feeds of every form, in three languages, old charsets, broken, hostile and real."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import time
import tracemalloc
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from crawler.exchange import read_opml
from crawler.feeds import LARGEST_FEED, read_feed
from crawler.readers import SMALL, Readers, read_way
from crawler.sitemaps import LARGEST_SITEMAP, read_sitemap, unpacked
from newsdesk.errors import BadInput, Refused
from tests.crawler import feed_comparison

TITLES = {"ar": "وصول قارب جديد", "en": "A new boat arrives", "fr": "Un nouveau bateau à l’arrivée"}
URL = "https://desk.example/feeds/all"


def rss(language: str, title: str) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel><title>x</title><language>{language}-XX</language><item><title>{title}</title><link>/2026/11/story?utm_source=rss</link>
    <dc:creator>ليلى Leïla</dc:creator><pubDate>Fri, 20 Nov 2026 14:00:00 +0200</pubDate>
    <description>&lt;p&gt;S&lt;/p&gt;</description></item></channel></rss>"""


def rdf(language: str, title: str) -> str:
    return f"""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="{URL}"><title>x</title>
    <dc:language>{language}</dc:language></channel>
    <item rdf:about="https://desk.example/2026/11/story"><title>{title}</title><link>https://desk.example/2026/11/story</link>
    <dc:creator>ليلى Leïla</dc:creator><dc:date>2026-11-20T12:00:00Z</dc:date><description>S</description></item></rdf:RDF>"""


def atom(language: str, title: str) -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">
    <title>x</title>
    <entry><title type="html">{title}</title><link rel="alternate" href="https://desk.example/2026/11/story"/><id>urn:1</id>
    <author><name>ليلى Leïla</name></author><published>2026-11-20T12:00:00Z</published><updated>2026-11-21T09:00:00Z</updated>
    <summary>S</summary></entry></feed>"""


def json_feed(language: str, title: str) -> str:
    item = {
        "id": "1", "url": "https://desk.example/2026/11/story?fbclid=9", "title": title, "summary": "S",
        "authors": [{"name": "ليلى Leïla"}], "date_published": "2026-11-20T13:00:00+01:00",
    }  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "language": language, "items": [item]})


@pytest.mark.parametrize("language", TITLES)
@pytest.mark.parametrize("form", [rss, rdf, atom, json_feed])
def test_every_form_gives_the_same_link(form, language: str) -> None:
    (link,) = read_feed(form(language, TITLES[language]).encode(), url=URL)
    assert link.url == "https://desk.example/2026/11/story"
    assert (link.hint.title, link.hint.author, link.hint.summary) == (TITLES[language], "ليلى Leïla", "S")
    assert link.hint.published == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert link.hint.language == language


def test_old_arabic_charsets_are_read() -> None:
    body = rss("ar", TITLES["ar"]).replace("utf-8", "windows-1256").replace("Leïla", "").encode("windows-1256")
    assert read_feed(body, url=URL)[0].hint.title == TITLES["ar"]
    undeclared = rss("ar", TITLES["ar"]).replace(' encoding="utf-8"', "").replace("Leïla", "").encode("windows-1256")
    assert read_feed(undeclared, url=URL, charset="windows-1256")[0].hint.title == TITLES["ar"]


def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    whole = rss("fr", TITLES["fr"]).replace("</channel></rss>", "<item><title>half</title><li")
    assert [link.hint.title for link in read_feed(whole.encode(), url=URL)] == [TITLES["fr"]]


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"not a feed", b"<html><body><p>Maintenance</p></body></html>", b"{", b'{"items": 3}', b"[1]", b"\x00\xff" * 40,
     b'{"items": ' + b"[" * 100_000, b"<?xml version='1.0'?><rss version='2.0'><chan",
     b"<?xml version='1.0' encoding='\xf5\xff-8'?><rss/>"],
)  # fmt: skip
def test_what_is_no_feed_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(Refused, match="feed") as caught:
        read_feed(body, url=URL)
    assert caught.value.code == "broken-feed"


def test_a_body_that_reads_like_a_path_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(rss("en", "secret"), encoding="utf-8")
    for body in (str(secret).encode(), secret.as_uri().encode()):
        with pytest.raises(Refused):
            read_feed(body, url=URL)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "boom">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + '<!ENTITY file SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_entities_are_neither_expanded_nor_fetched(kind: str, encoding: str) -> None:
    body = rss("en", "&j; &file;").replace('<?xml version="1.0" encoding="utf-8"?>', BOMB).encode(encoding)
    with pytest.raises(Refused, match="entities") as caught:
        read_way(kind, body, url=URL)
    assert caught.value.code == f"broken-{kind}"


@pytest.mark.parametrize("kind", ["feed", "sitemap", "section"])
def test_one_long_entity_named_often_does_not_swell(kind: str) -> None:
    entity = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 30_000}">]>'
    body = rss("en", "&a;" * 8_000).replace('<?xml version="1.0" encoding="utf-8"?>', entity).encode()
    tracemalloc.start()
    started = time.process_time()
    with suppress(Refused):
        assert all(len(link.hint.title) <= 500 for link in read_way(kind, body, url=URL).links)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000
    assert time.process_time() - started < 2


def test_a_file_named_by_an_entity_stays_closed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("guarded", encoding="utf-8")
    declared = f'<!DOCTYPE rss [<!ENTITY f SYSTEM "{secret.as_uri()}">]>'
    feed = rss("en", "&f;").replace('<?xml version="1.0" encoding="utf-8"?>', declared)
    sitemap = declared.replace("rss", "urlset") + "<urlset><url><loc>https://a.example/&f;</loc></url></urlset>"
    with suppress(Refused):
        assert not any("guarded" in link.hint.title for link in read_way("feed", feed.encode(), url=URL).links)
    assert not any("guarded" in link.url for link in read_way("sitemap", sitemap.encode(), url=URL).links)


def test_a_large_feed_is_read_by_a_worker_and_an_endless_one_given_up() -> None:
    good = rss("fr", TITLES["fr"]).replace("<title>x</title>", f"<title>{'x' * SMALL}</title>").encode()
    # Unclosed items make the reader look back over all of them, again and again.
    endless = b"<rss><channel>" + b"<item>" * 300_000

    async def read_both() -> tuple[list[str], str]:
        more = {"url": URL, "media_type": "", "charset": ""}
        patient, hasty = Readers(), Readers(patience=1.0)
        try:
            listed = await patient.read("feed", good, **more)
            with pytest.raises(Refused) as caught:
                await hasty.read("feed", endless, **more)
        finally:
            patient.close()
            hasty.close()
        return [link.hint.title for link in listed.links], caught.value.code

    assert asyncio.run(read_both()) == ([TITLES["fr"]], "broken-feed")


def test_sizes_are_bounded() -> None:
    with pytest.raises(Refused) as caught:
        read_feed(b"<rss>" + b" " * LARGEST_FEED, url=URL)
    assert caught.value.code == "too-large"
    bomb = gzip.compress(b" " * (LARGEST_SITEMAP * 3))
    with pytest.raises(Refused) as caught:
        unpacked(bomb)
    assert caught.value.code == "too-large"


@settings(max_examples=150)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<rss><channel><item>", b"<feed><entry>", b'{"items":[', b"<urlset><url><loc>"]),
)
def test_no_bytes_crash_a_reader(body: bytes, start: bytes) -> None:
    for kind in ("feed", "sitemap", "section"):
        with suppress(Refused):
            assert all(len(link.url) <= 2000 for link in read_way(kind, start + body, url=URL).links)


@pytest.mark.shared
def test_every_real_and_odd_feed_is_read_or_refused(shared_feeds: Path) -> None:
    counts: Counter[str] = Counter()
    fewer: list[str] = []
    manifest = [json.loads(line) for line in (shared_feeds / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in manifest:
        folder = row["path"].partition("/")[0]
        if folder not in ("real", "valid", "malformed", "sitemaps"):
            continue
        body = (shared_feeds / row["path"]).read_bytes()
        started = time.process_time()
        try:
            read = read_sitemap if folder == "sitemaps" else read_feed
            found = read(body, url=URL)
            counts[folder, "read"] += 1
        except Refused:
            counts[folder, "refused"] += 1
            found = []
        assert time.process_time() - started < 5, row["path"]
        if folder in ("real", "valid", "malformed"):
            reference = feedparser.parse(io.BytesIO(body)).entries
            if len(found) < sum(1 for entry in reference if str(entry.get("link", "")).startswith("http")):
                fewer.append(row["path"])
    assert counts["real", "refused"] == counts["sitemaps", "refused"] == 0
    assert counts["valid", "refused"] <= 6
    assert fewer == []


@pytest.mark.shared
def test_the_table_in_the_docs_is_what_is_measured(shared_feeds: Path) -> None:
    """No file of the material ends otherwise than in links or a refusal, and feedparser finds no link or date that we do not."""
    assert feed_comparison.page() == feed_comparison.PAGE.read_text(encoding="utf-8")
    table = feed_comparison.feeds()
    for name in ("links", "dated", "language"):
        assert all(counts[name] >= counts[f"{name}_feedparser"] for counts in table.values()), name


@pytest.mark.shared
def test_every_robots_and_list_is_read_or_refused(shared_feeds: Path) -> None:
    kinds = Counter(row["path"].partition("/")[0] for row, _ in feed_comparison.in_folders("robots", "opml"))
    assert min(kinds.values()) >= 4
    for _, body in feed_comparison.in_folders("robots"):
        assert Protego.parse(body.decode("utf-8-sig", "ignore")).can_fetch(URL, "Newscentre") in (True, False)
    for _, body in feed_comparison.in_folders("opml"):
        with suppress(BadInput):
            assert list(read_opml(body))
