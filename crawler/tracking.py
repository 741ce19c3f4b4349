"""Names of query parameters and of hosts enter; whether they name a page, or only the way to it, leaves. One table for all."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files


def untracked(query: str) -> str:
    """Return a query without the parameters that only track or dress; the rest stays as it is spelled."""
    return "&".join(pair for pair in query.split("&") if pair and not _names().match(pair.partition("=")[0]))


def plain_host(host: str) -> str:
    """Return a host without the first label under which a site shows the same pages in another dress."""
    return _hosts().sub("", host)


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads(files("crawler").joinpath("tracking.toml").read_text("utf-8"))


@cache
def _names() -> re.Pattern[str]:
    table = _table()
    whole, begun = ("|".join(map(re.escape, table[name])) for name in ("names", "prefixes"))
    return re.compile(rf"(?:(?:{whole})\Z|(?:{begun})\w+\Z)", re.IGNORECASE)


@cache
def _hosts() -> re.Pattern[str]:
    return re.compile(rf"\A(?:{'|'.join(map(re.escape, _table()['hosts']))})\.")
