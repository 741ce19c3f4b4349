"""The partner states of the dialogue leave, by ISO 3166-1 code, in the order in which they came in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def partner_states() -> tuple[str, ...]:
    """Return the codes of all partner states, those of the first year first, by code within a year."""
    table = tomllib.loads(files("newsdesk").joinpath("data/partner_states.toml").read_text(encoding="utf-8"))
    return tuple(code for _year, codes in sorted(table.items()) for code in sorted(codes))
