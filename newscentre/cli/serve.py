"""A small deployment: ``up``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import console
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput


@app.command("up")
def up_command(
    *,
    site: Annotated[bool, typer.Option("--site/--no-site", help="Serve the site.")] = True,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Crawl, ingest, index and send digests on schedule.")] = True,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run only this job (repeatable): crawl, ingest, editions, deliver.")
    ] = None,
) -> None:
    """Run the site and the scheduler until Ctrl-C."""
    open_record()
    from django.conf import settings

    from digest.schedule import start
    from newscentre.jobs import SCHEDULE
    from newscentre.serve import make_server

    configuration = settings.NEWSCENTRE
    server = make_server(configuration) if site else None
    scheduler = start(_chosen(SCHEDULE, only), blocking=not site) if jobs else None
    if server is None:
        return
    console.print(f"The site is at {configuration.site_url} (Ctrl-C stops it).")
    try:
        server.run()
    finally:
        server.close()
        if scheduler is not None:
            scheduler.shutdown(wait=False)


def _chosen(schedule: Mapping[str, Any], only: list[str] | None) -> dict[str, Any]:
    """Return the jobs asked for; raise BadInput for one that does not exist."""
    for name in only or ():
        if name not in schedule:
            raise BadInput(f"there is no job {name!r}; the jobs are {', '.join(schedule)}")
    return {name: entry for name, entry in schedule.items() if not only or name in only}
