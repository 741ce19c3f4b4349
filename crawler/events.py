"""What a crawl tells while it runs: events enter as values and leave as JSON lines, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class CrawlEvent:
    """One thing that happened.

    ``kind`` is one of:

    - ``started``: the source is being visited;
    - ``busy``: another process visits it just now; it is left alone;
    - ``paused``: an editor has paused it; it is left alone;
    - ``left``: ``url`` was not asked for now, for the reason ``code``; it will be at a later visit;
    - ``found``: ``count`` more pages will be asked for (``message`` says ``new`` or ``again``);
    - ``stored``: the answer to ``url`` is kept and waits to be ingested;
    - ``unchanged``: the answer to ``url`` is what it was;
    - ``read``: a feed, sitemap or section (``what``) was read and listed ``count`` links;
    - ``refused``: ``url`` is rightly not kept, for the reason ``code``, in words in ``message``;
    - ``quarantined``: reading ``url`` crashed; the record has the traceback;
    - ``link``: a preview would fetch ``url`` (``message`` is its title);
    - ``finished``: the source is done; ``code`` is its state, ``message`` a sentence, ``count`` the pages kept.
    """

    kind: str
    source: str
    url: str = ""
    what: str = "page"
    code: str = ""
    message: str = ""
    count: int = 0

    def line(self) -> str:
        """Return the event as one line of JSON, in ASCII, so that nothing it tells of can fail to be written."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def of_line(cls, line: str) -> CrawlEvent:
        """Read one line back."""
        return cls(**json.loads(line))
