"""Changes a query: its tree and a change to its words go in, the changed tree comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from search.tree import And, Near, Not, Or, Query


def rewritten(query: Query, change: Callable[[Query], Query]) -> Query:
    """Return the query with ``change`` made to each of its leaves."""
    match query:
        case And(parts) | Or(parts):
            return type(query)(tuple(rewritten(part, change) for part in parts))
        case Not(part):
            return Not(rewritten(part, change))
        case Near():
            return replace(query, left=rewritten(query.left, change), right=rewritten(query.right, change))
    return change(query)
