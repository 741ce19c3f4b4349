"""Which sources there are: ``sources preview``, ``add``, ``import``, ``export``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newscentre.cli.crawl import Catalogue, Json, Tally, catalogue_of, chosen_of, run, verdict
from newscentre.cli.output import complain, console, emit, printable, progress, show
from newscentre.cli.record import open_record
from newscentre.cli.sources import sources_app
from newsdesk.errors import BadInput, Refused

if TYPE_CHECKING:
    from crawler.events import CrawlEvent
    from crawler.exchange import Listed, Unusable
    from crawler.outlets import Outlet
    from newscentre.ingest.workers import Outcome
    from newsdesk.values import Analysed

Delay = Annotated[float, typer.Option("--delay", min=0, help="Seconds between two requests to a host.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that an answer may take.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")]


@sources_app.command("preview")
def preview_command(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of a source.")],
    *,
    catalogue: Catalogue = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, help="How many articles to look at.")] = 5,
    delay: Delay = 5.0,
    timeout: Timeout = 20.0,
    as_json: Json = False,
) -> None:
    """Fetch a source's newest articles now and show what would be made of them; nothing is kept."""
    open_record()
    (outlet,) = chosen_of(catalogue, [key])
    tallies = run([outlet], preview=True, look="pages", limit=limit, delay=delay, timeout=timeout)
    tally = tallies.get(outlet.key, Tally())
    rows = [_preview_row(event, outcome) for event, outcome in _analysed(outlet, tally.pages)]
    if as_json or not rows:
        show(rows, as_json=as_json)
    for row in () if as_json else rows:  # one below the other: side by side, a title leaves no room for its labels
        show([{"entry": name, "value": value} for name, value in _short(row).items() if value != ""], as_json=False)
    raise typer.Exit(verdict(tallies))


