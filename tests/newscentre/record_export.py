"""Writes all that a data folder's record and index say, without surrogate ids and clock times, as sorted JSON:
``python -m tests.newscentre.record_export DATA``. Two runs agree if their exports are equal.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Any


def export() -> dict[str, Any]:
    """Return the export of the record that Django is set up for, and of its configured index."""
    from django.conf import settings

    from newsdesk.models import Article, Fetch, IndexChange, Story
    from search.opening import open_engine

    engine = open_engine(settings.NEWSCENTRE)
    urls = dict(Article.objects.values_list("pk", "url"))
    return {
        "articles": sorted((_article(article) for article in Article.objects.all()), key=lambda row: row["url"]),
        "stories": sorted(sorted(story.articles.values_list("url", flat=True)) for story in Story.objects.all()),
        "fetches": sorted(Fetch.objects.values_list("url", "status", "state", "code", "message", "attempts", "article__url")),
        "outbox": IndexChange.objects.count(),
        "index": sorted(urls.get(number, f"unknown {number}") for number in engine.article_ids()),
    }


def _article(article: Any) -> dict[str, Any]:
    fields = (
        "url",
        "outlet",
        "outlet_country",
        "language",
        "language_score",
        "title",
        "author",
        "date_precision",
        "date_origin",
        "story_terms",
    )
    return {
        **{name: getattr(article, name) for name in fields},
        "text": hashlib.sha256(article.text.encode()).hexdigest(),
        "dates": [str(moment) for moment in (article.dated_at, article.first_seen_at, article.removed_at)],
        "fingerprint": bytes(article.fingerprint).hex(),
        "duplicate_of": article.duplicate_of.url if article.duplicate_of else None,
        "bands": sorted(article.bands.values_list("value", flat=True)),
        "revisions": [
            (row.number, row.title, row.text_sha256, str(row.seen_at), row.fetch.url) for row in article.revisions.all()
        ],
        "labels": sorted(
            (
                label.kind,
                label.value,
                label.rank,
                label.score,
                label.threshold,
                label.given,
                label.actor,
                label.evidence,
                str(label.superseded_at),
            )
            for label in article.labels.all()
        ),
    }


if __name__ == "__main__":
    os.environ["NEWSCENTRE_DATA"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"
    import django

    django.setup()
    json.dump(export(), sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)
