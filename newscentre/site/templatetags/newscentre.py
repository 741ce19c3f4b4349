"""Filters of the templates: names, dates and numbers go in; words in the page's language come out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from babel.lists import format_list
from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from digest import compose
from digest.dates import day_and_month, full_day, long_day, month_name, short_day
from digest.summary import percent as percent_of
from newscentre.site.context import current_language
from newscentre.site.labels import label_name
from newscentre.site.moving import ROLES
from newscentre.site.naming import boundary_name, frequencies
from newsdesk import names, routes, themes, topics
from newsdesk.languages import languages
from newsdesk.models import Article, Correction, Fetch, Figure, Label, Role, Source

register = template.Library()


@register.filter
def theme_name(theme: str) -> str:
    """Return a theme's name."""
    return themes.theme_name(theme, current_language())


@register.filter
def topic_name(topic: str) -> str:
    """Return a topic's name, its key for one we do not know."""
    return topics.topic_name(topic, current_language()) if topic in topics.topics() else topic


@register.filter
def country_name(code: str) -> str:
    """Return a country's name."""
    return names.country_name(code, current_language())


@register.simple_tag
def footnotes() -> tuple[str, ...]:
    """Return the notes of the names that the page has printed so far."""
    return names.notes_so_far()


@register.filter
def route_name(key: str) -> str:
    """Return a route's name."""
    return routes.route_name(key, current_language())


@register.filter
def audience_name(audience: str) -> str:
    """Return who reads, in words."""
    return {"public": gettext("Everybody"), "restricted": gettext("Restricted readers")}.get(audience, audience)


@register.filter
def boundary_words(boundary: str) -> str:
    """Return how a boundary is drawn, in words."""
    return boundary_name(boundary)


@register.filter
def role_of_country(role: str) -> str:
    """Return the role of a country in a movement, in words."""
    return {"origin": gettext("From"), "transit": gettext("Through"), "destination": gettext("To")}.get(role, role)


@register.filter
def label_title(label: Label | Correction) -> str:
    """Return what readers call a label; a role of a country with the country that has it."""
    name = label_name(label.kind, label.value)
    return f"{role_of_country(label.kind)} · {name}" if label.kind in ROLES else name


@register.filter
def figure_kind(kind: str) -> str:
    """Return what a figure counts."""
    names = {
        "deaths": gettext("Deaths"),
        "missing": gettext("Missing"),
        "arrivals": gettext("Arrivals"),
        "interceptions": gettext("Interceptions"),
        "rescues": gettext("Rescues"),
        "returns": gettext("Returns"),
        "remittances": gettext("Remittances"),
    }
    return names.get(kind, kind)


@register.filter
def figure_amount(figure: Figure) -> str:
    """Write a figure's number with its quantifier and unit."""
    amount = number(figure.low)
    if figure.high is not None:
        amount = gettext("%(low)s to %(high)s") % {"low": amount, "high": number(figure.high)}
    if figure.unit != "people":
        amount = gettext("%(n)s boats") % {"n": amount} if figure.unit == "boats" else f"{amount} {figure.unit}"
    quantified = {
        "about": gettext("about %(n)s"),
        "at-least": gettext("at least %(n)s"),
        "more-than": gettext("more than %(n)s"),
        "at-most": gettext("up to %(n)s"),
        "less-than": gettext("fewer than %(n)s"),
    }
    return quantified.get(figure.quantifier, "%(n)s") % {"n": amount}


@register.filter
def language_name(code: str) -> str:
    """Return a language's own name for itself, its code for one we do not know."""
    return languages()[code].name if code in languages() else code


@register.filter
def telling(terms: Any, language: str) -> list[tuple[str, float]]:
    """Keep the terms of a label that say something by themselves."""
    return compose.telling(terms, language)


@register.filter
def evidence_in(label: Label, language: str) -> str:
    """Return the evidence of a label; where it lists terms, they stand apart as the language's own lists do."""
    terms = label.kind in ("relevance", "theme") and label.terms and language in languages()
    return label.evidence.replace(", ", f"{languages()[language].comma} ") if terms else label.evidence


@register.filter
def direction(code: str) -> str:
    """Return the direction a language is written in."""
    return languages()[code].direction if code in languages() else "auto"


@register.filter
def number(value: float) -> str:
    """Write a number the way the language does."""
    return str(format_decimal(value, locale=current_language()))


@register.filter
def score(value: float) -> str:
    """Write a score with two decimals."""
    return str(format_decimal(value, format="0.00", locale=current_language()))


@register.filter
def day(value: date | datetime | None, form: str = "medium") -> str:
    """Write a day (UTC)."""
    if value is None:
        return ""
    on = value.astimezone(UTC).date() if isinstance(value, datetime) else value
    return {"medium": short_day, "long": long_day, "full": full_day}[form](on, current_language())


@register.filter
def moment(value: datetime | None) -> str:
    """Write a day and the time (UTC)."""
    if value is None:
        return ""
    return gettext("%(date)s, %(time)s UTC") % {"date": day(value), "time": f"{value.astimezone(UTC):%H:%M}"}


@register.filter
def dated(article: Article) -> str:
    """Write an article's date as exactly as it is known."""
    return day(article.dated_at) if article.date_precision == "day" else moment(article.dated_at)


