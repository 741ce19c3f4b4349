"""Collecting: ``crawl``; and what it shares with the verbs of ``sources``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, progress, show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

if TYPE_CHECKING:
    from crawler.catalogue import Outlet
    from crawler.events import CrawlEvent

Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", metavar="FILE", help="Another catalogue file, instead of sources.toml in the data folder."),
]
Keys = Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="Keys of sources; none: all that are enabled.")]
#: States after which somebody should look.
TROUBLE = ("blocked", "redirected", "broken")

#: Events that tell what became of one address in a look.
ANSWERED = ("page-seen", "read", "refused", "quarantined", "left")


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
    ways: list[CrawlEvent] = field(default_factory=list)
    pages: list[CrawlEvent] = field(default_factory=list)

    def note(self, event: CrawlEvent) -> None:
        """Count an event."""
        if event.kind in ANSWERED:
            (self.pages if event.what == "page" else self.ways).append(event)
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
            case "finished" | "busy" | "paused":
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
    outlets = chosen_of(catalogue, keys)
    tallies = run(outlets, limit=limit, delay=delay, timeout=timeout, again_every=again_every * 3600)
    show([_row(key, tally, as_json=as_json) for key, tally in sorted(tallies.items())], as_json=as_json)
    raise typer.Exit(verdict(tallies))


def catalogue_of(path: Path | None) -> dict[str, Outlet]:
    """Return the catalogue with the operator's own file, or the file that was named; raise BadInput if that is not there."""
    from django.conf import settings

    from crawler.catalogue import load_catalogue

    if path is not None and not path.exists():
        raise BadInput(f"{path}: there is no such file")
    return load_catalogue(path or settings.NEWSCENTRE.data / "sources.toml")


def chosen_of(path: Path | None, keys: list[str] | None) -> list[Outlet]:
    """Return the outlets of these keys, or all that are enabled; raise BadInput for an unknown key."""
    from crawler.catalogue import chosen

    return chosen(catalogue_of(path), keys or ())


def run(outlets: Iterable[Outlet], **orders: Any) -> dict[str, Tally]:
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
            elif event.kind in ("stored", "unchanged", "refused", "quarantined", "left") and event.what == "page":
                bar.advance(pages)
            elif event.kind in ("finished", "busy", "paused"):
                bar.advance(sources)
            if event.kind == "quarantined":
                complain(f"{event.url}: reading it crashed ({event.message}); `newscentre health` shows where")
    return tallies


def verdict(tallies: Mapping[str, Tally]) -> int:
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
        "sentence": tally.sentence,
    }
