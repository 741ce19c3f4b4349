"""Connections enter; those whose answer has a head without end are cut, as nothing else bounds status line and headers."""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from twisted.web._newclient import HEADER, STATUS

#: What an answer may say before its body begins, in bytes; browsers take about as much.
LARGEST_HEAD = 256 * 1024


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Counts what comes before the body, answers that only announce others (1xx) included."""

    head = 0

    def request(self, request: Any) -> Any:
        """Ask, and count anew."""
        self.head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Pass on what came, or hang up."""
        transport: Any = self.transport
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self.head += len(data)
        if self.head > LARGEST_HEAD:
            transport.abortConnection()
        else:
            super().dataReceived(data)  # type: ignore[no-untyped-call]


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes such connections."""

    def buildProtocol(self, addr: Any) -> BoundedProtocol:  # noqa: ARG002, N802 - Twisted's
        """Make one."""
        return BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's own way to download, over such connections."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._pool._factory = BoundedFactory
