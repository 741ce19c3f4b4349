"""Prepares the demo's data folder: ports, releases, settings and catalogue, held by one demo at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from newscentre.demo import releases
from newscentre.demo.releases import Releases
from newscentre.demo.sites import SITES
from newscentre.serve import port_is_free
from newsdesk.configuration import FILE_NAME, load, made
from newsdesk.errors import BadInput, Busy

NEWSROOM_PORT = 18080
#: How many ports are tried from the first on.
TRIED = 200
LOOPBACK = "127.0.0.1"
#: First line of the files that the demo may write anew.
OURS = "# Written by `newscentre demo`; take this line out to keep your own changes.\n"
CATALOGUE = "sources.toml"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder for one demo; raise Busy if one is running there."""
    with open(made(folder) / "demo.lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"a demo is already running in {folder}; stop it, or name another folder with --data") from error
        yield


def prepared(folder: Path, *, site_port: int = 0, newsroom_port: int = 0, serving: bool = True) -> Releases:
    """Return the state of the demo with ports that are free, settings and catalogue written.

    On the first run the next free ports are taken and kept, unless some are asked for. Raise Busy for a port that is
    taken, BadInput for a folder that holds another deployment.
    """
    known = releases.read(folder)
    if known is None:
        if (folder / "record.sqlite3").exists():
            raise BadInput(f"{folder} holds a record that is not the demo's; name another folder with --data")
        configured = load(folder)
        site = site_port or _free(configured.port)
        known = Releases(port=newsroom_port or _free(NEWSROOM_PORT, but=site), site_port=site)
    else:
        known = replace(known, port=newsroom_port or known.port, site_port=site_port or known.site_port)
    _check(known.port, "where the demo newsroom publishes", option="--newsroom-port")
    if serving:
        _check(known.site_port, "where the site is served", option="--port")
    _write(folder / FILE_NAME, _settings(known))
    _write(folder / CATALOGUE, (files(__package__) / "outlets.toml").read_text("utf-8").replace("{port}", str(known.port)))
    releases.write(folder, known)
    return known


def hosts(port: int) -> str:
    """Return the newsroom's hosts as the setting ``test_hosts`` has them."""
    return ",".join(f"{key}.localhost:{port}" for key in SITES)


def _site_url(state: Releases) -> str:
    return f"http://{LOOPBACK}:{state.site_port}"


def _settings(state: Releases) -> str:
    return (
        f"# The settings of the demo; `newscentre settings` explains each.\nport = {state.site_port}\n"
        f'site_url = "{_site_url(state)}"\ntest_hosts = "{hosts(state.port)}"\n'
    )


def _write(path: Path, content: str) -> None:
    """Write one of the demo's files, but not over what somebody made their own."""
    if not path.exists() or path.read_text(encoding="utf-8").startswith(OURS):
        path.write_text(OURS + content, encoding="utf-8")


def _free(first: int, *, but: int = 0) -> int:
    for port in range(first, min(first + TRIED, 65_536)):
        if port != but and port_is_free(LOOPBACK, port):
            return port
    raise Busy(f"no port from {first} to {first + TRIED - 1} is free")


def _check(port: int, use: str, *, option: str) -> None:
    if not port_is_free(LOOPBACK, port):
        raise Busy(f"port {port}, {use}, is taken by another program; stop it, or choose another port with {option}")
