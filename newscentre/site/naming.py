"""How a boundary is drawn and how often mails come: keys go in, the words for them in the page's language come out."""

from __future__ import annotations

from django.utils.translation import gettext as _


def boundary_name(boundary: str) -> str:
    """Return how a boundary is drawn, in words."""
    words = {"solid": _("solid line"), "dashed": _("dashed line"), "dotted": _("dotted line"), "none": _("no line")}
    return words.get(boundary, boundary)


def frequencies() -> list[tuple[str, str]]:
    """Return how often mails may come, with names."""
    return [
        ("at_once", _("at once")),
        ("hourly", _("at most once an hour")),
        ("daily", _("once a day")),
        ("never", _("no mails")),
    ]
