"""The values of a digest: what may go in (candidates), what is told (entries of items), to and from the JSON of an edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from newsdesk.themes import SECTIONS
from newsdesk.values import OTHER


@dataclass(frozen=True, slots=True)
class Tag:
    """A label as a reader is told of it; ``place`` says where a country was found: ``title``, ``text`` or nothing.

    ``terms`` are the words of the article that carried it, heaviest first.
    """

    value: str
    score: float
    place: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relevant, published article that a digest may tell of. ``original`` is the article it copies, or none."""

    article: int
    url: str
    title: str
    text: str
    language: str
    outlet: str
    outlet_country: str
    dated_at: datetime
    precision: str
    undated: bool
    relevance: float
    themes: tuple[Tag, ...] = ()
    countries: tuple[Tag, ...] = ()
    routes: tuple[str, ...] = ()
    story: int | None = None
    original: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One headline with what is shown beside it. ``copies`` are the articles folded into it, ``also`` their outlets."""

    article: int
    url: str
    title: str
    snippet: str
    language: str
    outlet: str
    outlet_country: str
    dated_at: datetime
    precision: str
    undated: bool
    relevance: float
    themes: tuple[Tag, ...] = ()
    countries: tuple[Tag, ...] = ()
    routes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    copies: tuple[int, ...] = ()

    @property
    def articles(self) -> tuple[int, ...]:
        """The article and those folded into it."""
        return (self.article, *self.copies)


@dataclass(frozen=True, slots=True)
class Entry:
    """One story: its articles in the digest's language, the first leading, and those in other languages (``elsewhere``)."""

    items: tuple[Item, ...]
    elsewhere: tuple[Item, ...] = ()
    story: int | None = None
    outlets: int = 1
    languages: tuple[str, ...] = ()

    @property
    def lead(self) -> Item:
        """The item that stands for the story."""
        return self.items[0]

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes of its items, the lead's first; ``other`` where none was given."""
        found = dict.fromkeys(tag.value for item in self.items for tag in item.themes)
        return tuple(found) or (OTHER,)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries of its items, the lead's first."""
        return tuple(dict.fromkeys(tag.value for item in self.items for tag in item.countries))

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes of its items, the lead's first."""
        return tuple(dict.fromkeys(route for item in self.items for route in item.routes))


@dataclass(frozen=True, slots=True)
class Section:
    """The entries under one theme, most covered first."""

    theme: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What there is to tell in one language: entries, most covered first, and headlines told in other languages only.

    ``seen`` are all articles that were weighed, so that the next digest does not weigh them again; ``withdrawn`` counts the
    headlines that it carried once and no longer does, as their publishers took them down. That is never stored.
    """

    language: str
    entries: tuple[Entry, ...] = ()
    elsewhere: tuple[Item, ...] = ()
    seen: tuple[int, ...] = ()
    withdrawn: int = 0

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell in this language."""
        return not self.entries

    @property
    def items(self) -> tuple[Item, ...]:
        """Every headline that it carries."""
        told = [item for entry in self.entries for item in (*entry.items, *entry.elsewhere)]
        return (*told, *self.elsewhere)

    @property
    def headlines(self) -> tuple[int, ...]:
        """The articles whose headlines it carries."""
        return tuple(dict.fromkeys(item.article for item in self.items))

    @property
    def articles(self) -> tuple[int, ...]:
        """Every article that it carries, folded copies too."""
        return tuple(dict.fromkeys(article for item in self.items for article in item.articles))

    def sections(self, themes: Iterable[str] = ()) -> tuple[Section, ...]:
        """Group the entries, each once: under the first of its themes that is wanted (all are, if none is named)."""
        wanted = set(themes) or set(SECTIONS)
        grouped: dict[str, list[Entry]] = {}
        for entry in self.entries:
            place = next((theme for theme in entry.themes if theme in wanted), None)
            if place is not None:
                grouped.setdefault(place, []).append(entry)
        return tuple(Section(theme, tuple(grouped[theme])) for theme in SECTIONS if theme in grouped)


def to_json(digest: Digest) -> dict[str, Any]:
    """Return a digest as an edition keeps it: plain JSON, times in ISO 8601."""
    plain: dict[str, Any] = _plain(asdict(digest))
    del plain["withdrawn"]
    return plain


def from_json(content: Mapping[str, Any]) -> Digest:
    """Read a digest back from an edition's content."""
    return Digest(
        language=content["language"],
        entries=tuple(_entry(row) for row in content.get("entries", ())),
        elsewhere=tuple(_item(row) for row in content.get("elsewhere", ())),
        seen=tuple(content.get("seen", ())),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        items=tuple(_item(item) for item in row["items"]),
        elsewhere=tuple(_item(item) for item in row["elsewhere"]),
        story=row["story"],
        outlets=row["outlets"],
        languages=tuple(row["languages"]),
    )


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        **{
            **row,
            "dated_at": datetime.fromisoformat(row["dated_at"]),
            "themes": tuple(map(_tag, row["themes"])),
            "countries": tuple(map(_tag, row["countries"])),
            "routes": tuple(row.get("routes", ())),
            "also": tuple(row["also"]),
            "copies": tuple(row["copies"]),
        }
    )


def _tag(row: Mapping[str, Any]) -> Tag:
    return Tag(**{**row, "terms": tuple(row.get("terms", ()))})
