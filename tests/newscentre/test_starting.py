"""Starting on a record that is new, shared with another process that starts just now, or nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("NEWSCENTRE_TEST_POSTGRESQL", "")


def started(data: Path, *, database: str) -> subprocess.Popen[str]:
    """Start ``newscentre health``, which opens the record, and do not wait for it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_")}
    return subprocess.Popen(
        [sys.executable, "-c", "from newscentre.cli import main; main()", "--data", str(data), "health"],
        env=environment | {"DATABASE_URL": database}, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    if not SERVER:
        pytest.skip("NEWSCENTRE_TEST_POSTGRESQL names no server")
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute('DROP DATABASE IF EXISTS "starting" WITH (FORCE)')
        connection.execute('CREATE DATABASE "starting"')
    return f"{SERVER.rsplit('/', 1)[0]}/starting"


def test_two_that_start_at_once_do_not_disturb_each_other_in_making_the_record(tmp_path: Path, database: str) -> None:
    both = [started(tmp_path, database=database) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said


@pytest.mark.parametrize(
    ("database", "code", "sentence"),
    [
        ("nonsense", 2, "database_url must be an address"),
        ("postgresql://nobody@127.0.0.1:1/nothing", 3, "the record does not answer"),
    ],
)
def test_a_record_that_is_nowhere_is_told(tmp_path: Path, database: str, code: int, sentence: str) -> None:
    process = started(tmp_path, database=database)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == code
    assert complaint.startswith("newscentre: ")
    assert sentence in complaint
    assert "Traceback" not in complaint
