"""Saved searches: ``alerts list``, ``alerts send``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from newscentre.cli.app import app
from newscentre.cli.output import show
from newscentre.cli.record import open_record

alerts = typer.Typer(name="alerts", help="Saved searches and their mails.", no_args_is_help=True)
app.add_typer(alerts)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]


@alerts.callback()
def root() -> None:
    """Tell of saved searches and their mails."""


@alerts.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """List saved searches: whose, how often they tell, what they found, what is wrong. Secret addresses are not shown."""
    open_record()
    from django.db.models import Count, F, Q

    from newsdesk.models import SavedSearch

    rows = (
        SavedSearch.objects.annotate(
            person=F("user__email"),
            paused=Q(paused_at__isnull=False),
            found=Count("alerts"),
            waiting=Count("alerts", filter=Q(alerts__settled=False)),
        )
        .order_by("pk")
        .values("id", "person", "name", "query", "frequency", "paused", "found", "waiting", "problem")
    )
    show(rows, as_json=as_json)


@alerts.command()
def send(*, as_json: AsJson = False) -> None:
    """Make the mails of saved searches that are due, and send all that wait."""
    open_record()
    from django.conf import settings

    from digest.transport import transport_for
    from newscentre.alerts.mailing import make_mails, send_next

    now, transport = datetime.now(UTC), transport_for(settings.NEWSCENTRE)
    made, tried = make_mails(now), 0
    while send_next(now, transport):
        tried += 1
    show([{"made": made, "tried": tried}], as_json=as_json)
