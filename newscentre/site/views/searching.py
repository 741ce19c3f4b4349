"""The search page: a query and narrowings from the address go in; results, facets, or a sentence on what is wrong come out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.compose import clean
from newscentre.outbox import standing
from newscentre.site.access import SEARCHED_TOO_MUCH, may, searches_too_much
from newscentre.site.context import current_language
from newscentre.site.labels import label_name
from newscentre.site.listing import Row, rows
from newscentre.site.middleware import POLICY
from newscentre.site.paging import Page, number_of, page_of, with_query
from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput, BadQuery, NewscentreError
from newsdesk.lexicon import concepts
from newsdesk.models import Article, Role
from search import formats
from search.engine import DEEPEST, Answer, Engine, SearchRequest
from search.fields import read_value
from search.opening import open_engine
from search.parse import MOST_CHARACTERS
from search.partial import Partial, partial, together
from search.query import Concept, Everything, Is, Query, asks, leaves, parse
from search.reading import readings
from search.snippets import marked, snippet
from search.spelling import FEW, did_you_mean

SIZE = 20
#: What can be narrowed by a link: the name in the address and of the facet, and the query's field.
FACETS = {
    "language": "lang",
    "theme": "theme",
    "topic": "topic",
    "country": "country",
    "group": "group",
    "route": "route",
    "city": "city",
    "organisation": "organisation",
    "outlet": "outlet",
    "outlet_country": "outlet-country",
    "month": "date",
    "story": "story",
}
MOST_VALUES = 8
#: The search page runs one script of our own, which suggests while a query is typed.
SCRIPTED = f"{POLICY}; script-src 'self'"
#: The last page that has a number of its own; a list by date goes on from the last article of each page.
NUMBERED = DEEPEST // SIZE


@dataclass(frozen=True)
class Asked:
    """What the address asks for. ``all`` lists articles that are not about migration too, ``copies`` near-duplicates,
    ``stories`` each story once; ``after`` is where a list by date goes on.
    """

    text: str
    narrowed: tuple[tuple[str, str], ...]
    sort: str
    all: bool
    copies: bool
    stories: bool
    page: int
    after: int | None


@dataclass(frozen=True)
class Value:
    """One value of a facet with the address that narrows to it, or widens again if it is chosen."""

    name: str
    count: int
    link: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A facet with its most frequent values."""

    title: str
    values: tuple[Value, ...]


def asked_of(request: HttpRequest) -> Asked:
    """Read the address."""
    after = request.GET.get("after", "")
    return Asked(
        text=request.GET.get("q", "")[: MOST_CHARACTERS + 1],
        narrowed=tuple((name, value[:200]) for name in FACETS if (value := request.GET.get(name, "").strip())),
        sort=request.GET.get("sort", ""),
        all=request.GET.get("all") == "1",
        copies=request.GET.get("copies") == "1",
        stories=request.GET.get("stories") == "1",
        page=number_of(request, last=100_000) if after else min(number_of(request), NUMBERED),
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 20 else None,
    )


@cache
def engine(configuration: Configuration) -> Engine:
    """Return this process's engine, opened once."""
    return open_engine(configuration)


