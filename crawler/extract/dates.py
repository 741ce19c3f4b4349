"""What a page declares and shows enters; when the article was published leaves, with the source that said so.

Sources in order of trust: JSON-LD, meta elements, marked time elements, the feed, the address, text near the headline, and
htmldate's search last. The first that gives a whole day in the past wins; a year or a month alone never becomes a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from htmldate import find_date
from lxml.html import HtmlElement

from crawler.extract.datetexts import Stated, in_address, in_text, machine_readable
from crawler.extract.declared import Declared
from crawler.extract.wording import wording
from newsdesk.analysis import normalise
from newsdesk.values import Hint, Published

EARLIEST = date(1990, 1, 1)
#: How far a date may lie ahead of the fetch: clocks and zones are wrong by up to a day.
_AHEAD = timedelta(days=1)
_META_NAMES = """
    article:published_time og:article:published_time og:published_time datepublished article.published date.published
    article:published published_time publication_date publication-date publish_date publish-date publishdate
    published-date publisheddate pubdate pub_date parsely-pub-date sailthru.date cxenseparse:recs:publishtime bt:pubdate
    ptime originalpublicationdate article_date_original displaydate analyticsattributes.articledate rnews:datepublished
    dc.date.issued dcterms.issued dc.date.created dcterms.created dcterms.date dc.date dc.created dc:date
    citation_publication_date citation_date datecreated date_published article:post_date date created
    shareaholic:article_published_time vr:published_time gentime
"""
_TIME_TAGS = (
    "time",
    "span",
    "div",
    "p",
    "abbr",
    "meta",
    "b",
    "li",
    "a",
    "em",
    "small",
    "strong",
    "td",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
)
#: Texts and elements looked at before and after the headline.
_BEFORE, _AFTER = 25, 60
#: Texts looked at to learn the local day of a time that is known.
_AT_HEADLINE = 12
_LONGEST_DATELINE = 160
#: An element with so many others inside is no dateline; of so many short texts with digits not each is read as a date.
_LARGEST, _MANY_TEXTS = 80, 1_000


@dataclass(frozen=True)
class Dated:
    """``published`` as the record keeps it, and the ``day`` as the page states it, in the page's own time zone."""

    published: Published
    day: date


def find_published(
    root: HtmlElement, declared: Declared, heading: HtmlElement | None, *, hint: Hint, url: str, fetched_at: datetime
) -> Dated | None:
    """Return the date of publication, or None where nothing gives a whole day."""
    sources: tuple[tuple[str, Callable[[], Iterator[Stated]]], ...] = (
        ("json-ld", lambda: _from_linked(declared)),
        ("meta", lambda: _from_metas(declared)),
        ("time", lambda: _from_marked(root, heading)),
        ("feed", lambda: _from_hint(hint)),
        ("url", lambda: _present(in_address(url))),
        ("text", lambda: _from_text(root, heading)),
        ("search", lambda: _from_search(root, url, fetched_at)),
    )
    for origin, stated in sources:
        for candidate in stated():
            if candidate.day >= EARLIEST and candidate.instant <= fetched_at + _AHEAD:
                dated = _dated(candidate, origin=origin, fetched_at=fetched_at)
                return _in_local_time(dated, root, heading) if candidate.in_utc else dated
    return None


def _dated(stated: Stated, *, origin: str, fetched_at: datetime) -> Dated:
    at = min(stated.instant, fetched_at.astimezone(UTC))
    return Dated(Published(at, "minute" if stated.at else "day", origin), stated.day)


def _in_local_time(dated: Dated, root: HtmlElement, heading: HtmlElement | None) -> Dated:
    """Take the day that readers see by the headline where it is one off: publishers state times in UTC and show local days."""
    if heading is None:
        return dated
    for text in _around(root, heading, after=_AT_HEADLINE, before=0):
        stated = in_text(text)
        if stated and _some_zone_gives(stated.day, dated.published.at) and not wording().updated.search(normalise(text)):
            return Dated(dated.published, stated.day)
    return dated


def _some_zone_gives(day: date, at: datetime) -> bool:
    """Say whether it is this day somewhere at this moment, from ten hours behind UTC to thirteen ahead."""
    return (at - timedelta(hours=10)).date() <= day <= (at + timedelta(hours=13)).date()


def _present(*stated: Stated | None) -> Iterator[Stated]:
    yield from (item for item in stated if item is not None)


def _from_linked(declared: Declared) -> Iterator[Stated]:
    yield from _present(*(machine_readable(item.published) for item in declared.linked))


