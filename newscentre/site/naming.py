"""How a boundary is drawn, how often mails come, which name comes first: keys and names go in; words and an order come out."""

from __future__ import annotations

from unicodedata import combining, normalize

from django.utils.translation import gettext as _


def alphabetical(name: str) -> tuple[str, str]:
    """Return by what names are put in order: their letters, accents and hamzas only where these are the same."""
    return "".join(letter for letter in normalize("NFD", name) if not combining(letter)).casefold(), name


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
