"""Pages of a list and links that keep the rest of an address: a list and a request go in, one page with its links comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from newscentre.site.counting import counted

T = TypeVar("T")
M = TypeVar("M", bound=Model)

SIZE = 20
#: Further back nobody leafs; search and dates lead there.
LAST = 500


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page: its items, its number of how many, and the addresses of its neighbours (empty: there is none)."""

    items: Sequence[T]
    number: int
    pages: int
    total: int
    previous: str
    next: str


def number_of(request: HttpRequest, *, last: int = LAST) -> int:
    """Return the page asked for, 1 for anything that is no number."""
    asked = request.GET.get("page", "")
    return min(max(1, int(asked)), last) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def page_of(request: HttpRequest, items: Sequence[T], *, total: int, number: int, size: int = SIZE, last: int = LAST) -> Page[T]:
    """Return a page of items already cut out of ``total``."""
    pages = min(max(1, -(-total // size)), last)
    return Page(
        items=items,
        number=number,
        pages=pages,
        total=total,
        previous=with_query(request, page=str(number - 1)) if number > 1 else "",
        next=with_query(request, page=str(number + 1)) if number < pages else "",
    )


def page_of_rows(request: HttpRequest, queryset: QuerySet[M], *, size: int = SIZE) -> Page[M]:
    """Cut the page asked for out of a query of the record; beyond the end comes the last page."""
    total = counted(queryset)
    number = min(number_of(request), max(1, -(-total // size)))
    return page_of(request, list(queryset[(number - 1) * size : number * size]), total=total, number=number, size=size)


def with_query(request: HttpRequest, **changes: str) -> str:
    """Return the query part of this page's address with some values changed (empty: taken out); any change but that of the
    page begins at the first page again.
    """
    asked = request.GET.copy()
    if "page" not in changes:
        asked.pop("page", None)
        asked.pop("after", None)
    for name, value in changes.items():
        if value and (name, value) != ("page", "1"):
            asked[name] = value
        else:
            asked.pop(name, None)
    return f"?{asked.urlencode()}"
