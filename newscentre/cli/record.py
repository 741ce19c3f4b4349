"""Opens the record for a verb: Django set up, the schema brought up to date."""

from __future__ import annotations

import errno

import django
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from newsdesk.errors import Unavailable

#: Another process may be migrating just now: a site and its jobs start at the same time.
PATIENCE = 120.0


def open_record() -> None:
    """Make the models usable in this process; migrate the record if it is behind; raise Unavailable if it
    does not answer or holds tables that are not ours.
    """
    django.setup()
    # The locks need Django's settings.
    from newsdesk.locks import patient_lock

    try:
        if _behind():
            with patient_lock("migrate", seconds=PATIENCE):
                call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise Unavailable(unanswered(error) or f"the record cannot be brought up to date: {str(error).strip()}") from error


def unanswered(error: Exception) -> str:
    """Say that the record or the disk takes or gives no more; nothing where the error is another, such as a bug."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return f"{error.filename or 'the disk'} cannot be written: {error.strerror}"
    # SQLite calls a wrong statement operational too.
    wrong = getattr(error.__cause__, "sqlite_errorname", "") == "SQLITE_ERROR"
    if wrong or not isinstance(error, OperationalError | InterfaceError):
        return ""
    return f"the record does not answer: {str(error).strip()}"


def _behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
