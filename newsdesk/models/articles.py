"""The articles made of what was fetched, their revisions and copies, and the stories they tell."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef

from newsdesk.models.labels import Label
from newsdesk.models.sources import Fetch, Source


class Story(models.Model):
    """What several articles, in whatever language, tell of one event. Its title and dates are its articles'."""

    created_at = models.DateTimeField()


class ArticleQuerySet(models.QuerySet["Article"]):
    """The questions that lists of articles ask."""

    def published(self) -> ArticleQuerySet:
        """Leave out what was taken down."""
        return self.filter(removed_at=None)

    def relevant(self) -> ArticleQuerySet:
        """Keep articles about migration."""
        return self.labelled("relevance", "migration")

    def labelled(self, kind: str, value: str) -> ArticleQuerySet:
        """Keep articles that carry this label."""
        return self.filter(Exists(Label.objects.current().filter(article=OuterRef("pk"), kind=kind, value=value)))

    def without_theme(self) -> ArticleQuerySet:
        """Keep articles that carry none of the four themes."""
        return self.exclude(Exists(Label.objects.current().filter(article=OuterRef("pk"), kind="theme")))

    def folded(self) -> ArticleQuerySet:
        """Leave out near-duplicates of an earlier article."""
        return self.filter(duplicate_of=None)


class Article(models.Model):
    """One article, known by its canonical address; it shows its newest revision."""

    url = models.CharField(max_length=2000, unique=True)
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="articles")
    dataset = models.CharField(max_length=200, blank=True)
    outlet = models.CharField(max_length=200, blank=True)
    outlet_country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=3)
    language_score = models.FloatField(default=0)
    title = models.CharField(max_length=1000)
    text = models.TextField()
    author = models.CharField(max_length=300, blank=True)
    dated_at = models.DateTimeField()
    date_precision = models.CharField(max_length=10)
    date_origin = models.CharField(max_length=20)
    first_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    fingerprint = models.BinaryField(default=bytes)
    story_terms = models.JSONField(default=list)
    duplicate_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="duplicates")
    story = models.ForeignKey(Story, null=True, on_delete=models.SET_NULL, related_name="articles")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-dated_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["-dated_at", "-id"]),
            models.Index(fields=["language", "-dated_at"]),
            models.Index(fields=["first_seen_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def undated(self) -> bool:
        """Whether the date shown is only that of the first fetch."""
        return self.date_origin == "fetch"

    def given(self, kind: str) -> list[str]:
        """Return the values of this article's current labels of one kind, most central first.

        Uses prefetched ``labels`` where there are any.
        """
        current = [label for label in self.labels.all() if label.kind == kind and label.given and label.superseded_at is None]
        return [label.value for label in sorted(current, key=lambda label: label.rank)]

    @property
    def themes(self) -> list[str]:
        """The themes given."""
        return self.given("theme")

    @property
    def countries(self) -> list[str]:
        """The countries it is about, most central first."""
        return self.given("country")


class DuplicateBand(models.Model):
    """One locality-sensitive hash of an article's fingerprint: articles that share one are compared."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="bands")
    value = models.BigIntegerField(db_index=True)


class Revision(models.Model):
    """What an article said when a fetch found it new or changed. Number 1 is the first."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    fetch = models.ForeignKey(Fetch, null=True, on_delete=models.SET_NULL, related_name="revisions")
    seen_at = models.DateTimeField()
    title = models.CharField(max_length=1000)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)

    class Meta:
        """In order, each number once."""

        ordering: ClassVar = ["article", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "number"], name="one_revision_a_number")]


class Figure(models.Model):
    """A number that an article reports, with its sentence: see ``newsdesk.values.Figure``. Rewritten with each revision."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="figures")
    kind = models.CharField(max_length=20)
    low = models.BigIntegerField()
    high = models.BigIntegerField(null=True)
    quantifier = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=20)
    place = models.CharField(max_length=60, blank=True)
    period = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=500)
    actor = models.CharField(max_length=80)

    class Meta:
        """In the order of the text; found by kind."""

        ordering: ClassVar = ["article", "id"]
        indexes: ClassVar = [models.Index(fields=["kind", "article"])]


class IndexChange(models.Model):
    """The outbox: an article whose place in the index is out of date. Written with the record, deleted after the commit."""

    article_id = models.BigIntegerField()
    created_at = models.DateTimeField()
