"""What a search finds, to take away: the address of a search and a format go in; a file comes out, written while it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newscentre.outbox import standing
from newscentre.site.access import Limit, may, visitor_address
from newscentre.site.context import current_language
from newscentre.site.views.searching import asked_of, engine, request_of
from newsdesk.errors import BadInput, NewscentreError
from newsdesk.models import Role
from search.export import exported
from search.formats import FORMATS, Format
from search.query import parse

#: Exports by one visitor, and the articles in each; analysts take away as much as a spreadsheet holds.
EXPORT = Limit("export", 20, timedelta(hours=1))
MOST_OF_VISITORS = 20_000
MOST_OF_ANALYSTS = 1_000_000


@require_safe
def export(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer with everything that matches: titles, links and labels, never texts. Visitors are limited in rate and size."""
    if name not in FORMATS:
        raise Http404
    analyst = may(request, Role.ANALYST)
    if not analyst and EXPORT.reached(visitor_address(request)):
        answer = _said(_("Too many exports from here. Try again in an hour, or sign in as an analyst."), status=429)
        answer.headers["Retry-After"] = "3600"
        return answer
    try:
        pieces = _pieces(request, FORMATS[name], most=MOST_OF_ANALYSTS if analyst else MOST_OF_VISITORS)
    except BadInput as error:
        return _said(str(error), status=400)
    except NewscentreError:
        return _said(_("The search does not answer just now."), status=503)
    if not analyst:
        EXPORT.count(visitor_address(request))
    return _file(pieces, FORMATS[name])


def _pieces(request: HttpRequest, wanted: Format, *, most: int) -> Iterator[bytes]:
    """Begin to write, so that what cannot be answered at all is said before anything is sent."""
    asked = asked_of(request)
    wished = standing(request_of(asked, parse(asked.text), now=datetime.now(UTC)))
    found = exported(engine(settings.NEWSCENTRE), wished)
    if found.total > most:
        raise BadInput(_("Only up to %d articles can be exported at once; narrow the search.") % most)
    pieces = wanted.write(found, current_language())
    return chain(list(islice(pieces, 1)), pieces)


def _file(pieces: Iterator[bytes], wanted: Format) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=wanted.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="newscentre-search{wanted.suffix}"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _said(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
