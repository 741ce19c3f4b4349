"""What every page's template may use: the request goes in; languages with their links, sections and permissions come out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from newscentre.site.access import may
from newsdesk.languages import languages
from newsdesk.models import Role
from newsdesk.themes import SECTIONS

STYLE = "newscentre/site.css"


@dataclass(frozen=True)
class Tongue:
    """One language of the site, and where this very page is in it."""

    code: str
    name: str
    direction: str
    path: str
    address: str
    current: bool


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Return the values that all templates share."""
    language = current_language()
    return {
        "language": language,
        "direction": languages()[language].direction,
        "tongues": tongues(request, language),
        "themes": SECTIONS,
        "address": request.build_absolute_uri(request.path),
        "style_version": style_version(),
        "may_save": SimpleLazyObject(lambda: may(request, Role.SUBSCRIBER)),
        "may_read_all": SimpleLazyObject(lambda: may(request, Role.ANALYST)),
        "may_edit": SimpleLazyObject(lambda: may(request, Role.EDITOR)),
        "may_administer": SimpleLazyObject(lambda: may(request, Role.ADMINISTRATOR)),
    }


def current_language() -> str:
    """Return the active language, as one of the working languages."""
    code = (get_language() or "en").split("-")[0]
    return code if code in languages() else "en"


def tongues(request: HttpRequest, current: str) -> list[Tongue]:
    """Return the site's languages, each with the address of the page that is being shown."""
    return [
        Tongue(
            code=code,
            name=row.name,
            direction=row.direction,
            path=(path := _in_language(request, code)),
            address=request.build_absolute_uri(path),
            current=code == current,
        )
        for code, row in languages().items()
    ]


def _in_language(request: HttpRequest, code: str) -> str:
    """Swap the language at the front of the path; what has none there (an error outside it) leads home."""
    _, first, *rest = request.path.split("/")
    if first not in languages() or not rest:
        return f"/{code}/"
    query = request.META.get("QUERY_STRING", "") if request.method in ("GET", "HEAD") else ""
    return "/".join(("", code, *rest)) + (f"?{query}" if query else "")


@cache
def style_version() -> str:
    """Return a few letters that change with the style sheet, so that browsers may keep it long."""
    path = finders.find(STYLE)
    if not isinstance(path, str):
        return "0"
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:10]
