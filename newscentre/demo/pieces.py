"""The written articles: TOML files enter; the pieces that the demo newsroom publishes leave, copies filled in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

from newsdesk.errors import BadInput

#: The last release: later runs find nothing new.
RELEASES = 3
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One article of an outlet and what should be made of it. ``age`` is how long before its release it was published.

    ``story`` is the same for all pieces that tell of one event; ``copy_of`` names the original (``outlet/id``) of a
    syndicated copy. What is ``edited`` or ``removed`` is so from release 2 on.
    """

    outlet: str
    id: str
    age: timedelta
    section: str
    title: str
    text: str
    author: str = ""
    release: int = 1
    relevant: bool = False
    themes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    story: str = ""
    copy_of: str = ""
    edited_title: str = ""
    edited_text: str = ""
    removed: bool = False
    hard: str = ""

    @property
    def name(self) -> str:
        """What identifies it in the whole newsroom."""
        return f"{self.outlet}/{self.id}"

    @property
    def edited(self) -> bool:
        """Whether it says something else from release 2 on."""
        return bool(self.edited_title or self.edited_text)

    def as_of(self, release: int) -> Piece:
        """Return the piece as the outlet shows it at this release."""
        if release < 2 or not self.edited:
            return self
        return replace(self, title=self.edited_title or self.title, text=self.edited_text or self.text)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, each on one line."""
        return tuple(" ".join(part.split()) for part in self.text.split("\n\n") if part.strip())

    @property
    def summary(self) -> str:
        """The beginning, as a feed tells it: whole words, at most 180 characters."""
        first = self.paragraphs[0] if self.paragraphs else ""
        return first if len(first) <= 180 else first[:180].rsplit(" ", 1)[0] + " …"


def age(text: str) -> timedelta:
    """Read an age such as ``40m``, ``8h30m`` or ``75d``."""
    if not re.fullmatch(r"(\d+[mhd])+", text):
        raise BadInput(f"{text!r} is no age; write 40m, 8h30m or 75d")
    return sum((timedelta(**{UNITS[unit]: int(count)}) for count, unit in re.findall(r"(\d+)([mhd])", text)), timedelta())


def load_pieces() -> tuple[Piece, ...]:
    """Return every written article, outlet by outlet; raise BadInput naming file and article for one that cannot be used."""
    rows: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in sorted((files(__package__) / "articles").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            outlet = file.name.removesuffix(".toml")
            for row in tomllib.loads(file.read_text(encoding="utf-8"))["article"]:
                name = f"{outlet}/{row.get('id')}"
                if name in rows:
                    raise BadInput(f"{file.name}: article {row.get('id')!r} stands there twice")
                rows[name] = (outlet, row)
    return tuple(_piece(outlet, row, rows=rows) for outlet, row in rows.values())


def _piece(outlet: str, row: dict[str, Any], *, rows: dict[str, tuple[str, dict[str, Any]]]) -> Piece:
    known = dict(row)
    prefix, original = known.pop("prefix", ""), known.get("copy_of")
    try:
        if original:
            known = {**_what_a_copy_takes(rows[original][1]), **known}
            known["text"] = f"{prefix} {known['text'].strip()}".strip()
        known["age"] = age(known["age"])
        known["themes"], known["countries"] = tuple(known["themes"]), tuple(known["countries"])
        return Piece(outlet=outlet, **known)
    except (KeyError, TypeError, BadInput) as error:
        raise BadInput(f"{outlet}.toml: article {row.get('id')!r}: {error}") from error


def _what_a_copy_takes(original: dict[str, Any]) -> dict[str, Any]:
    return {key: original[key] for key in ("title", "text", "relevant", "themes", "countries", "story") if key in original}
