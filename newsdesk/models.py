"""The record: what was fetched, the articles made of it, what was inferred and by whom, and who is told."""

from __future__ import annotations

import secrets
import zlib
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Exists, OuterRef, Q


class Role(models.TextChoices):
    """What a signed-in person may do; each role may do all that the ones before it may."""

    VISITOR = "visitor"
    SUBSCRIBER = "subscriber"
    ANALYST = "analyst"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


class UserManager(BaseUserManager["User"]):
    """Makes accounts; the e-mail address is the name to sign in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can sign in to it."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find the account that signs in with this address, in any case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VISITOR)
    language = models.CharField(max_length=2, default="en")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"

    def may_act_as(self, role: str) -> bool:
        """Say whether this person's role includes what ``role`` may do."""
        ranks = list(Role)
        return self.is_active and ranks.index(Role(self.role)) >= ranks.index(Role(role))


class Source(models.Model):
    """An outlet of the catalogue as this deployment knows it: its declaration's key facts, its state, its lease."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    homepage = models.URLField(max_length=500)
    country = models.CharField(max_length=2, blank=True)
    languages = models.JSONField(default=list)
    kind = models.CharField(max_length=20, default="media")
    enabled = models.BooleanField(default=True)
    state = models.CharField(max_length=20, default="new")
    state_detail = models.CharField(max_length=500, blank=True)
    state_since = models.DateTimeField(null=True)
    crawled_at = models.DateTimeField(null=True)
    next_crawl_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        """Listed by name."""

        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Fetch(models.Model):
    """One answer (or refusal) of the web, kept before anything else happens to it. Rows are ingested in order of id."""

    class Kind(models.TextChoices):
        """What was asked for."""

        PAGE = "page"
        FEED = "feed"
        SITEMAP = "sitemap"
        SECTION = "section"

    class State(models.TextChoices):
        """Where a fetch stands."""

        PENDING = "pending"
        DONE = "done"
        REFUSED = "refused"
        QUARANTINED = "quarantined"

    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="fetches")
    dataset = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PAGE)
    url = models.CharField(max_length=2000)
    final_url = models.CharField(max_length=2000)
    redirects = models.JSONField(default=list)
    fetched_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    media_type = models.CharField(max_length=100, blank=True)
    charset = models.CharField(max_length=40, blank=True)
    compressed_body = models.BinaryField(null=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    body_size = models.PositiveIntegerField(default=0)
    hint = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)
    ingested_at = models.DateTimeField(null=True)
    article = models.ForeignKey("Article", null=True, on_delete=models.SET_NULL, related_name="fetches")

    class Meta:
        """Found by what is pending, by address and by source."""

        indexes: ClassVar = [
            models.Index(fields=["state", "kind", "id"]),
            models.Index(fields=["url", "-fetched_at"]),
            models.Index(fields=["source", "-fetched_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.url} ({self.status})"

    @property
    def body(self) -> bytes:
        """The body as received (empty if there was none)."""
        return zlib.decompress(bytes(self.compressed_body)) if self.compressed_body is not None else b""

    @staticmethod
    def compress(body: bytes) -> bytes:
        """Return a body as it is kept."""
        return zlib.compress(body, 6)


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


class LabelQuerySet(models.QuerySet["Label"]):
    """The questions asked of labels."""

    def current(self) -> LabelQuerySet:
        """Keep labels that were given and not superseded."""
        return self.filter(given=True, superseded_at=None)


class Label(models.Model):
    """One inference, with its provenance: see ``newsdesk.values.Label``. Older ones are superseded, never deleted.

    ``person`` is set where somebody decided; such a label outlives every relabelling.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)
    score = models.FloatField()
    threshold = models.FloatField()
    given = models.BooleanField()
    actor = models.CharField(max_length=80)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="labels")
    evidence = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        """Found by article, and by value."""

        ordering: ClassVar = ["article", "kind", "rank", "id"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "value", "article"], condition=Q(given=True, superseded_at=None), name="current_labels")
        ]


class IndexChange(models.Model):
    """The outbox: an article whose place in the index is out of date. Written with the record, deleted after the commit."""

    article_id = models.BigIntegerField()
    created_at = models.DateTimeField()


def new_token() -> str:
    """Return a secret that fits in an address."""
    return secrets.token_urlsafe(24)


class Subscription(models.Model):
    """Somebody's wish for a digest. Empty ``themes`` or ``countries`` mean all. ``token`` is the secret of its links."""

    class State(models.TextChoices):
        """Where a subscription stands."""

        PENDING = "pending"
        ACTIVE = "active"
        ENDED = "ended"

    email = models.EmailField(unique=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="subscriptions")
    language = models.CharField(max_length=2)
    themes = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.email} ({self.language}, {self.state})"


class Edition(models.Model):
    """The digest of one language and day: the articles of ``window_start`` <= first seen < ``window_end``, as composed.

    ``content`` is the composed digest as JSON (``digest.compose``), so that what was sent can be shown again.
    """

    language = models.CharField(max_length=2)
    day = models.DateField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    created_at = models.DateTimeField()
    content = models.JSONField(default=dict)

    class Meta:
        """One a language and day."""

        ordering: ClassVar = ["-day", "language"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["language", "day"], name="one_edition_a_day")]


class Delivery(models.Model):
    """One edition to one subscription: made once, claimed by one sender at a time; remembers which articles it carried."""

    class State(models.TextChoices):
        """Where a delivery stands."""

        PENDING = "pending"
        SENT = "sent"
        SKIPPED = "skipped"
        FAILED = "failed"

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    articles = models.ManyToManyField(Article, related_name="deliveries")

    class Meta:
        """Never twice the same."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "subscription"], name="one_delivery_each")]


class TrendReport(models.Model):
    """The media's language over a window, as numbers (``digest.trends``); rendered in any language."""

    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    created_at = models.DateTimeField()
    content = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-created_at"]


def lease(queryset: models.QuerySet[Any], *, now: datetime, until: datetime, by: str) -> bool:
    """Claim one row by a conditional update, on any database; say whether it was free.

    ``queryset`` names exactly one row of a model with ``leased_by`` and ``leased_until``.
    """
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return queryset.filter(free).update(leased_by=by, leased_until=until) == 1
