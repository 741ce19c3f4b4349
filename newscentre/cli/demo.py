"""The demo: ``demo``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, console, emit, errors, progress
from newscentre.cli.record import open_record

if TYPE_CHECKING:
    from newscentre.demo.releases import Releases
    from newscentre.demo.run import Done


@app.command("demo")
def demo_command(
    *,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the site when all is done.")] = True,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port of the site; kept for later runs.")] = 0,
    newsroom_port: Annotated[
        int, typer.Option("--newsroom-port", min=0, max=65_535, help="Port of the invented outlets; kept for later runs.")
    ] = 0,
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes that analyse pages; 0: one a core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines.")] = False,
) -> None:
    """Do the whole job on the demo newsroom: crawl, tag, index, digests, a trend report; then serve the site."""
    from newscentre.demo import folder
    from newscentre.demo.newsroom import serving

    data = Path(os.environ["NEWSCENTRE_DATA"])
    with folder.held(data):
        state = folder.prepared(data, site_port=port, newsroom_port=newsroom_port, serving=serve)
        open_record()
        from newscentre.demo import run

        state = run.released(data, state, run.moment())
        with serving(run.newsroom_of(state)):
            with progress() as bar:
                done = run.run(data, state, progress=bar, workers=workers)
            _tell(done, as_json=as_json, serve=serve)
            if serve:
                _serve(state)
    raise typer.Exit(int(bool(done.problems)))


def _tell(done: Done, *, as_json: bool, serve: bool) -> None:
    from newscentre.demo import summary

    if as_json:
        for row in summary.rows(done):
            emit(row)
    else:
        summary.tell(done, console)
        summary.invite(done, console, serving=serve)
    for bug in done.bugs:
        errors.print(bug, markup=False, highlight=False, soft_wrap=True)
    for problem in done.problems:
        complain(problem)


def _serve(state: Releases) -> None:
    from dataclasses import replace

    from django.conf import settings

    from newscentre.serve import make_server

    server = make_server(replace(settings.NEWSCENTRE, port=state.site_port))
    # Not with the results: those may be read by a program.
    errors.print(f"\nThe site is served at {settings.NEWSCENTRE.site_url} (Ctrl-C stops it).", highlight=False)
    try:
        server.run()
    finally:
        server.close()
        errors.print("\nStopped.")
