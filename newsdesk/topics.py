"""Display names of the topics: a topic and a language go in, the words a reader sees come out; and back, for queries."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from newsdesk.errors import BadInput


def topics() -> tuple[str, ...]:
    """Return the keys of all topics, in the order in which lists show them."""
    return tuple(_names())


def topic_name(topic: str, language: str) -> str:
    """Return a topic's name in one language, in English where that language has none."""
    names = _names().get(topic)
    if names is None:
        raise BadInput(f"unknown topic {topic!r}; known: {', '.join(_names())}")
    return names.get(language, names["en"])


def topics_by_name() -> Mapping[str, str]:
    """Return the topics' keys by each of their names, in every language, and by themselves."""
    return {name: topic for topic, names in _names().items() for name in (topic, *names.values())}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("newsdesk").joinpath("data/topics.toml").read_text(encoding="utf-8"))
