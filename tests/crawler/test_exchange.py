"""Lists of outlets: what leaves comes back the same; what is hostile or faulty is told with its line."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.catalogue import load_catalogue, read_catalogue, shipped
from crawler.declarations import append, toml_of
from crawler.exchange import Listed, Unusable, read_csv, read_list, read_opml, write_csv, write_opml
from crawler.naming import country_of, key_of
from crawler.outlets import Outlet
from newsdesk.errors import BadInput

ALMINA = Outlet(
    key="almina", name="الميناء", homepage="https://almina.example/", languages=("ar",), feeds=("https://almina.example/rss",)
)
TOOL = Outlet(
    key="tool",
    name='=HYPERLINK("https://evil.example","click")',
    homepage="https://tool.example/",
    country="TN",
    languages=("fr", "ar"),
    kind="specialist",
    sitemaps=("https://tool.example/news.xml",),
    sections=("https://tool.example/a", "https://tool.example/b"),
    article=r"/\d{4,}-[a-z\"]+$",
    enabled=False,
    delay=9.5,
    daily_cap=40,
    region="maghreb",
    rights="'quoted' & <marked>",
    note="-1+1",
    evidence="probe",
    checked="2026-02-24",
)


@pytest.mark.parametrize(("write", "read"), [(write_csv, read_csv), (write_opml, read_opml)])
def test_what_leaves_comes_back_the_same(write, read) -> None:
    outlets = [*shipped().values(), ALMINA, TOOL]
    written = write(outlets)
    rows = list(read(written.encode() if isinstance(written, str) else written))
    assert [row for row in rows if isinstance(row, Unusable)] == []
    assert [row.outlet for row in rows if isinstance(row, Listed)] == outlets


lines = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@settings(max_examples=60)
@given(name=lines, note=lines, rights=lines)
def test_no_text_is_lost_nor_run(name: str, note: str, rights: str) -> None:
    outlet = replace(TOOL, name=name, note=note, rights=rights)
    (row,) = read_csv(write_csv([outlet]).encode())
    assert row == Listed(2, outlet)
    (row,) = read_opml(write_opml([outlet]))
    assert isinstance(row, Listed)
    assert row.outlet == outlet


def test_no_cell_is_a_formula() -> None:
    cells = [cell for row in csv.reader(io.StringIO(write_csv([TOOL]))) for cell in row]
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []
    assert f"'{TOOL.name}" in cells


def test_what_leaves_as_toml_comes_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    outlets = [*shipped().values(), ALMINA, replace(TOOL, rights='a "b"\\ \x7f \u2028')]
    path.write_text("\n".join(map(toml_of, outlets)), encoding="utf-8")
    assert list(read_catalogue(path).values()) == outlets


FOREIGN = """<?xml version="1.0"?>
<opml version="1.0"><head/><body>
<outline text="Maghreb">
  <outline text="Al Mina" type="rss" xmlUrl="https://almina.example/rss" htmlUrl="https://www.almina.example/" language="ar-TN"/>
  <outline title="Le Phare" text="x" type="rss" xmlurl="https://rss.phare.example/une"/>
  <outline text="No feed"/>
  <outline text="Files" xmlUrl="file:///etc/passwd"/>
