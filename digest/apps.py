"""Declares the digest's Django app, for its templates and translations."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    """Digests and trends."""

    name = "digest"
