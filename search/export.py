"""What is handed out of a search: a request goes in; the query as asked and rows of titles, links and labels come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from newsdesk.models import Article
from search.engine import Engine, SearchRequest, every_hit
from search.query import And, Everything, Is, Query

_PAGE = 500

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Exported:
    """Everything that a search finds, newest first, with the question it answers. ``articles`` can be read once.

    ``query`` is canonical: asked again it finds the same, narrowings included; ``sha256`` is its hash.
    """

    query: str
    sha256: str
    asked_at: datetime
    total: int
    articles: Iterator[Article]


def exported(engine: Engine, request: SearchRequest) -> Exported:
    """Ask for everything; articles are read from engine and record page by page while they are written.

    An article that was taken down since it was indexed is left out.
    """
    query = canonical(request)
    return Exported(
        query=query,
        sha256=hashlib.sha256(query.encode()).hexdigest(),
        asked_at=request.now,
        total=engine.search(replace(request, limit=0, offset=0, after=None, facets=())).total,
        articles=(article for article, _score in articles_of(every_hit(engine, request))),
    )


def canonical(request: SearchRequest) -> str:
    """Write a request as one query in the query language: what is narrowed or folded away is said in it too."""
    return str(whole(request.query, request.filters, fold=request.fold))


def whole(query: Query, filters: Iterable[Query], *, fold: bool) -> Query:
    """Put a query and its narrowings together."""
    parts = [query, *filters, *([Is("duplicate", "no")] if fold else [])]
    kept = tuple(dict.fromkeys(part for part in parts if not isinstance(part, Everything)))
    if len(kept) < 2:
        return kept[0] if kept else Everything()
    return And(kept)


def row_of(article: Article, score: float) -> Row:
    """Return one result as lists and interfaces show it."""
    return {
        "id": article.pk,
        "url": article.url,
        "title": article.title,
        "language": article.language,
        "date": article.dated_at.date().isoformat(),
        "outlet": article.outlet,
        "score": score,
        "themes": article.themes,
        "countries": article.countries,
    }


def articles_of(hits: Iterable[tuple[int, float]]) -> Iterator[tuple[Article, float]]:
    """Yield the articles of these hits, in order, with their scores; one removed since it was indexed is left out."""
    rest = iter(hits)
    while some := list(islice(rest, _PAGE)):
        found = Article.objects.published().prefetch_related("labels").in_bulk([article_id for article_id, _ in some])
        yield from ((found[article_id], score) for article_id, score in some if article_id in found)
