"""Opens the record for a verb: Django set up, the schema brought up to date."""

from __future__ import annotations

import django
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from newsdesk.errors import Unavailable

#: Another process may be migrating just now: a site and its jobs start at the same time.
PATIENCE = 120.0


def open_record() -> None:
    """Make the models usable in this process; migrate the record if it is behind; raise Unavailable if it does not answer."""
    django.setup()
    # The locks need Django's settings.
    from newsdesk.locks import patient_lock

    try:
        if _behind():
            with patient_lock("migrate", seconds=PATIENCE):
                call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise Unavailable(f"the record does not answer: {str(error).strip()}") from error


def _behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
