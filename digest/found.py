"""The mail of a saved search: what it found, or how much more than usual, goes in; subject, text and HTML come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, ngettext

from digest.compose import clean
from digest.dates import short_day
from digest.links import Links
from digest.render import Rendered
from newsdesk.languages import languages
from newsdesk.models import Article, SavedSearch
from search.query import Query
from search.snippets import Segment, marked, snippet

#: Articles in one mail; the page of the search has the rest.
MOST_ITEMS = 50


@dataclass(frozen=True)
class ItemView:
    """One article in the mail; what was searched for is marked in title and passage."""

    title: tuple[Segment, ...]
    plain_title: str
    passage: tuple[Segment, ...]
    plain_passage: str
    facts: str
    link: str
    language: str
    direction: str


@dataclass(frozen=True)
class SpikeView:
    """How much more than usual was found in the last 24 hours."""

    count: int
    expected: float


def found_mail(search: SavedSearch, query: Query, articles: Sequence[Article], *, total: int, links: Links) -> Rendered:
    """Tell which articles a search found; ``total`` is how many there are, of which ``articles`` are shown."""
    language = _language(search)
    with translation.override(language):
        subject = ngettext("%(n)s new article: %(name)s", "%(n)s new articles: %(name)s", total) % {
            "n": format_decimal(total, locale=language),
            "name": clean(search.name),
        }
        more = total - len(articles)
        rest = ngettext("and %(n)s more article", "and %(n)s more articles", more) % {"n": format_decimal(more, locale=language)}
        items = [_item(article, query, language=language, links=links) for article in articles]
        return _rendered(search, links, language, subject=subject, items=items, rest=rest if more > 0 else "")


def spike_mail(search: SavedSearch, spike: SpikeView, *, links: Links) -> Rendered:
    """Tell that a search finds far more than usual."""
    language = _language(search)
    with translation.override(language):
        told = ngettext(
            "%(n)s article in the last 24 hours, where about %(expected)s are usual on such a day.",
            "%(n)s articles in the last 24 hours, where about %(expected)s are usual on such a day.",
            spike.count,
        ) % {
            "n": format_decimal(spike.count, locale=language),
            "expected": format_decimal(round(spike.expected, 1), locale=language),
        }
        subject = gettext("Far more than usual: %(name)s") % {"name": clean(search.name)}
        return _rendered(search, links, language, subject=subject, spike=told)


def _rendered(search: SavedSearch, links: Links, language: str, *, subject: str, **told: object) -> Rendered:
    direction = languages()[language].direction
    context = {
        "language": language,
        "direction": direction,
        "mark": "\u200f" if direction == "rtl" else "",
        "subject": subject,
        "name": clean(search.name),
        "query": clean(search.query),
        "page": links.saved_search(search.pk, language),
        "stop": links.stop_mails(search.mail_token, language),
        **told,
    }
    return Rendered(
        subject=subject,
        text=render_to_string("digest/found.txt", context).strip() + "\n",
        html=render_to_string("digest/found.html", context),
    )


def _item(article: Article, query: Query, *, language: str, links: Links) -> ItemView:
    spoken = languages().get(article.language)
    passage = snippet(article.text, article.language, query)
    return ItemView(
        title=marked(clean(article.title), article.language, query),
        plain_title=clean(article.title),
        passage=passage,
        plain_passage=clean("".join(text for text, _ in passage)),
        facts=" · ".join(filter(None, (clean(article.outlet), _dated(article, language), spoken.name if spoken else ""))),
        link=links.article(article.pk, language),
        language=article.language,
        direction=spoken.direction if spoken else "auto",
    )


def _dated(article: Article, language: str) -> str:
    day = short_day(article.dated_at, language)
    return f"{day} ({gettext('undated: when we found it')})" if article.undated else day


def _language(search: SavedSearch) -> str:
    return search.language if search.language in languages() else "en"
