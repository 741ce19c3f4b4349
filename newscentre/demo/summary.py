"""Says what the demo did and what to try: the record enters, tables and sentences (or rows of JSON) leave."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from newscentre.demo.pieces import RELEASES
from newscentre.demo.run import Done
from newsdesk.errors import NewscentreError
from newsdesk.languages import languages
from newsdesk.models import Article, Delivery, Fetch, Label
from newsdesk.names import country_name
from newsdesk.themes import theme_name
from newsdesk.values import OTHER, THEMES
from search.engine import SearchRequest
from search.opening import open_engine
from search.query import parse

MOST_COUNTRIES = 8
#: One search a language, those after the first in case the first should find nothing.
SEARCHES: dict[str, tuple[str, ...]] = {
    "ar": ('قرقنة OR "غرق مركب"', "مهاجرين"),
    "en": ('theme:labour "recruitment fees"', '"recruitment fees"', "migrants"),
    "fr": ("Agadez NEAR/10 Conakry", "migrants"),
}


def counts() -> dict[str, Any]:
    """Count what the record holds now."""
    articles = Article.objects.published()
    relevant = articles.relevant()
    return {
        "articles": articles.count(),
        "relevant": relevant.count(),
        "languages": _tally(articles.values_list("language", flat=True)),
        "relevant_languages": _tally(relevant.values_list("language", flat=True)),
        "themes": _themes(),
        "countries": _tally(_labels("country").values_list("value", flat=True), most=MOST_COUNTRIES),
        "duplicates_folded": articles.exclude(duplicate_of=None).count(),
        "stories": relevant.exclude(story=None).values("story").distinct().count(),
        "stories_of_several": _several(),
        "revised": Article.objects.filter(revisions__number=2).count(),
        "removed": Article.objects.exclude(removed_at=None).count(),
        "refused": _tally(fetch.code for fetch in _refused()),
        "quarantined": Fetch.objects.filter(state=Fetch.State.QUARANTINED).count(),
        "mails": Delivery.objects.filter(state=Delivery.State.SENT).count(),
    }


def rows(done: Done) -> Iterator[dict[str, Any]]:
    """Yield the same as JSON rows, and what to try."""
    yield {
        "what": "run",
        "release": done.release,
        "nothing_new": _nothing_new(done),
        "crawled": dict(done.crawled),
        "ingested": dict(done.ingested),
        "indexed": done.indexed,
        "editions": done.editions,
        "sent": done.sent,
        "problems": done.problems,
    }
    yield {"what": "record", **counts()}
    for fetch in _refused():
        yield {"what": "refused", "url": fetch.url, "code": fetch.code, "message": fetch.message}
    yield {"what": "sites", **site_addresses()}
    for email, password in done.passwords.items():
        yield {"what": "sign-in", "email": email, "password": password}
    for language, command in searches():
        yield {"what": "search", "language": language, "command": command}
    yield {"what": "mails", "folder": str(settings.NEWSCENTRE.mail_folder), "files": mail_files()}


def tell(done: Done, console: Console) -> None:
    """Print what was done."""
    numbers = counts()
    console.print()
    console.rule("What was done")
    console.print(_headline(done))
    console.print(
        f"The record holds {numbers['articles']} articles, {numbers['relevant']} of them on migration, in {numbers['stories']}"
        f" stories ({numbers['stories_of_several']} told by several articles). {numbers['duplicates_folded']} copies were folded,"
        f" {numbers['revised']} articles were edited by their outlets, {numbers['removed']} taken down."
    )
    console.print()
    console.print(Columns([_language_table(numbers), _theme_table(numbers), _country_table(numbers)], padding=(0, 6)))
    if numbers["refused"]:
        console.print(_refusals())
    console.print(f"Pages set aside because reading them crashed: {numbers['quarantined']}.")
    made = ", ".join(f"{language} ({state})" for language, state in done.editions.items())
    console.print(f"Digests: {made or 'none'}; {done.sent} mails sent now, {numbers['mails']} in all.")
    for problem in done.problems:
        console.print(f"[bold red]A step failed:[/] {problem.splitlines()[0]}", highlight=False)


def invite(done: Done, console: Console, *, serving: bool) -> None:
    """Print what to try next."""
    console.rule("What to try")
    if not serving:
        console.print(f"The site is not being served now; this serves it: {_command()} demo", soft_wrap=True, highlight=False)
    for language, address in site_addresses().items():
        console.print(f"  {languages()[language].name:<10} {address}", highlight=False)
    console.print("Sign in as (e-mail, password):")
    for email, password in done.passwords.items():
        console.print(f"  {email:<32} {password}", highlight=False, markup=False)
    mails = mail_files()
    home = site_addresses()["en"]
    if done.report is not None:
        console.print(f"Trend report: {home}trends/{done.report}/", highlight=False)
    console.print(f"Mails: {home}desk/mails/ (sign in as editor), and as files:", highlight=False)
    for path in mails:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
    for number, (_language, line) in enumerate(searches()):
        if not number:
            console.print("Searches:")
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"The invented outlets: http://localhost:{done.port}/ while the demo runs.", highlight=False)


def site_addresses() -> dict[str, str]:
    """Return the site's address in each language."""
    return {language: f"{settings.NEWSCENTRE.site_url.rstrip('/')}/{language}/" for language in languages()}