</outline>
</body></opml>"""


def test_a_foreign_list_is_read_with_the_lines_of_what_is_refused() -> None:
    mina, phare, files = read_opml(FOREIGN.encode())
    assert isinstance(mina, Listed)
    assert (mina.outlet.key, mina.outlet.name, mina.outlet.languages) == ("almina", "Al Mina", ("ar",))
    assert isinstance(phare, Listed)
    assert (phare.outlet.key, phare.outlet.name, phare.outlet.homepage) == ("phare", "Le Phare", "https://rss.phare.example/")
    assert files == Unusable(7, "'file:///etc/passwd' is no http(s) address")


def test_what_stands_on_a_broken_line_is_refused() -> None:
    broken = FOREIGN.replace("https://almina.example/rss", "https://almina.example/rss?a=1&b=2")
    rows = list(read_opml(broken.encode()))
    assert [row.line for row in rows if isinstance(row, Unusable)] == [4, 7]
    assert [row.outlet.key for row in rows if isinstance(row, Listed)] == ["phare"]


def test_a_list_of_other_columns_is_read() -> None:
    text = "name,languages,country,feed_url,seen\nالميناء,ar/fr,TN,https://almina.example/rss,yes\n,,,,\nB,fr,Tunisia,https://b.example/f,\nC,,,,\n"
    first, second, third = read_csv(text.encode("utf-8-sig"))
    assert isinstance(first, Listed)
    assert first.outlet == replace(ALMINA, country="TN", languages=("ar", "fr"))
    assert second == Unusable(4, "country is 'Tunisia'; it must be a code of two capitals (ISO 3166-1)")
    assert third == Unusable(5, "it names neither feed, nor sitemap, nor section")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_list_is_read_as_spreadsheets_write_it(delimiter: str, encoding: str) -> None:
    lines = ["name", "languages", "country", "feed_url"], ["الميناء", "ar fr", "TN", "https://almina.example/rss"]
    lines[1][0] = f"\u200f{lines[1][0]}\u200f"  # marks of direction are no part of a name
    text = "".join(delimiter.join(cells) + "\r\n" for cells in lines)
    (row,) = read_csv(text.encode(encoding))
    assert isinstance(row, Listed)
    assert row.outlet == replace(ALMINA, country="TN", languages=("ar", "fr"))


def test_a_quotation_mark_that_does_not_close_is_told() -> None:
    text = 'name,feeds\n"A" b,https://a.example/f\nB,https://b.example/f\n"C,https://c.example/f\nD,https://d.example/f\n'
    first, second, third = read_csv(text.encode())
    assert isinstance(second, Listed)
    assert second.outlet.name == "B"
    assert first == Unusable(2, "a quotation mark is not doubled")
    assert third == Unusable(4, "a quotation mark is never closed; nothing behind it was read")


LAUGHS = (
    b'<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><opml><body><outline text="&b;"/></body></opml>'
)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.opml", LAUGHS, "document type"),
        ("a.opml", LAUGHS.decode().encode("utf-16"), "document type"),
        ("a.opml", b"<opml><body>", "no XML"),
        ("a.opml", b"", "no XML"),
        ("a.opml", b"<html/>", "outermost element is not opml"),
        ("a.opml", b"<opml>" + b"<o>" * 5000, "no XML"),
        ("a.opml", b"x" * (8 * 1024 * 1024 + 1), "at most 8,388,608 bytes"),
        ("a.opml", b"<opml>" + b'<outline xmlUrl="https://a.example/"/>\n' * 20_001 + b"</opml>", "at most 20,000"),
        ("a.csv", "name,homepage\nété".encode("latin-1"), "neither UTF-8 nor UTF-16"),
        ("a.csv", b"", "line 1 is no head"),
        ("a.csv", b"a,b\n1,2\n", "line 1 is no head"),
        ("a.csv", b"feeds\n" + b"https://a.example/\n" * 20_001, "at most 20,000"),
        ("a.csv", b'homepage\n"' + b"x" * 200_000, "field larger than field limit"),
        ("a.txt", b"", "neither OPML"),
        ("missing.opml", None, "No such file"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=name) as caught:
        read_list(path)
    assert said in str(caught.value)


def test_adding_keeps_every_line_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "sources.toml"
    append(path, [toml_of(ALMINA)])
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("# mine\n" + path.read_text(encoding="utf-8") + "delay = 9 # slow\n[okaz]\nenabled = false", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    append(path, [toml_of(TOOL)])
    assert path.read_text(encoding="utf-8").startswith(before)
    outlets = load_catalogue(path)
    assert (outlets["tool"], outlets["almina"].delay, outlets["okaz"].enabled) == (TOOL, 9.0, False)
    assert list(path.parent.iterdir()) == [path]


def test_what_would_spoil_the_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    append(path, [toml_of(ALMINA)])
    before = path.read_bytes()
    with pytest.raises(BadInput, match=r"sources\.toml: Cannot declare"):
        append(path, [toml_of(ALMINA)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("homepage", "key", "country"),
    [
        ("https://www.daily.example/", "daily", ""),
        ("https://www.echo.com.tn/fr", "echo", "TN"),
        ("https://news.port.co.uk/", "port", "GB"),
        ("https://ar.mina.ma/", "ar-mina", "MA"),
        ("https://الميناء.tn/", "outlet", "TN"),
        ("https://station.tv/", "station", ""),
        ("https://[::1", "outlet", ""),
    ],
)
def test_a_homepage_names_its_outlet(homepage: str, key: str, country: str) -> None:
    assert (key_of(homepage), country_of(homepage)) == (key, country)
    assert key_of(homepage, taken={key, f"{key}-2"}) == f"{key}-3"


@pytest.mark.shared
def test_real_lists_are_read(shared_feeds: Path) -> None:
    for path in sorted((shared_feeds / "opml").glob("*.opml")):
        rows = read_list(path)
        assert len([row for row in rows if isinstance(row, Listed)]) >= 3, path.name
    rows = read_list(shared_feeds.parent / "outlets.csv")
    refused = [row for row in rows if isinstance(row, Unusable)]
    assert len(rows) >= 400
    assert {row.message for row in refused} == {"it names neither feed, nor sitemap, nor section"}
