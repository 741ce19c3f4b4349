"""The search index: ``reindex``, ``index check``."""

from __future__ import annotations

from typing import Annotated

import typer

from newscentre.cli.app import app
from newscentre.cli.output import progress, show
from newscentre.cli.record import open_record
from newscentre.cli.search import EngineName

index = typer.Typer(name="index", help="The search index: whether it agrees with the record.", no_args_is_help=True)
app.add_typer(index)


@index.callback()
def root() -> None:
    """Look after the search index."""


@index.command()
def check(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Index anew what differs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines.")] = False,
) -> None:
    """Compare the index with the record, article by article; exit 1 if they differ and nothing was mended."""
    open_record()
    from django.conf import settings

    from newscentre import outbox
    from newsdesk.models import IndexChange
    from search.opening import open_engine

    engine = open_engine(settings.NEWSCENTRE)
    mended = outbox.repair(engine) if repair else 0
    differing = outbox.check(engine)
    row = {"engine": engine.name, "articles": engine.count(), "differ": len(differing), "mended": mended}
    show([row | {"waiting": IndexChange.objects.count()}], as_json=as_json)
    if differing:
        raise typer.Exit(1)


@app.command("reindex")
def reindex_command(
    *,
    engine: Annotated[EngineName | None, typer.Option("--engine", help="Fill this engine instead of the configured one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines.")] = False,
) -> None:
    """Build a search engine's index anew from the whole record; the old index answers until the new one is complete."""
    open_record()
    from django.conf import settings

    from newscentre.outbox import drain_configured, reindex
    from newsdesk.models import Article
    from search.opening import open_engine

    chosen = open_engine(settings.NEWSCENTRE, engine)
    with progress() as bar:
        task = bar.add_task(f"indexing ({chosen.name})", total=Article.objects.published().count())
        count = reindex(chosen, advanced=lambda number: bar.advance(task, number))
    if chosen.name == settings.NEWSCENTRE.engine:
        drain_configured()
    show([{"engine": chosen.name, "indexed": count}], as_json=as_json)
