"""What every page of the demo newsroom should become: the written articles and traps enter, ``expected.jsonl`` leaves.

``python -m newscentre.demo.expected`` writes the file anew. A row's ``outcome`` is what its first crawl should make of the
page (``article``, ``duplicate``, ``unchanged``, ``refused:CODE``), ``then`` what the crawl after the next release should
(``unchanged``, ``revised``, ``removed``; empty where it is not asked for again). ``duplicate_of`` names the original of a
copy; whichever of the two is fetched first stands for both. ``age`` is how many minutes before its release an article was
published, ``precision`` whether its page tells that to the minute or to the day. ``fetched_as`` is the path that the outlet
announces, where it is not the canonical one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from newscentre.demo.newsroom import Newsroom
from newscentre.demo.pages import Listed, amp_path, fed_as_amp, twice_fed
from newscentre.demo.pieces import Piece
from newscentre.demo.sites import SITES
from newscentre.demo.traps import Trap

FILE_NAME = "expected.jsonl"


def read() -> list[dict[str, Any]]:
    """Return the rows of the file that ships."""
    text = (files(__package__) / FILE_NAME).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def lines() -> str:
    """Return the file's content as it should be."""
    rows = sorted(expected_rows(), key=lambda row: (row["outlet"], row["path"]))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def expected_rows() -> Iterator[dict[str, Any]]:
    """Yield one row for every page, and one for the feed that is broken."""
    newsroom = Newsroom(port=80, times=(datetime(2026, 1, 1, tzinfo=UTC),))
    yield from map(_article, newsroom.pieces)
    yield from map(_trap, newsroom.traps)
    for front in newsroom.fronts.values():
        if twin := twice_fed(front):
            yield _row(twin.piece, path=amp_path(front.site, twin), outcome="unchanged", then="unchanged")
    yield {"outlet": "rivages", "path": "/rss/videos.xml", "release": 1, "outcome": "refused:broken-feed", "then": ""}


def _article(piece: Piece) -> dict[str, Any]:
    site = SITES[piece.outlet]
    path = site.article.format(section=piece.section, id=piece.id)
    then = "removed" if piece.removed else "revised" if piece.edited else "unchanged"
    item = Listed(piece, path, datetime(2026, 1, 1, tzinfo=UTC))
    return _row(piece, path=path, outcome="duplicate" if piece.copy_of else "article", then=then) | {
        "fetched_as": amp_path(site, item) if fed_as_amp(site, item) else path,
        "language": site.language,
        "title": piece.title,
        "edited_title": piece.edited_title,
        "relevant": piece.relevant,
        "themes": list(piece.themes),
        "countries": list(piece.countries),
        "story": piece.story,
        "duplicate_of": piece.copy_of,
        "age": int(piece.age.total_seconds() // 60),
        "precision": site.precision,
        "hard": piece.hard,
    }


def _trap(trap: Trap) -> dict[str, Any]:
    row = _row(trap.piece, path=trap.path, outcome=trap.outcome, then="")
    return row | {"language": trap.language, "title": trap.piece.title}


def _row(piece: Piece, *, path: str, outcome: str, then: str) -> dict[str, Any]:
    return {"outlet": piece.outlet, "path": path, "release": piece.release, "outcome": outcome, "then": then}


if __name__ == "__main__":
    (Path(__file__).parent / FILE_NAME).write_text(lines(), encoding="utf-8")
