"""Ingest killed at random moments, again and again, ends in exactly the record and index of an undisturbed run.

``NEWSCENTRE_TEST_KILLS`` is how many kills there are (a few by default; ``.ci/run`` asks for 50).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("NEWSCENTRE_TEST_KILLS", "4"))
KILLS_A_ROUND = 25
#: On PostgreSQL, where what differs is the record alone.
FEWER_KILLS = 5
SERVER = os.environ.get("NEWSCENTRE_TEST_POSTGRESQL", "")
COMMAND = [sys.executable, "-c", "from newscentre.cli import main; main()", "ingest", "--workers", "2"]


@dataclass(frozen=True)
class Deployment:
    """A data folder with its record, in SQLite or in a database of the test server."""

    data: Path
    database: str = ""

    @property
    def environment(self) -> dict[str, str]:
        url = f"{SERVER.rsplit('/', 1)[0]}/{self.database}" if self.database else ""
        ours = {"NEWSCENTRE_DATA": str(self.data), "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        return {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_")} | ours

    def copied(self, name: str) -> Deployment:
        """Return a copy that can be spoilt."""
        copy = Deployment(self.data.with_name(name), f"{self.database}_{name}" if self.database else "")
        shutil.rmtree(copy.data, ignore_errors=True)
        shutil.copytree(self.data, copy.data)
        if copy.database:
            create_database(copy.database, template=self.database)
        return copy

    def python(self, module: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, str(self.data)],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ingest(self) -> float:
        """Ingest and index to the end; return how long it took, in seconds."""
        began = time.monotonic()
        done = subprocess.run(COMMAND, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return time.monotonic() - began

    def kill_after(self, seconds: float) -> bool:
        """Begin to ingest and kill -9 the process after so many seconds; say whether it was still at work."""
        process = subprocess.Popen(COMMAND, env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        return False

    def export(self) -> Any:
        return json.loads(self.python("tests.newscentre.record_export"))


def create_database(name: str, *, template: str = "template1") -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def frozen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    if request.param == "postgresql":
        if not SERVER:
            pytest.skip("NEWSCENTRE_TEST_POSTGRESQL names no server")
        create_database("frozen")
    deployment = Deployment(tmp_path_factory.mktemp(request.param) / "frozen", "frozen" if request.param == "postgresql" else "")
    deployment.python("tests.newscentre.frozen")
    return deployment


def test_a_killed_ingest_loses_nothing_and_doubles_nothing(frozen: Deployment) -> None:
    undisturbed = frozen.copied("undisturbed")
    whole = undisturbed.ingest()
    expected = undisturbed.export()
    assert len(expected["articles"]) > 150
    assert expected["outbox"] == 0
    assert len(expected["index"]) == len([article for article in expected["articles"] if article["dates"][2] == "None"])

    idle = undisturbed.ingest()  # nothing is left to do: this is what starting takes
    kills = KILLS if frozen.database == "" else min(KILLS, FEWER_KILLS)
    step = 2 * (whole - idle) / min(kills, KILLS_A_ROUND)
    chance = random.Random(kills)
    while kills > 0:
        disturbed, start = frozen.copied("disturbed"), idle
        for _ in range(min(kills, KILLS_A_ROUND)):
            # Each goes on where the last was killed, so that a round's kills are spread over the whole course of the work.
            killed = disturbed.kill_after(chance.uniform(0.8 * start, start + step))
            kills -= killed
            if not killed:  # the machine may be faster than it was: kills come sooner, or none would come in time
                start *= 0.9
        disturbed.ingest()
        found = disturbed.export()
        for part, rows in expected.items():
            assert found[part] == rows, part
