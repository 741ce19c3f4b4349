"""Held-out scores go in; what fell below the pinned floors (``data/floors.toml``) comes out, one sentence each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def floors() -> Mapping[str, Mapping[str, float]]:
    """Return the lowest F1 allowed, by language and label."""
    return tomllib.loads(files("classify").joinpath("data/floors.toml").read_text(encoding="utf-8"))


def lowered(scores: Iterable[Mapping[str, Any]], pinned: Mapping[str, Mapping[str, float]] | None = None) -> list[str]:
    """Name every score that is lower than its floor; a language or label that was not measured at all counts as lowered."""
    found = {(row["language"], row["label"]): float(row["f1"]) for row in scores}
    pinned = floors() if pinned is None else pinned
    return [
        f"{label} in {language} has F1 {found.get((language, label), 0.0):.3f}, its floor is {floor:.3f}"
        for language, labels in pinned.items()
        for label, floor in labels.items()
        if found.get((language, label), 0.0) < floor
    ]
