"""Outlets enter; a crawl runs in a process of its own, and its events leave as they happen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import urlsplit

from django.conf import settings

from crawler.catalogue import Outlet
from crawler.events import CrawlEvent
from crawler.job import Job
from crawler.safety import test_hosts_of
from newsdesk import errors
from newsdesk.configuration import Configuration
from newsdesk.errors import BadSetting

#: How long a crawl that is told to stop may take to finish the request at hand, in seconds.
PATIENCE = 10.0
_ROOT = Path(__file__).resolve().parent.parent
_DEFAULT_PORTS = {"http": 80, "https": 443}


def crawl(
    outlets: Iterable[Outlet], *, configuration: Configuration | None = None, test_hosts: str | None = None, **orders: Any
) -> Iterator[CrawlEvent]:
    """Crawl the outlets, whether the catalogue has them or not; yield each event as it happens.

    ``orders`` are fields of ``crawler.job.Job``: ``delay``, ``timeout``, ``limit``, ``again_within``, ``again_every``,
    ``longest``, ``at``, ``preview``... Closing the generator, or an interrupt, stops the crawl; what was fetched by then is
    in the record.
    Raises BadSetting if no contact is set and any outlet is not a test host, and whatever ends the crawling process.
    """
    configuration = configuration or settings.NEWSCENTRE
    test_hosts = configuration.test_hosts if test_hosts is None else test_hosts
    listed = tuple(outlets)
    _check_contact(listed, configuration.contact, test_hosts=test_hosts)
    orders.setdefault("daily_cap", configuration.host_daily_cap)
    job = Job(outlets=listed, user_agent=user_agent(configuration.contact), test_hosts=test_hosts, **orders)
    return _events(job, data=configuration.data)


def user_agent(contact: str) -> str:
    """Say who asks, and whom to turn to."""
    try:
        release = version("newscentre")
    except PackageNotFoundError:
        release = "0"
    return f"Newscentre/{release} (+{contact or 'test hosts only'})"


def _check_contact(outlets: Iterable[Outlet], contact: str, *, test_hosts: str) -> None:
    allowed = test_hosts_of(test_hosts)
    if contact.strip():
        if not contact.isprintable() or not contact.isascii():
            raise BadSetting("contact must be a plain e-mail address or web address, as it goes into the crawler's user agent")
        return
    for outlet in outlets:
        for address in (outlet.homepage, *(address for _, address in outlet.ways)):
            parts = urlsplit(address)
            if ((parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS[parts.scheme]) not in allowed:
                raise BadSetting(
                    f"{outlet.key} is a real site: set `contact` (an e-mail address or a page) in newscentre.toml before"
                    " crawling it, so that its people know whom to turn to"
                )


def _events(job: Job, *, data: Path) -> Iterator[CrawlEvent]:
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = _started(data, complaints)
        try:
            stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
            with suppress(BrokenPipeError):  # it has ended before it began; its exit code and complaints say why
                stdin.write(job.line())
                stdin.flush()
            for line in stdout:
                if line.endswith("\n"):  # else it was killed in the middle of a word
                    yield _event_of(line)
            if code := process.wait():
                raise RuntimeError(f"the crawl ended with exit code {code}:\n{_end_of(complaints)}")
        finally:
            _stop(process)


def _started(data: Path, complaints: IO[str]) -> subprocess.Popen[str]:
    environment = os.environ | {
        "NEWSCENTRE_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "newsdesk.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", "")))),
        "PYTHONUTF8": "1",
    }
    # A session of its own: an interrupt at the terminal reaches us, and we stop it in order.
    return subprocess.Popen(
        [sys.executable, "-m", "crawler.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env=environment,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def _event_of(line: str) -> CrawlEvent:
    row = json.loads(line)
    if row["kind"] == "failed":
        raise getattr(errors, row["error"], errors.NewscentreError)(row["message"])
    return CrawlEvent(**row)


def _stop(process: subprocess.Popen[str]) -> None:
    """End the process: by itself if it is done, politely if not, by force if it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()


def _end_of(complaints: IO[str]) -> str:
    complaints.seek(0)
    return complaints.read()[-8_000:].strip()
