"""Labels the record's articles anew with the present models, keeping history and what people decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction

from newscentre.ingest.committer import queue_for_index, write_figures, write_labels
from newscentre.ingest.stages import Analyser
from newsdesk.locks import advisory_lock
from newsdesk.models import Article, Label


def relabel(
    *, on_article: Callable[[], None] = lambda: None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> tuple[int, int]:
    """Relabel every article, one transaction each; return how many were done and how many changed a given label."""
    analyser = Analyser.load()
    done = changed = 0
    with advisory_lock("ingest"):
        for article in Article.objects.order_by("pk").iterator(chunk_size=200):
            done += 1
            changed += _relabel_one(analyser, article, at=now())
            on_article()
    return done, changed


def _relabel_one(analyser: Analyser, article: Article, *, at: datetime) -> bool:
    labels, figures = analyser.told(article.title, article.text, article.language, source_country=article.outlet_country)
    with transaction.atomic():
        before = _given(article)
        write_labels(article, labels, at=at)
        write_figures(article, figures)
        if changed := before != _given(article):
            queue_for_index(article, now=at)
    return changed


def _given(article: Article) -> list[tuple[str, str]]:
    return list(Label.objects.current().filter(article=article).values_list("kind", "value"))
