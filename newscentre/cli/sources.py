"""What is known of sources: ``sources list``, ``show``, ``check``, ``pause``, ``resume``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.crawl import Catalogue, Json, Keys, Tally, catalogue_of, chosen_of, run, verdict
from newscentre.cli.output import show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

if TYPE_CHECKING:
    from crawler.catalogue import Outlet
    from newsdesk.models import Source

sources_app = typer.Typer(help="The outlets that are collected: find, show, check and pause them.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")

STATES = ("new", "ok", "unchanged", "empty", "silent", "blocked", "redirected", "broken", "paused")
SHOWN_LINKS = 5
SHOWN_DAYS = 14


@sources_app.command("list")
def list_command(
    *,
    catalogue: Catalogue = None,
    language: Annotated[str, typer.Option("--language", help="Only those that publish in this language (ar, en, fr).")] = "",
    country: Annotated[str, typer.Option("--country", help="Only those of this country (two letters).")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only media, institution or specialist.")] = "",
    region: Annotated[str, typer.Option("--region", help="Only those of this region (maghreb, europe ...).")] = "",
    state: Annotated[str, typer.Option("--state", help="Only those found so the last time (ok, broken, new ...).")] = "",
    enabled: Annotated[bool | None, typer.Option("--enabled/--disabled", help="Only those switched on, or off.")] = None,
    as_json: Json = False,
) -> None:
    """List the sources of the catalogue, and how each was found the last time."""
    open_record()
    known = _known_states()
    _check_asked(kind=kind, region=region.lower(), state=state, country=country.upper())
    wanted = [
        outlet
        for outlet in catalogue_of(catalogue).values()
        if (not language or language in outlet.languages)
        and (not country or country.upper() == outlet.country)
        and (not kind or kind == outlet.kind)
        and (not region or region.lower() == outlet.region)
        and (not state or state == known.get(outlet.key, {}).get("state", "new"))
        and (enabled is None or enabled == outlet.enabled)
    ]
    show([_listing(outlet, known.get(outlet.key, {}), as_json=as_json) for outlet in wanted], as_json=as_json)


def _check_asked(**asked: str) -> None:
    """Raise BadInput for a value that no source could have: a slip would list nothing, and look like an answer."""
    from crawler.outlets import KINDS, REGIONS
    from newsdesk.countries import country_codes

    possible = {"kind": KINDS, "region": REGIONS, "state": STATES, "country": country_codes()}
    for name, values in possible.items():
        if asked[name] and asked[name] not in values:
            hint = "write it as two letters, such as TN" if name == "country" else f"it is one of {', '.join(values)}"
            raise BadInput(f"there is no {name} {asked[name]!r}; {hint}")


@sources_app.command("show")
def show_command(keys: Keys = None, *, catalogue: Catalogue = None, as_json: Json = False) -> None:
    """Show all that is known of sources: what is declared, what was collected, how they were found."""
    open_record()
    known = _known_states()
    for outlet in chosen_of(catalogue, keys):
        row = outlet.as_json() | known.get(outlet.key, {"state": "new"}) | {"history": _history(outlet.key)}
        told = [{"entry": name, "value": _told(name, value)} for name, value in row.items() if value not in ("", None, [], ())]
        show([row] if as_json else told, as_json=as_json)


@sources_app.command("check")
def check_command(
    keys: Keys = None,
    *,
    catalogue: Catalogue = None,
    delay: Annotated[float, typer.Option("--delay", min=0, help="Seconds between two requests to a host.")] = 5.0,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that an answer may take.")] = 20.0,
    as_json: Json = False,
) -> None:
    """Read the feeds, sitemaps and sections of sources now and say what would come in; nothing is kept."""
    open_record()
    tallies = run(chosen_of(catalogue, keys), delay=delay, timeout=timeout, preview=True)
    show([_check_row(key, tally, as_json=as_json) for key, tally in sorted(tallies.items())], as_json=as_json)
    raise typer.Exit(verdict(tallies))


Named = Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of sources.")]


@sources_app.command("pause")
def pause_command(keys: Named, *, catalogue: Catalogue = None) -> None:
    """Leave sources alone until they are resumed."""
    open_record()
    from newscentre.pausing import pause

    for source in _rows_of(catalogue, keys):
        done = pause(source, by=None, now=datetime.now(UTC))
        typer.echo(f"{source.key} is paused" if done else f"{source.key} was paused already")


@sources_app.command("resume")
def resume_command(keys: Named, *, catalogue: Catalogue = None) -> None:
    """Have paused sources visited again."""
    open_record()
    from newscentre.pausing import resume

    for source in _rows_of(catalogue, keys):
        done = resume(source, now=datetime.now(UTC))
        typer.echo(f"{source.key} will be visited again" if done else f"{source.key} was not paused")


def _rows_of(catalogue: Path | None, keys: list[str]) -> list[Source]:
    """Return the sources' rows, made if they were never visited."""
    from crawler.record import sync_sources
    from newsdesk.models import Source

    outlets = chosen_of(catalogue, keys)
    sync_sources(outlets)
    return [Source.objects.get(key=outlet.key) for outlet in outlets]


