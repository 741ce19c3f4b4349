"""Renders an outlet's pages, feeds and sitemaps: an outlet's state enters, bytes in its character set leave."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from django.template import Context, Engine

from newscentre.demo.pieces import Piece
from newscentre.demo.sites import Site

RELATED = 4
LATEST = 6
#: A news sitemap lists what is no older, as search engines ask; the rest stands in the archive's.
NEWS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Listed:
    """One piece in place: where it is found and when it was published."""

    piece: Piece
    path: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Front:
    """One outlet as it is now: everything it lists, newest first, and the release that is out."""

    site: Site
    port: int
    listed: tuple[Listed, ...]
    released_at: datetime

    @property
    def home(self) -> str:
        """The address of the site, without a final slash."""
        return f"http://{self.site.key}.localhost:{self.port}"


@cache
def _engine() -> Engine:
    with as_file(files(__package__) / "templates") as folder:
        return Engine(dirs=[str(folder)])


def article(front: Front, item: Listed, *, amp: bool = False) -> bytes:
    """Return an article's page."""
    others = [other for other in front.listed if _lasting(other.piece) and other.path != item.path]
    alike = [other for other in others if other.piece.section == item.piece.section] or others
    return _render(
        front,
        "amp.html" if amp else "article.html",
        item=_shown(front, item),
        related=[_shown(front, other) for other in _after(alike, item)[:RELATED]],
        latest=[_shown(front, other) for other in others[:LATEST]],
        json_ld=_json_ld(front, item),
    )


def front_page(front: Front, section: str = "") -> bytes:
    """Return the front page, or the page of one section."""
    items = [item for item in front.listed if section in ("", item.piece.section)]
    shown = [_shown(front, item) for item in items]
    return _render(front, "front.html", items=shown, heading=front.site.sections.get(section, ""))


def feed(front: Front) -> bytes:
    """Return the outlet's RSS or Atom feed."""
    items = [_shown(front, item, in_feed=True) for item in front.listed]
    if twin := twice_fed(front):
        items.append(_shown(front, twin))
    return _render(front, f"{front.site.listed}.xml", own_folder=False, items=items)


def twice_fed(front: Front) -> Listed | None:
    """Return the article that the feed announces at both of its addresses, as happens to outlets with such variants."""
    return next((item for item in front.listed if fed_as_amp(front.site, item) and _lasting(item.piece)), None)


def sitemap(front: Front, *, news: bool) -> bytes:
    """Return the sitemap of the last days' news, or, compressed, that of the archive."""
    items = [item for item in front.listed if (front.released_at - item.at <= NEWS) is news]
    body = _render(front, "sitemap.xml", own_folder=False, items=[_shown(front, item) for item in items])
    return body if news else gzip.compress(body, mtime=0)


def sitemap_index(front: Front) -> bytes:
    """Return the list of sitemaps."""
    return _render(front, "sitemap-index.xml", own_folder=False)


def broken_feed(front: Front) -> bytes:
    """Return a feed that was cut off while it was written."""
    whole = _render(front, "rss.xml", own_folder=False, items=[_shown(front, item) for item in front.listed[:3]])
    return whole[: whole.index(b"<item>")]


def _render(front: Front, template: str, *, own_folder: bool = True, **context: Any) -> bytes:
    site = front.site
    shared = {
        "site": site,
        "home": front.home,
        "today": f"{site.weekday(front.released_at)} {site.long_date(front.released_at)}",
        "released": site.local(front.released_at).isoformat(),
        "released_rfc": format_datetime(front.released_at),
        "sections": [(site.section.format(section=key), name) for key, name in site.sections.items()],
    }
    path = f"{site.key}/{template}" if own_folder else template
    text = _engine().get_template(path).render(Context(shared | context))
    return text.encode(site.charset if own_folder else "utf-8", errors="xmlcharrefreplace")


def _shown(front: Front, item: Listed, *, in_feed: bool = False) -> dict[str, Any]:
    """Return what templates show of a piece."""
    site, piece = front.site, item.piece
    path = item.path
    if in_feed:
        path = (amp_path(site, item) if fed_as_amp(site, item) else path) + site.tracking
    return {
        "piece": piece,
        "path": path,
        "url": front.home + path,
        "canonical": front.home + item.path,
        "amp": front.home + amp_path(site, item) if site.amp else "",
        "section": site.sections[piece.section],
        "iso": site.local(item.at).isoformat(),
        "rfc": format_datetime(site.local(item.at)),
        "date": site.long_date(item.at),
        "weekday": site.weekday(item.at),
        "clock": site.clock(item.at),
        "number": str(sum(piece.name.encode()) * 7 % 90_000 + 10_000),
    }


def amp_path(site: Site, item: Listed) -> str:
    """Return the path of the variant for phones."""
    return site.amp.format(section=item.piece.section, id=item.piece.id)


def fed_as_amp(site: Site, item: Listed) -> bool:
    """Every third article of an outlet with such variants is announced by that address."""
    return bool(site.amp) and bool(item.piece.text) and sum(item.piece.id.encode()) % 3 == 0


def _after(items: Sequence[Listed], item: Listed) -> Sequence[Listed]:
    """Start the list in another place for each article, so that not all show the same related ones."""
    start = sum(item.piece.id.encode()) % max(len(items), 1)
    return [*items[start:], *items[:start]]


def _lasting(piece: Piece) -> bool:
    """Whether other pages may point to it: their bytes should not change with every release."""
    return piece.release == 1 and bool(piece.text) and not piece.edited and not piece.removed


def _json_ld(front: Front, item: Listed) -> str:
    """Return the article's schema.org description, safe inside a script element."""
    site, piece = front.site, item.piece
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": front.home + item.path,
        "headline": piece.title,
        "description": piece.summary,
        "datePublished": site.local(item.at).isoformat(),
        "inLanguage": site.language,
        "articleSection": site.sections[piece.section],
        "publisher": {"@type": "NewsMediaOrganization", "name": site.name, "url": front.home + "/"},
    }
    if piece.author:
        described["author"] = [{"@type": "Person", "name": piece.author}]
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")
