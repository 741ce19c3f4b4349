"""What is told of movement: a list of articles goes in; the figures they report and the roles of countries in them come out."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from newscentre.site.listing import wire
from newsdesk.models import ArticleQuerySet, Figure, Label
from newsdesk.routes import ROUTES

#: Figures that a page lists, and countries of each role.
MOST_FIGURES, MOST_COUNTRIES = 12, 6
ROLES = ("origin", "transit", "destination")


@dataclass(frozen=True)
class Roles:
    """The countries that articles most often give one role."""

    role: str
    countries: tuple[tuple[str, int], ...]


def figures_of(articles: ArticleQuerySet, *, place: str = "") -> list[Figure]:
    """Return the figures that these articles report, newest first, in a place if one is named."""
    found = Figure.objects.filter(article__in=articles.order_by().values("pk")).select_related("article")
    if place:
        found = found.filter(place=place)
    return list(found.order_by("-article__dated_at", "pk")[:MOST_FIGURES])


def roles_of(articles: ArticleQuerySet) -> list[Roles]:
    """Return, for each role that is given at all, the countries that most of these articles give it."""
    return [Roles(role, countries) for role in ROLES if (countries := _most(articles, role, MOST_COUNTRIES))]


def routes_of(articles: ArticleQuerySet) -> tuple[tuple[str, int], ...]:
    """Return the routes that these articles tell of, most told of first."""
    return _most(articles, "route", len(ROUTES))


def on_route(key: str) -> ArticleQuerySet:
    """Return the articles of one route."""
    return wire().labelled("route", key)


def _most(articles: ArticleQuerySet, kind: str, limit: int) -> tuple[tuple[str, int], ...]:
    found = Label.objects.current().filter(kind=kind, article__in=articles.order_by().values("pk")).order_by()
    counted = found.values_list("value").annotate(n=Count("article", distinct=True)).order_by("-n", "value")
    return tuple(counted[:limit])
