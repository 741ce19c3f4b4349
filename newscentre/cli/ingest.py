"""Taking in: ``ingest``, ``import``, ``relabel``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, progress, show
from newscentre.cli.record import open_record

DAY = ["%Y-%m-%d"]
Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="Processes that analyse pages; 0: the setting, or one a core.")]


@app.command("ingest")
def ingest_command(
    *,
    workers: Workers = 0,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Try the quarantined pages again, too.")] = False,
    as_json: Json = False,
) -> None:
    """Turn all pending fetches into articles, and bring the index up to date."""
    open_record()
    if quarantined:
        from newscentre.ingest.run import release_quarantined

        complain(f"{release_quarantined()} quarantined pages are tried again")
    raise typer.Exit(_ingest_all(workers=workers, as_json=as_json))


@app.command("import")
def import_command(
    files: Annotated[
        list[Path], typer.Argument(help="WARC files, folders or manifests of saved HTML, JSONL articles (.gz too).")
    ],
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="Only what was fetched on this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=DAY, help="Only what was fetched on this day or before.")
    ] = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Only pages of this host and those below it (repeatable).")
    ] = None,
    workers: Workers = 0,
    only_store: Annotated[bool, typer.Option("--only-store", help="Keep the pages; leave ingesting them for later.")] = False,
    as_json: Json = False,
) -> None:
    """Take in saved pages and articles through the same ingest as crawled ones."""
    open_record()
    from crawler.imports import Wanted
    from newscentre.ingest.imports import Stored, store

    hosts = frozenset(name.strip().strip(".").lower() for name in host or ())
    wanted = Wanted(since.date() if since else None, until.date() if until else None, hosts)

    counts = Stored()
    with progress() as bar:
        task = bar.add_task("reading", total=None)
        for complaint in store(files, counts=counts, wanted=wanted, on_item=lambda: bar.advance(task)):
            complain(f"{complaint.place}: {complaint.message}")
    row = {"stored": counts.stored, "already_there": counts.known, "refused": counts.refused}
    show([row | ({"left_out": counts.left_out} if wanted != Wanted() else {})], as_json=as_json)
    code = 0 if only_store else _ingest_all(workers=workers, as_json=as_json)
    raise typer.Exit(code or int(counts.refused > 0))


@app.command("relabel")
def relabel_command(*, as_json: Json = False) -> None:
    """Label every article anew with the present models; a person's labels stay, old ones are kept as history."""
    open_record()
    from newscentre.ingest.relabel import relabel
    from newsdesk.models import Article

    with progress() as bar:
        task = bar.add_task("labelling", total=Article.objects.count())
        relabelled, changed = relabel(on_article=lambda: bar.advance(task))
    show([{"relabelled": relabelled, "changed": changed}], as_json=as_json)
    _drain(as_json=as_json)


def _ingest_all(*, workers: int, as_json: bool) -> int:
    """Ingest and index with progress; return the exit code: 1 if a page was quarantined."""
    from newscentre.ingest.run import ingest, pending

    with progress() as bar:
        task = bar.add_task("ingesting", total=pending().count())
        counts = ingest(workers=workers, on_outcome=lambda *_: bar.advance(task))
    row: dict[str, Any] = dict(sorted(counts.items())) or {"new": 0}
    show([row], as_json=as_json)
    if counts["quarantined"]:
        complain(f"{counts['quarantined']} pages were quarantined; `newscentre health` shows why")
    _drain(as_json=as_json)
    return int(counts["quarantined"] > 0)


def _drain(*, as_json: bool) -> None:
    from newscentre.outbox import drain_configured

    indexed = drain_configured()
    show([{"indexed": indexed}], as_json=as_json)
