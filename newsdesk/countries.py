"""The countries: an ISO 3166-1 code and a language go in, the name to print comes out (CLDR's, but for a table of ours).

This is what ships; what is printed may differ by the secretariat's wish: ``newsdesk.names`` is what printing places read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError

#: Codes of CLDR that are not countries: regions, unions, user-assigned and outlying islands that have no ISO 3166-1 code.
_NOT_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
#: Who reads: everybody, or those whom states and agencies have named.
AUDIENCES: tuple[str, ...] = ("public", "restricted")
#: How a boundary is drawn on a map: as any other, dashed, dotted, or not at all.
BOUNDARIES: tuple[str, ...] = ("solid", "dashed", "dotted", "none")


@cache
def country_codes() -> tuple[str, ...]:
    """Return every ISO 3166-1 alpha-2 code, and XK for Kosovo, sorted."""
    return tuple(sorted(code for code in map(str, Locale("en").territories) if len(code) == 2 and code not in _NOT_COUNTRIES))


@cache
def territories() -> tuple[str, ...]:
    """Return the keys of disputed places that are no country: they are named and drawn, never a label of an article."""
    return tuple(sorted(key for key in _namings() if key not in country_codes()))


@cache
def disputed() -> tuple[str, ...]:
    """Return the codes and keys whose name or boundary is disputed, in the table's order."""
    return tuple(key for key, row in _namings().items() if "footnote" in row or "boundary" in row)


@cache
def shipped_name(code: str, language: str) -> str:
    """Return the name as shipped; an unknown code comes back as it is, an unknown language reads English."""
    row = _namings().get(code, {})
    if language in row:
        return str(row[language])
    if code in country_codes():
        return str(_locale(language).territories.get(code, code))
    return str(row.get("en", code))


def shipped_footnote(code: str, language: str) -> str:
    """Return the note that goes with the name, or nothing."""
    return str(_namings().get(code, {}).get("footnote", {}).get(language, ""))


def shipped_boundary(code: str, audience: str) -> str:
    """Return how the boundary is drawn for an audience."""
    return str(_namings().get(code, {}).get("boundary", {}).get(audience, "solid"))


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return Locale("en")


@cache
def _namings() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(files("newsdesk").joinpath("data/country_names.toml").read_text(encoding="utf-8"))
