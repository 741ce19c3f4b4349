"""Feeds of saved searches: a secret address goes in; the newest articles that the search finds come out as Atom, RSS or JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.compose import clean, safe_link, snippet
from newscentre.alerts.keeping import request_of
from newscentre.outbox import standing
from newscentre.site.access import Limit, unlisted
from newscentre.site.views.searching import engine
from newsdesk.errors import BadInput, NewscentreError
from newsdesk.models import Article, Role, SavedSearch
from search.query import parse

LONGEST = 50
#: Each request asks the engine; readers ask every few minutes at most.
ASKED = Limit("saved-feed", 120, timedelta(hours=1))
_XML = {"atom": Atom1Feed, "rss": Rss201rev2Feed}
MEDIA_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@require_safe
def feed(request: HttpRequest, token: str, kind: str) -> HttpResponseBase:
    """Answer with the newest finds of the search with this secret; a paused search is still read."""
    found = SavedSearch.objects.filter(feed_token=token).select_related("user").first()
    if found is None or kind not in MEDIA_TYPES or not found.user.may_act_as(Role.SUBSCRIBER):
        raise Http404
    if ASKED.spent(token):
        return _private(HttpResponse(status=429, headers={"Retry-After": "3600"}))
    try:
        articles = _articles(found)
    except BadInput as error:
        return _private(HttpResponse(str(error), status=410, content_type="text/plain; charset=utf-8"))
    except NewscentreError:
        return _private(
            HttpResponse(_("The search does not answer just now."), status=503, content_type="text/plain; charset=utf-8")
        )
    with translation.override(found.language):
        body = _json(request, found, articles) if kind == "json" else _xml(request, found, articles, kind=kind)
    answer = HttpResponse(body, content_type=MEDIA_TYPES[kind])
    etag = quote_etag(hashlib.sha256(body.encode()).hexdigest())
    answer.headers["ETag"] = etag
    return _private(cast(HttpResponse, get_conditional_response(request, etag=etag, response=answer)))


def _articles(found: SavedSearch) -> list[Article]:
    asked = request_of(parse(found.query), everything=found.everything, copies=found.copies, now=datetime.now(UTC))
    hits = [article for article, _ in engine(settings.NEWSCENTRE).search(standing(asked)).hits]
    articles = Article.objects.published().in_bulk(hits)
    return [articles[each] for each in hits[:LONGEST] if each in articles]


def _xml(request: HttpRequest, found: SavedSearch, articles: list[Article], *, kind: str) -> str:
    made = _XML[kind](
        title=f"Newscentre · {clean(found.name)}",
        link=request.build_absolute_uri(reverse("saved-search", args=[found.pk])),
        description=clean(found.query) or _("Everything about migration"),
        language=found.language,
    )
    for article in articles:
        made.add_item(
            title=clean(article.title),
            link=_link(request, article),
            description=snippet(article.text),
            unique_id=_link(request, article),
            author_name=clean(article.outlet) or None,
            pubdate=article.dated_at,
            updateddate=article.dated_at,
        )
    return made.writeString("utf-8")


def _json(request: HttpRequest, found: SavedSearch, articles: list[Article]) -> str:
    items = [
        {
            "id": _link(request, article),
            "url": _link(request, article),
            **({"external_url": outside} if (outside := safe_link(article.url)) else {}),
            "title": clean(article.title),
            "content_text": snippet(article.text),
            "date_published": article.dated_at.isoformat(),
            "authors": [{"name": clean(article.outlet)}],
            "language": article.language,
        }
        for article in articles
    ]
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Newscentre · {clean(found.name)}",
        "home_page_url": request.build_absolute_uri(reverse("saved-search", args=[found.pk])),
        "description": clean(found.query),
        "language": found.language,
        "items": items,
    }
    return json.dumps(whole, ensure_ascii=False)


def _link(request: HttpRequest, article: Article) -> str:
    return request.build_absolute_uri(reverse("article", args=[article.pk]))


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    return unlisted(answer, caching="private, max-age=300")