def request_of(asked: Asked, query: Query, *, now: datetime) -> SearchRequest:
    """Turn what is asked into the engine's request; raise BadQuery for a narrowing that makes no sense."""
    filters = tuple(read_value(FACETS[name], value, column=1) for name, value in asked.narrowed)
    if not (asked.all or asks(query, "relevant")):
        filters += (Is("relevant", "yes"),)
    order: Literal["relevance", "date"] = "date" if asked.sort == "date" or isinstance(query, Everything) else "relevance"
    return SearchRequest(
        query=query,
        filters=filters,
        sort=order,
        limit=SIZE,
        offset=0 if asked.after is not None else (asked.page - 1) * SIZE,
        after=asked.after,
        facets=tuple(FACETS),
        fold=not (asked.copies or asks(query, "duplicate")),
        collapse=asked.stories,
        now=now,
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show the search page."""
    answer = _searched(request)
    answer.headers["Content-Security-Policy"] = SCRIPTED
    return answer


def _searched(request: HttpRequest) -> HttpResponse:
    asked = asked_of(request)
    context: dict[str, object] = {"asked": asked, "sort_links": _sort_links(request), "toggles": _toggles(request, asked)}
    try:
        query = parse(asked.text)
    except BadQuery as error:
        return render(
            request, "site/search.html", context | {"problem": error, "pointer": _pointer(asked.text, error)}, status=400
        )
    if searches_too_much(request):
        refused = render(request, "site/search.html", context | {"problem": SEARCHED_TOO_MUCH}, status=429)
        refused.headers["Retry-After"] = "600"
        return refused
    try:
        wanted = standing(request_of(asked, query, now=datetime.now(UTC)))
        answer = engine(settings.NEWSCENTRE).search(wanted)
        better = did_you_mean(query, engine(settings.NEWSCENTRE)) if answer.total < FEW else None
        near = partial(engine(settings.NEWSCENTRE), wanted, answer)
    except BadInput as error:
        return render(request, "site/search.html", context | {"problem": error}, status=400)
    except NewscentreError as error:
        context |= {"down": True, "reason": str(error) if may(request, Role.EDITOR) else ""}
        return render(request, "site/search.html", context, status=503)
    page = _page(request, asked, answer)
    if better is not None:
        context |= {"better": str(better), "better_link": with_query(request, q=str(better))}
    context |= {"rows": _rows(wanted.query, answer, near), "near": near and near.hits}
    return render(request, "site/search.html", context | _results(request, wanted, answer, page=page))


def _page(request: HttpRequest, asked: Asked, answer: Answer) -> Page[tuple[int, float]]:
    """Return the page; behind the last that has a number, pages by date follow each other by their last article."""
    page = page_of(request, answer.hits, total=answer.listed, number=asked.page, size=SIZE, last=-(-answer.listed // SIZE) or 1)
    if asked.after is not None:
        page = replace(page, previous=with_query(request, page=str(NUMBERED), after=""))
    if asked.page >= NUMBERED:
        following = with_query(request, page=str(asked.page + 1), after=str(answer.cursor)) if answer.cursor else ""
        page = replace(page, next=following)
    return page


def _results(request: HttpRequest, wanted: SearchRequest, answer: Answer, *, page: Page[tuple[int, float]]) -> dict[str, object]:
    return {
        "answered": True,
        "everything": isinstance(wanted.query, Everything),
        "echo": str(wanted.query),
        "readings": readings(wanted.query),
        "concepts": _concepts(wanted.query),
        "ignored": answer.ignored,
        "total": answer.total,
        "page": page,
        "facets": _facets(request, answer),
        "sort": wanted.sort,
        "numbered": NUMBERED,
        "formats": formats.named(),
        "exports": with_query(request),
        "too_deep": answer.total > DEEPEST and (wanted.sort == "relevance" or wanted.collapse),
        "deepest": DEEPEST,
        "listed": answer.listed,
    }


def _concepts(query: Query) -> list[tuple[str, str]]:
    """Return the concepts of a query, by key and name."""
    keys = dict.fromkeys(leaf.key for leaf in leaves(query) if isinstance(leaf, Concept))
    return [(key, concepts()[key].name(current_language())) for key in keys]


def highlighted(hits: Iterable[tuple[int, float]], query: Query) -> list[Row]:
    """Return the rows of these hits, still published, with what was searched for marked in title and snippet."""
    wanted = [article_id for article_id, _score in hits]
    found = Article.objects.published().in_bulk(wanted)
    return [
        replace(
            row,
            title=marked(row.article.title, row.article.language, query),
            snippet=snippet(row.article.text, row.article.language, query),
        )
        for row in rows(found[article_id] for article_id in wanted if article_id in found)
    ]


def _rows(query: Query, answer: Answer, near: Partial | None) -> list[Row]:
    """Return the rows of an answer and, put among them by their scores, those that lack some of the words."""
    found = {row.article.pk: row for row in highlighted(answer.hits, query)}
    if near:
        lacking = highlighted(near.hits, near.query)
        found |= {row.article.pk: replace(row, lacks=near.lacks[row.article.pk]) for row in lacking}
    return [found[article_id] for article_id, _ in together(answer, near) if article_id in found]


def _pointer(text: str, error: BadQuery) -> tuple[str, str, str] | None:
    """Split the query at the character that makes no sense: before, it, after."""
    if error.column is None:
        return None
    at = error.column - 1
    return text[:at], text[at : at + 1], text[at + 1 :]


def _sort_links(request: HttpRequest) -> list[tuple[str, str, str]]:
    return [
        ("relevance", _("Best match"), with_query(request, sort="")),
        ("date", _("Newest"), with_query(request, sort="date")),
    ]


def _toggles(request: HttpRequest, asked: Asked) -> list[tuple[str, bool, str]]:
    return [
        (_("Also articles that are not about migration"), asked.all, with_query(request, all="" if asked.all else "1")),
        (_("Each story once"), asked.stories, with_query(request, stories="" if asked.stories else "1")),
        (_("Also copies of the same text"), asked.copies, with_query(request, copies="" if asked.copies else "1")),
    ]


def _facets(request: HttpRequest, answer: Answer) -> list[Facet]:
    titles = {
        "language": _("Language"),
        "theme": _("Theme"),
        "topic": _("Topic"),
        "country": _("About country"),
        "group": _("Group of countries"),
        "route": _("Route"),
        "city": _("City or place"),
        "organisation": _("Organisation"),
        "outlet": _("Outlet"),
        "outlet_country": _("Country of the outlet"),
        "month": _("Month"),
        "story": _("Story"),
    }
    stories = _stories(answer, request.GET.get("story", ""))
    found = []
    for name, title in titles.items():
        chosen = request.GET.get(name, "").strip()
        counted = [pair for pair in answer.facets.get(name, ()) if pair[0]]
        if name == "month":
            counted.sort(reverse=True)
        if name == "story":
            counted = [(story, count) for story, count in counted if story in stories and (count > 1 or story == chosen)]
        # What is chosen can be taken out, also where nothing is left of it.
        kept = [(chosen, dict(counted).get(chosen, 0))] if chosen else []
        kept += [pair for pair in counted if pair[0] != chosen]
        values = tuple(
            Value(
                name=stories.get(value, value) if name == "story" else label_name(name, value),
                count=count,
                link=with_query(request, **{name: "" if value == chosen else value}),
                chosen=value == chosen,
            )
            for value, count in kept[:MOST_VALUES]
        )
        if values:
            found.append(Facet(title, values))
    return found


def _stories(answer: Answer, chosen: str) -> dict[str, str]:
    """Name the most frequent stories of an answer after the first article that told each, in the reader's language if one did."""
    frequent = [value for value, _count in answer.facets.get("story", ())[: MOST_VALUES + 1]]
    wanted = [int(value) for value in (*frequent, chosen) if value.isascii() and value.isdigit() and len(value) < 16]
    told = Article.objects.published().folded().filter(story__in=wanted).order_by("first_seen_at", "pk")
    names: dict[str, str] = {}
    spoken: dict[str, str] = {}
    for story, language, title in told.values_list("story_id", "language", "title"):
        if str(story) not in names or (language == current_language() != spoken[str(story)]):
            names[str(story)], spoken[str(story)] = clean(title), language
    return names
