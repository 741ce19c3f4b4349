"""«More like this»: an article goes in, rows of others about the same things come out, in its own language and in others."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from newscentre.site.listing import Row, rows
from newscentre.site.views.searching import engine
from newsdesk.errors import NewscentreError
from newsdesk.models import Article
from search.alike import alike
from search.document import document_of
from search.engine import SearchRequest
from search.query import Is, Not

#: Articles shown in the article's own language, and in others.
EACH = 3


def more_like(article: Article) -> list[Row]:
    """Return the nearest articles; none where the index does not answer, since the page has more to show."""
    if (query := alike(document_of(article))) is None:
        return []
    own, now = Is("lang", article.language), datetime.now(UTC)
    requests = [SearchRequest(query, filters=(kept,), limit=EACH + 1, now=now) for kept in (own, Not(own))]
    try:
        answers = [engine(settings.NEWSCENTRE).search(request) for request in requests]
    except NewscentreError:
        return []
    ids = [pk for answer in answers for pk in [pk for pk, _score in answer.hits if pk != article.pk][:EACH]]
    found = Article.objects.published().in_bulk(ids)
    return rows([found[pk] for pk in ids if pk in found])
