"""The chain from a publisher's answer to a label: shown, checked link by link, exported, and only for those who may."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from typer.testing import CliRunner, Result

from newscentre.archiving import archive_bodies
from newscentre.cli import evidence as _verbs  # noqa: F401 - puts the verbs into the app
from newscentre.cli.app import app
from newscentre.evidence import article_of, chain_of, export, export_to, manifest_of
from newscentre.retention import expire
from newsdesk.errors import BadInput
from newsdesk.models import Article, Fetch, Label, Revision, Source

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, 0, 123_456, tzinfo=UTC)
TEXTS = {
    "ar": ("وصول قارب", "وصل القارب إلى الميناء.\nوقدم المتطوعون الماء."),
    "en": ("A boat arrives", "The boat reached the harbour.\nVolunteers brought water."),
    "fr": ("Un bateau arrive", "Le bateau a atteint le port.\nDes bénévoles ont apporté de l’eau."),
}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)
    return tmp_path / "archive"


def sha256(body: bytes | str) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def written(language: str = "en") -> Article:
    """Write an article of two revisions, a look that found no change, and a label that took another's place."""
    title, text = TEXTS[language]
    source = Source.objects.create(key="desk", name="Desk", homepage="https://desk.example/")
    article = Article.objects.create(
        url="https://desk.example/final", source=source, outlet="Desk", language=language, title=title, text=text,
        dated_at=NOW, date_precision="minute", date_origin="json-ld", first_seen_at=NOW,
    )  # fmt: skip
    for number, (told, hours) in enumerate(((text.partition("\n")[0], 0), (text, 5), (None, 9)), start=1):
        body = f"<h1>{title}</h1><p>{told or text}</p>".encode()
        fetch = Fetch.objects.create(
            source=source, url="https://desk.example/asked", final_url="https://desk.example/final", article=article, status=200,
            redirects=[["https://desk.example/asked", 301]], fetched_at=NOW + timedelta(hours=hours), state="done",
            code="" if told else "unchanged", media_type="text/html", charset="utf-8", verdict="allowed",
            request_headers={"user-agent": "Newscentre/1"}, headers={"content-type": "text/html", "etag": f'"{number}"'},
            compressed_body=Fetch.compress(body) if told else None, body_sha256=sha256(body), body_size=len(body),
        )  # fmt: skip
        if told:
            Revision.objects.create(
                article=article, number=number, fetch=fetch, seen_at=fetch.fetched_at, title=title, text=told,
                text_sha256=sha256(f"{title}\n{told}"),
            )  # fmt: skip
    for version, until in (("themes 1", NOW + timedelta(days=1)), ("themes 2", None)):
        Label.objects.create(article=article, kind="theme", value="protection", score=0.8, threshold=0.5, given=True,
                             actor=version, evidence=text[:20], created_at=NOW, superseded_at=until)  # fmt: skip
    return article


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("language", TEXTS)
def test_an_honest_chain_holds(language: str, archived: bool) -> None:
    article = written(language)
    if archived:
        assert archive_bodies(now=NOW) == 2
    chain = chain_of(article)
    assert chain.broken == ()
    assert [link.body for link in chain.fetches] == [*["archive" if archived else "record"] * 2, "same"]
    assert [link.number for link in chain.revisions] == [1, 2]
    assert [(link.by, link.superseded_at is None) for link in chain.labels] == [("themes 1", False), ("themes 2", True)]
    told = manifest_of(chain)["fetches"][0]
    assert told["redirects"] == [["https://desk.example/asked", 301]]
    assert (told["request_headers"], told["verdict"]) == ({"user-agent": "Newscentre/1"}, "allowed")


def on_first(**changes: Any) -> Callable[[Path], None]:
    return lambda _: (
        Fetch.objects.filter(pk=Fetch.objects.order_by("pk").values_list("pk", flat=True)[0]).update(**changes) and None
    )


