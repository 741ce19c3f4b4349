"""How a boundary is drawn: its key goes in, the words for it in the page's language come out."""

from __future__ import annotations

from django.utils.translation import gettext as _


def boundary_name(boundary: str) -> str:
    """Return how a boundary is drawn, in words."""
    words = {"solid": _("solid line"), "dashed": _("dashed line"), "dotted": _("dotted line"), "none": _("no line")}
    return words.get(boundary, boundary)
