"""Catalogue files enter as TOML; outlets leave by key: where each publishes, in which languages, and how gently to ask."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsdesk.errors import BadInput

KINDS = ("media", "institution", "specialist")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LANGUAGE = re.compile(r"[a-z]{2}\Z")


@dataclass(frozen=True)
class Outlet:
    """One outlet: facts only. ``country`` is an ISO 3166-1 alpha-2 code, ``languages`` ISO 639-1 codes, most frequent first.

    ``feeds``, ``sitemaps`` and ``sections`` are the ways in; ``article`` is a regular expression that the addresses of its
    articles match (empty: a heuristic decides). ``delay`` is the least time between two requests to its host, in seconds
    (None: the crawl's own). ``verified`` says whether somebody saw the ways in work.
    """

    key: str
    name: str
    homepage: str
    country: str = ""
    languages: tuple[str, ...] = ()
    kind: str = "media"
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    article: str = ""
    enabled: bool = True
    verified: bool = False
    delay: float | None = None
    region: str = ""
    rights: str = ""
    note: str = ""

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Return the ways in as (kind of fetch, address)."""
        named = (("feed", self.feeds), ("sitemap", self.sitemaps), ("section", self.sections))
        return tuple((kind, address) for kind, addresses in named for address in addresses)

    def as_json(self) -> dict[str, Any]:
        """Return the outlet as JSON can carry it; ``outlet_of`` reads it back."""
        return asdict(self)


def load_catalogue(extra: Path | None = None) -> dict[str, Outlet]:
    """Return the shipped outlets, with those of the operator's file added, changed or switched off, sorted by key.

    A file that does not exist adds nothing; raises BadInput, naming file and key, for one that cannot be used.
    """
    outlets: dict[str, Outlet] = {}
    for entry in sorted(files("crawler").joinpath("sources").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            outlets |= _merged(_tables(entry.read_bytes(), place=f"crawler/sources/{entry.name}"), outlets, override=False)
    if extra is not None and extra.exists():
        outlets |= _merged(_tables(extra.read_bytes(), place=str(extra)), outlets, override=True)
    return dict(sorted(outlets.items()))


def read_catalogue(path: Path) -> dict[str, Outlet]:
    """Return the outlets of one file alone; raises BadInput."""
    try:
        return _merged(_tables(path.read_bytes(), place=str(path)), {}, override=False)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


def outlet_of(row: Mapping[str, Any]) -> Outlet:
    """Read back what ``Outlet.as_json`` wrote."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Outlet(**fields)


def chosen(outlets: Mapping[str, Outlet], keys: Iterable[str]) -> list[Outlet]:
    """Return the outlets of these keys, or all that are enabled if there are none; raises BadInput for an unknown key."""
    wanted = list(keys)
    if unknown := [key for key in wanted if key not in outlets]:
        raise BadInput(f"no source has the key {', '.join(unknown)}; `newscentre sources list` shows them all")
    return [outlets[key] for key in wanted] if wanted else [outlet for outlet in outlets.values() if outlet.enabled]


def _tables(content: bytes, *, place: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{place}: {error}") from error
    for key, row in table.items():
        if not isinstance(row, dict):
            raise BadInput(f"{place}: {key} stands outside of any [outlet]")
    return [(place, key, row) for key, row in table.items()]


def _merged(
    tables: Iterable[tuple[str, str, Mapping[str, Any]]], known: Mapping[str, Outlet], *, override: bool
) -> dict[str, Outlet]:
    merged: dict[str, Outlet] = {}
    for place, key, row in tables:
        if key in known and not override:
            raise BadInput(f"{place}: the key {key} is already taken by another file")
        fields = _checked_fields(row, place=place, key=key)
        try:
            outlet = replace(known[key], **fields) if key in known else Outlet(key=key, **fields)
        except TypeError as error:
            raise BadInput(f"{place}: {key} needs a name and a homepage") from error
        merged[key] = _checked(outlet, place=place)
    return merged


def _checked_fields(row: Mapping[str, Any], *, place: str, key: str) -> dict[str, Any]:
    """Return the row's values in the types of the dataclass."""
    defaults = asdict(Outlet(key="", name="", homepage=""))
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if name == "key" or name not in defaults:
            raise BadInput(f"{place}: {key}: unknown entry {name!r}; known: {', '.join(sorted(defaults.keys() - {'key'}))}")
        fields[name] = _typed(value, defaults[name], name=name, place=f"{place}: {key}")
    return fields


def _typed(value: Any, default: Any, *, name: str, place: str) -> Any:
    if name == "delay":
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 3600:
            return float(value)
        raise BadInput(f"{place}: delay is {value!r}; it must be seconds, 0 to 3600")
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise BadInput(f"{place}: {name} is {value!r}; it must be a list of texts")
    if type(value) is not type(default):
        raise BadInput(f"{place}: {name} is {value!r}; it must be a {'yes or no' if default in (True, False) else 'text'}")
    return value


def _checked(outlet: Outlet, *, place: str) -> Outlet:
    at = f"{place}: {outlet.key}"
    if not _KEY.match(outlet.key) or len(outlet.key) > 50:
        raise BadInput(f"{at}: a key is made of small letters, digits and hyphens, at most 50")
    if outlet.kind not in KINDS:
        raise BadInput(f"{at}: kind is {outlet.kind!r}; it must be one of {', '.join(KINDS)}")
    if outlet.country and not _COUNTRY.match(outlet.country):
        raise BadInput(f"{at}: country is {outlet.country!r}; it must be a code of two capitals")
    for language in outlet.languages:
        if not _LANGUAGE.match(language):
            raise BadInput(f"{at}: language {language!r} must be a code of two small letters")
    for address in (outlet.homepage, *(address for _, address in outlet.ways)):
        _check_address(address, at=at)
    _check_pattern(outlet.article, at=at)
    return outlet


def _check_address(address: str, *, at: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise BadInput(f"{at}: {address!r} is no http(s) address")


def _check_pattern(pattern: str, *, at: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadInput(f"{at}: article is no regular expression: {error}") from error
