"""Renders a digest: a digest, its day and its reader's links go in; a mail's words or a fragment of a page come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date

from babel.numbers import format_decimal
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, ngettext

from digest.dates import full_day, short_day
from digest.links import Links
from digest.values import Digest, Entry, Item, Section, Tag
from newsdesk.languages import languages
from newsdesk.names import country_name, noting
from newsdesk.themes import theme_name
from newsdesk.values import OTHER

#: Countries named in the line that says why an item is there.
REASON_COUNTRIES = 3


@dataclass(frozen=True)
class Rendered:
    """A mail's words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class ItemView:
    """One headline with everything beside it in words. ``facts``: outlet, its country, date; ``reason``: labels and scores."""

    title: str
    link: str
    page: str
    language: str
    direction: str
    language_name: str
    outlet: str
    country: str
    date: str
    undated: bool
    snippet: str
    also: str
    reason: str = ""


@dataclass(frozen=True)
class EntryView:
    """A story: its leading headline, further ones, and those in other languages."""

    lead: ItemView
    others: tuple[ItemView, ...]
    elsewhere: tuple[ItemView, ...]


@dataclass(frozen=True)
class SectionView:
    """A theme's heading and its stories."""

    theme: str
    name: str
    entries: tuple[EntryView, ...]


@dataclass(frozen=True)
class DigestView:
    """A whole digest in words, in one language and direction."""

    language: str
    direction: str
    title: str
    counts: str
    sections: tuple[SectionView, ...]
    elsewhere: tuple[ItemView, ...]
    page: str
    notes: tuple[str, ...] = ()


def mail(digest: Digest, *, day: date, links: Links, token: str, themes: Iterable[str] = ()) -> Rendered:
    """Render a digest, already narrowed to its reader, as a mail; ``token`` is the reader's, for the links at its foot."""
    language = digest.language
    with translation.override(language):
        view = digest_view(digest, day=day, links=links, themes=themes)
        context = {
            "digest": view,
            "mark": _mark(view.direction),
            "preferences": links.preferences(token, language),
            "unsubscribe": links.unsubscribe(token, language),
        }
        return Rendered(
            subject=view.title,
            text=_tidy(render_to_string("digest/mail.txt", context)),
            html=render_to_string("digest/mail.html", context),
        )


def confirmation(*, language: str, links: Links, token: str, known: bool = False) -> Rendered:
    """Render the mail that asks to confirm a subscription, or tells somebody who has one (``known``) where to change it."""
    with translation.override(language):
        context = {
            "language": language,
            "direction": languages()[language].direction,
            "known": known,
            "confirm": links.confirm(token, language),
            "preferences": links.preferences(token, language),
        }
        subject = gettext("Your Newscentre digest") if known else gettext("Confirm your Newscentre digest")
        return Rendered(
            subject=subject,
            text=_tidy(render_to_string("digest/confirm.txt", context)),
            html=render_to_string("digest/confirm.html", context),
        )


def fragment(digest: Digest, *, day: date, links: Links) -> str:
    """Render a digest as a part of a page of the site: no inline styles, every class begins with ``digest-``."""
    with translation.override(digest.language):
        view = digest_view(digest, day=day, links=links)
        return render_to_string("digest/fragment.html", {"digest": view})


def digest_view(digest: Digest, *, day: date, links: Links, themes: Iterable[str] = ()) -> DigestView:
    """Put a digest into the words of its language, which must be the active one."""
    language = digest.language
    locale = translation.get_language() or language
    sections = digest.sections(themes)
    with noting() as notes:
        shown = tuple(_section(section, links=links, locale=locale) for section in sections)
        elsewhere = tuple(_item(item, links=links, locale=locale) for item in digest.elsewhere)
    return DigestView(
        language=language,
        direction=languages()[language].direction,
        title=gettext("Migration news of %(day)s") % {"day": full_day(day, locale)},
        counts=_counts(sections),
        sections=shown,
        elsewhere=elsewhere,
        page=links.edition(day, language=language),
        notes=(*_withdrawn(digest), *sorted(notes.values())),
    )


def _withdrawn(digest: Digest) -> Iterator[str]:
    """Say in place of what was taken down that it was."""
    if digest.withdrawn:
        yield ngettext(
            "%(n)s report told of here was withdrawn by its publisher and is not shown any more.",
            "%(n)s reports told of here were withdrawn by their publishers and are not shown any more.",
            digest.withdrawn,
        ) % {"n": digest.withdrawn}


