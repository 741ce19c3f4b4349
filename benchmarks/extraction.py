"""Measures extraction against plain trafilatura on the same pages in the same run: text, title, date, author, language, speed.

    python -m benchmarks.extraction [--json FILE] [--half dev|test]

Text is F1 over bags of words, of pages whose gold text is whole; title counts as right if equal or containing; date is the
same day; author the same words (NFKC, lower case, without accents, «by» and «and»), on pages whose gold names one; «no author»
the share of pages of which none is told, where the collection looked for authors and gives none. Language is what ingest
stores, against what the page's ``lang`` attribute says (trafilatura by itself tells none). Intervals are 95% bootstrap
intervals; «gain» is the mean of paired differences. Speed is processor time in one process, both extractors page by page in
turn, with trafilatura reading its metadata too; our time is without the detection of the language, a stage of its own.
``--half`` takes the pages whose mistakes were read when the rules were written (``dev``), or only the others.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction

from benchmarks.pages import MEASURES, GoldPage, gained, gold_pages, interval
from classify.language import LanguageDetector
from crawler.extract import read
from newsdesk.errors import Refused
from newsdesk.values import Page

EMPTY = {"text": "", "title": "", "date": "", "author": "", "language": ""}


def ours(page: GoldPage, now: datetime) -> dict[str, str]:
    """Extract with the project's own reading; the language is as declared."""
    try:
        reading = read(Page(url=page.url, body=page.body, fetched_at=now))
    except Refused as refusal:
        return EMPTY | {"refused": refusal.code}
    found = reading.extracted
    said = {"text": found.text, "title": found.title, "author": found.author, "language": found.language}
    return said | {"date": str(reading.day or "")}


def theirs(page: GoldPage) -> dict[str, str]:
    """Extract with trafilatura's defaults and metadata."""
    found = bare_extraction(page.body, with_metadata=True)
    if found is None:
        return EMPTY
    return {name: getattr(found, name, None) or "" for name in EMPTY}


def measured(
    pages: Sequence[GoldPage], now: datetime
) -> tuple[list[tuple[GoldPage, dict[str, str], dict[str, str]]], list[float]]:
    """Return what both found on each page, and the processor seconds that each took in all."""
    for page in pages[:5]:
        ours(page, now), theirs(page)
    detector, results, seconds = LanguageDetector(), [], [0.0, 0.0]
    for page in pages:
        started = time.process_time()
        mine = ours(page, now)
        middle = time.process_time()
        other = theirs(page)
        seconds[0] += middle - started
        seconds[1] += time.process_time() - middle
        declared = mine["language"]
        detected = detector.detect(f"{mine['title']}\n{mine['text']}", page_language=declared).language
        results.append((page, mine | {"language": detected}, other | {"language": declared}))
    return results, seconds


def main() -> None:
    """Measure, print the table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--half", choices=("dev", "test"))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    pages = [page for page in gold_pages() if asked.half in (None, page.half)]
    results, seconds = measured(pages, datetime.now(UTC))
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
    if asked.json:
        asked.json.write_text(json.dumps({"rows": table, "speed": speed, "refused": refused}, indent=1))


def rows(results: list[tuple[GoldPage, dict[str, str], dict[str, str]]]) -> list[dict[str, Any]]:
    """Return one row for each group, selection and measure."""
    table = []
    for group in ("ar", "ar-graft", "en", "fr", "other"):
        for selection in ("news", "all"):
            chosen = [item for item in results if item[0].group == group and (selection == "all" or item[0].news)]
            for name, measure in MEASURES.items():
                pairs = [(measure(mine, page), measure(other, page)) for page, mine, other in chosen]
                mine, other = ([score for score in side if score is not None] for side in zip(*pairs, strict=True))
                if mine and other:
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
        # Each is right about a share of what it tells, so that they are not paired.
        "gain": gained(mine, other) if len(mine) == len(other) and name != "author, precision" else None,
    }


def _line(row: dict[str, Any]) -> str:
    low, high = row["interval"]
    line = (
        f"{row['group']:9}{row['selection']:5}{row['measure']:18} n={row['n']:<4} ours {row['ours']:.4f} [{low:.4f}, {high:.4f}]"
    )
    line += f"  {'declared' if row['measure'] == 'language' else 'trafilatura'} {row['trafilatura']:.4f}"
    if row["gain"]:
        gain, least, most = row["gain"]
        line += f"  gain {gain:+.4f} [{least:+.4f}, {most:+.4f}]"
    return line


if __name__ == "__main__":
    main()
