"""Searches that people keep, what they found of what came in, and the mails about it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsdesk.models.articles import Article
from newsdesk.models.mail import Outgoing, new_token
from newsdesk.models.people import User


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    """The questions that matching and sending ask."""

    def watching(self) -> SavedSearchQuerySet:
        """Keep those that are to be told of what comes in: not paused, their person still with us."""
        return self.filter(paused_at=None, user__is_active=True).exclude(frequency=SavedSearch.Frequency.NEVER)


class SavedSearch(models.Model):
    """A query that somebody keeps. ``everything`` also finds what is not about migration, ``copies`` near-duplicates.

    Articles first seen before ``since`` are not told. ``feed_token`` is the secret of its feeds, ``mail_token`` that of the
    link that ends its mails. ``problem`` says why it cannot be asked any more. ``spikes``: also tell when there is far more
    than usual; ``spiking_since`` while there is. ``reading`` is the query's tree as parsed (``search.kept``), so that
    a process that has just begun need not parse all.
    """

    class Frequency(models.TextChoices):
        """How often a mail may come."""

        NEVER = "never"
        AT_ONCE = "at_once"
        HOURLY = "hourly"
        DAILY = "daily"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=120)
    query = models.CharField(max_length=4000, blank=True)
    reading = models.TextField(blank=True)
    everything = models.BooleanField(default=False)
    copies = models.BooleanField(default=False)
    language = models.CharField(max_length=2)
    frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    spikes = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    since = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    feed_token = models.CharField(max_length=64, unique=True, default=new_token)
    mail_token = models.CharField(max_length=64, unique=True, default=new_token)
    mailed_at = models.DateTimeField(null=True)
    watched_at = models.DateTimeField(null=True)
    spiking_since = models.DateTimeField(null=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        """By name, each name once a person."""

        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="one_search_a_name")]

    def __str__(self) -> str:
        return self.name


class AlertMail(Outgoing):
    """One mail of a saved search, its contents settled when it is made: found articles, or (``spike``) far more than usual.

    However often it is tried, it is sent under one Message-ID.
    """

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="mails")
    created_at = models.DateTimeField()
    spike = models.JSONField(null=True)

    class Meta:
        """Those that wait are found first."""

        indexes: ClassVar = [models.Index(fields=["id"], condition=Q(state="pending"), name="waiting_alert_mails")]


class Alert(models.Model):
    """An article that came in and that a saved search found: known once, told in at most one mail."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE, related_name="alerts")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="alerts")
    found_at = models.DateTimeField()
    mail = models.ForeignKey(AlertMail, null=True, on_delete=models.SET_NULL, related_name="alerts")
    settled = models.BooleanField(default=False)

    class Meta:
        """Never twice the same."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["search", "article"], name="one_alert_each")]
        indexes: ClassVar = [models.Index(fields=["search"], condition=Q(settled=False), name="alerts_to_tell")]
