"""Responses and failures of the web enter; answers leave: what to keep of them, and what becomes of it."""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import ConnectError, ConnectionClosed

from crawler.links import LONGEST_ADDRESS, host_of
from crawler.permissions import ALLOWED, reserved_by_headers, reserved_by_page
from crawler.rhythm import rest_asked
from crawler.walls import leads_home, missing, wall

#: States of an answer, as the record names them.
PENDING, DONE, REFUSED, QUARANTINED = "pending", "done", "refused", "quarantined"
GOOD = (200, 203)
GONE = (404, 410)
#: The code of an answer by which a known article is to be taken down.
TAKEDOWN = "gone"
#: Refusals that say that a page is not there any more, though the server does not admit it.
MISSING = ("to-home", "soft-404")
PAGE_TYPES = ("text/html", "application/xhtml+xml")
#: Reasons that may be gone at the next visit.
PASSING = re.compile(r"(timeout|unreachable|broken-answer|blocked|http-(408|425|429|5\d\d))\Z")
_KEPT_HEADERS = (
    "etag", "last-modified", "content-type", "content-language", "content-encoding", "date", "cache-control", "retry-after",
    "x-robots-tag", "tdm-reservation", "link", "server",
)  # fmt: skip
#: What we sent that evidence tells of.
_SENT_HEADERS = ("user-agent", "accept", "accept-language", "if-none-match", "if-modified-since")
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


#: Requests that were not sent, but left for a later visit.
LEFT = frozenset({"resting", "daily-cap", "later"})


