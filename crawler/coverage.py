"""Outlets enter; which partner states too few of them speak from leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crawler.outlets import Outlet
from newsdesk.partners import partner_states

#: How many outlets a partner state should have, at least. Institutions do not count: they are not its press.
ENOUGH = 2


def gaps(outlets: Iterable[Outlet]) -> list[tuple[str, int]]:
    """Return the partner states with too few outlets that are switched on, and how many they have."""
    counts = Counter(outlet.country for outlet in outlets if outlet.enabled and outlet.kind != "institution")
    return [(state, counts[state]) for state in partner_states() if counts[state] < ENOUGH]
