"""A small deployment: ``up``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer

from newscentre.cli.app import app
from newscentre.cli.output import console
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

#: How long a job may go on after it was told to stop, in seconds: enough to finish a mail that is being sent.
PATIENCE = 5.0


@app.command("up")
def up_command(
    *,
    site: Annotated[bool, typer.Option("--site/--no-site", help="Serve the site.")] = True,
    jobs: Annotated[bool, typer.Option("--jobs/--no-jobs", help="Crawl, ingest, index and send digests on schedule.")] = True,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Run only this job (repeatable), as crawl, ingest, deliver.")
    ] = None,
) -> None:
    """Run the site and the scheduler until Ctrl-C."""
    if not site and not jobs:
        raise BadInput("--no-site and --no-jobs leave nothing to run")
    open_record()
    from django.conf import settings

    from digest.schedule import start
    from newscentre.jobs import SCHEDULE
    from newscentre.serve import make_server

    # Told to stop by a service manager, it stops as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    configuration = settings.NEWSCENTRE
    chosen = _chosen(SCHEDULE, only)
    server = make_server(configuration) if site else None
    scheduler = None
    try:
        scheduler = start(chosen, blocking=not site) if jobs else None
        if server is not None:
            console.print(f"The site is at {configuration.site_url} (Ctrl-C stops it).")
            server.run()
    except KeyboardInterrupt:
        pass  # the server ends by itself when interrupted; whoever is interrupted elsewhere ends likewise
    finally:
        if server is not None:
            server.close()
        if scheduler is not None and scheduler.running:
            scheduler.shutdown(wait=False)
    leave(130)


def leave(code: int, *, patience: float = PATIENCE) -> NoReturn:
    """Leave with this code: at once if no job is at work, else when it is done or patience ends.

    A job may be cut off anywhere: what it had committed stays, the rest is done by the next that runs.
    """
    until = time.monotonic() + patience
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _chosen(schedule: Mapping[str, Any], only: list[str] | None) -> dict[str, Any]:
    """Return the jobs asked for; raise BadInput for one that does not exist."""
    for name in only or ():
        if name not in schedule:
            raise BadInput(f"there is no job {name!r}; the jobs are {', '.join(schedule)}")
    return {name: entry for name, entry in schedule.items() if not only or name in only}
