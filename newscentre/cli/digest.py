"""Telling: ``digest`` (build, send, show, subscribe), ``trends``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, console, emit, printable, progress, show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

digest = typer.Typer(name="digest", help="Build, send and show the daily digests.", no_args_is_help=True)
app.add_typer(digest)

Language = Annotated[list[str] | None, typer.Option("--language", help="ar, en or fr; may be repeated; all if not given.")]
Day = Annotated[str, typer.Option("--day", help="The day, as YYYY-MM-DD; today (UTC) if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]


@digest.command()
def build(language: Language = None, day: Day = "", as_json: Json = False) -> None:
    """Build the digest of a day, once, and address it to the subscribers."""
    open_record()
    from digest.editions import build_edition

    now = datetime.now(UTC)
    editions = [build_edition(code, day=_day(day, now), now=now) for code in _languages(language)]
    show([_row(edition) for edition in editions], as_json=as_json, title="Digests")


@digest.command()
def send(as_json: Json = False) -> None:
    """Send every digest that waits to be sent."""
    open_record()
    from django.conf import settings

    from digest.deliver import deliver_next
    from digest.transport import transport_for
    from newsdesk.models import Delivery

    began = datetime.now(UTC)
    transport = transport_for(settings.NEWSCENTRE)
    waiting = Delivery.objects.filter(state=Delivery.State.PENDING)
    touched = list(waiting.values_list("pk", flat=True))
    with progress() as bar:
        task = bar.add_task("Sending digests", total=len(touched))
        while deliver_next(datetime.now(UTC), transport):
            bar.advance(task)
    ended = Delivery.objects.filter(pk__in=touched).select_related("edition", "subscription").order_by("pk")
    rows = [
        {
            "email": one.subscription.email,
            "language": one.edition.language,
            "day": one.edition.day.isoformat(),
            "state": one.state,
            "articles": one.articles.count(),
            "error": one.error,
        }
        for one in ended
    ]
    show(rows, as_json=as_json, title=f"Deliveries since {began:%H:%M} UTC")
    if any(row["state"] in (Delivery.State.FAILED, Delivery.State.PENDING) for row in rows):
        complain("some digests were not sent; their rows say why")
        raise typer.Exit(1)


@digest.command("show")
def show_digest(language: Annotated[str, typer.Option("--language")] = "en", day: Day = "", as_json: Json = False) -> None:
    """Print a digest as the text of its mail, or as JSON."""
    open_record()
    from django.conf import settings

    from digest.editions import standing
    from digest.links import Links
    from digest.render import mail
    from digest.values import to_json
    from newsdesk.models import Edition

    wanted = _day(day, datetime.now(UTC))
    edition = Edition.objects.filter(language=language, day=wanted).first()
    if edition is None:
        raise BadInput(f"there is no digest in {language!r} of {wanted}; build it with `newscentre digest build`")
    if as_json:
        emit({**_row(edition), "content": to_json(standing(edition))})
        return
    words = mail(standing(edition), day=edition.day, links=Links(settings.NEWSCENTRE.site_url), token="TOKEN")  # noqa: S106
    typer.echo(printable(words.text, lines=True))


@digest.command()
def subscribe(
    email: str,
    language: Annotated[str, typer.Option("--language", help="ar, en or fr.")] = "en",
    theme: Annotated[list[str] | None, typer.Option("--theme", help="A theme to receive; may be repeated; all if none.")] = None,
    country: Annotated[list[str] | None, typer.Option("--country", help="A country code; may be repeated; all if none.")] = None,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="The person has agreed: send no confirmation mail.")] = False,
) -> None:
    """Subscribe somebody to the daily digest; they are asked by mail to confirm it."""
    open_record()
    from digest.subscriptions import enrol, subscribe

    now = datetime.now(UTC)
    if confirmed:
        enrol(email, language, theme or (), country or (), now)
        console.print(f"{email} receives the digest from now on.", markup=False, highlight=False)
    else:
        subscribe(email, language, theme or (), country or (), now)
        console.print(f"{email} has been asked by mail to confirm.", markup=False, highlight=False)


@app.command()
def trends(
    start: Annotated[str, typer.Option("--from", help="First day, as YYYY-MM-DD; 180 days ago if not given.")] = "",
    end: Annotated[str, typer.Option("--to", help="Last day, as YYYY-MM-DD; today if not given.")] = "",
    model: Annotated[
        str, typer.Option("--model", help="Rest on the labels of this model and version alone (themes 3.1), superseded or not.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for a page per language, the charts and the numbers.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the media's language over a window: volume, themes, countries, shares of terms."""
    open_record()
    from digest.summary import sentences
    from digest.trends import build_report

    now = datetime.now(UTC)
    last = _day(end, now)
    first = _day(start, now) if start else last - timedelta(days=179)
    report = build_report(_midnight(first), _midnight(last + timedelta(days=1)), now, model=model)
    if as_json:
        emit({"id": report.pk, "window_start": report.window_start, "window_end": report.window_end, **report.content})
    else:
        for sentence in sentences(report.content, "en"):
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    if not any(terms["claim"] for terms in report.content["terms"]):
        complain(f"too little data to compare terms: no group of them is used by {report.content['enough']} articles or more")
    if out is not None:
        _write(report, out)
        complain(f"written to {out}")


def _write(report: Any, folder: Path) -> None:
    """Write a page per language, each chart per language as SVG, and the numbers."""
    import json

    from digest.report import drawings, report_html
    from newsdesk.languages import languages

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "trends.json").write_text(json.dumps(report.content, ensure_ascii=False, indent=1), encoding="utf-8")
        for language in languages():
            drawn = drawings(report, language)
            (folder / f"trends-{language}.html").write_text(report_html(report, language, drawn=drawn), encoding="utf-8")
            for chart, drawing in drawn.items():
                (folder / f"{chart}-{language}.svg").write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written to: {error.strerror}") from error


def _languages(wanted: list[str] | None) -> list[str]:
    from newsdesk.languages import languages

    return wanted or list(languages())


def _day(text: str, now: datetime) -> date:
    try:
        return date.fromisoformat(text) if text else now.date()
    except ValueError as error:
        raise BadInput(f"{text!r} is no day; write it as YYYY-MM-DD") from error


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _row(edition: Any) -> dict[str, Any]:
    from digest.editions import standing

    content = standing(edition)
    return {
        "language": edition.language,
        "day": edition.day.isoformat(),
        "stories": len(content.entries),
        "articles": len(content.articles),
        "elsewhere": len(content.elsewhere),
        "deliveries": edition.deliveries.count(),
        "quiet": content.quiet,
    }
