"""Filters about sources: states, reasons and alarms go in; sentences in the page's language come out."""

from __future__ import annotations

from typing import Any

from babel.dates import format_timedelta
from django import template
from django.utils.translation import gettext

from digest import alarms
from newscentre.site.conditions import condition
from newscentre.site.context import current_language
from newsdesk.models import Alarm, Source

register = template.Library()
register.filter(condition)


@register.filter
def reason_sentence(source: Source) -> str:
    """Say why a source is in its state, in a sentence for everyone; empty where the state says it all."""
    sentences = {
        "blocked": gettext("It shows visitors like us a check for robots instead of its pages. We do not try to get around it."),
        "robots": gettext("Its rules for robots do not allow us what we would need. We keep to them."),
        "reserved": gettext("Its publisher reserves the pages against text and data mining. We keep to that."),
        "resting": gettext("It asked us to come back later. We wait as long as it said."),
        "daily-cap": gettext("We have asked as much of it today as we allow ourselves."),
        "moved": gettext("The address where its news were listed leads to another place now."),
        "to-home": gettext("The address where its news were listed leads to its home page now."),
        "timeout": gettext("Its server takes too long to answer."),
        "unreachable": gettext("Its server cannot be reached."),
        "unsafe": gettext("Its address leads to a place that is not of the open internet."),
        "no-way-in": gettext("No list of its news is known."),
        "no-browser": gettext("Scripts write its pages, and the browser that could read them is not installed here."),
        "old": gettext("What it lists is more than a month old."),
        "quiet": gettext("It used to publish more than it does now."),
    }
    if source.state_code in sentences:
        return sentences[source.state_code]
    if source.state_code.startswith("http-"):
        return gettext("Its server answers with the error %(status)s.") % {"status": source.state_code.removeprefix("http-")}
    if source.state_code.startswith(("broken-", "not-", "too-", "redirect", "empty")):
        return gettext("What its server sends cannot be read as a list of news.")
    return ""


@register.filter
def outcome(code: str) -> str:
    """Say what became of a page, or what its publisher allows, in a few words; codes that nobody worded stand for themselves."""
    reserved = gettext("reserved by its publisher")
    words = {
        "allowed": gettext("allowed"),
        "new": gettext("a new article"),
        "revised": gettext("a new version of an article"),
        "unchanged": gettext("the same as before"),
        "duplicate": gettext("nearly the same as another article"),
        "removed": gettext("gone: the article was taken down"),
        "blocked": gettext("a check for robots instead of the page"),
        "robots": gettext("not allowed by robots.txt"),
        **dict.fromkeys(("reserved", "tdm-file", "tdm-header", "tdm-meta", "noarchive", "noai"), reserved),
        "empty": gettext("no text of an article was found"),
        "language": gettext("in none of our languages"),
        "timeout": gettext("the server took too long"),
        "unreachable": gettext("the server cannot be reached"),
        "unsafe": gettext("an address that is not of the open internet"),
        "too-large": gettext("larger than we take"),
        "not-html": gettext("not a web page"),
        "not-article": gettext("not an article"),
        "redirect": gettext("redirects that lead nowhere"),
        "to-home": gettext("leads to the home page now"),
        "soft-404": gettext("a page that says there is none"),
        "crashed": gettext("reading it crashed"),
    }
    if code.startswith("http-"):
        return gettext("error %(status)s of the server") % {"status": code.removeprefix("http-")}
    return gettext("cannot be read") if code.startswith("broken-") else words.get(code, code)


@register.filter
def interval(seconds: int) -> str:
    """Write how long lies between two visits."""
    return str(format_timedelta(seconds, locale=current_language(), threshold=1.5))


@register.filter
def alarm_sentence(alarm: Alarm) -> str:
    """Say what an alarm is about."""
    return alarms.sentence(alarm, current_language())


@register.filter
def alarm_name(alarm: Alarm) -> str:
    """Name the kind of an alarm."""
    return alarms.kind_name(alarm.kind, current_language())


@register.inclusion_tag("site/alarms.html", takes_context=True)
def open_alarms(context: Any) -> dict[str, Any]:
    """Show the alarms that are open."""
    found = Alarm.objects.filter(ended_at=None).select_related("source").order_by("-raised_at", "-pk")
    return {"alarms": found, "language": context["language"]}
