"""Pages of the routes: the record goes in; the list of routes, and each with its articles, roles and figures come out."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from newscentre.site.context import current_language
from newscentre.site.counting import remembered
from newscentre.site.listing import rows, wire
from newscentre.site.moving import figures_of, on_route, roles_of, routes_of
from newscentre.site.paging import page_of_rows
from newscentre.site.views.reading import narrowed
from newsdesk.routes import ROUTES, route_about, route_name


@require_safe
def routes(request: HttpRequest) -> HttpResponse:
    """List the routes with how much is told of each."""
    counts = dict(remembered("routes", lambda: routes_of(wire())))
    language = current_language()
    listed = [(key, route_name(key, language), route_about(key, language), counts.get(key, 0)) for key in ROUTES]
    return render(request, "site/routes.html", {"routes": listed, "most": max(counts.values(), default=0) or 1})


@require_safe
def route(request: HttpRequest, key: str) -> HttpResponse:
    """Show one route: where it leads, which countries are on it, the figures reported, its articles."""
    if key not in ROUTES:
        raise Http404
    everything = on_route(key)
    articles, language = narrowed(request, everything)
    page = page_of_rows(request, articles)
    context = {
        "key": key,
        "name": route_name(key, current_language()),
        "about": route_about(key, current_language()),
        "roles": remembered(f"roles-{key}", lambda: roles_of(everything)),
        "figures": figures_of(articles),
        "page": page,
        "rows": rows(page.items),
        "only": language,
    }
    return render(request, "site/route.html", context)
