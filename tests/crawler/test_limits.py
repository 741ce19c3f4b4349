"""What no server may make of us: answers without end, each in another of its parts, from a real server on the loopback."""

from __future__ import annotations

import gzip
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.conftest import open_desk
from tests.crawler.newsstand import page, rss

LARGEST = 200_000
TIMEOUT = 4.0
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
NOT_THERE = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Behaviour = Callable[["Tap"], None]


class Tap:
    """One connection: what is poured into it is counted, until the client hangs up."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.poured = 0

    def pour(self, data: bytes) -> None:
        self.connection.sendall(data)
        self.poured += len(data)

    def drip(self, data: bytes) -> None:
        """Pour a little, and wait a little; end when the client has gone."""
        self.pour(data)
        self.connection.settimeout(0.2)
        try:
            if not self.connection.recv(1):
                raise ConnectionResetError
        except TimeoutError:
            pass


def endless(head: bytes, part: bytes) -> Behaviour:
    def answer(tap: Tap) -> None:
        tap.pour(head)
        while tap.poured < 50_000_000:
            tap.pour(part)

    return answer


def dripping(head: bytes, part: bytes) -> Behaviour:
    def answer(tap: Tap) -> None:
        tap.pour(head)
        while True:
            tap.drip(part)

    return answer


@cache
def bombs() -> tuple[bytes, bytes]:
    """Return 40 MB of nothing, packed a thousand times, and packed twice."""
    once = gzip.compress(b"<p>" + b" " * 40_000_000, compresslevel=1)
    return once, gzip.compress(once)


def bomb() -> bytes:
    body = bombs()[0]
    return OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def twice_packed() -> bytes:
    body = bombs()[1]
    return OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


#: By path: what the server does, the code of the refusal, and how much it can make us take.
SERVERS: dict[str, tuple[Behaviour, str, int]] = {
    "body-without-end": (endless(OK + b"\r\n", b"x" * 65_536), "too-large", 8_000_000),
    "body-longer-than-said": (endless(OK + b"Content-Length: 999999999\r\n\r\n", b"x" * 65_536), "too-large", 8_000_000),
    "chunks-without-end": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"), "too-large", 8_000_000,
    ),
    "headers-without-end": (endless(OK, b"X-More: " + b"y" * 4_000 + b"\r\n"), "broken-answer", 8_000_000),
    "announcements-without-end": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 900), "broken-answer", 8_000_000,
    ),
    "one-header-without-end": (endless(OK + b"X-Long: ", b"y" * 65_536), "broken-answer", 8_000_000),
    "body-that-drips": (dripping(OK + b"Content-Length: 100000\r\n\r\n", b"x"), "timeout", 1_000),
    "headers-that-drip": (dripping(OK, b"X-A: b\r\n"), "timeout", 1_000),
    "bomb": (lambda tap: tap.pour(bomb()), "too-large", 200_000),
    "twice-packed": (lambda tap: tap.pour(twice_packed()), "too-large", 200_000),
    "no-http": (lambda tap: tap.pour(b"\x00\xff SSH-2.0\r\n\r\n"), "broken-answer", 1_000),
    "nothing": (lambda tap: tap.pour(b""), "broken-answer", 1),
}  # fmt: skip


class Handler(socketserver.BaseRequestHandler):
    """Reads a request's head, then does as the server of its path does."""

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.request.recv(65_536)
            if not more:
                return
            head += more
        name = head.split(b" ", 2)[1].decode().strip("/")
        tap = Tap(self.request)
        try:
            SERVERS[name][0](tap) if name in SERVERS else tap.pour(NOT_THERE)
        except OSError:
            pass
        finally:
            self.server.poured[name] = tap.poured  # type: ignore[attr-defined]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def open_server() -> Iterator[Any]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.poured = {}  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, empty_record: bytes) -> Iterator[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("limits")
    with open_desk(folder, empty_record) as desk, open_server() as server:
        port = server.server_address[1]
        desk.stand.serve("news", "/feed.xml", rss(desk.stand.url("news", ""), ["/fine"]).replace("</channel>", items(port)))
        desk.stand.serve("news", "/fine", page("ar", 1))
        hosts = ",".join([desk.stand.test_hosts("news"), *(f"{name}.localhost:{port}" for name in SERVERS)])
        bombs()  # packing takes a while
        started = time.monotonic()
        desk.crawl(desk.outlet("news"), hosts=hosts, timeout=TIMEOUT, largest=LARGEST)
        yield {
            "rows": {row["url"].rpartition("/")[2]: row for row in desk.fetches()},
            "poured": server.poured,
            "seconds": time.monotonic() - started,
        }


def items(port: int) -> str:
    """List each behaviour at a host of its own, so that none waits for another."""
    links = (f"http://{name}.localhost:{port}/{name}" for name in SERVERS)
    return "".join(f"<item><title>x</title><link>{link}</link></item>" for link in links) + "</channel>"


@pytest.mark.parametrize("name", SERVERS)
def test_an_answer_without_end_is_ended(found: dict[str, Any], name: str) -> None:
    _, code, most = SERVERS[name]
    row = found["rows"][name]
    assert (row["state"], row["code"], row["compressed_body"]) == ("refused", code, None), row["message"]
    assert row["message"]
    assert found["poured"].get(name, 0) <= most


def test_the_honest_page_beside_them_came_in(found: dict[str, Any]) -> None:
    assert found["rows"]["fine"]["state"] == "pending"
    assert found["seconds"] < 60
