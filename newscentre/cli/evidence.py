"""Proof and its limits in time: ``evidence``, ``archive``, ``hold``, ``retention``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, emit, show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

holds = typer.Typer(help="Articles of which retention deletes nothing.", no_args_is_help=True)
app.add_typer(holds, name="hold")
Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]
Said = Annotated[str, typer.Argument(metavar="ARTICLE", help="The article's number or address.")]


@app.command("evidence")
def evidence_command(
    article: Said,
    *,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE.zip", help="Write the article's whole record to a new ZIP file.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the page to read in the export.")] = "en",
    as_json: Json = False,
) -> None:
    """Show where an article's text and labels come from, and check every link. Exit 1 if one is broken."""
    open_record()
    from newscentre.evidence import article_of, chain_of, export_to, manifest_of

    chain = chain_of(article_of(article))
    if export is not None:
        export_to(chain, export, language=language)
    if as_json:
        emit(manifest_of(chain))
    else:
        show([_fetch_row(link) for link in chain.fetches], as_json=False, title="Fetches")
        show([_revision_row(link) for link in chain.revisions], as_json=False, title="Revisions")
        show([_label_row(link) for link in chain.labels], as_json=False, title="Labels")
    for sentence in chain.broken:
        complain(f"broken: {sentence}")
    raise typer.Exit(int(bool(chain.broken)))


@app.command("archive")
def archive_command(*, as_json: Json = False) -> None:
    """Move the bodies of all settled fetches from the record to the archive."""
    open_record()
    from newscentre.archiving import archive_bodies

    show([{"archived": archive_bodies()}], as_json=as_json)


@app.command("retention")
def retention_command(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
    as_json: Json = False,
) -> None:
    """Delete what is older than its class may be (settings ``keep_...``)."""
    open_record()
    from newscentre.retention import examine, expire

    found = examine() if dry_run else expire()
    show([_class_row(each, dry_run=dry_run) for each in found], as_json=as_json)


@holds.command("add")
def add_hold(article: Said, *, reason: Annotated[str, typer.Option("--reason", help="Why it must stay.")]) -> None:
    """Keep everything of an article until the hold ends."""
    open_record()
    from datetime import UTC, datetime

    from newscentre.evidence import article_of
    from newsdesk.models import Hold

    held = article_of(article)
    told = {"reason": reason[:500], "created_at": datetime.now(UTC)}
    _, fresh = Hold.objects.get_or_create(article=held, ended_at=None, defaults=told)
    if not fresh:
        raise BadInput("the article is under hold already")
    typer.echo(f"article {held.pk} is under hold: nothing of it is deleted")


@holds.command("end")
def end_hold(article: Said) -> None:
    """Let retention apply to an article again."""
    open_record()
    from datetime import UTC, datetime

    from newscentre.evidence import article_of
    from newsdesk.models import Hold

    held = article_of(article)
    if not Hold.objects.filter(article=held, ended_at=None).update(ended_at=datetime.now(UTC)):
        raise BadInput("the article is not under hold")
    typer.echo(f"article {held.pk} is under hold no more")


@holds.command("list")
def list_holds(*, as_json: Json = False) -> None:
    """List the articles under hold."""
    open_record()
    from newsdesk.models import Hold

    rows = Hold.objects.filter(ended_at=None).select_related("article", "person")
    show([_hold_row(hold) for hold in rows], as_json=as_json)


def _hold_row(hold: Any) -> dict[str, Any]:
    return {
        "article": hold.article_id,
        "title": hold.article.title,
        "since": f"{hold.created_at:%Y-%m-%d}",
        "by": hold.person.email if hold.person else "",
        "reason": hold.reason,
    }


def _class_row(expired: Any, *, dry_run: bool) -> dict[str, Any]:
    row = asdict(expired)
    return {
        "class": row["name"],
        "days": row["days"] or "for ever",
        "would_delete" if dry_run else "deleted": row["items"],
        "under_hold": row["held"],
    }


def _fetch_row(link: Any) -> dict[str, Any]:
    way = " → ".join([*(f"{url} ({status})" for url, status in link.redirects), link.led_to])
    return {
        "fetch": link.fetch,
        "at": f"{link.at:%Y-%m-%d %H:%M:%S}",
        "address": way,
        "answer": link.status,
        "outcome": f"{link.outcome}: {link.message}" if link.message else link.outcome,
        "sha256": link.body_sha256[:16],
        "body": f"{link.body} {link.place}".strip(),
        "holds": _holds(link.broken),
    }


def _revision_row(link: Any) -> dict[str, Any]:
    return {
        "revision": link.number,
        "at": f"{link.at:%Y-%m-%d %H:%M:%S}",
        "fetch": link.fetch,
        "title": link.title,
        "sha256": link.text_sha256[:16],
        "holds": _holds(link.broken),
    }


def _label_row(link: Any) -> dict[str, Any]:
    return {
        "label": f"{link.kind}: {link.value}",
        "given": "yes" if link.given else "no",
        "score": f"{link.score:.2f}",
        "by": link.by,
        "until": f"{link.superseded_at:%Y-%m-%d}" if link.superseded_at else "",
    }


def _holds(broken: tuple[str, ...]) -> str:
    return "; ".join(broken).upper() if broken else "yes"
