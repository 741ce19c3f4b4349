"""Finding: ``search``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.text import Text

from newscentre.cli.app import app
from newscentre.cli.output import complain, console, emit, errors, printable
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput, BadQuery

if TYPE_CHECKING:
    from newsdesk.models import Article
    from search.engine import Answer, Engine, SearchRequest
    from search.partial import Partial
    from search.query import Query


class EngineName(StrEnum):
    """The engines there are."""

    embedded = "embedded"
    elastic = "elastic"


class Order(StrEnum):
    """How results can be ordered."""

    relevance = "relevance"
    date = "date"


@app.command("search")
def search_command(
    query: Annotated[str, typer.Argument(help='What to find, e.g. "asylum seekers" country:libya last:30d')],
    *,
    engine: Annotated[EngineName | None, typer.Option("--engine", help="Ask this engine instead of the configured one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="List at most so many articles.")] = 20,
    sort: Annotated[Order, typer.Option("--sort", help="Best first, or newest first.")] = Order.relevance,
    language: Annotated[str, typer.Option("--language", help="Only articles in this language: ar, en or fr.")] = "",
    stories: Annotated[bool, typer.Option("--stories", help="List each story once.")] = False,
    fold: Annotated[bool, typer.Option("--fold", help="Leave out near-duplicates of an earlier article.")] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--export",
            "--csv",
            help="Also write everything found, newest first, to a .csv, .jsonl, .xlsx, .ris or .stix.json file.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines.")] = False,
) -> None:
    """Find articles in all three languages; words, phrases, AND OR NOT, NEAR/5, word*, fields such as title: or country:."""
    open_record()
    from django.conf import settings

    from newscentre.outbox import standing
    from search.engine import SearchRequest
    from search.opening import open_engine
    from search.partial import partial
    from search.spelling import FEW, did_you_mean

    chosen = open_engine(settings.NEWSCENTRE, engine)
    filters = (_narrowed(language),) if language else ()
    request = standing(SearchRequest(_parsed(query), filters=filters, sort=sort.value, limit=limit, fold=fold, collapse=stories))
    if chosen.count() == 0:
        complain("the index is empty; fill it from the record: newscentre reindex (or take in articles first: newscentre import)")
    answer = _answer(chosen, request, faceted=not as_json)
    if as_json:
        _emit(answer)
    else:
        _print(answer, request)
        if answer.total < FEW and (better := did_you_mean(request.query, chosen)):
            console.print(Text(f"Did you mean: {printable(str(better))}"))
        _print_near(partial(chosen, request, answer), request)
    if file is not None:
        _write(file, chosen, request)


def _parsed(text: str) -> Query:
    """Parse the query; show where it stops making sense."""
    from search.query import parse

    try:
        return parse(text)
    except BadQuery as error:
        if error.column is not None:
            shown = printable(text)
            errors.print(shown, markup=False, highlight=False, soft_wrap=True)
            errors.print(" " * cell_len(shown[: error.column - 1]) + "^", markup=False, highlight=False)
        raise _with_expected(error) from None


def _narrowed(language: str) -> Query:
    """Read a language by its code or name."""
    from search.fields import read_value

    try:
        return read_value("lang", language, column=1)
    except BadQuery as error:
        raise _with_expected(error) from None


def _with_expected(error: BadQuery) -> BadQuery:
    expected = f" Possible: {'  '.join(error.expected)}" if error.expected else ""
    return BadQuery(f"{error}{expected}", column=error.column, expected=error.expected)


def _answer(engine: Engine, request: SearchRequest, *, faceted: bool) -> Answer:
    """Ask for as many as are wanted: page by page by date, at most the deepest page by relevance."""
    from dataclasses import replace

    from search.engine import DEEPEST, FACETS

    page = replace(request, limit=min(request.limit, DEEPEST), facets=FACETS if faceted else ())
    answer = engine.search(page)
    hits, cursor = list(answer.hits), answer.cursor
    while cursor is not None and len(hits) < request.limit:
        more = engine.search(replace(page, after=cursor, limit=min(DEEPEST, request.limit - len(hits)), facets=()))
        hits, cursor = [*hits, *more.hits], more.cursor
    if (request.sort == "relevance" or request.collapse) and request.limit > DEEPEST and answer.total > DEEPEST:
        complain(f"only the first {DEEPEST} of {answer.total} articles are listed; --sort date without --stories lists all")
    return replace(answer, hits=tuple(hits))


def _emit(answer: Answer) -> None:
    from search.export import articles_of, row_of

    for article, score in articles_of(answer.hits):
        emit(row_of(article, score))


def _print(answer: Answer, request: SearchRequest) -> None:
    from search.export import articles_of

    for article, _score in articles_of(answer.hits):
        _print_article(article, request)
    for name, values in answer.facets.items():
        if values:
            listed = ", ".join(f"{value} {number}" for value, number in values[:10])
            console.print(Text(f"{name.replace('_', ' ')}: {printable(listed)}", style="dim"))
    asked = " ".join(filter(None, map(str, (request.query, *request.filters)))) or "everything"
    ignored = f" (ignored: {', '.join(answer.ignored)})" if answer.ignored else ""
    console.print(
        Text(f"{answer.total} found, {len(answer.hits)} listed, for {printable(asked)}{printable(ignored)}", style="bold")
    )


def _print_near(near: Partial | None, request: SearchRequest) -> None:
    """Print what has but some of the words, after a line, each with those that it lacks."""
    from dataclasses import replace

    from search.export import articles_of

    if near is None or not near.hits:
        return
    console.rule("with some of these words, not counted", style="dim")
    for article, _score in articles_of(near.hits):
        console.print(Text(f"without: {printable(', '.join(near.lacks[article.pk]))}", style="dim"))
        _print_article(article, replace(request, query=near.query))


def _print_article(article: Article, request: SearchRequest) -> None:
    from search.snippets import marked, snippet

    labels = ", ".join([*article.themes, *article.countries])
    console.print(_styled(marked(article.title, article.language, request.query), base="bold"), soft_wrap=True)
    facts = (article.dated_at.date().isoformat(), article.language, article.outlet, labels, f"#{article.pk}")
    console.print(Text(printable("  ".join(filter(None, facts))), style="dim"), soft_wrap=True)
    console.print(_styled(snippet(article.text, article.language, request.query), base=""), soft_wrap=True)
    console.print(Text(printable(article.url), style="blue"), "\n", soft_wrap=True)


def _styled(segments: tuple[tuple[str, bool], ...], *, base: str) -> Text:
    return Text.assemble(*((printable(text), "bold reverse" if hit else base) for text, hit in segments))


def _write(path: Path, engine: Engine, request: SearchRequest) -> None:
    from search.export import exported
    from search.formats import format_of

    form, found = format_of(path), exported(engine, request)
    try:
        with path.open("wb") as file:
            for piece in form.write(found, ""):
                file.write(piece)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
    errors.print(f"{found.total} articles in {path}", markup=False, highlight=False)
