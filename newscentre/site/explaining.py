"""Why an article has a label: a text and the words that carried the label go in, the text with those words apart comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscentre.site.listing import Segment

#: Words of a label that are looked for in a text.
MOST_TERMS = 20


def with_terms(text: str, terms: Iterable[str]) -> tuple[Segment, ...]:
    """Split a text at each place where one of these terms stands as a whole word, in any case; longer terms first."""
    wanted = sorted({term for term in terms if term.strip()}, key=len, reverse=True)[:MOST_TERMS]
    if not wanted:
        return ((text, False),)
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, wanted))})(?!\w)", re.IGNORECASE)
    return tuple((part, place % 2 == 1) for place, part in enumerate(found.split(text)) if part)
