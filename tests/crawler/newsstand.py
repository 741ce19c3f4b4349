"""A small web of outlets on the loopback: pages by host and path, each with whatever an outlet, or an enemy, would send."""

from __future__ import annotations

import select
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One answer. ``pause`` holds it back until the client hangs up (a page that never comes)."""

    body: bytes = b""
    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    pause: bool = False


@dataclass
class Newsstand:
    """What is served, by (host, path), and what was asked for."""

    port: int = 0
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)
    asked: dict[tuple[str, str], list[Mapping[str, str]]] = field(default_factory=lambda: defaultdict(list))
    waiting: set[str] = field(default_factory=set)
    impatient: list[tuple[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}.localhost:{self.port}{path}"

    def test_hosts(self, *hosts: str) -> str:
        return ",".join(f"{host}.localhost:{self.port}" for host in hosts)

    def serve(self, host: str, path: str, body: bytes | str = b"", **fields: object) -> str:
        content = body.encode() if isinstance(body, str) else body
        self.replies[host, path] = Reply(content, **fields)  # type: ignore[arg-type]
        return self.url(host, path)

    def times(self, host: str, path: str) -> int:
        return len(self.asked[host, path])


class Handler(BaseHTTPRequestHandler):
    """Answers from the stand that the server carries."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        stand: Newsstand = self.server.stand  # type: ignore[attr-defined]
        host = self.headers.get("Host", "").partition(".")[0]
        stand.asked[host, self.path].append({name.lower(): value for name, value in self.headers.items()})
        reply = stand.replies.get((host, self.path)) or Reply(b"<p>no such page</p>", status=404)
        if host in stand.waiting:
            stand.impatient.append((host, self.path))
        if reply.pause:
            self.wait_until_given_up(host)
        if reply.etag and self.headers.get("If-None-Match") == reply.etag:
            reply = Reply(status=304, etag=reply.etag)
        self.answer(reply)

    def wait_until_given_up(self, host: str) -> None:
        """Wait until the client hangs up, noting that the host is busy meanwhile."""
        stand: Newsstand = self.server.stand  # type: ignore[attr-defined]
        stand.waiting.add(host)
        while not stand.closing.is_set() and not select.select([self.connection], [], [], 0.05)[0]:
            pass
        stand.waiting.discard(host)
        self.close_connection = True

    def answer(self, reply: Reply) -> None:
        headers = {"Content-Type": reply.media_type, "ETag": reply.etag, **reply.headers}
        if reply.status != 304:
            headers["Content-Length"] = str(len(reply.body))
        self.send_response(reply.status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(reply.body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up."""


@contextmanager
def open_newsstand() -> Iterator[Newsstand]:
    stand = Newsstand()
    server = Server(("127.0.0.1", 0), Handler)
    server.stand = stand  # type: ignore[attr-defined]
    stand.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        stand.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


PAGES = {
    "ar": ("وصول قارب إلى الساحل", "وصل القارب إلى الميناء فجر اليوم وعلى متنه عشرات الأشخاص، وقدم المتطوعون الماء والطعام."),
    "en": (
        "Boat reaches the coast",
        "The boat reached the harbour at dawn with dozens on board, and volunteers brought water and food.",
    ),
    "fr": (
        "Un bateau atteint la côte",
        "Le bateau a atteint le port à l'aube avec des dizaines de personnes, accueillies par des bénévoles.",
    ),
}


def page(language: str, number: int = 0, *, extra: str = "") -> str:
    title, text = PAGES[language]
    return (
        f'<!doctype html><html lang="{language}"><head><title>{title} {number}</title></head>'
        f"<body><article><h1>{title} {number}</h1><p>{text} {number}. {extra}</p></article></body></html>"
    )


def rss(base: str, paths: list[str], *, language: str = "en", extra: str = "") -> str:
    items = "".join(
        f"<item><title>Story at {path}</title><link>{base}{path}</link><author>desk@example.org (Desk)</author>"
        f"<pubDate>Fri, 20 Nov 2026 10:0{number % 10}:00 GMT</pubDate><description>About {path}</description></item>"
        for number, path in enumerate(paths)
    )
    head = f'<?xml version="1.0"?>{extra}<rss version="2.0"><channel><title>News</title><language>{language}</language>'
    return f"{head}{items}</channel></rss>"
