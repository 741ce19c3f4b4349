"""The countries: an ISO 3166-1 code and a language go in, the name to print comes out (CLDR's, but for a table of ours)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError

#: Codes of CLDR that are not countries: regions, unions, user-assigned and outlying islands that have no ISO 3166-1 code.
_NOT_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


@dataclass(frozen=True)
class Naming:
    """How one country is named where we differ from CLDR; ``footnote`` is printed beside the name wherever it stands."""

    names: Mapping[str, str]
    footnote: Mapping[str, str]


@cache
def country_codes() -> tuple[str, ...]:
    """Return every ISO 3166-1 alpha-2 code, and XK for Kosovo, sorted."""
    return tuple(sorted(code for code in map(str, Locale("en").territories) if len(code) == 2 and code not in _NOT_COUNTRIES))


@cache
def country_name(code: str, language: str) -> str:
    """Return the country's name in a language; an unknown code comes back as it is, an unknown language reads English."""
    naming = _namings().get(code)
    if naming is not None and language in naming.names:
        return naming.names[language]
    return str(_locale(language).territories.get(code, code)) if code in country_codes() else code


def country_footnote(code: str, language: str) -> str:
    """Return the note that goes with the country's name, or nothing."""
    naming = _namings().get(code)
    return naming.footnote.get(language, "") if naming else ""


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return Locale("en")


@cache
def _namings() -> Mapping[str, Naming]:
    table = tomllib.loads(files("newsdesk").joinpath("data/country_names.toml").read_text(encoding="utf-8"))
    return {
        code: Naming({key: value for key, value in row.items() if key != "footnote"}, row.get("footnote", {}))
        for code, row in table.items()
    }
