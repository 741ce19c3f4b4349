"""Collecting: ``crawl``, ``sources``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from newscentre.cli.app import app
from newscentre.cli.output import complain, progress, show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

if TYPE_CHECKING:
    from crawler.catalogue import Outlet
    from crawler.events import CrawlEvent

sources_app = typer.Typer(help="The outlets that are collected: list, show and check them.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")

Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", metavar="FILE", help="Another catalogue file, instead of sources.toml in the data folder."),
]
Keys = Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Keys of sources; none: all that are enabled.")]
#: States after which somebody should look.
TROUBLE = ("blocked", "redirected", "broken")
SHOWN_LINKS = 5


@dataclass
class Tally:
    """What one source gave in this crawl."""

    state: str = ""
    sentence: str = ""
    new: int = 0
    unchanged: int = 0
    quarantined: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, str]] = field(default_factory=list)

    def note(self, event: CrawlEvent) -> None:
        """Count an event."""
        match event.kind:
            case "stored":
                self.new += 1
            case "unchanged":
                self.unchanged += 1
            case "quarantined":
                self.quarantined += 1
            case "refused":
                self.refused[event.code] += 1
            case "link":
                self.links.append((event.url, event.message))
            case "finished" | "busy":
                self.state, self.sentence = event.code or event.kind, event.message


@app.command("crawl")
def crawl_command(
    keys: Keys = None,
    *,
    catalogue: Catalogue = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The most new pages a source may give this time.")] = 200,
    delay: Annotated[float, typer.Option("--delay", min=0, help="Seconds between two requests to a host.")] = 5.0,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that an answer may take.")] = 20.0,
    again_every: Annotated[
        float, typer.Option("--again-every", min=0, help="Hours after which recent articles are looked at again.")
    ] = 12,
    as_json: Json = False,
) -> None:
    """Collect what the sources have published since the last time."""
    open_record()
    outlets = _chosen(catalogue, keys)
    tallies = _run(outlets, limit=limit, delay=delay, timeout=timeout, again_every=again_every * 3600)
    show([_row(key, tally, as_json=as_json) for key, tally in sorted(tallies.items())], as_json=as_json)
    raise typer.Exit(_verdict(tallies))


@sources_app.command("list")
def list_command(
    *,
    catalogue: Catalogue = None,
    language: Annotated[str, typer.Option("--language", help="Only those that publish in this language (ar, en, fr).")] = "",
    country: Annotated[str, typer.Option("--country", help="Only those of this country (two letters).")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only media, institution or specialist.")] = "",
    enabled: Annotated[bool | None, typer.Option("--enabled/--disabled", help="Only those switched on, or off.")] = None,
    as_json: Json = False,
) -> None:
    """List the sources of the catalogue, and how each was found the last time."""
    open_record()
    known = _known_states()
    wanted = [
        outlet
        for outlet in _catalogue(catalogue).values()
        if (not language or language in outlet.languages)
        and (not country or country.upper() == outlet.country)
        and (not kind or kind == outlet.kind)
        and (enabled is None or enabled == outlet.enabled)
    ]
    show([_listing(outlet, known.get(outlet.key, {}), as_json=as_json) for outlet in wanted], as_json=as_json)


@sources_app.command("show")
def show_command(keys: Keys = None, *, catalogue: Catalogue = None, as_json: Json = False) -> None:
    """Show all that is known of sources: what is declared, what was collected, how they were found."""
    open_record()
    known = _known_states()
    for outlet in _chosen(catalogue, keys):
        row = outlet.as_json() | known.get(outlet.key, {"state": "new"})
        shown = (
            [row]
            if as_json
            else [{"entry": name, "value": _text(value)} for name, value in row.items() if value not in ("", None, [], ())]
        )
        show(shown, as_json=as_json)


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
    tallies = _run(_chosen(catalogue, keys), delay=delay, timeout=timeout, preview=True)
    show([_check_row(key, tally, as_json=as_json) for key, tally in sorted(tallies.items())], as_json=as_json)
    raise typer.Exit(_verdict(tallies))


def _catalogue(path: Path | None) -> dict[str, Outlet]:
    from django.conf import settings

    from crawler.catalogue import load_catalogue

    if path is not None and not path.exists():
        raise BadInput(f"{path}: there is no such file")
    return load_catalogue(path or settings.NEWSCENTRE.data / "sources.toml")


def _chosen(path: Path | None, keys: list[str] | None) -> list[Outlet]:
    from crawler.catalogue import chosen

    return chosen(_catalogue(path), keys or ())


def _run(outlets: Iterable[Outlet], **orders: Any) -> dict[str, Tally]:
    """Crawl with a progress bar; say at once what needs somebody's eye."""
    from crawler.run import crawl

    listed = list(outlets)
    tallies: dict[str, Tally] = {}
    with progress() as bar:
        pages = bar.add_task("pages", total=0)
        sources = bar.add_task("sources", total=len(listed))
        for event in crawl(listed, **orders):
            tallies.setdefault(event.source, Tally()).note(event)
            if event.kind == "found":
                bar.update(pages, total=(bar.tasks[pages].total or 0) + event.count)
            elif event.kind in ("stored", "unchanged", "refused", "quarantined") and event.what == "page":
                bar.advance(pages)
            elif event.kind in ("finished", "busy"):
                bar.advance(sources)
            if event.kind == "quarantined":
                complain(f"{event.url}: reading it crashed ({event.message}); `newscentre health` shows where")
    return tallies


