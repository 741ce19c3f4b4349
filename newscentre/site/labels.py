"""What readers call a label: its kind and value go in; its name in the page's language comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from digest.dates import month_name
from newscentre.site.context import current_language
from newsdesk.gazetteer import organisation_name, place_name
from newsdesk.groups import group_name
from newsdesk.languages import languages
from newsdesk.names import country_name
from newsdesk.routes import route_name
from newsdesk.themes import SECTIONS, theme_name
from newsdesk.topics import topic_name, topics

#: How the values of each kind of label, and of each facet of the search page, are named; all others stand for themselves.
NAMES: Mapping[str, Callable[[str, str], str]] = {
    "relevance": lambda _value, _language: _("about migration"),
    "theme": lambda value, language: theme_name(value, language) if value in SECTIONS else value,
    "topic": lambda value, language: topic_name(value, language) if value in topics() else value,
    "country": country_name,
    "origin": country_name,
    "transit": country_name,
    "destination": country_name,
    "outlet_country": country_name,
    "route": route_name,
    "city": place_name,
    "organisation": organisation_name,
    "group": group_name,
    "language": lambda value, _language: languages()[value].name if value in languages() else value,
    "month": month_name,
}
#: The order in which all labels of an article are listed: what it is about before where and who.
ORDER = ("relevance", "theme", "topic", "country", "origin", "transit", "destination", "route", "city", "organisation")


def label_name(kind: str, value: str) -> str:
    """Return what readers call a label, in the page's language."""
    return NAMES[kind](value, current_language()) if kind in NAMES else value


def place_in_list(kind: str) -> int:
    """Return a kind's place in a list of labels; kinds that nobody ordered come last."""
    return ORDER.index(kind) if kind in ORDER else len(ORDER)
