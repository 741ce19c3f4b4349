"""Measurable stages: ``extract``, ``tag``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import emit, progress, show
from newsdesk.errors import BadInput

Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes to use; 0: one a core.")]


@app.command("extract")
def extract_command(
    files: Annotated[list[Path] | None, typer.Argument(help="Saved HTML pages (.gz too).")] = None,
    *,
    batch: Annotated[Path | None, typer.Option("--batch", help="A manifest: JSON Lines of id, path, url.")] = None,
    url: Annotated[str, typer.Option("--url", help="The address a single page was fetched from.")] = "",
    workers: Workers = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines; a batch always does.")] = False,
) -> None:
    """Read articles from saved pages: title, text, date, author, language, canonical address.

    A batch gives one line a page, in the order of the manifest.
    """
    from newscentre.batches import Task, extract_batch, extract_one

    now = datetime.now(UTC)
    if batch is not None:
        raise typer.Exit(_emit_all(extract_batch(batch, now=now, workers=workers), title="extracting"))
    if not files:
        raise BadInput("give saved pages, or --batch MANIFEST.jsonl")
    rows = [extract_one(Task(str(path), path, url, now)) for path in files]
    show([row if as_json else _readable(row) for row in rows], as_json=as_json)
    raise typer.Exit(int(any(row["error"] for row in rows)))


@app.command("tag")
def tag_command(*, workers: Workers = 0) -> None:
    """Label articles read from standard input: language, relevance, themes, topics, countries.

    Lines of id, title, text and, if known, source_country go in; one line each comes out, in the same order.
    """
    from newscentre.batches import tag_lines

    raise typer.Exit(_emit_all(tag_lines(sys.stdin.buffer, place="standard input", workers=workers), title="tagging"))


def _emit_all(rows: Any, *, title: str) -> int:
    """Write each row as it comes; return 1 if any tells of an error."""
    failed = False
    with progress() as bar:
        task = bar.add_task(title, total=None)
        for row in rows:
            emit(row)
            bar.advance(task)
            failed = failed or row["error"] is not None
    sys.stdout.flush()
    return int(failed)


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Shorten the text and spell out the error, for a table."""
    error = row["error"]
    return {**row, "text": (row["text"] or "")[:200], "error": f"{error['code']}: {error['message']}" if error else ""}