def _verdict(tallies: Mapping[str, Tally]) -> int:
    """Name the sources in trouble; return the exit code."""
    troubled = {key: tally for key, tally in tallies.items() if tally.state in TROUBLE}
    for key, tally in sorted(troubled.items()):
        complain(f"{key} is {tally.state}: {tally.sentence}")
    return int(bool(troubled) or any(tally.quarantined for tally in tallies.values()))


def _row(key: str, tally: Tally, *, as_json: bool) -> dict[str, Any]:
    refused: Any = dict(sorted(tally.refused.items()))
    if not as_json:
        refused = ", ".join(f"{code} {count}" for code, count in refused.items())
    return {
        "source": key,
        "state": tally.state or "interrupted",
        "new": tally.new,
        "unchanged": tally.unchanged,
        "refused": refused,
        "quarantined": tally.quarantined,
        "sentence": _text(tally.sentence) if not as_json else tally.sentence,
    }


def _check_row(key: str, tally: Tally, *, as_json: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"source": key, "state": tally.state, "links": len(tally.links), "sentence": tally.sentence}
    if as_json:
        return row | {"would_fetch": [{"url": url, "title": title} for url, title in tally.links]}
    some = "\n".join(title or url for url, title in tally.links[:SHOWN_LINKS])
    return row | {"sentence": _text(tally.sentence), "for example": _text(some)}


def _listing(outlet: Outlet, known: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    row = {
        "key": outlet.key,
        "name": outlet.name if as_json else _text(outlet.name),
        "country": outlet.country,
        "languages": list(outlet.languages),
        "kind": outlet.kind,
        "enabled": outlet.enabled if as_json else ("yes" if outlet.enabled else "no"),
        "verified": outlet.verified if as_json else ("yes" if outlet.verified else "no"),
        "state": known.get("state", "new"),
    }
    return row | {name: known.get(name) for name in ("state_detail", "state_since", "crawled_at")} if as_json else row


def _known_states() -> dict[str, dict[str, Any]]:
    from django.db.models import Count

    from newsdesk.models import Source

    columns = ("state", "state_detail", "state_since", "crawled_at", "next_crawl_at")
    rows = Source.objects.annotate(articles_kept=Count("articles")).values("key", *columns, "articles_kept")
    return {row["key"]: {name: row[name] for name in (*columns, "articles_kept")} for row in rows}


def _text(value: Any) -> str:
    """Return a value as the table shows it: what came from outside must not be read as markup."""
    return escape("\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
