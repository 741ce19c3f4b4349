"""WARC records: what goes in comes out, byte for byte; what a crash left is neither lost nor built upon."""

from __future__ import annotations

import gzip
import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.archive import Archive, Exchange, group_end, packed, read_body, read_group, read_raw
from newsdesk.errors import BadArtefact

AT = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
TEXTS = {"ar": "وصل القارب إلى الميناء", "en": "The boat reached the harbour", "fr": "Le bateau a atteint le port"}


def exchange(body: bytes = b"<p>x</p>", **fields: object) -> Exchange:
    told: dict[str, object] = {"url": "https://desk.example/a?b=1", "at": AT, "media_type": "text/html"}
    return Exchange(**(told | {"body": body} | fields))  # type: ignore[arg-type]


def kept(folder: Path, *exchanges: Exchange, largest: int = 1 << 20) -> list[tuple[str, int]]:
    archive = Archive(folder, series="articles", day=AT, largest=largest)
    places = [archive.append(packed(each)) for each in exchanges]
    archive.close()
    return places


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("fetched", [True, False])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1256"])
def test_a_body_comes_back_as_it_was(tmp_path: Path, language: str, fetched: bool, charset: str) -> None:
    body = TEXTS[language].encode(charset, "replace")
    headers = {"content-type": "text/html", "content-encoding": "gzip", "etag": '"1"'}
    told = exchange(body, charset=charset, fetched=fetched, headers=headers, metadata={"fetch": 7, "title": TEXTS[language]})
    ((name, offset),) = kept(tmp_path, told)
    assert read_body(tmp_path, name, offset) == body
    group = read_group(tmp_path, name, offset)
    assert (group.url, group.at, group.body, group.digests_hold) == (told.url, AT, body, True)
    assert group.metadata == {"fetch": 7, "title": TEXTS[language]}


def test_other_readers_of_warc_understand_it(tmp_path: Path) -> None:
    sent = {"user-agent": "Newscentre/1", "if-none-match": '"1"'}
    headers = {"content-type": "text/html; charset=utf-8", "content-encoding": "br"}
    ((name, _),) = kept(tmp_path, exchange(b"<p>whole</p>", request_headers=sent, headers=headers))
    with (tmp_path / name).open("rb") as file:
        records = {}
        for record in ArchiveIterator(file, parse_http=False):
            record.freeze()
            assert record.record_type == WarcRecordType.warcinfo or record.verify_block_digest(consume=False)
            record.parse_http()
            records[record.headers["WARC-Type"]] = record
    response, request = records["response"], records["request"]
    assert response.http_headers.status_code == 200
    assert response.http_headers.get("X-Archive-Orig-content-encoding") == "br"
    assert response.http_headers.get("content-length") == "12"
    assert request.http_headers.get("user-agent") == "Newscentre/1"
    assert request.headers["WARC-Concurrent-To"] == response.headers["WARC-Record-ID"]
    assert records["warcinfo"].headers["WARC-Filename"] == name


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    ((name, _),) = kept(tmp_path / "archive", exchange())
    assert stat.S_IMODE((tmp_path / "archive").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "archive" / name).stat().st_mode) == 0o600


def test_headers_of_strangers_add_none_of_their_own(tmp_path: Path) -> None:
    evil = exchange(
        b"true", headers={"x": "1\r\n\r\nfalse"}, url="https://desk.example/\r\nWARC-Type: warcinfo", charset="a\r\nb: c"
    )
    for told in (evil, exchange(b"true", charset="a\r\nWARC-Type: response", fetched=False)):
        ((name, offset),) = kept(tmp_path, told)
        assert read_body(tmp_path, name, offset) == b"true"
        assert read_group(tmp_path, name, offset).digests_hold


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    places = kept(tmp_path, *[exchange(bytes([65 + n]) * 20) for n in range(5)], largest=1500)
    assert len({name for name, _ in places}) > 1
    assert [read_body(tmp_path, *place) for place in places] == [bytes([65 + n]) * 20 for n in range(5)]


def test_groups_stand_one_after_the_other(tmp_path: Path) -> None:
    (one, two) = kept(tmp_path, exchange(b"one"), exchange(b"two", fetched=False))
    assert group_end(tmp_path, *one) == two[1]
    assert group_end(tmp_path, *two) == (tmp_path / two[0]).stat().st_size
    assert read_raw(tmp_path, *one) + read_raw(tmp_path, *two) == (tmp_path / one[0]).read_bytes()[one[1] :]
    assert read_group(tmp_path, *one).metadata == {}


@given(cut=st.integers(min_value=1, max_value=600))
def test_a_torn_tail_is_left_alone_and_never_built_upon(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("torn")
    ((name, offset),) = kept(folder, exchange(b"safe"))
    end = group_end(folder, name, offset)
    with (folder / name).open("ab") as file:
        file.write(packed(exchange(b"torn"))[:cut])
    assert read_body(folder, name, offset) == b"safe"
    assert read_group(folder, name, offset).digests_hold
    assert group_end(folder, name, offset) == end
    archive = Archive(folder, series="articles", day=AT)
    archive.resume(name, known_end=end)
    place = archive.append(packed(exchange(b"next")))
    archive.close()
    assert place[0] != name
    assert read_body(folder, *place) == b"next"


def test_a_clean_file_of_today_is_gone_on_with(tmp_path: Path) -> None:
    ((name, offset),) = kept(tmp_path, exchange(b"one"))
    for day, same in ((AT, True), (datetime(2026, 11, 22, tzinfo=UTC), False)):
        archive = Archive(tmp_path, series="articles", day=day)
        archive.resume(name, known_end=(tmp_path / name).stat().st_size)
        assert (archive.append(packed(exchange(b"two")))[0] == name) is same
        archive.close()
    assert read_body(tmp_path, name, offset) == b"one"


def test_a_full_disk_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path, series="articles", day=AT)
    archive.append(packed(exchange(b"one")))
    file = archive._file

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("newsdesk.archive.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        archive.close()
    assert file is not None
    assert file.closed
    archive.close()


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    ((name, offset),) = kept(tmp_path, exchange(b"one"))
    with pytest.raises(BadArtefact, match="missing"):
        read_body(tmp_path, "gone.warc.gz", 0)
    with pytest.raises(BadArtefact):
        read_body(tmp_path, name, (tmp_path / name).stat().st_size)
    with pytest.raises(BadArtefact):
        read_body(tmp_path, name, offset + 3)
    (tmp_path.parent / "outside.warc.gz").write_bytes((tmp_path / name).read_bytes())
    with pytest.raises(BadArtefact, match="missing"):
        read_body(tmp_path, "../outside.warc.gz", offset)


def test_an_altered_body_is_found(tmp_path: Path) -> None:
    ((name, offset),) = kept(tmp_path, exchange(b"fifty people"))
    whole = (tmp_path / name).read_bytes()
    member = gzip.GzipFile(fileobj=io.BytesIO(read_raw(tmp_path, name, offset))).read()
    (tmp_path / name).write_bytes(whole[:offset] + gzip.compress(member.replace(b"fifty", b"sixty")))
    group = read_group(tmp_path, name, offset)
    assert (group.body, group.digests_hold) == (b"sixty people", False)