def alter_archive(folder: Path) -> None:
    """Change one word of an archived answer, packed again so that only the hashes can tell."""
    (path,) = folder.iterdir()
    members = [gzip.decompress(each) for each in split(path.read_bytes())]
    path.write_bytes(b"".join(gzip.compress(each.replace(b"<h1>", b"<H1>"), mtime=0) for each in members))
    first = Fetch.objects.order_by("pk").first()
    assert first is not None
    assert first.archive_offset == len(gzip.compress(members[0], mtime=0)), "the place is still right"


def split(packed: bytes) -> list[bytes]:
    starts = [place for place in range(len(packed)) if packed.startswith(b"\x1f\x8b\x08\x00\x00\x00\x00\x00", place)]
    return [packed[start:end] for start, end in zip(starts, [*starts[1:], len(packed)], strict=True)]


def swap_places(_: Path) -> None:
    one, two = Fetch.objects.exclude(archive_file="").order_by("pk")
    Fetch.objects.filter(pk=one.pk).update(archive_offset=two.archive_offset)
    Fetch.objects.filter(pk=two.pk).update(archive_offset=one.archive_offset)


TAMPERED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "the archive's file is gone": (lambda folder: next(folder.iterdir()).unlink(), "is missing from the archive"),
    "the archive's file is cut": (lambda folder: os.truncate(next(folder.iterdir()), 400), "nothing that can be read"),
    "an archived answer was altered": (alter_archive, "does not match its own digests"),
    "two answers were swapped": (swap_places, "the archived body is not the one whose hash was taken"),
    "the row names another hash": (on_first(body_sha256="0" * 64), "not the one whose hash was taken"),
    "the row names another time": (on_first(fetched_at=NOW - timedelta(seconds=1)), "of another time"),
    "the row names another address": (on_first(final_url="https://other.example/"), "of another address"),
    "the row names another way there": (on_first(redirects=[]), "another way there"),
    "the body was deleted by hand": (on_first(archive_file="", archive_offset=None), "its body is nowhere"),
    "a fetch was deleted": (lambda _: Fetch.objects.order_by("pk")[0].delete(), "comes from no fetch"),
    "a fetch belongs to nobody": (on_first(article=None), "comes from no fetch"),
    "a revision was deleted": (lambda _: Revision.objects.filter(number=1).delete(), "a revision is missing"),
    "all revisions were deleted": (lambda _: Revision.objects.all().delete(), "no revision"),
    "a revision was rewritten": (lambda _: Revision.objects.filter(number=1).update(text="x"), "whose hash was taken"),
    "the article was rewritten": (lambda _: Article.objects.update(text="x"), "says something else"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_each_broken_link_is_named(folder: Path, what: str) -> None:
    article = written()
    archive_bodies(now=NOW)
    tamper, sentence = TAMPERED[what]
    tamper(folder)
    article.refresh_from_db()
    broken = chain_of(article).broken
    assert any(sentence in each for each in broken), broken
    assert all(each.startswith(("fetch ", "revision ", "the article")) for each in broken)


@pytest.mark.parametrize(("body", "sentence"), [(Fetch.compress(b"other"), "not the one"), (b"damaged", "cannot be unpacked")])
def test_a_body_in_its_row_is_checked_too(body: bytes, sentence: str) -> None:
    article = written()
    Fetch.objects.filter(code="").update(compressed_body=body)
    broken = chain_of(article).broken
    assert len(broken) == 2
    assert all(sentence in each for each in broken)


def test_what_retention_deleted_is_said_and_breaks_nothing() -> None:
    article = written()
    archive_bodies(now=NOW)
    expire(now=NOW + timedelta(days=4000))
    chain = chain_of(article)
    assert chain.broken == ()
    assert [link.body for link in chain.fetches] == ["deleted", "deleted", "same"]


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("language", TEXTS)
def test_an_export_stands_on_its_own(tmp_path: Path, language: str, archived: bool) -> None:
    article = written(language)
    if archived:
        archive_bodies(now=NOW)
    export_to(chain_of(article), tmp_path / "out.zip", language=language)
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "out.zip") as files:
        manifest = json.loads(files.read("manifest.json"))
        assert set(files.namelist()) == {*manifest["files"], "manifest.json"}
        assert all(sha256(files.read(name)) == digest for name, digest in manifest["files"].items())
        texts = {f"revisions/{each['number']}.txt": each["text_sha256"] for each in manifest["revisions"]}
        assert len(texts) == 2
        assert all(sha256(files.read(name)) == digest for name, digest in texts.items())
        records = list(ArchiveIterator(io.BytesIO(files.read("records.warc.gz")), parse_http=False))
        page = files.read("record.html").decode()
    kinds = [record.headers["WARC-Type"] for record in records]
    assert kinds == ["response", "request", "metadata"] * 2
    assert manifest["broken"] == []
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert {"ar": "سجل مقال", "en": "Record of an article", "fr": "Dossier d’un article"}[language] in page
    assert TEXTS[language][0] in page


