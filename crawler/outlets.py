"""Declared fields enter, with where they stand; an outlet leaves, or a sentence on what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from newsdesk.countries import country_codes
from newsdesk.errors import BadInput

KINDS = ("media", "institution", "specialist")
#: From where outlets look at migration, in the order in which they are shown.
REGIONS = (
    "maghreb",
    "mashreq",
    "gulf",
    "sahel and west africa",
    "horn and east africa",
    "central and southern africa",
    "europe",
    "asia",
    "americas",
    "world",
)
#: How it is known that the ways in are right, best first: somebody asked them (``checked`` says when), a maintained registry or
#: a public list names them, a list of 2020 or older does, or they are only generally known.
EVIDENCE = ("probe", "registry", "list", "old-list", "known")
LONGEST_NAME = 200
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LANGUAGE = re.compile(r"[a-z]{2}\Z")
#: What could not leave as OPML again.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: What the record can hold.
_LONGEST_HOMEPAGE = 500
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class Outlet:
    """One outlet: facts only. ``country`` is an ISO 3166-1 alpha-2 code, ``languages`` ISO 639-1 codes, most frequent first.

    ``feeds``, ``sitemaps`` and ``sections`` are the ways in; ``article`` is a regular expression that the addresses of its
    articles match (empty: a heuristic decides). ``javascript`` says that scripts write its pages and sections, so that only a
    browser can read them. ``delay`` is the least time between two requests to its host, in seconds
    (None: the crawl's own); ``daily_cap`` the most requests a day to it (None: the setting's). ``verified`` says whether
    somebody saw the ways in work, ``evidence`` and ``checked`` (an ISO date) how that is known.
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
    javascript: bool = False
    enabled: bool = True
    verified: bool = False
    delay: float | None = None
    daily_cap: int | None = None
    region: str = ""
    rights: str = ""
    note: str = ""
    evidence: str = ""
    checked: str = ""

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Return the ways in as (kind of fetch, address)."""
        named = (("feed", self.feeds), ("sitemap", self.sitemaps), ("section", self.sections))
        return tuple((kind, address) for kind, addresses in named for address in addresses)

    def as_json(self) -> dict[str, Any]:
        """Return the outlet as JSON can carry it; ``outlet_of`` reads it back."""
        return asdict(self)


class Fault(BadInput):
    """What is wrong with a declaration; ``entry`` is the field that is at fault (empty: the declaration as a whole)."""

    def __init__(self, message: str, *, entry: str = "") -> None:
        super().__init__(message)
        self.entry = entry


_DEFAULTS = asdict(Outlet(key="", name="", homepage=""))


def outlet_of(row: Mapping[str, Any]) -> Outlet:
    """Read back what ``Outlet.as_json`` wrote."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Outlet(**fields)


def declared(key: str, row: Mapping[str, Any], *, known: Outlet | None = None) -> Outlet:
    """Return the outlet that a declaration makes, or makes of one already known; raise Fault."""
    fields = {name: _typed(name, value) for name, value in row.items()}
    if known is None and (missing := {"name", "homepage"} - fields.keys()):
        raise Fault(f"it needs a {' and a '.join(sorted(missing, reverse=True))}")
    outlet = replace(known, **fields) if known is not None else Outlet(key=key, **fields)
    _check(outlet)
    return outlet


def _typed(name: str, value: Any) -> Any:
    """Return a value in the type of the dataclass."""
    if name == "key" or name not in _DEFAULTS:
        raise Fault(f"unknown entry {name!r}; known: {', '.join(sorted(_DEFAULTS.keys() - {'key'}))}", entry=name)
    default = _DEFAULTS[name]
    if name in _NUMBERS:
        return _number(name, value)
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise Fault(f"{name} is {value!r}; it must be a list of texts", entry=name)
    if type(value) is not type(default):
        raise Fault(f"{name} is {value!r}; it must be a {'yes or no' if isinstance(default, bool) else 'text'}", entry=name)
    return value


#: Entries that are numbers: their type, the least, the most, and what they count.
_NUMBERS: dict[str, tuple[type, float, float, str]] = {
    "delay": (float, 0, 3600, "seconds, 0 to 3600"),
    "daily_cap": (int, 1, 100_000, "a whole number, 1 to 100000"),
}


def _number(name: str, value: Any) -> Any:
    kind, least, most, form = _NUMBERS[name]
    sound = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    if not sound or not least <= value <= most:
        raise Fault(f"{name} is {value!r}; it must be {form}", entry=name)
    return kind(value)


def as_name(text: str) -> str:
    """Return what may be an outlet's name: one line, without what commands a terminal or turns a line (sites mark directions)."""
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return " ".join(line.split())[:LONGEST_NAME].strip()


def _check(outlet: Outlet) -> None:
    if not _KEY.match(outlet.key) or len(outlet.key) > 50:
        raise Fault("a key is made of small letters, digits and hyphens, at most 50")
    _check_texts(outlet)
    if outlet.country and outlet.country not in country_codes():
        raise Fault(f"country is {outlet.country!r}; it must be a code of two capitals (ISO 3166-1)", entry="country")
    for language in outlet.languages:
        if not _LANGUAGE.match(language):
            raise Fault(f"language {language!r} must be a code of two small letters", entry="languages")
    for name, allowed in (("kind", KINDS), ("region", ("", *REGIONS)), ("evidence", ("", *EVIDENCE))):
        if (value := getattr(outlet, name)) not in allowed:
            raise Fault(f"{name} is {value!r}; it must be one of {', '.join(filter(None, allowed))}", entry=name)
    _check_addresses(outlet)
    _check_pattern(outlet.article)
    _check_date(outlet.checked)


def _check_texts(outlet: Outlet) -> None:
    if not outlet.name.strip() or len(outlet.name) > LONGEST_NAME or not outlet.name.isprintable():
        raise Fault(f"name must be a line of 1 to {LONGEST_NAME} characters", entry="name")
    for name in ("rights", "note", "article"):
        if _NOT_XML.search(getattr(outlet, name)):
            raise Fault(f"{name} holds control characters", entry=name)


def _check_addresses(outlet: Outlet) -> None:
    if not is_address(outlet.homepage, longest=_LONGEST_HOMEPAGE):
        raise Fault(f"{outlet.homepage!r} is no http(s) address", entry="homepage")
    for kind, address in outlet.ways:
        if not is_address(address):
            raise Fault(f"{address!r} is no http(s) address", entry=f"{kind}s")


def is_address(address: str, *, longest: int = _LONGEST_ADDRESS) -> bool:
    """Say whether a text is an http(s) address that the record can hold."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return good and len(address) <= longest and address.isprintable() and " " not in address


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise Fault(f"article is no regular expression: {error}", entry="article") from error


def _check_date(checked: str) -> None:
    try:
        date.fromisoformat(checked or "2000-01-01")
    except ValueError as error:
        raise Fault(f"checked is {checked!r}; it must be a date such as 2026-02-24", entry="checked") from error
