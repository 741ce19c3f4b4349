"""Measures extraction against plain trafilatura on the same pages in the same run: text, title, date, speed.

    python -m benchmarks.extraction [--json FILE]

Text is F1 over bags of words, of pages whose gold text is whole; title counts as right if equal or containing; date is the
same day. Intervals are 95% bootstrap intervals; «gain» is the mean of paired differences. Speed is processor time in one
process, both extractors page by page in turn, with trafilatura reading its metadata too.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction

from benchmarks.pages import MEASURES, GoldPage, gained, gold_pages, interval
from crawler.extract import read
from newsdesk.errors import Refused
from newsdesk.values import Page


def ours(page: GoldPage, now: datetime) -> dict[str, str]:
    """Extract with the project's own reading."""
    try:
        reading = read(Page(url=page.url, body=page.body, fetched_at=now))
    except Refused as refusal:
        return {"text": "", "title": "", "date": "", "refused": refusal.code}
    return {"text": reading.extracted.text, "title": reading.extracted.title, "date": str(reading.day or "")}


def theirs(page: GoldPage) -> dict[str, str]:
    """Extract with trafilatura's defaults and metadata."""
    found = bare_extraction(page.body, with_metadata=True)
    if found is None:
        return {"text": "", "title": "", "date": ""}
    return {name: getattr(found, name) or "" for name in ("text", "title", "date")}


def main() -> None:
    """Measure, print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args().json
    logging.disable(logging.CRITICAL)
    pages, now = gold_pages(), datetime.now(UTC)
    for page in pages[:5]:
        ours(page, now), theirs(page)
    results, seconds = [], [0.0, 0.0]
    for page in pages:
        started = time.process_time()
        mine = ours(page, now)
        middle = time.process_time()
        other = theirs(page)
        seconds[0] += middle - started
        seconds[1] += time.process_time() - middle
        results.append((page, mine, other))
    table = rows(results)
    speed = {
        "pages": len(pages),
        "ours": len(pages) / seconds[0],
        "trafilatura": len(pages) / seconds[1],
        "ratio": seconds[1] / seconds[0],
    }
    for row in table:
        print(_line(row))
    print(
        f"pages a second and core: ours {speed['ours']:.1f}, trafilatura {speed['trafilatura']:.1f}, ratio {speed['ratio']:.2f}"
    )
    refused = [f"{page.id} ({mine['refused']})" for page, mine, _ in results if "refused" in mine]
    print(f"refused: {', '.join(refused)}")
    if wanted:
        wanted.write_text(json.dumps({"rows": table, "speed": speed, "refused": refused}, indent=1))


def rows(results: list[tuple[GoldPage, dict[str, str], dict[str, str]]]) -> list[dict[str, Any]]:
    """Return one row for each group, selection and measure."""
    table = []
    for group in ("ar", "ar-graft", "en", "fr", "other"):
        for selection in ("news", "all"):
            chosen = [item for item in results if item[0].group == group and (selection == "all" or item[0].news)]
            for name, measure in MEASURES.items():
                pairs = [(measure(mine, page), measure(other, page)) for page, mine, other in chosen]
                mine, other = [[pair[side] for pair in pairs if pair[side] is not None] for side in (0, 1)]
                if mine:
                    table.append(_row(group, selection, name, mine, other))
    return table


def _row(group: str, selection: str, name: str, mine: list[float], other: list[float]) -> dict[str, Any]:
    return {
        "group": group,
        "selection": selection,
        "measure": name,
        "n": len(mine),
        "ours": sum(mine) / len(mine),
        "interval": interval(mine),
        "trafilatura": sum(other) / len(other),
        "gain": gained(mine, other),
    }


def _line(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    gain, least, most = row["gain"]
    return (
        f"{row['group']:9}{row['selection']:5}{row['measure']:6} n={row['n']:<4} ours {row['ours']:.4f} [{low:.4f}, {high:.4f}]"
        f"  trafilatura {row['trafilatura']:.4f}  gain {gain:+.4f} [{least:+.4f}, {most:+.4f}]"
    )


if __name__ == "__main__":
    main()
