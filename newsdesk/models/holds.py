"""Evidence that must stay: what is held, why, and by whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from newsdesk.models.articles import Article
from newsdesk.models.people import User


class Hold(models.Model):
    """A wish that nothing of an article be deleted by retention, from when it was made until it ended."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="holds")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; one open hold an article."""

        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["article"], condition=Q(ended_at=None), name="one_open_hold")]
