"""Starting on a record that is new, shared with another process that starts just now, or nowhere; and stopping."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("NEWSCENTRE_TEST_POSTGRESQL", "")


def started(data: Path, *verb: str, database: str = "") -> subprocess.Popen[str]:
    """Start a verb that opens the record, and do not wait for it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_")}
    environment |= {"DATABASE_URL": database, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", "from newscentre.cli import main; main()", "--data", str(data), *verb],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    both = [started(tmp_path, "health", database=database) for _ in range(2)]
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
    process = started(tmp_path, "health", database=database)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == code
    assert complaint.startswith("newscentre: ")
    assert sentence in complaint
    assert "Traceback" not in complaint


def test_up_stops_though_a_job_is_at_work() -> None:
    program = (
        "import threading, time\n"
        "from newscentre.cli.serve import leave\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "leave(130, patience=0.1)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=60).returncode == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_stops_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "newscentre.toml").write_text(f"port = {free_port()}")
    process = started(tmp_path, "up", "--only", "deliver")
    assert process.stdout is not None
    assert "The site is at" in process.stdout.readline()
    process.send_signal(number)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, "")
