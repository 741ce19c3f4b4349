"""The routes: a route's key and a language go in, its name and what it is come out; names typed by people are found again."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from newsdesk.analysis import normalise


def _load() -> Mapping[str, Any]:
    return tomllib.loads(files("newsdesk").joinpath("data/routes.toml").read_text(encoding="utf-8"))


_TABLE = _load()
#: Every route, in the order in which lists show them.
ROUTES: tuple[str, ...] = tuple(_TABLE)


def route_name(key: str, language: str) -> str:
    """Return a route's name in a language, in English where that has none; an unknown key comes back as it is."""
    row = _TABLE.get(key)
    return str(row["name"].get(language, row["name"]["en"])) if row else key


def route_about(key: str, language: str) -> str:
    """Return one sentence on where a route leads."""
    about = _TABLE[key]["about"]
    return str(about.get(language, about["en"]))


@cache
def routes_by_name() -> Mapping[str, str]:
    """Return the keys of the routes by every name they may be called, normalised."""
    names = {normalise(name): key for key, row in _TABLE.items() for name in row["name"].values()}
    return names | {key: key for key in ROUTES} | {key.replace("-", " "): key for key in ROUTES}