class Stopped(IgnoreRequest):
    """A request that our own rules stopped on its way; carries the code and sentence of the refusal.

    ``verdict`` is what the publisher reserves, ``until`` when to try again, where there is such a thing.
    """

    def __init__(self, code: str, message: str, *, verdict: str = "", until: datetime | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.verdict = verdict
        self.until = until


@dataclass(frozen=True)
class Asked:
    """What was asked for: by which source, as which kind of fetch, where; and what is known of it from before.

    ``missed`` says that a known article led home, or to a page saying that there is none, when it was last looked at.
    """

    source: str
    kind: str
    url: str
    hint: Mapping[str, str] = field(default_factory=dict)
    article_id: int | None = None
    known_id: int | None = None
    known_sha256: str = ""
    missed: bool = False
    depth: int = 0


@dataclass(frozen=True)
class Answer:
    """What came back, ready for the record. ``state`` and ``code`` say what becomes of it; ``listed`` counts links.

    ``verdict`` is what the publisher allows (empty: not known); ``until`` the end of the rest that the host asks for.
    """

    asked: Asked
    at: datetime
    state: str
    code: str = ""
    message: str = ""
    final_url: str = ""
    redirects: tuple[tuple[str, int], ...] = ()
    status: int = 0
    sent: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""
    charset: str = ""
    body: bytes | None = None
    sha256: str = ""
    size: int = 0
    traceback: str = ""
    listed: int = 0
    verdict: str = ""
    until: datetime | None = None

    @property
    def left(self) -> bool:
        """Whether nothing was asked, so that there is nothing to keep."""
        return self.code in LEFT


def described(asked: Asked, response: Any, *, at: datetime) -> dict[str, Any]:
    """Return the fields of an Answer that a response determines by itself."""
    headers = headers_of(response)
    if "rendered" in response.flags:
        # The body is then what the page's scripts made of the answer, not the answer: the evidence has to say so.
        headers["x-newscentre-rendered"] = "chromium"
    body: bytes = response.body
    media_type, charset = content_type(headers.get("content-type", ""))
    return {
        "asked": asked,
        "at": at,
        "final_url": response.url[:LONGEST_ADDRESS],
        "redirects": redirects_of(response.request),
        "status": response.status,
        "sent": sent_by(response.request),
        "headers": headers,
        "media_type": media_type or sniffed(body),
        "charset": charset,
        "sha256": hashlib.sha256(body).hexdigest() if body else "",
        "size": len(body),
        "verdict": ALLOWED,
        "until": rest_asked([(at, response.status, headers.get("retry-after", ""))]),
    }


def page_answer(asked: Asked, response: Any, *, at: datetime) -> Answer:
    """Judge the answer to a request for a page."""
    fields = described(asked, response, at=at)
    status, body = response.status, response.body
    if reserved := reserved_by_headers(fields["headers"]) or reserved_by_page(body):
        fields["verdict"] = reserved.verdict
        return _withheld(fields, "reserved", reserved.sentence, known=asked.article_id is not None)
    if status == 304 or (status in GOOD and body and fields["sha256"] == asked.known_sha256):
        return Answer(**fields, state=DONE, code="unchanged")
    if status in GONE and asked.article_id is not None:
        return _withheld(fields, "", f"the server answered with status {status}", known=True)
    if refusal := refusal_of_response(response, fields["headers"]) or _refusal_of_page(fields, body):
        return _withheld(fields, *refusal, known=asked.missed and refusal[0] in MISSING)
    return Answer(**fields, state=PENDING, body=body)


def _withheld(fields: Mapping[str, Any], code: str, message: str, *, known: bool) -> Answer:
    """Refuse what is not for us; an article that is ``known`` waits for its takedown instead."""
    return Answer(**fields, state=PENDING if known else REFUSED, code=TAKEDOWN if known else code, message=message)


def _refusal_of_page(fields: Mapping[str, Any], body: bytes) -> tuple[str, str] | None:
    """Return the code and sentence for what came with a good status and is no page of its own."""
    if fields["media_type"] not in PAGE_TYPES:
        return "not-html", f"the address leads to {fields['media_type'] or 'something unknown'}, not to a page"
    if not body.strip():
        return "empty", "the server sent an empty page"
    if fields["redirects"] and leads_home(fields["asked"].url, fields["final_url"]):
        return "to-home", "the address leads to the home page instead of its own"
    if said := missing(body):
        return "soft-404", f"the page only says that there is none («{said}»)"
    return None


def refusal_of_response(response: Any, headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the code and sentence for an answer that is not what was asked for, whatever was asked for."""
    if sentence := wall(response.status, headers, response.body):
        return "blocked", sentence
    if response.status not in GOOD:
        return f"http-{response.status}", f"the server answered with status {response.status}"
    return None


def failed_answer(asked: Asked, error: BaseException, *, at: datetime, request: Any, refused: Mapping[str, str]) -> Answer:
    """Judge a request that brought no response. ``refused`` holds the addresses for which host names were refused."""
    fields: dict[str, Any] = {
        "asked": asked,
        "at": at,
        "final_url": request.url[:LONGEST_ADDRESS],
        "redirects": redirects_of(request),
    }
    refusal = refusal_of_error(error, refused=refused, host=host_of(request.url))
    if refusal is None:
        return crashed_answer(error, **fields)
    if isinstance(error, Stopped):
        fields |= {"verdict": error.verdict, "until": error.until}
    else:
        # It was asked for, so the rules allowed it.
        fields["verdict"] = ALLOWED
    # What robots.txt closes is not asked for again, but was open when it was read.
    reserved = fields["verdict"] == "tdm-file" and asked.article_id is not None
    return _withheld(fields, *refusal, known=reserved)


def crashed_answer(error: BaseException, **fields: Any) -> Answer:
    """Set aside what crashed us, with its traceback."""
    trace = "".join(traceback.format_exception(error))
    return Answer(**fields, state=QUARANTINED, code="crashed", message=f"{type(error).__name__}: {error}", traceback=trace)


def refusal_of_error(error: BaseException, *, refused: Mapping[str, str], host: str) -> tuple[str, str] | None:
    """Return the code and sentence for a failure of the web; None for a failure of ours."""
    if isinstance(error, Stopped):
        return error.code, str(error)
    if isinstance(error, CannotResolveHostError) and host in refused:
        return "unsafe", f"{host} leads to {refused[host]}, which is not of the open internet"
    for kinds, code, sentence in _FAILURES:
        if isinstance(error, kinds):
            return code, sentence
    return None


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((CannotResolveHostError,), "unreachable", "the host's name is not known"),
    ((DownloadTimeoutError,), "timeout", "the server took too long to answer"),
    ((DownloadCancelledError,), "too-large", "the answer is larger than the limit"),
    ((DownloadConnectionRefusedError,), "unreachable", "the host refuses connections"),
    ((ResponseDataLossError,), "broken-answer", "the answer broke off"),
    ((UnsupportedURLSchemeError,), "unsafe", "only http and https are fetched"),
    (
        (DownloadFailedError, ConnectionClosed),
        "broken-answer",
        "the server closed the connection, or its certificate is not valid",
    ),
    ((ConnectError,), "unreachable", "the host cannot be reached"),
    ((UnicodeError,), "unsafe", "the host's name is no name"),
)


def headers_of(response: Any) -> dict[str, str]:
    """Return the headers worth keeping, names in small letters, values cut."""
    kept = {}
    for name, values in response.headers.items():
        key = name.decode("latin-1").lower()
        if key in _KEPT_HEADERS or key.startswith(("cf-mitigated", "x-amzn-waf", "x-datadome", "x-sucuri")):
            # A line of X-Robots-Tag that names a robot names it for itself only.
            joined = (b"; " if key == "x-robots-tag" else b", ").join(values if isinstance(values, list) else [values])
            kept[key] = joined.decode("latin-1").replace("\x00", "")[:500]
    return kept


def sent_by(request: Any) -> dict[str, str]:
    """Return the headers that we sent and that are worth keeping."""
    told = {name: request.headers.get(name) for name in _SENT_HEADERS}
    return {name: value.decode("latin-1")[:500] for name, value in told.items() if value}


def content_type(header: str) -> tuple[str, str]:
    """Return media type and charset as a header states them, in small letters; empty where it does not."""
    media, charset = _TYPE.match(header.strip()), _CHARSET.search(header)
    return (media[0].lower()[:100] if media else ""), (charset[1].lower() if charset else "")


def sniffed(body: bytes) -> str:
    """Guess the media type of an answer that states none."""
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "text/html" if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) else ""


def redirects_of(request: Any) -> tuple[tuple[str, int], ...]:
    """Return the addresses passed on the way, each with the status that sent us on."""
    return tuple((url[:LONGEST_ADDRESS], status) for url, status in request.meta.get("redirects", ()))
