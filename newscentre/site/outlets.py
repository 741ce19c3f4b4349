"""The catalogue and the sources' rows enter; leaves what the sources page shows: by region, institutions apart, and the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from crawler.catalogue import load_catalogue, shipped
from crawler.coverage import gaps
from crawler.outlets import REGIONS, Outlet
from newsdesk.countries import shipped_name
from newsdesk.errors import BadInput
from newsdesk.models import Source

#: Where sources are shown that no catalogue knows any more.
ELSEWHERE = ""


@dataclass(frozen=True)
class Region:
    """The outlets of one region: those that were visited, each with its number of articles, and those only declared."""

    name: str
    visited: tuple[tuple[Source, int], ...]
    declared: tuple[Outlet, ...]


@dataclass(frozen=True)
class Overview:
    """All that the page shows. ``gaps`` are partner states with too few outlets, and how many they have."""

    press: tuple[Region, ...]
    institutions: tuple[Region, ...]
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


def overview(
    outlets: Mapping[str, Outlet], sources: Iterable[Source], counts: Mapping[int | None, int], *, language: str
) -> Overview:
    """Put the outlets in the order of the page: regions, countries by name, names."""
    rows = {source.key: source for source in sources}
    regions = {
        institutional: tuple(
            region
            for name in (*REGIONS, ELSEWHERE)
            if (region := _region(name, outlets, rows, counts, institutional=institutional, language=language))
        )
        for institutional in (False, True)
    }
    return Overview(press=regions[False], institutions=regions[True], gaps=tuple(gaps(outlets.values())))


def _region(
    name: str,
    outlets: Mapping[str, Outlet],
    rows: Mapping[str, Source],
    counts: Mapping[int | None, int],
    *,
    institutional: bool,
    language: str,
) -> Region | None:
    """Return one region's outlets of one sort; None if there are none."""
    here = [row for key, row in rows.items() if (outlets[key].region if key in outlets else ELSEWHERE) == name]
    visited = sorted(
        (row for row in here if (row.kind == "institution") == institutional),
        key=lambda row: (shipped_name(row.country, language), row.name),
    )
    declared = sorted(
        (
            outlet
            for key, outlet in outlets.items()
            if key not in rows and outlet.region == name and (outlet.kind == "institution") == institutional
        ),
        key=lambda outlet: (shipped_name(outlet.country, language), outlet.name),
    )
    if not visited and not declared:
        return None
    return Region(name, tuple((row, counts.get(row.pk, 0)) for row in visited), tuple(declared))
