"""Counts over the whole record: a query goes in, a number comes out, remembered for a while where counting took long."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import QuerySet

T = TypeVar("T")

#: What takes longer, in seconds, is remembered so long, so that a small record is always counted afresh and a large one seldom.
SLOW = 0.2
KEEP = 120
_NOTHING = object()


def remembered(name: str, work: Callable[[], T]) -> T:
    """Return the outcome of some work, from memory if it was slow the last time."""
    known = cache.get(name, _NOTHING)
    if known is not _NOTHING:
        return known  # type: ignore[no-any-return]
    began = perf_counter()
    outcome = work()
    if perf_counter() - began >= SLOW:
        cache.set(name, outcome, KEEP)
    return outcome


def counted(queryset: QuerySet[Any]) -> int:
    """Return how many rows a query finds."""
    question = hashlib.sha256(str(queryset.order_by().query).encode()).hexdigest()
    return remembered(f"count-{question}", queryset.count)
