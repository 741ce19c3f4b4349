"""An alarm enters; what it says leaves, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext, ngettext

from digest.summary import percent
from newsdesk.models import Alarm
from newsdesk.themes import theme_name
from newsdesk.values import THEMES


def sentence(alarm: Alarm, language: str) -> str:
    """Say what is the matter."""
    with translation.override(language):
        if alarm.kind == "quiet":
            return _quiet(alarm.detail, language)
        if alarm.kind == "layout":
            return _layout(alarm.detail, language)
        if alarm.kind == "drift":
            return _drift(alarm.detail, language)
        return gettext("What is measured here has changed for the worse.")


def kind_name(kind: str, language: str) -> str:
    """Name a kind of alarm in a word or two."""
    with translation.override(language):
        names = {
            "quiet": gettext("Went quiet"),
            "layout": gettext("Changed its pages"),
            "drift": gettext("Quality changed"),
        }
        return names.get(kind, kind)


def _quiet(detail: Mapping[str, Any], language: str) -> str:
    if hours := detail.get("silent"):
        told = ngettext(
            "No article for %(n)s hour, in which about %(due)s are usual.",
            "No article for %(n)s hours, in which about %(due)s are usual.",
            hours,
        )
        return told % {name: format_decimal(value, locale=language) for name, value in (("n", hours), ("due", detail["due"]))}
    last = int(detail["last"])
    told = ngettext("%(n)s article in the last 24 hours", "%(n)s articles in the last 24 hours", last)
    return gettext("%(articles)s, where about %(expected)s are usual on such a day (%(low)s to %(high)s).") % {
        "articles": told % {"n": format_decimal(last, locale=language)},
        **{name: format_decimal(detail[name], locale=language) for name in ("expected", "low", "high")},
    }


def _drift(detail: Mapping[str, Any], language: str) -> str:
    label = detail["label"]
    name = theme_name(label, language) if label in THEMES else gettext("about migration")
    return gettext(
        "The scores of «%(label)s» have moved in this language alone (index %(index)s, elsewhere at most %(others)s): %(now)s of"
        " the newest articles are given it, where %(before)s were before."
    ) % {
        "label": name,
        **{key: format_decimal(detail[key], format="0.00", locale=language) for key in ("index", "others")},
        **{key: percent(detail[key], language) for key in ("now", "before")},
    }


def _layout(detail: Mapping[str, Any], language: str) -> str:
    signs = {
        "title": gettext("no headline of their own"),
        "date": gettext("no date"),
        "language": gettext("an unusual language"),
        "short": gettext("far less text than usual"),
        "long": gettext("far more text than usual"),
        "empty": gettext("no text that can be found"),
    }
    worst = detail["changes"][0]
    return gettext("%(now)s of the newest pages have %(sign)s, where %(before)s had before.") % {
        "sign": signs.get(worst["sign"], worst["sign"]),
        "now": percent(worst["now"], language),
        "before": percent(worst["before"], language),
    }
