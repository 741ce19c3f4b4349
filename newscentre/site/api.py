"""The interface for programs: filters in the address go in, JSON comes out; full texts only for analysts who are signed in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Literal

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from digest.compose import clean, snippet
from newscentre.outbox import standing
from newscentre.site.access import SEARCHED_TOO_MUCH, may, searches_too_much
from newscentre.site.counting import remembered
from newscentre.site.expected import sentence
from newscentre.site.listing import wire
from newscentre.site.moving import routes_of
from newscentre.site.views.searching import engine
from newsdesk.countries import country_codes, territories
from newsdesk.errors import BadInput, BadQuery, NewscentreError
from newsdesk.groups import groups_of
from newsdesk.languages import languages
from newsdesk.models import Article, Role, Source, TrendReport
from newsdesk.names import shown
from newsdesk.routes import ROUTES, route_about, route_name
from search.engine import SearchRequest
from search.export import articles_of
from search.fields import read_value
from search.partial import Partial, partial
from search.query import Is, asks, parse
from search.reading import readings
from search.spelling import FEW, did_you_mean


class _Readable(JSONRenderer):
    """Writes letters of all scripts as themselves."""

    def __init__(self) -> None:
        self.json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="Newscentre",
    version="1",
    description="Articles on migration with their labels. Texts are the first 200 characters unless an analyst is signed in.",
    renderer=_Readable(),
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(ValidationError)
def wrongly_asked(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer 422: which parameter is wrong, and what was expected of it."""
    return api.create_response(request, {"detail": sentence(error.errors)}, status=422)


class LabelOut(Schema):
    """One label given, with its provenance; ``evidence``, a passage of the text, and ``terms``, the words
    of the text that carried it with their weights, are there only for analysts.
    """

    kind: str
    value: str
    score: float
    threshold: float
    actor: str
    evidence: str | None = None
    terms: list[tuple[str, float]] | None = None


class ArticleOut(Schema):
    """One article as it is listed."""

    id: int
    url: str
    title: str
    snippet: str
    language: str
    dated_at: datetime
    undated: bool
    outlet: str
    outlet_country: str
    relevant: bool
    themes: list[str]
    topics: list[str]
    countries: list[str]
    cities: list[str]
    organisations: list[str]
    story: int | None
    duplicate_of: int | None
    score: float | None = None


class FigureOut(Schema):
    """A number that an article reports; ``sentence`` is there only for analysts."""

    kind: str
    low: int
    high: int | None
    quantifier: str
    unit: str
    place: str
    period: str
    actor: str
    sentence: str | None = None


class CountryOut(Schema):
    """One country or disputed place as it is to be printed and drawn."""

    code: str
    name: str
    footnote: str
    boundary: str
    groups: list[str]


class RouteOut(Schema):
    """One route."""

    key: str
    name: str
    about: str
    articles: int


class WholeArticleOut(ArticleOut):
    """One article with its labels; ``text`` is there only for analysts."""

    labels: list[LabelOut]
    figures: list[FigureOut]
    text: str | None = None


class ReadingOut(Schema):
    """One word or phrase of a query, and by language what is looked for; nothing where it is a pattern."""

    written: str
    forms: dict[str, str]


class NearOut(ArticleOut):
    """One article that has some of the words asked for, and those that it is without."""

    without: list[str]


class ArticlesOut(Schema):
    """One page of articles. ``query`` is the query as it was understood, ``ignored`` what was left out as too common; of the
    ``total`` that match ``listed`` can be listed; ``cursor`` is the ``after`` of the next page, if there is one, by date.
    ``better`` is the query with words that no article has put right, where few articles were found.
    ``some`` are articles with but some of the words, best first, where few have them all; they count for nothing else. Their
    scores can be held against those of ``items``: the site lists both by score.
    """

    query: str
    read: list[ReadingOut]
    ignored: list[str]
    total: int
    listed: int
    cursor: int | None
    better: str | None
    items: list[ArticleOut]
    some: list[NearOut]


class SourceOut(Schema):
    """One source with its state."""

    key: str
    name: str
    homepage: str
    country: str
    languages: list[str]
    kind: str
    state: str
    state_since: datetime | None
    crawled_at: datetime | None
    articles: int


class Wanted(Schema):
    """What to list. ``query`` is the query language of the search page; ``stories`` lists each story once."""

    query: str = Field("", max_length=2000)
    language: str = ""
    theme: str = ""
    topic: str = ""
    country: str = ""
    group: str = ""
    route: str = ""
    outlet: str = ""
    outlet_country: str = ""
    since: date | None = None
    until: date | None = None
    relevant: bool = True
    folded: bool = True
    stories: bool = False
    sort: Literal["relevance", "date"] = "date"
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=900)
    after: int | None = Field(None, ge=0, lt=1 << 63)


