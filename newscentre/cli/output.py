"""How verbs speak: results on standard output (JSON Lines or tables), progress and complaints on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import category

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console()
errors = Console(stderr=True)
#: What JSON lets stand and a terminal obeys: further control characters, and those that reorder a line.
_COMMANDS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str, *, lines: bool = False) -> str:
    """Blank out whatever could command a terminal or reorder its line; ``lines``: line breaks may stay."""
    return "".join(" " if category(one) in ("Cc", "Cf") and not (lines and one == "\n") else one for one in text)


def complain(sentence: str) -> None:
    """Say on standard error, in one line, what is wrong."""
    errors.print(f"newscentre: {printable(sentence, lines=True)}", markup=False, highlight=False, soft_wrap=True)


def emit(row: Mapping[str, Any]) -> None:
    """Write one JSON line."""
    line = json.dumps(row, ensure_ascii=False, default=str)
    sys.stdout.write(_COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) + "\n")


def show(rows: Iterable[Mapping[str, Any]], *, as_json: bool, title: str = "") -> None:
    """Write rows as JSON Lines, or as a table headed by the first row's keys."""
    listed = list(rows)
    if as_json:
        for row in listed:
            emit(row)
        return
    if not listed:
        console.print("[dim]nothing[/dim]")
        return
    table = Table(title=title or None, box=None, header_style="bold")
    for number, head in enumerate(listed[0]):
        table.add_column(head, overflow="fold", no_wrap=not number)  # a key in pieces could not be typed
    for row in listed:
        table.add_row(*map(_cell, row.values()))
    console.print(table)


def _cell(value: Any) -> str:
    """Write a value as it is: what came from outside may look like markup."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str("" if value is None else value)
    return escape(printable(text))


def progress() -> Progress:
    """Return a progress display on standard error, silent where that is no terminal."""
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not errors.is_terminal,
    )
