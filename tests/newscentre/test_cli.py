"""The command line as a user meets it: help, settings, imports, searches, health; bad input in one line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError

from newscentre.cli import main
from newscentre.cli.output import complain, emit, show

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    "ar": ("إنقاذ مهاجرين قبالة صفاقس", "أنقذ خفر السواحل التونسي أربعين مهاجرا غير نظامي قبالة سواحل صفاقس."),
    "en": ("Migrants rescued off Sfax", "Tunisia's coast guard rescued forty irregular migrants from a leaking boat off Sfax."),
    "fr": ("Secours au large de Sfax", "Les garde-côtes tunisiens ont secouru quarante migrants en situation irrégulière."),
}


def newscentre(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in a data folder of its own."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_") and name != "DATABASE_URL"
    }
    return subprocess.run(
        [sys.executable, "-c", "from newscentre.cli import main; main()", "--data", str(data), *arguments],
        env=inherited | environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder into which three articles and three bad lines were imported."""
    folder = tmp_path_factory.mktemp("cli")
    lines = [
        json.dumps({"id": code, "lang": code, "title": title, "text": f"{text} " * 3, "dataset": "test", "date": "2026-02-03"})
        for code, (title, text) in TEXTS.items()
    ]
    (folder / "articles.jsonl").write_text("\n".join([*lines, "{broken", "[]", '{"id": "empty"}']), encoding="utf-8")
    done = newscentre(folder / "data", "import", str(folder / "articles.jsonl"), "--json")
    assert done.returncode == 1, "the bad lines are told by the exit code"
    assert '"stored": 3' in done.stdout
    for line in (4, 5, 6):
        assert f"articles.jsonl:{line}" in done.stderr
    return folder / "data"


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command in this process, on the record of the tests: exit code, output, complaints."""
    monkeypatch.setenv("NEWSCENTRE_DATA", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["newscentre", "--data", str(tmp_path), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_help_lists_every_verb(tmp_path: Path) -> None:
    text = newscentre(tmp_path, "--help").stdout
    verbs = "demo up crawl ingest import extract tag search digest trends train evaluate reindex relabel sources settings health"
    assert [verb for verb in verbs.split() if f" {verb} " not in text] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fly"], "No such command 'fly'"),
        (["import"], "Missing argument"),
        (["search", "(Sfax"], "The query ends too early"),
        (["search", "Sfax", "--language", "xx"], "«xx» is not a value of lang. Possible: ar  en  fr"),
        (["--data"], "requires an argument"),
        (["extract", "--batch", "missing.jsonl"], "missing.jsonl: cannot be read"),
    ],
)
@pytest.mark.django_db
def test_bad_requests_are_told_in_a_sentence(
    here: Callable[..., tuple[int, str, str]], arguments: list[str], sentence: str
) -> None:
    code, _, complaint = here(*arguments)
    assert code == 2
    assert sentence in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["up", "--only", "fly"], "there is no job 'fly'"),
        (["--data", "/dev/null/news", "health"], "/dev/null/news cannot be the data folder"),
    ],
)
def test_what_cannot_be_started_is_told_in_a_sentence(deployment: Path, arguments: list[str], sentence: str) -> None:
    done = newscentre(deployment, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_group_of_verbs_shows_its_help_and_nothing_else(tmp_path: Path) -> None:
    done = newscentre(tmp_path, "people")
    assert (done.returncode, done.stderr) == (2, "")
    assert "add" in done.stdout


def test_keys_are_listed_whole_in_a_narrow_window(tmp_path: Path) -> None:
    keys = [json.loads(row)["key"] for row in newscentre(tmp_path, "sources", "list", "--json").stdout.splitlines()]
    table = newscentre(tmp_path, "sources", "list", COLUMNS="60").stdout
    assert keys
    assert [key for key in keys if f" {key} " not in table] == []


def test_an_unknown_setting_stops_every_verb(tmp_path: Path) -> None:
    done = newscentre(tmp_path, "settings", NEWSCENTRE_PROT="1")
    assert (done.returncode, "did you mean port?" in done.stderr) == (2, True)


def test_settings_are_shown_without_passwords(tmp_path: Path) -> None:
    done = newscentre(tmp_path, "settings", "--json", NEWSCENTRE_SMTP_URL="smtp://news:s3cret@mail/")
    rows = {row["setting"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert rows["smtp_url"]["value"] == "smtp://news:***@mail/"
    assert "s3cret" not in done.stdout


@pytest.mark.parametrize(
    ("query", "language"), [("مهاجرون", "ar"), ("rescue", "en"), ("irréguliers", "fr"), ("lang:fr Sfax", "fr")]
)
def test_what_was_imported_is_found(deployment: Path, query: str, language: str) -> None:
    done = newscentre(deployment, "search", query, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["language"] for row in rows] == [language]
    assert list(rows[0]) == ["id", "url", "title", "language", "date", "outlet", "score", "themes", "countries"]
    assert rows[0]["url"] == f"urn:newscentre:test:{language}"


@pytest.mark.parametrize(("typed", "meant"), [("مهاحرين", "مهاجرين"), ("rescueed", "rescued"), ("secuoru", "secouru")])
def test_a_misspelt_word_is_put_right(deployment: Path, typed: str, meant: str) -> None:
    assert f"Did you mean: {meant}\n" in newscentre(deployment, "search", typed).stdout
    assert "Did you mean" not in newscentre(deployment, "search", meant).stdout


def test_a_repeated_import_changes_nothing(deployment: Path) -> None:
    done = newscentre(deployment, "import", str(deployment.parent / "articles.jsonl"), "--json")
    assert '"stored": 0, "already_there": 3' in done.stdout


def test_relabelling_with_the_same_models_changes_nothing(deployment: Path) -> None:
    done = newscentre(deployment, "relabel", "--json")
    assert json.loads(done.stdout.splitlines()[0]) == {"relabelled": 3, "changed": 0}


def test_a_healthy_deployment_says_so(deployment: Path) -> None:
    done = newscentre(deployment, "health", "--json")
    assert done.returncode == 0, done.stdout
    assert "index and record agree" in done.stdout


@pytest.mark.django_db
def test_people_are_added_once_with_a_role(here: Callable[..., tuple[int, str, str]]) -> None:
    code, password, _ = here("people", "add", "amina@example.org", "--role", "administrator")
    assert (code, len(password.strip())) == (0, 16)
    for arguments, sentence in (
        (["amina@example.org"], "has an account already"),
        (["not an address"], "is no e-mail address"),
        (["b@example.org", "--role", "king"], "the roles are visitor, subscriber"),
    ):
        code, _, complaint = here("people", "add", *arguments)
        assert (code, sentence in complaint) == (2, True)


def test_a_dead_database_is_a_sentence(tmp_path: Path) -> None:
    done = newscentre(tmp_path, "health", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 3
    assert done.stderr.startswith("newscentre: the record does not answer")


def test_a_record_of_others_is_a_sentence(tmp_path: Path) -> None:
    record = sqlite3.connect(tmp_path / "record.sqlite3")
    record.execute("CREATE TABLE newsdesk_user (x)")
    record.close()
    done = newscentre(tmp_path, "health")
    assert done.returncode == 3
    assert done.stderr.startswith("newscentre: the record cannot be brought up to date: table")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("INSERT INTO notes VALUES (zeroblob(100000))", "newscentre: the record does not answer: database or disk is full"),
        ("SELECT * FROM nothing", ""),
    ],
)
def test_a_disk_that_fills_up_is_a_sentence_and_a_bug_is_not(
    statement: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = sqlite3.connect(":memory:")
    small.execute("PRAGMA max_page_count = 2")
    small.execute("CREATE TABLE notes (body)")

    def verb(**_how: object) -> None:
        try:
            small.execute(statement)
        except sqlite3.OperationalError as error:
            raise OperationalError(str(error)) from error

    monkeypatch.setattr("newscentre.cli.app.VERBS", ())
    monkeypatch.setattr("newscentre.cli.app.app", verb)
    with pytest.raises(SystemExit if sentence else OperationalError) as ended:
        main()
    assert (capsys.readouterr().err.strip(), getattr(ended.value, "code", 3)) == (sentence, 3)


def test_no_title_commands_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    title = "قارب \x1b[31m\x9b31m\u202e boat\nbateau"
    complain(title)
    emit({"title": title})
    show([{"title": title}], as_json=False)
    said = capsys.readouterr()
    assert not {"\x1b", "\x9b", "\u202e"} & set(said.out + said.err)
    assert json.loads(said.out.splitlines()[0]) == {"title": title}
    assert "boat\nbateau" in said.err
