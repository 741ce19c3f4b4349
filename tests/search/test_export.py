"""What is taken away from a search: read again by readers that are not ours."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation

from newsdesk.errors import BadInput
from newsdesk.models import Article, Label
from search.document import document_of
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.export import Exported, canonical, exported
from search.formats import COLUMNS, FIELDS, FORMATS, format_of, url_identifier
from search.query import Is, parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TITLES = {
    "ar": "أنقذ خفر السواحل مهاجرين\nقبالة «صفاقس»",
    "en": '=HYPERLINK("http://x.example")',
    "fr": "+ Réfugiés, «ici»; l’asile",
}
HOSTILE = ["@a", "-1", "\t=1+1", "＝1", "TY  - JOUR", '"}, {"', "<script>"]
#: Stands in every text and in no title.
SECRET = "bateau"

pytestmark = pytest.mark.django_db


@pytest.fixture
def engine() -> EmbeddedEngine:
    rows = [*TITLES.items(), *(("en", title) for title in HOSTILE)]
    for number, (language, title) in enumerate(rows):
        article = Article.objects.create(
            url=f"https://example.org/é/{number}?a=1&b=2", language=language, title=title, text=f"{SECRET} {SECRET}",
            dated_at=NOW, date_precision="day", date_origin="feed", first_seen_at=NOW, outlet="=Outlet", outlet_country="TN",
            author="A. Writer",
        )  # fmt: skip
        for kind, value in (("relevance", "migration"), ("theme", "protection"), ("country", "TN"), ("country", "IT")):
            Label.objects.create(
                article=article, kind=kind, value=value, rank=len(value), score=0.9, threshold=0.5, given=True, actor="tests 1",
                created_at=NOW,
            )  # fmt: skip
    made = EmbeddedEngine(None)
    made.apply((), map(document_of, Article.objects.all()))
    return made


@pytest.fixture
def request_() -> SearchRequest:
    return SearchRequest(parse(SECRET), filters=(Is("country", "TN"),), limit=3, fold=True, collapse=True, now=NOW)


@pytest.fixture
def write(engine: Engine, request_: SearchRequest) -> Callable[..., bytes]:
    def written(name: str, language: str = "en") -> bytes:
        with translation.override(language):
            return b"".join(FORMATS[name].write(exported(engine, request_), language))

    return written


def titles() -> list[str]:
    return list(Article.objects.order_by("-pk").values_list("title", flat=True))


def test_the_canonical_query_says_everything_and_finds_the_same(engine: Engine, request_: SearchRequest) -> None:
    query = canonical(request_)
    assert query == f"({SECRET} AND country:TN AND duplicate:no)"
    alone = SearchRequest(parse(query), now=NOW)
    assert engine.search(alone).total == engine.search(request_).total == len(titles())
    assert canonical(alone) == query
    assert exported(engine, request_).sha256 == hashlib.sha256(query.encode()).hexdigest()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_all_rows_the_query_and_no_text(write: Callable[..., bytes], name: str) -> None:
    data = write(name)
    rows = ROWS[name](data)
    assert len(rows) == len(titles())
    assert [" ".join(row.split()) for row in rows] == [" ".join(title.split()) for title in titles()]
    everything = readable(name, data)
    assert f"({SECRET} AND country:TN AND duplicate:no)" in everything
    assert hashlib.sha256(f"({SECRET} AND country:TN AND duplicate:no)".encode()).hexdigest() in everything
    assert f"{SECRET} {SECRET}" not in everything


def test_what_was_taken_down_is_not_handed_out(engine: Engine, request_: SearchRequest) -> None:
    Article.objects.filter(title="@a").update(removed_at=NOW)
    for each in FORMATS.values():
        data = b"".join(each.write(exported(engine, request_), "en"))
        assert "@a" not in ROWS[each.name](data)
        if each.name == "stix":
            assert f"Articles: {len(titles()) - 1}" in json.loads(data)["objects"][-1]["content"]


def test_csv_opens_as_utf8_and_holds_no_formula(write: Callable[..., bytes]) -> None:
    data = write("csv")
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))
    assert tuple(read[0]) == COLUMNS
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "＝")) for row in read for cell in row.values())
    assert {row["countries"] for row in read} == {"TN; IT"}


@pytest.mark.parametrize(
    ("language", "rightwards", "number"), [("ar", True, "الرقم"), ("en", False, "Number"), ("fr", False, "Numéro")]
)
def test_spreadsheets_run_as_their_language_does(
    write: Callable[..., bytes], language: str, rightwards: bool, number: str
) -> None:
    book = openpyxl.load_workbook(BytesIO(write("xlsx", language)))
    articles, about = book.worksheets
    assert [bool(sheet.sheet_view.rightToLeft) for sheet in (articles, about)] == [rightwards] * 2
    assert articles["A1"].value == number
    headings = [cell.value.casefold().rstrip("s") for cell in articles[1]]
    assert len(set(headings)) == len(headings), headings
    cells = [cell for row in articles.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s", "inlineStr"}
    risky = [cell for cell in cells if str(cell.value).startswith("=")]
    assert risky
    assert all(cell.quotePrefix for cell in risky)
    assert articles.max_row == len(titles()) + 1
    assert articles.max_column == len(FIELDS)


def test_references_are_well_formed(write: Callable[..., bytes]) -> None:
    (first, *_) = list(references(write("ris")))[::-1]
    assert first["TY"] == ["NEWS"]
    assert first["T2"] == ["=Outlet"]
    assert first["DA"] == ["2026/03/01"]
    assert first["UR"] == ["https://example.org/é/0?a=1&b=2"]
    assert first["KW"] == ["theme:protection", "country:TN", "country:IT"]


def test_a_bundle_follows_stix_2_1(write: Callable[..., bytes]) -> None:
    bundle = json.loads(write("stix"))
    assert set(bundle) == {"type", "id", "objects"}
    ids = [each["id"] for each in bundle["objects"]]
    assert len(ids) == len(set(ids))
    stamp = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    for each in bundle["objects"]:
        kind, _, rest = each["id"].partition("--")
        assert (kind, each["spec_version"]) == (each["type"], "2.1")
        assert str(uuid.UUID(rest)) == rest
        assert set(each.get("object_refs", [])) <= set(ids)
        if kind != "url":
            assert stamp.fullmatch(each["created"])
            assert each["created"] <= each["modified"]
            assert each.get("created_by_ref", ids[0]) == ids[0]
    address = next(each for each in reversed(bundle["objects"]) if each["type"] == "url")
    # As the standard makes it of an address: one example, checked against the library of its authors.
    assert url_identifier("https://a.example/x") == "url--25bafed9-c0ee-5dc3-a302-2679727d24c5"
    assert address["id"] == url_identifier(address["value"])
    report = next(each for each in bundle["objects"] if each["type"] == "report")
    assert stamp.fullmatch(report["published"])
    assert report["labels"] == ["theme:protection", "country:TN", "country:IT"]
    assert write("stix") == write("stix")


def test_rows_are_written_while_they_are_read(request_: SearchRequest) -> None:
    """However much is found, the writers of lines hold one article at a time."""
    read: list[int] = []

    def articles() -> Iterator[Article]:
        for number in range(50):
            read.append(number)
            yield Article(pk=number + 1, url=f"u{number}", title="t", language="en", dated_at=NOW, first_seen_at=NOW)

    for name in ("csv", "jsonl", "ris", "stix"):
        read.clear()
        pieces = FORMATS[name].write(Exported("q", "h", NOW, 50, articles()), "en")
        for piece in pieces:
            if b"u3" in piece:
                break
        assert len(read) <= 5


def test_the_ending_of_a_file_says_its_format() -> None:
    assert [format_of(Path(f"found{each.suffix}")).name for each in FORMATS.values()] == list(FORMATS)
    with pytest.raises(BadInput, match="xlsx"):
        format_of(Path("found.doc"))


def references(data: bytes) -> Iterator[dict[str, list[str]]]:
    """Read RIS by its rule: two letters or digits, two spaces, a dash, a space; ER ends a reference."""
    current: dict[str, list[str]] = {}
    for line in data.decode().split("\r\n")[:-1]:
        found = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert found, line
        if found[1] == "ER":
            yield current
            current = {}
        else:
            assert current or found[1] == "TY"
            current.setdefault(found[1], []).append(found[2])
    assert not current


def workbook_rows(data: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(BytesIO(data), read_only=True).worksheets[0]
    return [str(row[FIELDS.index("title")]) for row in sheet.iter_rows(min_row=2, values_only=True)]


ROWS: dict[str, Callable[[bytes], list[str]]] = {
    "csv": lambda data: [
        row["title"].removeprefix("'") for row in csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""))
    ],
    "jsonl": lambda data: [json.loads(line)["title"] for line in data.decode().split("\n")[:-1]],
    "xlsx": workbook_rows,
    "ris": lambda data: [each["TI"][0] for each in references(data)],
    "stix": lambda data: [each["name"] for each in json.loads(data)["objects"] if each["type"] == "report"],
}


def readable(name: str, data: bytes) -> str:
    if name != "xlsx":
        return data.decode()
    book = openpyxl.load_workbook(BytesIO(data), read_only=True)
    return "\n".join(str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row)
