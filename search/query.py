"""The query language: ``parse`` takes what a person typed and returns the tree; ``str`` of the tree writes it back."""

from search.parse import parse
from search.tree import (
    Above,
    And,
    Concept,
    Dated,
    Everything,
    Is,
    Last,
    Near,
    Not,
    Often,
    Or,
    Phrase,
    Query,
    Wildcard,
    Word,
    asks,
    leaves,
)

__all__ = [
    "Above", "And", "Concept", "Dated", "Everything", "Is", "Last", "Near", "Not", "Often", "Or", "Phrase", "Query",
    "Wildcard", "Word", "asks", "leaves", "parse",
]  # fmt: skip
