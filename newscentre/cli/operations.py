"""Looking after it: ``settings``, ``health``."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, show
from newscentre.cli.record import open_record

Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]


@app.command("settings")
def settings_command(*, as_json: Json = False) -> None:
    """Show every setting: its value, what it means, and where it can be changed."""
    from newsdesk.configuration import FILE_NAME, Configuration, load, without_secrets

    data = Path(os.environ["NEWSCENTRE_DATA"])
    configuration = load(data)
    rows: list[dict[str, Any]] = [
        {
            "setting": setting.name,
            "value": without_secrets(getattr(configuration, setting.name)),
            "default": setting.default,
            "meaning": setting.metadata["description"],
        }
        for setting in fields(Configuration)
        if setting.name != "data"
    ]
    show(rows, as_json=as_json)
    if not as_json:
        typer.echo(f"\nSet them in {data / FILE_NAME} (name = value) or as NEWSCENTRE_<NAME> in the environment.")


@app.command("health")
def health_command(*, as_json: Json = False) -> None:
    """Say what is wrong, if anything: quarantined pages, troubled sources, an index that lags. Exit 1 if something is."""
    open_record()
    from newscentre.health import examine

    findings = examine()
    show([finding.row() for finding in findings], as_json=as_json)
    troubled = [finding for finding in findings if not finding.well]
    if not as_json:
        for finding in troubled:
            if finding.detail:
                complain(f"{finding.what}:\n{finding.detail}")
    raise typer.Exit(int(bool(troubled)))
