"""The invented outlets as one web server: a request's host names the outlet, its path the page; answers leave as HTTP."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit

from newscentre.demo import pages, traps
from newscentre.demo.pages import Front, Listed
from newscentre.demo.pieces import Piece, load_pieces
from newscentre.demo.sites import SITES, Site
from newscentre.demo.traps import Trap, load_traps
from newsdesk.errors import Busy

SUFFIX = ".localhost"
HTML, XML = "text/html", "application/xml"
FEED_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
#: Longer than the demo's crawler waits.
SLOW_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says; ``seconds`` is how long it takes before it says anything."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0


@dataclass(frozen=True)
class Newsroom:
    """All outlets as they are with the releases so far (``times``, the first of them the anchor)."""

    port: int
    times: tuple[datetime, ...]
    pieces: Sequence[Piece] = field(default_factory=load_pieces)
    traps: Sequence[Trap] = field(default_factory=load_traps)
    slow_seconds: float = SLOW_SECONDS

    @property
    def release(self) -> int:
        """The number of the release that is out."""
        return len(self.times)

    @cached_property
    def fronts(self) -> dict[str, Front]:
        """Each outlet as it is now."""
        return {key: self._front(site) for key, site in SITES.items()}

    @cached_property
    def removed(self) -> frozenset[tuple[str, str]]:
        """The outlet and path of what was taken down."""
        gone = [piece for piece in self.pieces if piece.removed and self.release >= 2]
        return frozenset((piece.outlet, SITES[piece.outlet].article.format(section=piece.section, id=piece.id)) for piece in gone)

    def answer(self, host: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Answer a GET. ``host`` is the Host header, ``target`` path and query."""
        front = self.fronts.get(host.partition(":")[0].lower().removesuffix(SUFFIX))
        if front is None:
            return Answer(200, self._directory(), {"Content-Type": f"{HTML}; charset=utf-8"})
        path = urlsplit(target).path
        if (front.site.key, path) in self.removed:
            return _page(410, b"<!doctype html><title>410</title><h1>410 Gone</h1>")
        trap = next((trap for trap in self.traps if trap.piece.outlet == front.site.key and trap.path == path), None)
        sent = trap and traps.sent(trap, path=target, slow_seconds=self.slow_seconds)
        if sent:
            extra = {"Location": sent.location} if sent.location else {}
            return Answer(sent.status, sent.body, {"Content-Type": sent.media_type, **extra}, sent.seconds)
        return self._document(front, path, headers)

    def _document(self, front: Front, path: str, headers: Mapping[str, str]) -> Answer:
        item = next((item for item in front.listed if path in (item.path, pages.amp_path(front.site, item))), None)
        if item is not None:
            changed = self.times[1] if item.piece.edited and self.release >= 2 else item.at
            body = pages.article(front, item, amp=path != item.path)
            return _conditional(body, media_type=f"{HTML}; charset={front.site.charset}", changed=changed, headers=headers)
        for known, media_type, make in self._ways(front):
            if path == known:
                return _conditional(make(), media_type=media_type, changed=front.released_at, headers=headers)
        return _page(404, b"<!doctype html><title>404</title><h1>404 Not Found</h1>")

    def _ways(self, front: Front) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        """Yield path, type and maker of everything by which an outlet's articles are found."""
        site = front.site
        own = f"{HTML}; charset={site.charset}"
        yield "/", own, lambda: pages.front_page(front)
        yield "/robots.txt", "text/plain; charset=utf-8", lambda: _robots(front).encode()
        for section in site.sections:
            yield site.section.format(section=section), own, lambda section=section: pages.front_page(front, section)  # type: ignore[misc]
        if site.feed:
            yield site.feed, f"{FEED_TYPES[site.listed]}; charset=utf-8", lambda: pages.feed(front)
        if site.key == "jisr":
            yield "/ar/", own, lambda: pages.front_page(front)
        if site.key == "rivages":
            yield "/rss/videos.xml", f"{FEED_TYPES['rss']}; charset=utf-8", lambda: pages.broken_feed(front)
        if site.listed == "sitemap":
            yield "/sitemap.xml", XML, lambda: pages.sitemap_index(front)
            yield "/sitemaps/news.xml", XML, lambda: pages.sitemap(front, news=True)
            yield "/sitemaps/archive.xml.gz", "application/gzip", lambda: pages.sitemap(front, news=False)

    def _front(self, site: Site) -> Front:
        shown = [piece.as_of(self.release) for piece in self.pieces if piece.outlet == site.key and piece.release <= self.release]
        listed = [
            Listed(piece, site.article.format(section=piece.section, id=piece.id), self.times[piece.release - 1] - piece.age)
            for piece in shown
            if not (piece.removed and self.release >= 2)
        ]
        listed += [
            Listed(trap.piece, trap.path, self.times[0] - trap.piece.age) for trap in self.traps if trap.piece.outlet == site.key
        ]
        listed.sort(key=lambda item: (item.at, item.path), reverse=True)
        return Front(site=site, port=self.port, listed=tuple(listed), released_at=self.times[-1])

    def _directory(self) -> bytes:
        """Return a page that leads to the outlets."""
        rows = (
            f'<li><a href="{front.home}/" lang="{key.language}" dir="auto">{html.escape(key.name)}</a>'
            for front in self.fronts.values()
            for key in [front.site]
        )
        title = "The invented outlets of the Newscentre demo"
        return f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1><ul>{''.join(rows)}</ul>".encode()


def _robots(front: Front) -> str:
    rules = [f"Disallow: {path}" for path in front.site.disallowed] or ["Disallow:"]
    listed = [f"Sitemap: {front.home}/sitemap.xml"] if front.site.listed == "sitemap" else []
    return "\n".join(["User-agent: *", *rules, "", *listed]) + "\n"


def _page(status: int, body: bytes) -> Answer:
    return Answer(status, body, {"Content-Type": f"{HTML}; charset=utf-8"})


def _conditional(body: bytes, *, media_type: str, changed: datetime, headers: Mapping[str, str]) -> Answer:
    """Return the document, or 304 where the reader has it already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    changed = changed.astimezone(UTC).replace(microsecond=0)
    described = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True), "Content-Type": media_type}
    if "If-None-Match" in headers:
        known = etag in [tag.strip().removeprefix("W/") for tag in headers["If-None-Match"].split(",")]
    else:
        known = _not_since(headers.get("If-Modified-Since", ""), changed)
    return Answer(304, b"", described) if known else Answer(200, body, described)


def _not_since(header: str, changed: datetime) -> bool:
    try:
        return bool(header) and parsedate_to_datetime(header) >= changed
    except ValueError:
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    newsroom: Newsroom
    closing: Event


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsroom"
    sys_version = ""
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.server.newsroom.answer(self.headers.get("Host", ""), self.path, dict(self.headers.items()))
        if answer.seconds and self.server.closing.wait(answer.seconds):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815 - the names are the library's

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Take a reader's hanging up for what it is."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True


@contextmanager
def serving(newsroom: Newsroom) -> Iterator[Newsroom]:
    """Serve the newsroom on the loopback for the block, in threads; raise Busy if its port is taken."""
    try:
        server = _Server(("127.0.0.1", newsroom.port), _Handler)
    except OSError as error:
        raise Busy(f"port {newsroom.port}, where the demo newsroom publishes, is taken by another program") from error
    server.newsroom, server.closing = newsroom, Event()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="newsroom", daemon=True)
    thread.start()
    try:
        yield newsroom
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
