"""Reports of the media's language, as numbers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class TrendReport(models.Model):
    """The media's language over a window, as numbers (``digest.trends``); rendered in any language."""

    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    created_at = models.DateTimeField()
    content = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-created_at"]
