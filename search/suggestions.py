"""Suggestions while typing: the beginning of a query and the reader's language go in, whole queries to choose from come out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from babel import Locale

from newsdesk.analysis import normalise
from newsdesk.countries import country_codes
from newsdesk.languages import languages
from newsdesk.lexicon import concepts
from newsdesk.names import shown, stamp
from newsdesk.themes import SECTIONS, theme_name
from newsdesk.topics import topic_name, topics
from search.concepts import forms_of
from search.fields import NAMES

#: Suggestions given, and letters typed before words are suggested.
MOST, LEAST_LETTERS = 8, 2
#: What is being typed: perhaps a field, then a beginning, in quotes or not, that nothing follows.
_LAST = re.compile(r'(?:([A-Za-z-]+):)?("?)([^\s()":]*(?: [^\s()":]+)*)$')
_LAST_WORD = re.compile(r'(?:([A-Za-z-]+):)?()([^\s()":]*)$')


def completions(typed: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield ``(query, what it adds)``: values of the field being typed, or else concepts, places and fields."""
    in_quotes = typed.count('"') % 2 == 1
    found = (_LAST if in_quotes else _LAST_WORD).search(typed)
    if found is None or (not found[1] and len(found[3]) < LEAST_LETTERS):
        return
    before, field, beginning = typed[: found.start()], (found[1] or "").casefold(), normalise(found[3])
    offered = _values(field, language) if field else _words(language, stamp())
    fitting: dict[str, str] = {}
    for written, about in offered:
        if _begins(about, beginning) or _begins(written, beginning):
            fitting.setdefault(f"{before}{written}", about)
    yield from islice(fitting.items(), MOST)


def _begins(text: str, beginning: str) -> bool:
    """Whether a word of a text begins so; a field's name stands before a value's."""
    said = normalise(text.partition(":")[2] or text)
    return said.startswith(beginning) or f" {beginning}" in f" {said}"


def _values(field: str, language: str) -> tuple[tuple[str, str], ...]:
    canonical = {"about": "country", "language": "lang", "outlet-country": "country", "origin": "country", "transit": "country"}
    canonical["destination"] = "country"
    values = _named(language, stamp()).get(canonical.get(field, field), {})
    return tuple((f"{field}:{value}", name) for value, name in values.items())


@lru_cache(maxsize=16)
def _named(language: str, _stamp: str) -> Mapping[str, Mapping[str, str]]:
    """Return, by field, the values that can be named, with their names in a language, in the order of the names."""
    named = {
        "country": {code: shown(code, language).name for code in country_codes()},
        "theme": {theme: theme_name(theme, language) for theme in SECTIONS},
        "topic": {topic: topic_name(topic, language) for topic in topics()},
        "lang": {code: str(Locale(language).languages[code]) for code in languages()},
        "concept": {key: concept.name(language) for key, concept in concepts().items()},
    }
    return {field: dict(sorted(values.items(), key=lambda pair: pair[1])) for field, values in named.items()}


@lru_cache(maxsize=16)
def _words(language: str, names: str) -> tuple[tuple[str, str], ...]:
    """Return what a word may become: a concept by its name or forms, a country, a theme, a topic, a field."""
    named = _named(language, names)
    offered = [(f"concept:{key}", name) for key, name in named["concept"].items()]
    offered += [(f"country:{code}", name) for code, name in named["country"].items()]
    offered += [(f"{field}:{value}", name) for field in ("theme", "topic") for value, name in named[field].items()]
    offered += [(f"concept:{key}", form.text) for key in concepts() for form in forms_of(key)]
    return (*offered, *((f"{name}:", f"{name}:") for name in NAMES))