def _from_metas(declared: Declared) -> Iterator[Stated]:
    for name in _META_NAMES.split():
        for value in declared.metas.get(name, ())[:2]:
            yield from _present(machine_readable(value) or in_text(value))


def _from_hint(hint: Hint) -> Iterator[Stated]:
    if hint.published:
        yield Stated(hint.published.date(), hint.published)


def _from_marked(root: HtmlElement, heading: HtmlElement | None) -> Iterator[Stated]:
    """Read elements marked as the date of publication, then the times in the headline's own part of the page."""
    for element in root.iter(*_TIME_TAGS):
        if "datePublished" in (element.get("itemprop") or "") or element.get("pubdate") is not None:
            yield from _present(_of_element(element))
    if heading is None:
        return
    for level, ancestor in enumerate(heading.iterancestors()):
        times = list(ancestor.iter("time"))
        if times:
            yield from _present(*(_of_element(element) for element in times[:3] if not _of_a_change(element)))
        if times or level > 4 or ancestor.tag in ("main", "article", "body"):
            return


def _of_a_change(element: HtmlElement) -> bool:
    parent = element.getparent()
    before = f"{element.get('class') or ''} {(parent.text or '') if parent is not None else ''} {element.text or ''}"
    return "dateModified" in (element.get("itemprop") or "") or bool(wording().updated.search(normalise(before)))


def _of_element(element: HtmlElement) -> Stated | None:
    for name in ("datetime", "content", "title"):
        stated = machine_readable(element.get(name) or "")
        if stated:
            return stated
    return in_text(_shown(element)[:_LONGEST_DATELINE])


def _from_text(root: HtmlElement, heading: HtmlElement | None) -> Iterator[Stated]:
    """Read dates in short texts around the headline: those after a word for publication first, those of changes never."""
    plain: list[Stated] = []
    for text in _around(root, heading):
        stated = in_text(text)
        if stated is None:
            continue
        folded = normalise(text)
        if wording().dateline.search(folded):
            yield stated
        elif not wording().updated.search(folded):
            plain.append(stated)
    yield from plain


def _around(root: HtmlElement, heading: HtmlElement | None, *, after: int = _AFTER, before: int = _BEFORE) -> Iterator[str]:
    """Yield the short texts near the headline in the order of the page, those after it first."""
    body = root.find("body")
    if body is None:
        return
    earlier: list[str] = []
    later: list[str] = []
    passed = heading is None
    for element in body.iter():
        if element is heading:
            passed = True
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "noscript", "option", "a"):
            continue
        text = _short_text(element)
        if text:
            (later if passed else earlier).append(text)
        if len(later) >= after:
            break
    yield from later
    yield from earlier[-before:] if before else ()


def _short_text(element: HtmlElement) -> str:
    """Return the whole text of an element if it is short and has a digit, else its own text under the same conditions."""
    if len(element) <= 8 and next(islice(element.iter(), _LARGEST, None), None) is None:
        pieces, size = [], 0
        for piece in element.itertext():
            pieces.append(piece)
            size += len(piece)
            if size > 4 * _LONGEST_DATELINE:
                break
        text = " ".join(" ".join(pieces).split())
        if len(text) <= _LONGEST_DATELINE:
            return text if _DIGIT.search(text) else ""
    own = " ".join((element.text or "").split())
    return own if len(own) <= _LONGEST_DATELINE and _DIGIT.search(own) else ""


_DIGIT = re.compile(r"\d")


def _from_search(root: HtmlElement, url: str, fetched_at: datetime) -> Iterator[Stated]:
    """Let htmldate search the whole page; a first of the month counts only where the page writes that very day."""
    latest = (fetched_at + _AHEAD).date().isoformat()
    figures = (piece for piece in root.itertext() if len(piece) <= _LONGEST_DATELINE and _DIGIT.search(piece))
    few = next(islice(figures, _MANY_TEXTS, None), None) is None
    try:
        found = find_date(root, original_date=True, extensive_search=few, url=url, min_date=EARLIEST.isoformat(), max_date=latest)
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return
    if not found:
        return
    day = date.fromisoformat(found)
    if day.day > 1 or _writes(root, day):
        yield Stated(day)


def _writes(root: HtmlElement, day: date) -> bool:
    """Say whether a page spells out this first of a month, in digits or in words."""
    for element in root.iter():
        for text in (element.text, element.tail, element.get("datetime"), element.get("content")):
            if text and len(text) < 4 * _LONGEST_DATELINE and "1" in normalise(text):
                stated = machine_readable(text.strip()) or in_text(text)
                if stated and stated.day == day:
                    return True
    return False


def _shown(element: HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
