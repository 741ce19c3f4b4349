"""Who is told: wishes for a digest, the digests as composed, and each mail sent."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from newsdesk.models.articles import Article
from newsdesk.models.people import User


def new_token() -> str:
    """Return a secret that fits in an address."""
    return secrets.token_urlsafe(24)


class Outgoing(models.Model):
    """A mail that is to be sent: made once, claimed by one sender at a time (``digest.queue``)."""

    class State(models.TextChoices):
        """Where a mail stands."""

        PENDING = "pending"
        SENT = "sent"
        SKIPPED = "skipped"
        FAILED = "failed"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        """Each kind of mail is a table of its own."""

        abstract = True


class Subscription(models.Model):
    """Somebody's wish for a digest. Empty ``themes``, ``countries`` or ``routes`` mean all; among ``countries`` may be groups, as
    ``group:eu``. ``token`` is the secret of its links.
    """

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
    routes = models.JSONField(default=list)
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


class Delivery(Outgoing):
    """One edition to one subscription; remembers which articles it carried."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=200, blank=True)
    articles = models.ManyToManyField(Article, related_name="deliveries")

    class Meta:
        """Never twice the same."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "subscription"], name="one_delivery_each")]