def mail_files() -> list[str]:
    """Return the mails that were written as files."""
    folder = settings.NEWSCENTRE.mail_folder
    return sorted(str(path) for path in folder.glob("*.eml")) if folder.is_dir() else []


def searches() -> Iterator[tuple[str, str]]:
    """Yield a search that finds something in each language, as a command."""
    engine = open_engine(settings.NEWSCENTRE)
    for language, queries in SEARCHES.items():
        for query in queries:
            try:
                found = engine.search(SearchRequest(query=parse(query), limit=1)).total
            except NewscentreError:
                found = 0
            if found:
                yield language, f"{_command()} search {shlex.quote(query)}"
                break


def _command() -> str:
    """Return how this program was called, as short as a shell takes it."""
    program = Path(sys.argv[0])
    if program.is_absolute() and program.is_relative_to(Path.cwd()):
        program = program.relative_to(Path.cwd())
    return f"{shlex.quote(str(program))} --data {shlex.quote(os.environ['NEWSCENTRE_DATA'])}"


def _nothing_new(done: Done) -> bool:
    return not any(done.ingested[result] for result in ("new", "duplicate", "revised", "removed"))


def _headline(done: Done) -> str:
    crawled, ingested = done.crawled, done.ingested
    if _nothing_new(done):
        ended = f" All {RELEASES} releases of the newsroom are out." if done.nothing_left else ""
        return f"The crawl of {crawled['sources']} outlets found nothing new: {crawled['unchanged']} pages are unchanged.{ended}"
    return (
        f"Release {done.release} of {RELEASES}: {crawled['sources']} outlets crawled, {crawled['stored']} pages fetched,"
        f" {crawled['unchanged']} unchanged. New articles: {ingested['new']}; copies: {ingested['duplicate']};"
        f" edited: {ingested['revised']}; taken down: {ingested['removed']}; the same again: {ingested['unchanged']};"
        f" refused: {ingested['refused']}. {done.indexed} changes went into the index."
    )


def _language_table(numbers: Mapping[str, Any]) -> Table:
    shown = (
        (languages()[key].name, count, numbers["relevant_languages"].get(key, 0)) for key, count in numbers["languages"].items()
    )
    return _table(("Language", "articles", "on migration"), shown)


def _theme_table(numbers: Mapping[str, Any]) -> Table:
    return _table(("Theme", "articles"), ((theme_name(theme, "en"), count) for theme, count in numbers["themes"].items()))


def _country_table(numbers: Mapping[str, Any]) -> Table:
    return _table(("Country", "articles"), ((country_name(code, "en"), count) for code, count in numbers["countries"].items()))


def _refusals() -> Table:
    by_code: dict[str, list[Fetch]] = {}
    for fetch in _refused():
        by_code.setdefault(fetch.code, []).append(fetch)
    shown = (
        (code, len(some), ", ".join(sorted({fetch.source.key for fetch in some if fetch.source})), some[0].message)
        for code, some in sorted(by_code.items())
    )
    return _table(("Refused", "pages", "of", "why"), shown)


def _table(heads: Iterable[str], shown: Iterable[Iterable[object]]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in shown:
        table.add_row(*(escape(str(cell)) for cell in row))
    return table


def _tally(values: Iterable[str], *, most: int | None = None) -> dict[str, int]:
    return dict(sorted(Counter(values).most_common(most), key=lambda pair: (-pair[1], pair[0])))


def _labels(kind: str) -> Any:
    """Return the labels of one kind that published articles on migration carry."""
    relevant = Article.objects.published().relevant()
    return Label.objects.current().filter(kind=kind, article__in=relevant)


def _themes() -> dict[str, int]:
    given = Counter(_labels("theme").values_list("value", flat=True))
    other = Article.objects.published().relevant().without_theme().count()
    return {**{theme: given[theme] for theme in THEMES}, OTHER: other}


def _several() -> int:
    articles = Article.objects.published().folded().exclude(story=None)
    return sum(count > 1 for count in Counter(articles.values_list("story", flat=True)).values())


def _refused() -> list[Fetch]:
    """Return what was refused, each address once, its newest refusal."""
    newest: dict[str, Fetch] = {}
    for fetch in Fetch.objects.filter(state=Fetch.State.REFUSED).order_by("pk").defer("compressed_body").select_related("source"):
        newest[fetch.url] = fetch
    return list(newest.values())
