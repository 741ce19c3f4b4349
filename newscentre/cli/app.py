"""Assembles the verbs, finds the data folder, and turns failures into sentences and exit codes.

Exit codes: 0 all done; 1 done, but some items were refused or failed (each was named); 2 the request itself cannot be
used; 3 something it needs is busy or does not answer; 130 interrupted. A bug shows its traceback.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from newscentre.cli.output import complain
from newsdesk.errors import BadInput, Busy, NewscentreError, Unavailable

app = typer.Typer(
    name="newscentre",
    help="A news centre on migration in Arabic, English and French: collect, tag, find, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

#: The modules that hold verbs, in the order of ``--help``.
VERBS = (
    "demo", "serve", "crawl", "sources", "catalogue", "ingest", "analyse", "search", "index", "digest", "alerts", "models",
    "corrections", "drift", "evidence", "operations",
)  # fmt: skip


@app.callback()
def root(
    data: Annotated[
        Path, typer.Option("--data", envvar="NEWSCENTRE_DATA", help="Folder that holds everything this deployment knows.")
    ] = Path("data"),
) -> None:
    """Name the data folder before any verb runs."""
    os.environ["NEWSCENTRE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Work is spread over processes, one a core: threads of the linear algebra would only fight them for the cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        for verb in VERBS:
            importlib.import_module(f"newscentre.cli.{verb}")
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except typer.TyperException as error:
        if message := error.format_message():  # none where a bare group has just shown its help
            complain(f"{message} (`newscentre --help` and `newscentre VERB --help` say more)")
        code = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        code = _exit_code(error)
    sys.exit(code if isinstance(code, int) else 0)


def _exit_code(error: Exception) -> int:
    """Say what went wrong and return the code to leave with; raise what is a bug."""
    from newscentre.cli.record import unanswered

    if isinstance(error, NewscentreError):
        complain(str(error))
        if isinstance(error, BadInput):
            return 2
        return 3 if isinstance(error, (Busy, Unavailable)) else 1
    if not (sentence := unanswered(error)):
        raise error
    complain(sentence)
    return 3
