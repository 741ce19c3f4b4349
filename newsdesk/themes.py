"""Display names of the themes: a theme and a language go in, the words a reader sees come out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from newsdesk.errors import BadInput
from newsdesk.values import OTHER, THEMES

#: Everything that lists of themes show, in order: the four, then "Other migration news".
SECTIONS: tuple[str, ...] = (*THEMES, OTHER)


def theme_name(theme: str, language: str) -> str:
    """Return a theme's name (``other`` included) in one language, in English where that language has none."""
    names = _names().get(theme)
    if names is None:
        raise BadInput(f"unknown theme {theme!r}; known: {', '.join(SECTIONS)}")
    return names.get(language, names["en"])


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("newsdesk").joinpath("data/themes.toml").read_text(encoding="utf-8"))