def _counts(sections: Iterable[Section]) -> str:
    entries = [entry for section in sections for entry in section.entries]
    if not entries:
        return gettext("A quiet day: no relevant news.")
    outlets = {
        name for entry in entries for item in (*entry.items, *entry.elsewhere) for name in (item.outlet, *item.also) if name
    }
    stories = ngettext("%(n)s story", "%(n)s stories", len(entries)) % {"n": len(entries)}
    return gettext("%(stories)s from %(outlets)s.") % {"stories": stories, "outlets": _outlets(len(outlets))}


def _section(section: Section, *, links: Links, locale: str) -> SectionView:
    def entry_view(entry: Entry) -> EntryView:
        return EntryView(
            lead=_item(entry.lead, links=links, locale=locale, reason=_reason(entry, locale=locale)),
            others=tuple(_item(item, links=links, locale=locale) for item in entry.items[1:]),
            elsewhere=tuple(_item(item, links=links, locale=locale) for item in entry.elsewhere),
        )

    return SectionView(section.theme, theme_name(section.theme, locale), tuple(map(entry_view, section.entries)))


def _item(item: Item, *, links: Links, locale: str, reason: str = "") -> ItemView:
    row = languages()[item.language]
    page = links.article(item.article, locale)
    return ItemView(
        title=item.title or gettext("Untitled"),
        link=item.url or page,
        page=page,
        language=item.language,
        direction=row.direction,
        language_name=row.name,
        outlet=item.outlet,
        country=country_name(item.outlet_country, locale) if item.outlet_country else "",
        date=_date(item, locale=locale),
        undated=item.undated,
        snippet=item.snippet,
        also=ngettext("also in %(n)s other outlet", "also in %(n)s other outlets", len(item.also)) % {"n": len(item.also)}
        if item.also
        else "",
        reason=reason,
    )


def _date(item: Item, *, locale: str) -> str:
    at = item.dated_at.astimezone(UTC)
    if item.precision == "day":
        return short_day(at.date(), locale)
    return gettext("%(date)s, %(time)s UTC") % {"date": short_day(at.date(), locale), "time": f"{at:%H:%M}"}


def _reason(entry: Entry, *, locale: str) -> str:
    """Say why the entry is there: its themes and countries with their scores, how many tell of it."""
    lead = entry.lead
    themes = [f"{theme_name(tag.value, locale)} {_score(tag.score, locale)}{_because(tag)}" for tag in lead.themes]
    if not themes:
        themes = [f"{theme_name(OTHER, locale)} {_score(lead.relevance, locale)}"]
    countries = [
        country_name(tag.value, locale) + (f" ({gettext('in the title')})" if tag.place == "title" else "")
        for tag in lead.countries[:REASON_COUNTRIES]
    ]
    return " · ".join([*themes, *countries, *_coverage(entry)])


def _coverage(entry: Entry) -> list[str]:
    """Say how widely a story is told; nothing where one outlet alone tells it."""
    if entry.outlets < 2:
        return []
    tongues = ngettext("%(n)s language", "%(n)s languages", len(entry.languages)) % {"n": len(entry.languages)}
    return [gettext("%(outlets)s, %(languages)s") % {"outlets": _outlets(entry.outlets), "languages": tongues}]


def _because(tag: Tag) -> str:
    """Say which words of the article carried a label; they are of its language, not of the digest's."""
    if not tag.terms:
        return ""
    terms = " / ".join(f"\u2068{term}\u2069" for term in tag.terms)
    return gettext(", because of %(terms)s") % {"terms": terms}


def _outlets(count: int) -> str:
    return ngettext("%(n)s outlet", "%(n)s outlets", count) % {"n": count}


def _score(score: float, locale: str) -> str:
    return format_decimal(round(score, 2), format="0.00", locale=locale)


def _mark(direction: str) -> str:
    """Return the mark that sets the direction of a line of plain text."""
    return "\u200f" if direction == "rtl" else ""


def _tidy(text: str) -> str:
    """Return a text without trailing blanks and without more than one empty line in a row."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip() if line.strip() else "")
    return "\n".join(lines).strip() + "\n"
