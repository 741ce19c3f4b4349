"""Atom feeds of the latest articles: a language and a theme go in, a feed of titles, beginnings and links comes out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from digest.compose import clean, snippet
from newscentre.site.context import current_language
from newscentre.site.listing import in_section, wire
from newsdesk.models import Article
from newsdesk.themes import SECTIONS, theme_name

if TYPE_CHECKING:
    _Feed = Feed[Article, str]
else:
    _Feed = Feed

LONGEST = 50


class LatestFeed(_Feed):
    """The latest articles in the feed's language; of one theme, if one is named."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002 - as Django calls it
        """Return the theme asked for, nothing for all."""
        theme = str(kwargs.get("theme", ""))
        if theme and theme not in SECTIONS:
            raise Http404
        return theme

    def title(self, theme: str) -> str:
        """Name the feed."""
        return f"Newscentre · {theme_name(theme, current_language()) if theme else _('Latest')}"

    def link(self, theme: str) -> str:
        """Return the page that shows the same."""
        return reverse("theme", args=[theme]) if theme else reverse("latest")

    def subtitle(self, _theme: str) -> str:
        """Say what it is."""
        return _("News on migration, collected from many outlets")

    def items(self, theme: str) -> list[Article]:
        """Return the newest articles in the language of the address."""
        found = in_section(theme) if theme else wire()
        return list(found.filter(language=current_language()).select_related("source")[:LONGEST])

    def item_title(self, item: Article) -> str:
        """Return the headline."""
        return clean(item.title)

    def item_description(self, item: Article) -> str:
        """Return the beginning of the text, never the whole."""
        return snippet(item.text)

    def item_link(self, item: Article) -> str:
        """Return the page about the article."""
        return reverse("article", args=[item.pk])

    def item_author_name(self, item: Article) -> str:
        """Return the outlet."""
        return clean(item.outlet)

    def item_pubdate(self, item: Article) -> datetime:
        """Return its date."""
        return item.dated_at

    def item_updateddate(self, item: Article) -> datetime:
        """Return its date: what is shown of an article changes with it alone."""
        return item.dated_at
