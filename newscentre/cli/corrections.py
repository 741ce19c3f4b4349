"""What people said of labels: ``corrections export``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

corrections = typer.Typer(name="corrections", help="What people said of the labels of articles.", no_args_is_help=True)
app.add_typer(corrections)


@corrections.callback()
def root() -> None:
    """Tell what people said of the labels of articles."""


@corrections.command()
def export(file: Annotated[Path, typer.Argument(help="The file to write, as JSON Lines.")]) -> None:
    """Write every correction: article and address, label, who said it, who looked again, and when; never a text."""
    open_record()
    from newscentre.corrections import rows

    count = 0
    try:
        with file.open("w", encoding="utf-8") as lines:
            for row in rows():
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error
    complain(f"wrote {count} corrections to {file}")
