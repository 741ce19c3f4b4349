"""Saved material of every kind: what is readable comes out, the rest is complained of with its place, and all goes on."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.extract import extract
from crawler.imports import Complaint, Imported, Wanted, read
from crawler.packed import lines, read_page
from newsdesk.errors import BadInput
from newsdesk.values import ARTICLE_MEDIA_TYPE, Page

NOW = datetime(2024, 11, 1, tzinfo=UTC)
TEXTS = {
    "ar": "وصل مئة وعشرون مهاجراً إلى الجزيرة أمس على متن قاربين صغيرين.",
    "en": "One hundred and twenty people reached the island yesterday in two small boats.",
    "fr": "Cent vingt personnes sont arrivées hier sur l’île à bord de deux petits bateaux.",
}
HTML = b"<html><body><h1>T</h1><p>Some words</p></body></html>"


def everything(*paths: Path) -> tuple[list[Imported], list[Complaint]]:
    found = list(read(paths, now=NOW))
    return [x for x in found if isinstance(x, Imported)], [x for x in found if isinstance(x, Complaint)]


def warc(path: Path, *records: tuple[str, str, bytes], status: str = "200 OK", at: tuple[str, ...] = ()) -> None:
    """Write response records of (url, content type, body)."""
    stream = io.BytesIO()
    moments = at or ("2024-05-06T07:08:09Z",) * len(records)
    for (url, media_type, body), moment in zip(records, moments, strict=True):
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.response)
        record.headers["WARC-Target-URI"] = url
        record.headers["WARC-Date"] = moment
        record.headers["Content-Type"] = "application/http; msgtype=response"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        record.set_bytes_content(head.encode() + body)
        record.write(stream)
    data = stream.getvalue()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_articles_of_a_jsonl_file_become_pages_that_extraction_takes_over(tmp_path: Path, name: str):
    rows = [
        {
            "id": "1",
            "lang": code,
            "title": f"T {code}",
            "text": text,
            "url": f"https://n.example/{code}",
            "date": "2020-01-02",
            "source": "N",
        }
        for code, text in TEXTS.items()
    ]
    raw = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    items, complaints = everything(tmp_path / name)
    assert complaints == []
    assert [(x.url, x.outlet, x.media_type) for x in items] == [
        (f"https://n.example/{c}", "N", ARTICLE_MEDIA_TYPE) for c in TEXTS
    ]
    pages = [Page(url=x.url, body=x.body, fetched_at=x.fetched_at, media_type=x.media_type) for x in items]
    assert [extract(page).text for page in pages] == list(TEXTS.values())


def test_an_article_without_an_address_is_named_by_its_data_set(tmp_path: Path):
    (tmp_path / "set.jsonl").write_text('{"id": "a b", "text": "x", "dataset": "repo/x:y"}\n{"id": 7, "text": "x"}\n')
    items, _ = everything(tmp_path / "set.jsonl")
    assert [item.url for item in items] == ["urn:newscentre:repo/x:y:a%20b", "urn:newscentre:set:7"]


def test_bad_lines_are_told_by_file_and_line_and_the_rest_goes_on(tmp_path: Path):
    path = tmp_path / "b.jsonl"
    good = b'{"id": "1", "text": "fine"}'
    bad = [
        b"{",
        b"[1]",
        b'{"id": "2"}',
        b'{"text": "x"}',
        b"\xff\xfe\x00",
        b'{"id": "3", "path": "../secret.html"}',
        b"[" * 100_000,
    ]
    path.write_bytes(b"\n".join([good, *bad, b"", good]) + b"\n")
    items, complaints = everything(path)
    assert len(items) == 2
    assert [complaint.place for complaint in complaints] == [f"{path}:{number}" for number in range(2, 2 + len(bad))]
    assert all(complaint.message and "\n" not in complaint.message for complaint in complaints)


def test_lines_hold_nothing_that_could_not_be_written_again(tmp_path: Path):
    path = tmp_path / "odd.jsonl"
    path.write_bytes(
        b'{"id": "a\\ud800", "title": "x\\u0000y", "text": "fine \\udfff"}\n{"url": "https://n.example/\\ud800", "text": "x"}'
    )
    items, complaints = everything(path)
    assert not complaints
    assert [item.url for item in items] == ["urn:newscentre:odd:a%3F", "https://n.example/?"]
    assert json.loads(items[0].body) == {"title": "xy", "text": "fine ?"}


def test_a_manifest_names_pages_relative_to_itself_or_absolute(tmp_path: Path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "1.html.gz").write_bytes(gzip.compress(HTML))
    elsewhere = tmp_path / "2.htm"
    elsewhere.write_bytes(HTML)
    rows = [
        {"id": "1", "path": "pages/1.html.gz", "url": "https://n.example/1", "crawl_date": "2024-05-02 20:35:00", "outlet": "N"},
        {"id": "2", "path": str(elsewhere), "url": ""},
        {"id": "3", "path": "gone.html", "url": "https://n.example/3"},
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)))
    items, complaints = everything(tmp_path)
    assert [(x.url, x.body, x.outlet) for x in items] == [
        ("https://n.example/1", HTML, "N"),
        (f"urn:newscentre:{tmp_path.name}:2", HTML, ""),
    ]
    assert items[0].fetched_at == datetime(2024, 5, 2, 20, 35, tzinfo=UTC)
    assert [(x.place, "gone.html" in x.message) for x in complaints] == [(f"{manifest}:3", True)]


def test_a_folder_of_saved_pages_is_read_by_name(tmp_path: Path):
    for name in ("b.html", "a.htm", "deep/c.html.gz", "not.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress(HTML) if name.endswith(".gz") else HTML)
    items, complaints = everything(tmp_path)
    assert [item.url.rpartition(":")[2] for item in items] == ["a.htm", "b.html", "deep/c.html.gz"]
    assert {item.body for item in items} == {HTML}
    assert complaints == []


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz"])
def test_the_html_responses_of_a_warc_are_read(tmp_path: Path, name: str):
    warc(
        tmp_path / name,
        ("https://n.example/1", "text/html; charset=windows-1256", TEXTS["ar"].encode("cp1256")),
        ("https://n.example/i", "image/png", b"\x89PNG"),
        ("ftp://n.example/2", "text/html", HTML),
        ("http://[n.example/", "text/html", HTML),
        ("https://n.example:99999/", "text/html", HTML),
        ("https://n.example/big", "text/html", b"x" * 8_000_001),
        ("https://n.example/3", "text/html", HTML),
    )
    items, complaints = everything(tmp_path / name)
    assert [(x.url, x.charset, x.status) for x in items] == [
        ("https://n.example/1", "windows-1256", 200),
        ("https://n.example/3", "", 200),
    ]
    assert items[0].body.decode("cp1256") == TEXTS["ar"]
    assert items[0].fetched_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert len(complaints) == 4


@pytest.mark.parametrize("stated", ["0001-01-01T00:00:00+14:00", "2999-01-01T00:00:00Z", "yesterday"])
def test_an_impossible_date_counts_as_none(tmp_path: Path, stated: str):
    warc(tmp_path / "x.warc", ("https://n.example/1", "text/html", HTML), at=(stated,))
    ((item,), complaints) = everything(tmp_path / "x.warc")
    assert (item.fetched_at, complaints) == (NOW, [])


def test_answers_that_are_no_pages_are_left_out(tmp_path: Path):
    warc(tmp_path / "x.warc", ("https://n.example/1", "text/html", HTML), status="404 Not Found")
    assert everything(tmp_path / "x.warc") == ([], [])


def test_a_cut_archive_gives_what_is_whole_and_a_complaint(tmp_path: Path):
    whole = tmp_path / "whole.warc"
    warc(whole, ("https://n.example/1", "text/html", HTML), ("https://n.example/2", "text/html", HTML * 200))
    (tmp_path / "cut.warc.gz").write_bytes(gzip.compress(whole.read_bytes())[:-60])
    (tmp_path / "other.warc").write_bytes(b"no archive at all")
    items, complaints = everything(tmp_path / "cut.warc.gz", tmp_path / "other.warc", whole)
    assert [item.url for item in items][-2:] == ["https://n.example/1", "https://n.example/2"]
    assert {Path(complaint.place.partition(": ")[0]).name for complaint in complaints} >= {"other.warc"}


@pytest.mark.parametrize("name", ["missing.html", "picture.png", "empty"])
def test_what_is_no_import_is_told(tmp_path: Path, name: str):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "empty").mkdir()
    items, complaints = everything(tmp_path / name)
    assert items == []
    assert [complaint.place for complaint in complaints] == [str(tmp_path / name)]


def test_a_bomb_is_stopped_and_the_lines_before_it_are_kept(tmp_path: Path):
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b'{"id": "1", "text": "fine"}\n')
        for _ in range(80):
            stream.write(b" " * 1_000_000)
    items, complaints = everything(path)
    assert len(items) == 1
    assert [complaint.place for complaint in complaints] == [f"{path}:2"]


def test_a_line_that_is_too_long_is_skipped_alone(tmp_path: Path):
    path = tmp_path / "long.txt"
    path.write_bytes(b"a\n" + b"x" * 50 + b"\r\nb")
    assert list(lines(path, most=10)) == [(1, b"a"), (2, None), (3, b"b")]


def test_a_page_is_bounded_and_a_broken_gzip_told(tmp_path: Path):
    (tmp_path / "big.html.gz").write_bytes(gzip.compress(b"x" * 100))
    (tmp_path / "broken.html.gz").write_bytes(gzip.compress(b"x" * 100)[:-10])
    with pytest.raises(BadInput, match="more than 10 bytes"):
        read_page(tmp_path / "big.html.gz", most=10)
    with pytest.raises(BadInput, match="cannot be read"):
        read_page(tmp_path / "broken.html.gz")


ARCHIVE = [
    ("https://n.example/1", "2026-11-01T23:59:59Z"),
    ("https://ar.n.example/2", "2026-11-02T00:00:00Z"),
    ("https://other.example/3", "2026-11-02T12:00:00Z"),
    ("https://evil-n.example/4", "2026-11-03T23:59:59Z"),
    ("https://N.example:443/5", "2026-11-04T00:00:00Z"),
]


@pytest.mark.parametrize("kind", ["warc", "jsonl"])
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), "12345"),
        (Wanted(since=date(2026, 11, 2)), "2345"),
        (Wanted(until=date(2026, 11, 3)), "1234"),
        (Wanted(since=date(2026, 11, 2), until=date(2026, 11, 2)), "23"),
        (Wanted(hosts=frozenset({"n.example"})), "125"),
        (Wanted(hosts=frozenset({"ar.n.example", "other.example"}), until=date(2026, 11, 2)), "23"),
        (Wanted(hosts=frozenset({"example"})), "12345"),
        (Wanted(hosts=frozenset({"none.example"})), ""),
    ],
)
def test_only_what_is_wanted_is_taken_in(tmp_path: Path, kind: str, wanted: Wanted, expected: str):
    path = tmp_path / f"x.{kind}"
    if kind == "warc":
        warc(path, *[(url, "text/html", HTML) for url, _ in ARCHIVE], at=tuple(at for _, at in ARCHIVE))
    else:
        rows = [{"url": url, "text": "x", "fetched_at": at} for url, at in ARCHIVE]
        path.write_text("\n".join(map(json.dumps, rows)))
    left_out: list[None] = []
    found = list(read([path], now=datetime(2027, 1, 1, tzinfo=UTC), wanted=wanted, on_left_out=lambda: left_out.append(None)))
    assert "".join(item.url[-1] for item in found) == expected
    assert len(found) + len(left_out) == len(ARCHIVE)


@pytest.mark.parametrize("url", ["https://n.example/خبر\u200cها/1", "https://n.example/%D8%AE", "https://n.example/é?q=à"])
def test_an_address_in_any_script_is_kept_as_it_is(tmp_path: Path, url: str):
    (tmp_path / "a.jsonl").write_text(json.dumps({"url": url, "text": TEXTS["ar"]}), encoding="utf-8")
    ((item,), complaints) = everything(tmp_path / "a.jsonl")
    assert (item.url, complaints) == (url, [])
