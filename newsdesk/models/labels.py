"""What was inferred of an article, by which model or person, and what people wish corrected."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsdesk.models.people import User


class LabelQuerySet(models.QuerySet["Label"]):
    """The questions asked of labels."""

    def current(self) -> LabelQuerySet:
        """Keep labels that were given and not superseded."""
        return self.filter(given=True, superseded_at=None)


class Label(models.Model):
    """One inference, with its provenance: see ``newsdesk.values.Label``. Older ones are superseded, never deleted.

    ``person`` is set where somebody decided; such a label outlives every relabelling.
    """

    article = models.ForeignKey("newsdesk.Article", on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)
    score = models.FloatField()
    threshold = models.FloatField()
    given = models.BooleanField()
    actor = models.CharField(max_length=80)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="labels")
    evidence = models.CharField(max_length=500, blank=True)
    terms = models.JSONField(default=list)
    """What carried it: ``[surface form, weight]`` pairs in the article's own language, heaviest first."""
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        """Found by article, and by value."""

        ordering: ClassVar = ["article", "kind", "rank", "id"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "value", "article"], condition=Q(given=True, superseded_at=None), name="current_labels")
        ]


class Correction(models.Model):
    """A person's wish that an article carry a label, or not; it teaches the next model once a second person agrees."""

    class State(models.TextChoices):
        """Where a correction stands."""

        PROPOSED = "proposed"
        CONFIRMED = "confirmed"
        REJECTED = "rejected"

    article = models.ForeignKey("newsdesk.Article", on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=60)
    wanted = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="corrections")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    second_person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="second_looks")
    second_note = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; one open wish for an article's label."""

        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["article", "kind", "value"], condition=Q(state="proposed"), name="one_open_correction"
            )
        ]