@api.get("/articles", response=ArticlesOut)
def articles(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """List articles that match a query and filters."""
    if searches_too_much(request):
        raise HttpError(429, str(SEARCHED_TOO_MUCH))
    try:
        asked = standing(_request_of(wanted))
        answer = engine(settings.NEWSCENTRE).search(asked)
        near = partial(engine(settings.NEWSCENTRE), asked, answer)
        better = did_you_mean(asked.query, engine(settings.NEWSCENTRE)) if answer.total < FEW else None
    except BadQuery as error:
        place = _("At character %d.") % error.column if error.column else ""
        raise HttpError(400, f"{error} {place}".strip()) from error
    except BadInput as error:
        raise HttpError(400, str(error)) from error
    except NewscentreError as error:
        raise HttpError(503, _("The search does not answer just now.")) from error
    read = [{"written": each.written, "forms": dict(each.forms)} for each in readings(asked.query)]
    return {
        "query": str(asked.query),
        "read": read,
        "ignored": answer.ignored,
        "total": answer.total,
        "listed": answer.listed,
        "cursor": answer.cursor,
        "better": str(better) if better else None,
        "items": [_listed(article, score=score) for article, score in articles_of(answer.hits)],
        "some": _nearby(near) if near else [],
    }


def _nearby(near: Partial) -> list[dict[str, Any]]:
    return [_listed(article, score=score) | {"without": near.lacks[article.pk]} for article, score in articles_of(near.hits)]


def _request_of(wanted: Wanted) -> SearchRequest:
    named = {
        "lang": wanted.language,
        "theme": wanted.theme,
        "topic": wanted.topic,
        "country": wanted.country,
        "group": wanted.group,
        "route": wanted.route,
        "outlet": wanted.outlet,
        "outlet-country": wanted.outlet_country,
        "after": wanted.since.isoformat() if wanted.since else "",
        "before": wanted.until.isoformat() if wanted.until else "",
    }
    filters = tuple(read_value(field, value, column=1) for field, value in named.items() if value)
    query = parse(wanted.query)
    if wanted.relevant and not asks(query, "relevant"):
        filters += (Is("relevant", "yes"),)
    return SearchRequest(
        query=query,
        filters=filters,
        sort=wanted.sort,
        limit=wanted.limit,
        offset=wanted.offset,
        after=wanted.after,
        fold=wanted.folded and not asks(query, "duplicate"),
        collapse=wanted.stories,
        now=datetime.now(UTC),
    )


@api.get("/articles/{article_id}", response=WholeArticleOut)
def article(request: HttpRequest, article_id: int) -> dict[str, Any]:
    """Return one article with the labels it was given."""
    found = Article.objects.prefetch_related("labels").filter(pk=article_id).first()
    if found is None:
        raise HttpError(404, _("There is no such article."))
    if found.removed_at is not None:
        raise HttpError(410, _("This article was taken down"))
    whole = may(request, Role.ANALYST)
    labels = [
        {name: getattr(label, name) for name in ("kind", "value", "score", "threshold", "actor")}
        | {"evidence": label.evidence if whole else None, "terms": label.terms if whole else None}
        for label in found.labels.all()
        if label.given and label.superseded_at is None
    ]
    fields = ("kind", "low", "high", "quantifier", "unit", "place", "period", "actor")
    figures = [
        {name: getattr(figure, name) for name in fields} | {"sentence": figure.sentence if whole else None}
        for figure in found.figures.all()
    ]
    return _listed(found) | {"figures": figures, "labels": labels, "text": found.text if whole else None}


def _listed(found: Article, *, score: float | None = None) -> dict[str, Any]:
    return {
        "id": found.pk,
        "url": found.url,
        "title": clean(found.title),
        "snippet": snippet(found.text),
        "language": found.language,
        "dated_at": found.dated_at,
        "undated": found.undated,
        "outlet": found.outlet,
        "outlet_country": found.outlet_country,
        "relevant": bool(found.given("relevance")),
        "themes": found.themes,
        "topics": found.given("topic"),
        "countries": found.countries,
        "cities": found.given("city"),
        "organisations": found.given("organisation"),
        "story": found.story_id,
        "duplicate_of": found.duplicate_of_id,
        "score": score or None,
    }


@api.get("/countries", response=list[CountryOut])
def countries(request: HttpRequest, language: str = "en") -> list[dict[str, Any]]:  # noqa: ARG001 - ninja wants it by this name
    """List the countries and disputed places: name, footnote and boundary for whoever asks, groups as of today."""
    today, spoken = datetime.now(UTC).date(), _spoken(language)
    return [
        {**asdict(shown(code, spoken)), "code": code, "groups": groups_of([code], today)}
        for code in (*country_codes(), *territories())
    ]


@api.get("/routes", response=list[RouteOut])
def routes(request: HttpRequest, language: str = "en") -> list[dict[str, Any]]:  # noqa: ARG001 - ninja wants it by this name
    """List the routes with how many articles tell of each."""
    counts, spoken = dict(remembered("routes", lambda: routes_of(wire()))), _spoken(language)
    return [
        {"key": key, "name": route_name(key, spoken), "about": route_about(key, spoken), "articles": counts.get(key, 0)}
        for key in ROUTES
    ]


def _spoken(language: str) -> str:
    """Return a language that names are kept in: what is remembered of each must not grow with what strangers ask for."""
    return language if language in languages() else "en"


@api.get("/sources", response=list[SourceOut])
def sources(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001 - ninja wants it by this name
    """List the sources with how they are doing."""
    fields = ("key", "name", "homepage", "country", "languages", "kind", "state", "state_since", "crawled_at")
    counted = Source.objects.annotate(stored=Count("articles", filter=Q(articles__removed_at=None)))
    return [{name: getattr(source, name) for name in fields} | {"articles": source.stored} for source in counted]


@api.get("/trends/latest")
def latest_trends(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja wants it by this name
    """Return the newest trend report as numbers."""
    report = TrendReport.objects.first()
    if report is None:
        raise HttpError(404, _("No report yet"))
    return {
        "id": report.pk,
        "window_start": report.window_start,
        "window_end": report.window_end,
        "created_at": report.created_at,
        "numbers": report.content,
    }
