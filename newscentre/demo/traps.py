"""Pages that are no ordinary articles: their declarations enter, what a server sends for each leaves (walls, loops, floods)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from newscentre.demo.pieces import Piece, age
from newscentre.demo.sites import SITES

#: More than the crawler takes.
OVERSIZED = 9_000_000
DEPTH = 30_000


@dataclass(frozen=True, slots=True)
class Trap:
    """One such page: what lists say of it (``piece``), how it is served (``kind``), and what should become of it."""

    piece: Piece
    kind: str
    outcome: str
    language: str
    path: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server sends for a trap; ``seconds`` is how long it keeps the reader waiting first."""

    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    location: str = ""
    seconds: float = 0


def load_traps() -> tuple[Trap, ...]:
    """Return every special page of the newsroom."""
    table = tomllib.loads((files(__package__) / "specials.toml").read_text(encoding="utf-8"))
    return tuple(_trap(**row) for row in table["special"])


def _trap(*, outlet: str, id: str, kind: str, outcome: str, language: str = "", path: str = "", **piece: str) -> Trap:
    site = SITES[outlet]
    return Trap(
        piece=Piece(
            outlet=outlet,
            id=id,
            age=age(piece["age"]),
            section=piece["section"],
            title=piece["title"],
            text=piece.get("text", ""),
        ),
        kind=kind,
        outcome=outcome,
        language=language or site.language,
        path=path or site.article.format(section=piece["section"], id=id),
    )


def sent(trap: Trap, *, path: str, slow_seconds: float) -> Sent | None:
    """Return what the server sends for this trap; None where it is a page like the others (``foreign``)."""
    title = trap.piece.title
    if trap.kind == "loop":
        return Sent(status=302, location=trap.path if path != trap.path else f"{trap.path}?session=1")
    if trap.kind == "slow":
        return Sent(body=PLAIN.format(title=title).encode(), seconds=slow_seconds)
    make = _SENT.get(trap.kind)
    return make(title) if make else None


PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
PLAIN = "<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
WALL = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title><meta charset="utf-8"><meta name="robots" content="noindex,nofollow">
<meta http-equiv="refresh" content="390"></head>
<body><div class="main-wrapper" role="main"><h1>Checking your browser before accessing crossroads</h1>
<p>Enable JavaScript and cookies to continue. Verify you are human by completing the action below.</p>
<noscript><p>This process is automatic. Your browser will redirect to your requested content shortly.</p></noscript>
<form id="challenge-form" action="?__cf_chl_f_tk=demo" method="POST"></form>
<p>Ray ID: 8d0d1c5f3b2a</p></div></body></html>
"""

EMPTY = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head>
<body><header><a href="/">Dunes Matin</a></header><main id="contenu"></main><footer></footer></body></html>
"""


def _oversized(title: str) -> bytes:
    head = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>".encode()
    line = b"<p>18:04 Wind backing to the south-west, boats away.</p>\n"
    return head + line * (OVERSIZED // len(line)) + b"</body></html>"


def _deep() -> bytes:
    """Return a page of tags within tags, in the outlet's character set, such as crash readers that recurse."""
    head = '<html dir="rtl" lang="ar"><head><meta charset="windows-1256"><title>أرشيف الجداول القديمة</title></head><body>'
    return head.encode("windows-1256") + b"<table><tr><td><div>" * (DEPTH // 4) + b"</div>" * 10 + b"</body></html>"


_SENT: dict[str, Callable[[str], Sent]] = {
    "wall": lambda _title: Sent(body=WALL.encode()),
    "oversized": lambda title: Sent(body=_oversized(title)),
    "binary": lambda _title: Sent(media_type="application/pdf", body=PDF),
    "missing": lambda _title: Sent(status=404, body=PLAIN.format(title="404").encode()),
    "disallowed": lambda title: Sent(body=PLAIN.format(title=title).encode()),
    "empty": lambda title: Sent(body=EMPTY.format(title=title).encode()),
    "deep": lambda _title: Sent(media_type="text/html; charset=windows-1256", body=_deep()),
}
