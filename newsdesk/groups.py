"""Groups of countries: a group and a day go in, the countries that were its members on that day come out, and the reverse."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from newsdesk.analysis import normalise

#: Stands before a group's key where countries are listed too.
PREFIX = "group:"


@dataclass(frozen=True)
class Group:
    """One group; ``spans`` are the first and last days of each country's memberships, the last of them open."""

    key: str
    names: Mapping[str, str]
    source: str
    spans: Mapping[str, tuple[tuple[date, date], ...]]

    def members(self, on: date) -> tuple[str, ...]:
        """Return the codes of its members on a day, sorted."""
        return tuple(sorted(code for code, spans in self.spans.items() if any(first <= on <= last for first, last in spans)))


@cache
def groups() -> Mapping[str, Group]:
    """Return every group by its key, in the order in which lists show them."""
    table = tomllib.loads(files("newsdesk").joinpath("data/groups.toml").read_text(encoding="utf-8"))
    return {key: Group(key, row["name"], row["source"], _spans(row["members"])) for key, row in table.items()}


def group_name(key: str, language: str) -> str:
    """Return a group's name in a language, in English where that has none; an unknown key comes back as it is."""
    group = groups().get(key)
    return group.names.get(language, group.names["en"]) if group else key


def groups_of(codes: Iterable[str], on: date) -> tuple[str, ...]:
    """Return the groups of which any of these countries was a member on a day."""
    return _groups_of(frozenset(codes), on)


@lru_cache(maxsize=20_000)
def _groups_of(codes: frozenset[str], on: date) -> tuple[str, ...]:
    return tuple(key for key, group in groups().items() if codes.intersection(group.members(on)))


def expanded(wishes: Iterable[str], on: date) -> tuple[str, ...]:
    """Return country codes, with the members on a day in the place of each group (``group:eu``)."""
    listed = [groups()[wish[len(PREFIX) :]].members(on) if wish.startswith(PREFIX) else (wish,) for wish in wishes]
    return tuple(dict.fromkeys(code for codes in listed for code in codes))


@cache
def groups_by_name() -> Mapping[str, str]:
    """Return the keys of the groups by every name they may be called, normalised."""
    named = {normalise(name): key for key, group in groups().items() for name in group.names.values()}
    return named | {key: key for key in groups()} | {key.replace("-", " "): key for key in groups()}


def _spans(text: str) -> dict[str, tuple[tuple[date, date], ...]]:
    pairs = (member.split("=") for member in text.split())
    return {code: tuple(_span(span) for span in spans.split("+")) for code, spans in pairs}


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    return _day(first), _day(last) if last else date.max


def _day(text: str) -> date:
    return date.fromisoformat(text) if "-" in text else date(int(text), 1, 1)
