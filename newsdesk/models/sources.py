"""What is collected: the outlets, what the web answered, and what is wrong with a source."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


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
    state_code = models.CharField(max_length=40, blank=True)
    """Why it is in this state, as a short stable word (``robots``, ``timeout``, ``http-403`` ...)."""
    state_detail = models.CharField(max_length=500, blank=True)
    state_since = models.DateTimeField(null=True)
    crawled_at = models.DateTimeField(null=True)
    next_crawl_at = models.DateTimeField(null=True)
    polling_interval = models.PositiveIntegerField(default=0)
    """Seconds between two crawls as its rhythm asks for now; 0 until known."""
    failures = models.PositiveSmallIntegerField(default=0)
    """Crawls in a row that brought no usable answer."""
    paused_by = models.ForeignKey("newsdesk.User", null=True, on_delete=models.SET_NULL, related_name="+")
    paused_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        """Listed by name."""

        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class HostLease(models.Model):
    """A host of the web, and which crawling process asks it just now: never two at once, whatever sources they visit."""

    host = models.CharField(max_length=255, unique=True)
    leased_by = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True)
    free_at = models.DateTimeField(null=True)
    """When the next request may be sent, if the last holder has given the host back."""

    def __str__(self) -> str:
        return self.host


class Fetch(models.Model):
    """One answer (or refusal) of the web, kept before anything else happens to it. Rows are ingested in order of id."""

    class Kind(models.TextChoices):
        """What was asked for."""

        PAGE = "page"
        FEED = "feed"
        SITEMAP = "sitemap"
        SECTION = "section"
        RULES = "rules"

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
    host = models.CharField(max_length=255, blank=True)
    """The host that was asked, by which requests a day are counted."""
    final_url = models.CharField(max_length=2000)
    redirects = models.JSONField(default=list)
    fetched_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    request_headers = models.JSONField(default=dict)
    """What we sent with the request that brought the answer."""
    headers = models.JSONField(default=dict)
    media_type = models.CharField(max_length=100, blank=True)
    charset = models.CharField(max_length=40, blank=True)
    compressed_body = models.BinaryField(null=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    body_size = models.PositiveIntegerField(default=0)
    hint = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(max_length=20, blank=True)
    """What the publisher allows: ``allowed``, or by what it reserves the page (``robots``, ``tdm-header`` ...)."""
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    traceback = models.TextField(blank=True)
    ingested_at = models.DateTimeField(null=True)
    article = models.ForeignKey("newsdesk.Article", null=True, on_delete=models.SET_NULL, related_name="fetches")
    archive_file = models.CharField(max_length=200, blank=True)
    """The WARC file that holds the body once it has left the row, and where in it."""
    archive_offset = models.BigIntegerField(null=True)
    body_deleted_at = models.DateTimeField(null=True)
    """When retention deleted the body; its hash stays."""

    class Meta:
        """Found by what is pending, by address and by source."""

        indexes: ClassVar = [
            models.Index(fields=["state", "kind", "id"]),
            models.Index(fields=["url", "-fetched_at"]),
            models.Index(fields=["source", "-fetched_at"]),
            models.Index(fields=["host", "-fetched_at"]),
            models.Index(fields=["archive_file", "archive_offset"], condition=~Q(archive_file=""), name="archived_fetches"),
            models.Index(fields=["id"], condition=Q(compressed_body__isnull=False), name="fetches_with_bodies"),
        ]

    def __str__(self) -> str:
        return f"{self.url} ({self.status})"

    @property
    def body(self) -> bytes:
        """The body as received, from the row or the archive (empty if there was none or it was deleted).

        Raises BadArtefact where the archive does not hold what it should.
        """
        if self.compressed_body is not None:
            return zlib.decompress(bytes(self.compressed_body))
        return self._archived_body() if self.archive_file else b""

    def _archived_body(self) -> bytes:
        from newsdesk.archive import read_body

        return read_body(settings.NEWSCENTRE.archive_folder, self.archive_file, self.archive_offset or 0)

    @staticmethod
    def compress(body: bytes) -> bytes:
        """Return a body as it is kept."""
        return zlib.compress(body, 6)


class Alarm(models.Model):
    """Something that changed for the worse and that people should look at, from when it was raised until it ended.

    ``kind`` is ``quiet``, ``layout`` or ``drift``; ``subject`` is the source's key, or a language (``ar``).
    """

    kind = models.CharField(max_length=20)
    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE, related_name="alarms")
    subject = models.CharField(max_length=100)
    detail = models.JSONField(default=dict)
    """The figures that raised it, by name, from which each language makes its sentence."""
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; at most one open alarm of a kind each."""

        ordering: ClassVar = ["-raised_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(ended_at=None), name="one_open_alarm")
        ]


def lease(queryset: models.QuerySet[Any], *, now: datetime, until: datetime, by: str) -> bool:
    """Claim one row by a conditional update, on any database; say whether it was free.

    ``queryset`` names exactly one row of a model with ``leased_by`` and ``leased_until``.
    """
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return queryset.filter(free).update(leased_by=by, leased_until=until) == 1
