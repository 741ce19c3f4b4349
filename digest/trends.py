"""Builds trend reports: a window goes in; the record's relevant media articles are read and measured, and the numbers kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef

from digest.measure import Row, measure
from newsdesk.analysis import analyse
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.lexicon import find_concepts
from newsdesk.models import Article, ArticleQuerySet, Label, TrendReport

#: Characters of an article that are read for its terms: all of nearly every article, and a bound for the rest.
READ = 20_000
_CHUNK = 500


def build_report(window_start: datetime, window_end: datetime, now: datetime, *, model: str = "") -> TrendReport:
    """Measure the window and keep the report; the same window measured again, under the same model, replaces its report.

    With a ``model`` and version (``themes 3.1``) the report rests on what that one said of relevance and themes, were its
    labels superseded since or not, and on what people said. Raise BadInput for a window that ends before it starts, and for
    a model that labelled nothing.
    """
    if window_end <= window_start:
        raise BadInput(f"the window ends ({window_end:%Y-%m-%d}) before it starts ({window_start:%Y-%m-%d})")
    if model:
        _known(model)
    left_out: Counter[str] = Counter(undated=0, not_media=0)
    rows = list(read_rows(window_start, window_end, left_out=left_out, model=model))
    content = measure(rows, start=window_start, end=window_end, left_out=left_out) | {"model": model}
    kept = TrendReport.objects.filter(window_start=window_start, window_end=window_end)
    report = next((each for each in kept if each.content.get("model", "") == model), None)
    report = report or TrendReport(window_start=window_start, window_end=window_end)
    report.created_at, report.content = now, content
    report.save()
    return report


def _known(model: str) -> None:
    said = Label.objects.filter(kind="relevance", person=None).exclude(actor="person")
    if said.filter(actor=model).exists():
        return
    known = sorted(said.order_by().values_list("actor", flat=True).distinct())
    there = f"there are {', '.join(known)}" if known else "nothing has been labelled yet"
    raise BadInput(f"no label is of the model {model[:100]!r}; {there}")


def read_rows(start: datetime, end: datetime, *, left_out: Counter[str], model: str = "") -> Iterator[Row]:
    """Yield the relevant articles dated within the window, counting in ``left_out`` those that no trend may rest on.

    Left out are undated articles, and what institutions and specialist sources publish; an imported article without
    a source counts as media. Under a ``model``, what it never labelled is left out too.
    """
    wanted = Article.objects.published().filter(dated_at__gte=start, dated_at__lt=end)
    wanted = _relevant_under(model, wanted, left_out=left_out) if model else wanted.relevant()
    found = wanted.filter(language__in=list(languages())).select_related("source").prefetch_related("labels").order_by("pk")
    for article in found.iterator(chunk_size=_CHUNK):
        if article.source is not None and article.source.kind != "media":
            left_out["not_media"] += 1
        elif article.undated:
            left_out["undated"] += 1
        else:
            yield _row(article, model=model)


def _relevant_under(model: str, articles: ArticleQuerySet, *, left_out: Counter[str]) -> ArticleQuerySet:
    """Keep the articles that a model labelled and found relevant, unless a person said otherwise, or that a person did."""
    own = Label.objects.filter(article=OuterRef("pk"), kind="relevance")
    said, people = own.filter(actor=model), own.filter(superseded_at=None).exclude(person=None)
    left_out["other_model"] = articles.relevant().filter(~Exists(said)).count()
    by_model = Exists(said.filter(given=True)) & ~Exists(people)
    return articles.filter(Exists(said)).filter(Exists(people.filter(given=True)) | by_model)


def _labels(article: Article, *, model: str) -> tuple[str, tuple[str, ...]]:
    """Return who says that an article is relevant, and its themes: now, or by one model and by people."""
    current = [label for label in article.labels.all() if label.superseded_at is None]
    people = {(label.kind, label.value): label for label in current if label.person_id is not None}
    said = [label for label in article.labels.all() if label.actor == model] if model else current
    newest = {(label.kind, label.value): label for label in sorted(said, key=lambda label: label.pk)} | people
    given = sorted((label for label in newest.values() if label.given), key=lambda label: (label.rank, label.pk))
    relevant = next((label.actor for label in given if label.kind == "relevance"), "")
    return relevant, tuple(label.value for label in given if label.kind == "theme")


def _row(article: Article, *, model: str) -> Row:
    text = f"{article.title}\n{article.text[:READ]}"
    mentions = find_concepts(analyse(text, article.language), article.language)
    relevant, themes = _labels(article, model=model)
    return Row(
        language=article.language,
        month=f"{article.dated_at.astimezone(UTC):%Y-%m}",
        outlet=article.outlet,
        outlet_country=article.outlet_country,
        story=article.story_id,
        copy=article.duplicate_of_id is not None,
        themes=themes,
        countries=tuple(article.countries),
        concepts=frozenset(mention.concept for mention in mentions),
        model=relevant,
    )
