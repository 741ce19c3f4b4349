"""Pages about the service itself: sources, about, health, robots; and the answers where a page cannot be shown."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crawler.outlets import REGIONS
from newscentre.site.context import current_language
from newscentre.site.counting import remembered
from newscentre.site.outlets import ELSEWHERE, catalogue, overview, rows_of
from newscentre.site.paging import number_of, page_of
from newsdesk.languages import languages
from newsdesk.models import Article, Source

#: Sources on one page: what a slow connection takes without complaint.
ROWS = 30


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Lead to the front page in the language the browser asks for."""
    asked = get_language_from_request(request).split("-")[0]
    answer = redirect(f"/{asked if asked in languages() else 'en'}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Show how the sources of each region do, and where sources are missing."""
    shown = overview(
        catalogue(settings.NEWSCENTRE.data), list(Source.objects.all()), remembered("articles-by-source", _articles_by_source)
    )
    return render(request, "site/sources.html", {"overview": shown})


@require_safe
def sources_of_region(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the sources of one region, each with how it is doing."""
    name = next((region for region in (*REGIONS, ELSEWHERE) if region.replace(" ", "-") == slug), None)
    if name is None:
        raise Http404
    counts = remembered("articles-by-source", _articles_by_source)
    rows = rows_of(name, catalogue(settings.NEWSCENTRE.data), Source.objects.all(), counts, language=current_language())
    number = min(number_of(request), max(1, -(-len(rows) // ROWS)))
    page = page_of(request, rows[(number - 1) * ROWS : number * ROWS], total=len(rows), number=number, size=ROWS)
    return render(request, "site/source_region.html", {"region": name, "page": page})


def _articles_by_source() -> dict[int | None, int]:
    return dict(Article.objects.published().order_by().values_list("source").annotate(n=Count("pk")))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what this is, what is shown and why, and whom to write to."""
    return render(request, "site/about.html", {"contact": settings.NEWSCENTRE.contact})


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Say to a machine whether the site can answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the record does not answer"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Keep robots out of what costs much and of what is nobody's."""
    closed = "".join(f"Disallow: /{code}/{path}/\n" for code in languages() for path in ("search", "desk", "account"))
    return HttpResponse(f"User-agent: *\n{closed}Disallow: /api/\n", content_type="text/plain")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """Answer 403."""
    return render(request, "site/error.html", {"status": 403}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """Answer 404, to programs as they read it."""
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": _("No such page")}, status=404, json_dumps_params={"ensure_ascii": False})
    return render(request, "site/error.html", {"status": 404}, status=404)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as Django calls it
    """Answer 400, for instance to a host name that is not ours, of which no page could make its links."""
    return _bare(400)


def broken(_request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return _bare(500)


def _bare(status: int) -> HttpResponse:
    """Render a page with nothing that could itself fail: no record, no session, no template context."""
    return render(None, "site/bare.html", {"language": current_language(), "status": status}, status=status)
