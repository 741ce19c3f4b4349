"""The catalogue and the sources' rows enter; leaves what the sources pages show: regions, their outlets, and the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crawler.catalogue import load_catalogue, shipped
from crawler.coverage import gaps
from crawler.outlets import REGIONS, Outlet
from newscentre.site.naming import alphabetical
from newsdesk.countries import shipped_name
from newsdesk.errors import BadInput
from newsdesk.models import Source

#: Where sources are shown that no catalogue knows any more.
ELSEWHERE = "other"
#: States in which a source gives nothing and should.
TROUBLE = ("blocked", "redirected", "broken", "silent")


@dataclass(frozen=True)
class Row:
    """One outlet of a region: as the record knows it, with its number of articles, or only as the catalogue declares it."""

    name: str
    country: str
    languages: Sequence[str]
    kind: str
    source: Source | None = None
    stored: int = 0
    declared: Outlet | None = None


@dataclass(frozen=True)
class Region:
    """How many outlets of a region are read, how many of them are in trouble, how many institutions are among them, how many
    are only declared, and the articles of all.
    """

    name: str
    read: int
    trouble: int
    institutions: int
    declared: int
    stored: int

    @property
    def slug(self) -> str:
        """Its name in an address."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Overview:
    """All that the page shows. ``gaps`` are partner states with too few outlets, and how many they have."""

    regions: tuple[Region, ...]
    gaps: tuple[tuple[str, int], ...]


def catalogue(folder: Path) -> Mapping[str, Outlet]:
    """Return the catalogue of a deployment; the shipped one where the operator's file cannot be used just now."""
    path = folder / "sources.toml"
    try:
        return _catalogue(path, path.stat().st_mtime_ns if path.exists() else 0)
    except (BadInput, OSError):
        return shipped()


@lru_cache(maxsize=4)
def _catalogue(path: Path, _changed: int) -> Mapping[str, Outlet]:
    return load_catalogue(path)


def overview(outlets: Mapping[str, Outlet], sources: Sequence[Source], counts: Mapping[int | None, int]) -> Overview:
    """Count the outlets region by region, in the catalogue's order."""
    named = ((name, rows_of(name, outlets, sources, counts, language="en")) for name in (*REGIONS, ELSEWHERE))
    regions = tuple(_counted(name, rows) for name, rows in named if rows)
    return Overview(regions, tuple(gaps(outlets.values())))


def _counted(name: str, rows: Sequence[Row]) -> Region:
    read = [row.source for row in rows if row.source]
    return Region(
        name,
        read=len(read),
        trouble=sum(source.state in TROUBLE for source in read),
        institutions=sum(row.kind == "institution" for row in rows),
        declared=len(rows) - len(read),
        stored=sum(row.stored for row in rows),
    )


def rows_of(
    name: str, outlets: Mapping[str, Outlet], sources: Iterable[Source], counts: Mapping[int | None, int], *, language: str
) -> list[Row]:
    """Return the outlets of a region in the order of its page: the press first, by country and name, then the institutions."""
    known = {source.key: source for source in sources}
    rows = [
        Row(row.name, row.country, row.languages, row.kind, row, counts.get(row.pk, 0))
        for key, row in known.items()
        if (outlets[key].region if key in outlets else ELSEWHERE) == name
    ]
    rows += [
        Row(outlet.name, outlet.country, outlet.languages, outlet.kind, declared=outlet)
        for key, outlet in outlets.items()
        if key not in known and outlet.region == name
    ]
    return sorted(rows, key=lambda row: (row.kind == "institution", alphabetical(shipped_name(row.country, language)), row.name))
