"""Keeps an index folder in generations: a folder goes in, the name of the sub-folder that holds its present index comes out.

The file ``current`` holds that name. It is replaced in one step, so that whoever opens the folder, at any instant and in any
process, finds one whole index: the old one or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from newsdesk.errors import Unavailable

POINTER = "current"
#: What lists the pieces of an index: another after each commit. The layout without generations has it at the top of the folder.
LIST = "meta.json"


def current(folder: Path) -> str:
    """Return the name of the present generation, empty if there is none yet."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        if (folder / LIST).exists():
            raise Unavailable(f"the search index in {folder} is of an older layout; rebuild it: newscentre reindex") from None
        return ""
    except (OSError, ValueError) as error:
        raise Unavailable(f"the search index in {folder} cannot be opened ({error}); rebuild it: newscentre reindex") from error
    if Path(name).name != name:
        raise Unavailable(f"{folder / POINTER} does not name an index; rebuild it: newscentre reindex")
    return name


def begun(folder: Path) -> str:
    """Make room for a new generation and return its name."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="index-", dir=folder)).name


def put_first(folder: Path, name: str) -> str:
    """Let a generation be the present one if there is none yet; return which it is now."""
    written = _written(folder, name)
    try:
        os.link(written, folder / POINTER)
    except FileExistsError:
        shutil.rmtree(folder / name, ignore_errors=True)
    finally:
        written.unlink()
    return current(folder)


def put_in_place(folder: Path, name: str) -> None:
    """Let a generation be the present one, and delete all others; who has one of them open still reads it."""
    _written(folder, name).replace(folder / POINTER)
    for path in folder.iterdir():
        if path.is_dir() and path.name != name:
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file() and path.name != POINTER:
            path.unlink(missing_ok=True)


def _written(folder: Path, name: str) -> Path:
    path = folder / f"{POINTER}.{name}"
    path.write_text(name, encoding="utf-8")
    return path
