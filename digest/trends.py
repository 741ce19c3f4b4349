"""Builds trend reports: a window goes in; the record's relevant media articles are read and measured, and the numbers kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from digest.measure import Row, measure
from newsdesk.analysis import analyse
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.lexicon import find_concepts
from newsdesk.models import Article, TrendReport

#: Characters of an article that are read for its terms: all of nearly every article, and a bound for the rest.
READ = 20_000
_CHUNK = 500


def build_report(window_start: datetime, window_end: datetime, now: datetime) -> TrendReport:
    """Measure the window and keep the report; the same window measured again replaces its report.

    Raise BadInput for a window that ends before it starts.
    """
    if window_end <= window_start:
        raise BadInput(f"the window ends ({window_end:%Y-%m-%d}) before it starts ({window_start:%Y-%m-%d})")
    left_out: Counter[str] = Counter(undated=0, not_media=0)
    rows = list(read_rows(window_start, window_end, left_out=left_out))
    content = measure(rows, start=window_start, end=window_end, left_out=left_out)
    report, _ = TrendReport.objects.update_or_create(
        window_start=window_start, window_end=window_end, defaults={"created_at": now, "content": content}
    )
    return report


def read_rows(start: datetime, end: datetime, *, left_out: Counter[str]) -> Iterator[Row]:
    """Yield the relevant articles dated within the window, counting in ``left_out`` those that no trend may rest on.

    Left out are undated articles, and what institutions and specialist sources publish; an imported article without
    a source counts as media.
    """
    wanted = Article.objects.published().relevant().filter(dated_at__gte=start, dated_at__lt=end)
    found = wanted.filter(language__in=list(languages())).select_related("source").prefetch_related("labels").order_by("pk")
    for article in found.iterator(chunk_size=_CHUNK):
        if article.source is not None and article.source.kind != "media":
            left_out["not_media"] += 1
        elif article.undated:
            left_out["undated"] += 1
        else:
            yield _row(article)


def _row(article: Article) -> Row:
    text = f"{article.title}\n{article.text[:READ]}"
    mentions = find_concepts(analyse(text, article.language), article.language)
    return Row(
        language=article.language,
        month=f"{article.dated_at.astimezone(UTC):%Y-%m}",
        outlet=article.outlet,
        outlet_country=article.outlet_country,
        story=article.story_id,
        copy=article.duplicate_of_id is not None,
        themes=tuple(article.themes),
        countries=tuple(article.countries),
        concepts=frozenset(mention.concept for mention in mentions),
    )
