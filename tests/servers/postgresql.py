"""Starts and stops a real PostgreSQL of the tests' own: ``python -m tests.servers.postgresql start|stop`` prints its address.

Uses ``NEWSCENTRE_TEST_DATABASE_URL`` where that is set; otherwise the newest PostgreSQL installed on this machine, in a
scratch folder, listening on the loopback only. Nothing is downloaded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

HOME = Path(os.environ.get("NEWSCENTRE_TEST_POSTGRESQL_HOME", Path(tempfile.gettempdir()) / "newscentre-postgresql"))
PORT = int(os.environ.get("NEWSCENTRE_TEST_POSTGRESQL_PORT", "54329"))
URL = f"postgresql://newscentre@127.0.0.1:{PORT}/newscentre"


class Missing(Exception):
    """No PostgreSQL server is installed here."""


def programs() -> Path:
    """Return the folder of the newest installed server's programs; raise Missing where there is none."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[4]))
    found = [*packaged[-1:], *(Path(path).resolve() for path in [shutil.which("pg_ctl")] if path)]
    if not found:
        raise Missing("no PostgreSQL server is installed (Debian and Ubuntu: apt install postgresql)")
    return found[0].parent


def start() -> str:
    """Start a fresh server and return its address; the address of the environment where one is given."""
    given = os.environ.get("NEWSCENTRE_TEST_DATABASE_URL")
    if given:
        return given
    binaries = programs()
    stop()
    HOME.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(HOME, "postgres", "postgres")
    data = HOME / "data"
    _run([binaries / "initdb", "-D", data, "-U", "newscentre", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
    options = f"-p {PORT} -k {HOME} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
    _run([binaries / "pg_ctl", "-D", data, "-w", "-l", HOME / "log", "-o", options, "start"])
    with psycopg.connect(URL.removesuffix("newscentre") + "postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE newscentre")
    return URL


def stop() -> None:
    """Stop the server, if it runs, and remove its folder."""
    if (HOME / "data" / "postmaster.pid").exists():
        _run([programs() / "pg_ctl", "-D", HOME / "data", "-m", "immediate", "stop"])
    shutil.rmtree(HOME, ignore_errors=True)


def _run(command: list[str | Path]) -> None:
    """Run one program; the server refuses to run as root, so root runs it as the user that Debian's package made."""
    user = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    try:
        print(start() if sys.argv[1:] == ["start"] else stop() or "stopped")
    except Missing as reason:
        sys.exit(str(reason))
