"""A homepage's address enters; a key for its outlet and a guess at its country leave."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from urllib.parse import urlsplit

from newsdesk.countries import country_codes

LONGEST_KEY = 50
#: Labels that say nothing of whose host it is.
_PLAIN = frozenset(["www", "m", "mobile", "amp", "rss", "feeds", "feed", "news"])
_CLASSES = frozenset(["co", "com", "org", "net", "gov", "ac", "edu", "info"])
#: Country domains that anybody takes, whatever the country.
_ANYBODYS = frozenset(["ai", "cc", "co", "fm", "gg", "im", "io", "me", "sh", "to", "tv", "ws"])


def key_of(homepage: str, *, taken: Container[str] = ()) -> str:
    """Return a key that is not taken, made of the host's name: ``daily`` of ``https://www.daily.example/``."""
    labels = _labels(homepage)
    known = [label for label in labels[:-1] if label not in _PLAIN and label not in _CLASSES] or labels[:1]
    plain = unicodedata.normalize("NFKD", "-".join(known)).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[: LONGEST_KEY - 4].strip("-") or "outlet"
    number, free = 2, key
    while free in taken:
        free, number = f"{key}-{number}", number + 1
    return free


def country_of(homepage: str) -> str:
    """Return the country whose domain the host is in; empty where that says nothing."""
    top = (_labels(homepage) or [""])[-1]
    code = {"uk": "GB"}.get(top, top.upper())
    return code if top not in _ANYBODYS and code in country_codes() else ""


def _labels(homepage: str) -> list[str]:
    try:
        return (urlsplit(homepage).hostname or "").lower().split(".")
    except ValueError:
        return [""]
