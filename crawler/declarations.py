"""Outlets enter; TOML that declares them leaves, and is added to an operator's file without touching what is there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from crawler.catalogue import load_catalogue
from crawler.outlets import Outlet
from newsdesk.errors import BadInput

#: The order of an entry's lines.
_ORDER = (
    "name", "homepage", "country", "region", "languages", "kind", "feeds", "sitemaps", "sections", "article", "javascript",
    "delay", "daily_cap", "enabled", "verified", "evidence", "checked", "rights", "note",
)  # fmt: skip
_DEFAULTS = {field.name: field.default for field in fields(Outlet)}
_WIDTH = 118


def toml_of(outlet: Outlet) -> str:
    """Return the outlet's declaration; what is as by default is left out."""
    given = {name: getattr(outlet, name) for name in _ORDER if getattr(outlet, name) != _DEFAULTS.get(name)}
    return f"[{outlet.key}]\n" + "".join(f"{name} = {_value(value)}\n" for name, value in given.items())


def append(path: Path, declarations: Iterable[str]) -> None:
    """Add declarations at the end of an operator's file, whole or not at all; its lines stay as they are.

    Raises BadInput, and changes nothing, where the file could not be used any more afterwards.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    joint = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    text = before + joint + "\n".join(declarations)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".sources-", delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            load_catalogue(draft)
            draft.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o600)
            draft.replace(path)
        except BadInput as error:
            raise BadInput(str(error).replace(str(draft), str(path))) from error
        finally:
            draft.unlink(missing_ok=True)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        line = f"[{', '.join(map(_value, value))}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {_value(one)},\n" for one in value) + "]"
    # JSON's escapes are TOML's, but for the one character that JSON lets stand.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
