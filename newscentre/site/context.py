"""What every page's template may use."""

from typing import Any

from django.http import HttpRequest


def everywhere(_request: HttpRequest) -> dict[str, Any]:
    """Return the values that all templates share."""
    return {}