def test_an_export_escapes_what_came_from_outside_and_can_be_repeated() -> None:
    article = written()
    Article.objects.update(title="<script>x</script>")
    Label.objects.update(evidence="<img src=x>")
    article.refresh_from_db()
    streams = [io.BytesIO(), io.BytesIO()]
    archive_bodies(now=NOW)
    for stream in streams:
        export(chain_of(article), stream, language="en")
    assert streams[0].getvalue() == streams[1].getvalue()
    with zipfile.ZipFile(streams[0]) as files:
        page = files.read("record.html").decode()
        assert json.loads(files.read("manifest.json"))["broken"]
    assert "<script>x" not in page
    assert "<img" not in page
    assert 'class="broken"' in page


def test_an_export_overwrites_nothing_and_leaves_no_part_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = chain_of(written())
    (tmp_path / "mine.zip").write_text("mine")
    with pytest.raises(BadInput, match="there already"):
        export_to(chain, tmp_path / "mine.zip", language="en")
    with pytest.raises(BadInput, match="cannot be written"):
        export_to(chain, tmp_path / "none" / "a.zip", language="en")

    with pytest.raises(BadInput, match="no exports in 'de'"):
        export_to(chain, tmp_path / "half.zip", language="de")
    assert (tmp_path / "mine.zip").read_text() == "mine"

    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("newscentre.evidence.export", full)
    with pytest.raises(BadInput, match="No space"):
        export_to(chain, tmp_path / "half.zip", language="en")
    assert not (tmp_path / "half.zip").exists()


def test_an_article_is_named_by_number_or_address() -> None:
    article = written()
    assert article_of(str(article.pk)) == article_of(article.url) == article
    for wrong in ("0", "https://other.example/", "", "٣"):
        with pytest.raises(BadInput, match="no article"):
            article_of(wrong)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Return a function that runs a verb in this process, on the record of the tests."""
    monkeypatch.setenv("NEWSCENTRE_DATA", str(tmp_path))
    monkeypatch.setattr("newscentre.cli.evidence.open_record", lambda: None)
    return lambda *words: CliRunner().invoke(app, ["--data", str(tmp_path), *words])


def test_the_verb_ends_with_1_where_the_chain_is_broken(run: Callable[..., Result], folder: Path, tmp_path: Path) -> None:
    article = str(written("fr").pk)
    assert json.loads(run("archive", "--json").stdout) == {"archived": 2}
    told = run("evidence", article, "--export", str(tmp_path / "one.zip"), "--language", "fr")
    assert told.exit_code == 0, told.stderr
    assert "allowed" not in told.stderr
    assert zipfile.is_zipfile(tmp_path / "one.zip")
    assert run("hold", "add", article, "--reason", "un juge le demande").exit_code == 0
    assert isinstance(run("hold", "add", article, "--reason", "encore").exception, BadInput)
    assert json.loads(run("hold", "list", "--json").stdout)["reason"] == "un juge le demande"
    rows = [json.loads(line) for line in run("retention", "--dry-run", "--json").stdout.splitlines()]
    assert {row["class"] for row in rows} >= {"articles", "other_articles", "refused", "listings", "mails", "ended"}
    for path in folder.iterdir():
        path.unlink()
    told = run("evidence", "https://desk.example/final", "--json")
    assert told.exit_code == 1
    assert "broken: fetch " in told.stderr
    assert json.loads(told.stdout)["broken"]
    assert isinstance(run("evidence", "0").exception, BadInput)
