"""How the secretariat wants disputed names and borders shown, where that differs from what ships."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from newsdesk.models.people import User


class NameStyle(models.Model):
    """One country's or territory's name, footnote and boundary for an audience and language; overrides the shipped data."""

    code = models.CharField(max_length=10)
    audience = models.CharField(max_length=20, default="public")
    language = models.CharField(max_length=2)
    name = models.CharField(max_length=100, blank=True)
    footnote = models.CharField(max_length=500, blank=True)
    boundary = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        """One row each."""

        ordering: ClassVar = ["code", "audience", "language"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "audience", "language"], name="one_name_style")]