@sources_app.command("add")
def add_command(
    address: Annotated[str, typer.Argument(metavar="URL", help="The homepage of a site.")],
    *,
    key: Annotated[str, typer.Option("--key", help="The key to give it; made of the host's name if left out.")] = "",
    name: Annotated[str, typer.Option("--name", help="Its name, if the homepage tells it wrongly.")] = "",
    country: Annotated[str, typer.Option("--country", help="Its country (two letters).")] = "",
    language: Annotated[list[str] | None, typer.Option("--language", help="A language it publishes in; may be repeated.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="media, institution or specialist.")] = "media",
    region: Annotated[str, typer.Option("--region", help="Its region (maghreb, europe ...).")] = "",
    delay: Delay = 5.0,
    timeout: Timeout = 20.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Find the feeds and sitemaps of a site and declare it in the sources.toml of the data folder."""
    open_record()
    from django.conf import settings

    from crawler.finding import find
    from crawler.outlets import declared

    known = catalogue_of(None)
    if key in known:
        raise BadInput(f"the key {key} is taken by {known[key].name}")
    with progress() as bar:
        tried = bar.add_task("addresses tried", total=None)
        found = find(
            address, configuration=settings.NEWSCENTRE, key=key, taken=known, delay=delay, timeout=timeout,
            note=lambda _way: bar.advance(tried),
        )  # fmt: skip
    said = {"name": name, "country": country.upper(), "languages": language or (), "kind": kind, "region": region}
    outlet = declared(found.outlet.key, {name: value for name, value in said.items() if value}, known=found.outlet)
    _refuse_known(outlet, known)
    _write([outlet], dry_run=dry_run)
    if as_json:
        emit({"added": not dry_run, "outlet": outlet.as_json(), "ways": [asdict(way) for way in found.ways]})
        return
    show([{"tried": way.url, "kind": way.kind, "lists": way.links, "": way.message} for way in found.ways], as_json=False)
    _say(outlet, dry_run=dry_run)


@sources_app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list of sources: OPML (.opml, .xml) or CSV (.csv).")],
    *,
    disabled: Annotated[bool, typer.Option("--disabled", help="Declare them switched off, to be looked at one by one.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Declare the sources of a list in the sources.toml of the data folder; what cannot be used is told with its line."""
    open_record()
    from crawler.exchange import read_list

    known = catalogue_of(None)
    chosen, refused, same = _sorted_out(read_list(file), known, disabled=disabled)
    _write(chosen, dry_run=dry_run)
    for one in refused:
        complain(f"{file}:{one.line}: {one.message}")
    if as_json:
        emit({"added": [outlet.key for outlet in chosen], "unchanged": same, "refused": [asdict(one) for one in refused]})
    else:
        verb = "would be declared" if dry_run else "declared"
        console.print(f"{len(chosen)} {verb}, {same} known as they are, {len(refused)} refused", highlight=False)
    raise typer.Exit(int(bool(refused)))


@sources_app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write: OPML (.opml) or CSV (.csv).")],
    *,
    catalogue: Catalogue = None,
    all_of: Annotated[bool, typer.Option("--all", help="Also those that are switched off.")] = False,
) -> None:
    """Write the sources as a list that feed readers (OPML) or spreadsheets (CSV) read, and `sources import` too."""
    open_record()
    from crawler.exchange import write_csv, write_opml

    outlets = [outlet for outlet in catalogue_of(catalogue).values() if outlet.enabled or all_of]
    contents = {".opml": lambda: write_opml(outlets), ".csv": lambda: write_csv(outlets).encode("utf-8-sig")}
    if file.suffix.lower() not in contents:
        raise BadInput(f"{file}: name a file that ends in .opml or .csv")
    _put(file, contents[file.suffix.lower()]())
    console.print(f"{len(outlets)} sources written to {file}", highlight=False, markup=False)


def _put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all; what was there before stays until then."""
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error


def _analysed(outlet: Outlet, pages: Iterable[CrawlEvent]) -> Iterable[tuple[CrawlEvent, Outcome | None]]:
    """Put the pages that came through the pure stages, in a process that can be given up on."""
    from crawler.sights import PAGE, page_of
    from newscentre.ingest.workers import Workers
    from newsdesk.values import Page

    listed = list(pages)
    with Workers(1) as workers, progress() as bar:
        task = bar.add_task("analysing", total=len(listed))
        for event in listed:
            outcome = None
            if event.kind == PAGE:
                seen = page_of(event)
                outcome = workers.analyse(
                    Page(
                        url=seen.url,
                        body=seen.body,
                        fetched_at=seen.fetched_at,
                        media_type=seen.media_type,
                        charset=seen.charset,
                        languages=outlet.languages,
                        source_country=outlet.country,
                        hint=seen.as_hint(),
                    )
                )
            bar.advance(task)
            yield event, outcome


def _preview_row(event: CrawlEvent, outcome: Outcome | None) -> dict[str, Any]:
    """Return what would be made of one page, or why nothing would."""
    from newsdesk.values import Analysed

    if isinstance(outcome, Analysed):
        return {"url": event.url, "code": "", "message": ""} | _article_row(outcome)
    code = getattr(outcome, "code", "") or ("crashed" if outcome else event.code)
    return {"url": event.url, "code": code, "message": outcome.message if outcome else event.message}


def _article_row(article: Analysed) -> dict[str, Any]:
    extracted, published = article.extracted, article.extracted.published
    return {
        "canonical_url": extracted.canonical_url,
        "title": extracted.title,
        "author": extracted.author,
        "published": published.at.isoformat() if published else "",
        "precision": published.precision if published else "",
        "origin": published.origin if published else "",
        "language": article.language,
        "words": len(extracted.text.split()),
        "text": extracted.text,
        "relevant": article.relevant,
        "labels": [asdict(label) for label in article.labels if label.given],
    }


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as people read it."""
    labels = ", ".join(f"{label['value']}" for label in row.get("labels", ()) if label["kind"] != "relevance")
    return {
        "title": row.get("title") or row["url"],
        "date": row.get("published", "")[: 10 if row.get("precision") == "day" else 16],
        "language": row.get("language", ""),
        "words": row.get("words", ""),
        "migration": {True: "yes", False: "no"}.get(row.get("relevant", ""), ""),
        "labels": labels if row.get("relevant") else "",
        "refused": f"{row['code']}: {row['message']}" if row["code"] else "",
    }


def _sorted_out(
    rows: Iterable[Listed | Unusable], known: Mapping[str, Outlet], *, disabled: bool
) -> tuple[list[Outlet], list[Unusable], int]:
    """Return what of a list is to be declared, what is refused, and how many are known as they are."""
    from crawler.exchange import Unusable
    from crawler.naming import key_of

    chosen: dict[str, Outlet] = {}
    refused: list[Unusable] = []
    same = 0
    for row in rows:
        if isinstance(row, Unusable):
            refused.append(row)
            continue
        taken = {**known, **chosen}
        key = key_of(row.outlet.homepage, taken=taken) if row.nameless else row.outlet.key
        outlet = replace(row.outlet, key=key, enabled=row.outlet.enabled and not disabled)
        try:
            if known.get(outlet.key) == outlet:
                same += 1
                continue
            _refuse_known(outlet, taken)
            _refuse_inner(outlet)
            chosen[outlet.key] = outlet
        except BadInput as error:
            refused.append(Unusable(row.line, str(error)))
    return list(chosen.values()), refused, same


def _refuse_known(outlet: Outlet, known: Mapping[str, Outlet]) -> None:
    """Raise BadInput where the key is taken, or another outlet already collects one of its addresses."""
    if outlet.key in known:
        raise BadInput(f"the key {outlet.key} is taken by {known[outlet.key].name}; change that one in sources.toml")
    ours = {address.rstrip("/") for _, address in outlet.ways}
    for other in known.values():
        if shared := ours & {address.rstrip("/") for _, address in other.ways}:
            raise BadInput(f"{min(shared)} is already collected as {other.key}")


def _refuse_inner(outlet: Outlet) -> None:
    """Raise BadInput where an address of the outlet is none that may be asked."""
    from django.conf import settings

    from crawler.safety import check_address, test_hosts_of

    for address in (outlet.homepage, *(address for _, address in outlet.ways)):
        try:
            check_address(address, test_hosts=test_hosts_of(settings.NEWSCENTRE.test_hosts))
        except Refused as refusal:
            raise BadInput(f"{address}: {refusal}") from refusal


def _write(outlets: Iterable[Outlet], *, dry_run: bool) -> None:
    from django.conf import settings

    from crawler.declarations import append, toml_of
    from newsdesk.locks import patient_lock

    declarations = [toml_of(outlet) for outlet in outlets]
    if declarations and not dry_run:
        with patient_lock("catalogue", seconds=10):
            append(settings.NEWSCENTRE.data / "sources.toml", declarations)


def _say(outlet: Outlet, *, dry_run: bool) -> None:
    from crawler.declarations import toml_of

    console.print(printable(toml_of(outlet), lines=True), highlight=False, markup=False, soft_wrap=True)
    verb = "would be written" if dry_run else "is written"
    console.print(f"{outlet.key} {verb} to sources.toml; `newscentre sources preview {outlet.key}` shows what would come in")
