"""The server tells visitors apart behind a trusted proxy, and believes nobody else."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings

from newscentre.serve import make_server


def _who_asks(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}".encode()]


@pytest.mark.parametrize(
    ("proxy", "seen"), [("", "127.0.0.1 http"), ("127.0.0.1", "203.0.113.9 https"), ("192.0.2.1", "127.0.0.1 http")]
)
def test_only_the_trusted_proxy_says_who_asks(proxy: str, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscentre.site.wsgi.application", _who_asks)
    server = make_server(replace(settings.NEWSCENTRE, data=tmp_path, host="127.0.0.1", port=0, trusted_proxy=proxy))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{server.effective_port}/", headers=headers), timeout=5
        ) as answer:
            assert answer.read().decode() == seen
    finally:
        server.close()
        thread.join(5)