def _check_row(key: str, tally: Tally, *, as_json: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"source": key, "state": tally.state, "links": len(tally.links), "sentence": tally.sentence}
    ways = [
        {"kind": way.what, "url": way.url, "links": way.count, "code": way.code, "message": way.message} for way in tally.ways
    ]
    if as_json:
        return row | {"ways": ways, "would_fetch": [{"url": url, "title": title} for url, title in tally.links]}
    some = "\n".join(title or url for url, title in tally.links[:SHOWN_LINKS])
    answers = "\n".join(f"{way['url']}: {way['message'] or 'lists ' + str(way['links'])}" for way in ways)
    return row | {"ways in": answers, "for example": some}


def _listing(outlet: Outlet, known: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    row = {
        "key": outlet.key,
        "name": outlet.name,
        "country": outlet.country,
        "languages": list(outlet.languages),
        "kind": outlet.kind,
        "enabled": outlet.enabled if as_json else _yes(outlet.enabled),
        "verified": outlet.verified if as_json else _yes(outlet.verified),
        "state": known.get("state", "new"),
    }
    return row | {name: known.get(name) for name in ("state_detail", "state_since", "crawled_at")} if as_json else row


def _known_states() -> dict[str, dict[str, Any]]:
    from django.db.models import Count

    from newsdesk.models import Source

    seen = ("state", "state_code", "state_detail", "state_since", "crawled_at")
    columns = (*seen, "next_crawl_at", "polling_interval", "paused_at")
    rows = Source.objects.annotate(articles_kept=Count("articles")).values("key", *columns, "articles_kept")
    return {row["key"]: {name: row[name] for name in (*columns, "articles_kept")} for row in rows}


def _history(key: str) -> list[str]:
    """Return what came of the last visits, newest first: a line a day."""
    from django.db.models import Count, Q
    from django.db.models.functions import TruncDate

    from newsdesk.models import Fetch

    fetches = Fetch.objects.filter(source__key=key).annotate(day=TruncDate("fetched_at")).values("day")
    pages = Q(kind=Fetch.Kind.PAGE)
    counted = fetches.annotate(
        asked=Count("pk"), pages=Count("pk", filter=pages & ~Q(state="refused")), refused=Count("pk", filter=Q(state="refused"))
    )
    rows = counted.order_by("-day")[:SHOWN_DAYS]
    return [f"{row['day']}: {row['asked']} answers, {row['pages']} pages, {row['refused']} refused" for row in rows]


def _told(name: str, value: Any) -> str:
    """Return the value of an entry as people read it."""
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if name == "polling_interval":
        return f"{timedelta(seconds=value)} hours"
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
