"""A small deployment: ``up``."""

from __future__ import annotations

from typing import Annotated

import typer

from newscentre.cli.app import app
from newscentre.cli.output import console
from newscentre.cli.record import open_record


@app.command("up")
def up_command(
    *,
    site: Annotated[bool, typer.Option("--site/--no-site", help="Serve the site.")] = True,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Crawl, ingest, index and send digests on schedule.")] = True,
) -> None:
    """Run the site and the scheduler until Ctrl-C."""
    open_record()
    from django.conf import settings

    from digest.schedule import start
    from newscentre.jobs import SCHEDULE
    from newscentre.serve import make_server

    configuration = settings.NEWSCENTRE
    server = make_server(configuration) if site else None
    scheduler = start(SCHEDULE, blocking=not site) if jobs else None
    if server is None:
        return
    console.print(f"The site is at {configuration.site_url} (Ctrl-C stops it).")
    try:
        server.run()
    finally:
        server.close()
        if scheduler is not None:
            scheduler.shutdown(wait=False)
