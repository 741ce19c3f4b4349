"""The working languages, one row each in ``data/languages.toml``: everything the code knows of a language is there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast


@dataclass(frozen=True)
class Language:
    """One working language.

    ``stemmer`` names a Snowball algorithm; ``months`` maps every name of a month in use to 1..12; ``proclitics`` are
    written onto the following word and split off by ``analyse``; ``elisions`` end in an apostrophe and are dropped;
    ``script`` begins the Unicode names of its letters; ``wildcard_letters`` is the least a search for ``word*`` needs.
    """

    code: str
    name: str
    direction: str
    stemmer: str
    stop_words: frozenset[str]
    months: Mapping[str, int]
    elisions: tuple[str, ...]
    proclitics: tuple[str, ...]
    unstemmed: frozenset[str]
    stems: Mapping[str, str]
    script: str
    wildcard_letters: int


@cache
def languages() -> Mapping[str, Language]:
    """Return the working languages by ISO 639-1 code, in the order of the table."""
    table = tomllib.loads(files("newsdesk").joinpath("data/languages.toml").read_text(encoding="utf-8"))
    return {code: _language(code, row) for code, row in table.items()}


def _language(code: str, row: Mapping[str, object]) -> Language:
    def words(key: str) -> list[str]:
        value = row.get(key, "")
        return str(value).split()

    months = cast(list[str], row["months"])
    return Language(
        code=code,
        name=str(row["name"]),
        direction=str(row["direction"]),
        stemmer=str(row["stemmer"]),
        stop_words=frozenset(words("stop_words")),
        months={name: number for number, names in enumerate(months, start=1) for name in names.split()},
        elisions=tuple(words("elisions")),
        proclitics=tuple(words("proclitics")),
        unstemmed=frozenset(words("unstemmed")),
        stems=dict(pair.split("=", 1) for pair in words("stems")),
        script=str(row["script"]),
        wildcard_letters=int(str(row["wildcard_letters"])),
    )