@register.filter
def date_source(article: Article) -> str:
    """Say where an article's date was read, and how exact it is; origins that nobody worded stand for themselves."""
    origins = {
        "json-ld": gettext("what the page says to machines (JSON-LD)"),
        "meta": gettext("the particulars in the page’s head"),
        "time": gettext("a date that the page marks as such"),
        "feed": gettext("the source’s feed or sitemap"),
        "url": gettext("the page’s address"),
        "text": gettext("the text by the headline"),
        "search": gettext("a search of the whole page"),
        "import": gettext("the collection that it was imported with"),
        "fetch": gettext("undated: when we found it"),
    }
    exact = {"day": gettext("to the day"), "minute": gettext("to the minute")}
    precision = exact.get(article.date_precision, article.date_precision)
    return f"{origins.get(article.date_origin, article.date_origin)} ({precision})"


@register.filter
def clock(article: Article) -> str:
    """Write only the time of an article, nothing where only its day is known."""
    return "" if article.date_precision == "day" else f"{article.dated_at.astimezone(UTC):%H:%M}"


@register.filter
def day_month(value: datetime) -> str:
    """Write the day and the month, short, with the year if it is not this one's."""
    at = value.astimezone(UTC)
    if at.year != datetime.now(UTC).year:
        return day(at)
    return day_and_month(at.date(), current_language())


@register.filter
def month_of_year(value: str) -> str:
    """Write a month given as ``YYYY-MM``."""
    return month_name(value, current_language())


@register.filter
def percent(share: float) -> str:
    """Write a share as so many of a hundred."""
    return percent_of(share, current_language())


@register.filter
def unlocalised(value: float) -> str:
    """Write a number for machines."""
    return f"{value:.1f}"


@register.filter
def iso(value: datetime) -> str:
    """Write a moment for machines."""
    return value.astimezone(UTC).isoformat(timespec="minutes")


@register.filter
def listed(values: Any) -> SafeString:
    """Join words as the language does, each with its own direction; they are escaped."""
    words = [format_html("<bdi>{}</bdi>", value) for value in values]
    return mark_safe(format_list(words, locale=current_language()))  # noqa: S308 - each word was escaped above


@register.filter
def marked(segments: Any) -> SafeString:
    """Write segments of a text, with what was searched for marked; everything is escaped."""
    written = [format_html("<mark>{}</mark>", text) if hit else format_html("{}", text) for text, hit in segments]
    return mark_safe("".join(written))  # noqa: S308 - each part was escaped above


@register.filter
def kind_name(kind: str) -> str:
    """Return what kind of source it is, in words."""
    names = {"media": gettext("media"), "institution": gettext("institution"), "specialist": gettext("specialist service")}
    return names.get(kind, kind)


@register.filter
def region_name(region: str) -> str:
    """Return the name of a region of the catalogue."""
    names_of_regions = {
        "maghreb": gettext("Maghreb"),
        "mashreq": gettext("Mashreq"),
        "gulf": gettext("Gulf and Arabian Peninsula"),
        "sahel and west africa": gettext("Sahel and West Africa"),
        "horn and east africa": gettext("Horn of Africa and East Africa"),
        "central and southern africa": gettext("Central and Southern Africa"),
        "europe": gettext("Europe"),
        "asia": gettext("Asia"),
        "americas": gettext("Americas"),
        "world": gettext("Worldwide"),
    }
    return names_of_regions.get(region, gettext("Other outlets"))


@register.filter
def state_sentence(source: Source) -> str:
    """Say how a source is doing."""
    if not source.enabled:
        return gettext("not read any more")
    sentences = {
        "new": gettext("waits for its next visit") if source.crawled_at else gettext("not visited yet"),
        "ok": gettext("articles come in"),
        "unchanged": gettext("nothing new at the last visit"),
        "empty": gettext("answers, but lists nothing"),
        "silent": gettext("has published nothing new for long"),
        "paused": gettext("rests for now"),
        "blocked": gettext("keeps us out"),
        "redirected": gettext("has moved elsewhere"),
        "broken": gettext("does not answer as it should"),
    }
    return sentences.get(source.state, source.state)


@register.filter
def fetch_state(state: str) -> str:
    """Return the state of a fetched page in words."""
    names = {
        Fetch.State.PENDING: gettext("waiting"),
        Fetch.State.DONE: gettext("read"),
        Fetch.State.REFUSED: gettext("refused"),
        Fetch.State.QUARANTINED: gettext("quarantined"),
    }
    return names.get(Fetch.State(state), state)


@register.filter
def role_name(role: str) -> str:
    """Return a role's name."""
    names = {
        Role.VISITOR: gettext("visitor"),
        Role.SUBSCRIBER: gettext("subscriber"),
        Role.ANALYST: gettext("analyst"),
        Role.EDITOR: gettext("editor"),
        Role.ADMINISTRATOR: gettext("administrator"),
    }
    return names.get(Role(role), role)


@register.filter
def frequency_name(frequency: str) -> str:
    """Say how often mails may come."""
    return dict(frequencies()).get(frequency, frequency)


@register.filter
def role_sentence(role: str) -> str:
    """Say what a role may do."""
    sentences = {
        Role.VISITOR: gettext("reads what everybody reads"),
        Role.SUBSCRIBER: gettext("reads, and receives the digest"),
        Role.ANALYST: gettext("also sees whole texts, labels and revisions"),
        Role.EDITOR: gettext("also sees the desk: pages set aside, mails"),
        Role.ADMINISTRATOR: gettext("also decides who may do what"),
    }
    return sentences.get(Role(role), "")
