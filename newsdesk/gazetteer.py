"""Places and organisations: a key goes in, its name in a language comes out; a name in any language goes in, its key comes out.

``data/places.tsv`` and ``data/organisations.tsv`` hold the forms by which texts name them (``classify.gazetteer`` reads
those), the first form of each language being the name to print. The cities after which time zones are called come from CLDR.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.core import get_global

from newsdesk.analysis import normalise
from newsdesk.countries import country_codes, shipped_name
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.names import country_name

#: Stands for no country: seas, regions across borders, international organisations.
NOWHERE = "XZ"
#: An organisation that every country has one of: its key is then ``tn/coast-guard``.
EVERY = "*"
#: Kinds of place in ``places.tsv``: a place is a crossing, camp, island, river or desert.
KINDS = ("city", "region", "place", "sea")
#: What may stand at the end of a form and says how a text must be read (see the README of ``classify/data/gazetteer``).
_MARKS = re.compile(r"(\?\?|\?|~)$")
_REGIONS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
#: Languages in which a city without a name of its own in CLDR is written as in English.
_LATIN = frozenset({"en", "fr"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A place or an organisation; ``country`` is a code, NOWHERE or EVERY; ``forms`` by language, with their marks."""

    key: str
    country: str
    kind: str
    forms: Mapping[str, tuple[str, ...]]

    def name(self, language: str) -> str:
        """Return the name to print, in English where the language has none."""
        named = self.forms.get(language) or self.forms["en"]
        return _MARKS.sub("", named[0])


@cache
def places() -> Mapping[str, Entry]:
    """Return the places by their keys (``tn/zarzis``, ``sea/aegean-sea``)."""
    entries: dict[str, Entry] = {}
    for row in read_table("places.tsv"):
        forms = _forms(row)
        entry = Entry(place_key(row["code"], row["kind"], forms["en"][0]), row["code"], row["kind"], forms)
        if entries.setdefault(entry.key, entry) is not entry:
            raise BadInput(f"places.tsv names {entry.key} twice")
    known = {name for entry in entries.values() for name in _names(entry)}
    for entry in _cldr_cities():
        if all(entry.forms.values()) and known.isdisjoint(_names(entry)):
            entries.setdefault(entry.key, entry)
    return entries


@cache
def organisations() -> Mapping[str, Entry]:
    """Return the organisations by their keys (``unhcr``; ``coast-guard`` for that of any country)."""
    return {row["key"]: Entry(row["key"], row["code"], row["kind"], _forms(row)) for row in read_table("organisations.tsv")}


def place_key(code: str, kind: str, english: str) -> str:
    """Return the key of a place: its country (its kind, where it lies in none) and its English name."""
    return f"{kind if code == NOWHERE else code.casefold()}/{_slug(_MARKS.sub('', english))}"


def place_name(key: str, language: str) -> str:
    """Return a place's name; an unknown key comes back as it is."""
    return places()[key].name(language) if key in places() else key


def organisation_name(key: str, language: str) -> str:
    """Return an organisation's name, with its country where every country has one; an unknown key comes back as it is."""
    if key in organisations():
        return organisations()[key].name(language)
    code, _, sort = key.partition("/")
    if sort in organisations():
        return f"{organisations()[sort].name(language)} ({country_name(code.upper(), language)})"
    return key


@cache
def place_keys() -> Mapping[str, str]:
    """Return the key that each name of a place stands for, folded; a name of several stands for the first of the table."""
    return _keys(places())


@cache
def organisation_keys() -> Mapping[str, str]:
    """Return the key that each name of an organisation stands for, folded; those that every country has, by country too."""
    keys = dict(_keys(organisations()))
    general = [entry for entry in organisations().values() if entry.country == EVERY]
    for code in country_codes():
        for entry in general:
            key = f"{code.casefold()}/{entry.key}"
            keys.setdefault(key, key)
            for language in languages():
                for name in _spellings(f"{entry.name(language)} ({shipped_name(code, language)})"):
                    keys.setdefault(name, key)
    return keys


def read_table(name: str) -> list[dict[str, str]]:
    """Read one tab-separated table of ``newsdesk/data``; lines that begin with ``#`` are comments."""
    return parse_table(files("newsdesk").joinpath("data", name).read_text(encoding="utf-8"))


def parse_table(text: str) -> list[dict[str, str]]:
    """Parse a tab-separated table whose first line names the columns; lines that begin with ``#`` are comments."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def split_forms(cell: str) -> tuple[str, ...]:
    """Split a cell into its forms."""
    return tuple(form.strip() for form in cell.split("|") if form.strip())


def _forms(row: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {language: split_forms(row["en"] if row[language] == "=" else row[language]) for language in languages()}


def _keys(entries: Mapping[str, Entry]) -> Mapping[str, str]:
    keys: dict[str, str] = {}
    for entry in entries.values():
        keys[entry.key] = entry.key
        for name in (name for language in entry.forms for name in _spellings(entry.name(language))):
            keys.setdefault(name, entry.key)
    for entry in entries.values():
        for name in (name for forms in entry.forms.values() for form in forms for name in _spellings(_MARKS.sub("", form))):
            keys.setdefault(name, entry.key)
    return keys


def _names(entry: Entry) -> Iterator[tuple[str, str]]:
    return ((entry.country, normalise(_MARKS.sub("", form))) for forms in entry.forms.values() for form in forms)


def _spellings(name: str) -> tuple[str, str]:
    """Return a name as it is compared, with its hyphens and without."""
    folded = normalise(name)
    return folded, " ".join(folded.replace("-", " ").split())


def _slug(name: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    return "-".join(re.findall(r"[^\W_]+", plain.casefold().replace("'", "").replace("’", "")))


def _cldr_cities() -> Iterator[Entry]:
    """Yield the cities after which time zones are called: most capitals are among them."""
    english = Locale("en").time_zones
    for zone, code in sorted(get_global("zone_territories").items()):
        region, _, last = zone.rpartition("/")
        if region not in _REGIONS or code not in country_codes():
            continue
        default = str(english.get(zone, {}).get("city", last.replace("_", " ")))
        names = {language: str(Locale(language).time_zones.get(zone, {}).get("city", default)) for language in languages()}
        forms = {language: (name,) if name != default or language in _LATIN else () for language, name in names.items()}
        yield Entry(place_key(code, "city", default), code, "city", forms)
