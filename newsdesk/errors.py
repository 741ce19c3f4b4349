"""The one error tree: what can be expected to go wrong, by kind.

    NewscentreError
    ├── BadInput              what a person or a file gave cannot be used; the message says what, where and why
    │   ├── BadSetting        a setting that is unknown or has an impossible value
    │   └── BadQuery          a search that cannot be parsed; carries the column
    ├── Refused               a page that is rightly not stored; carries a code, counted per source
    ├── Busy                  another process holds the lock, the port or the data folder
    ├── Unavailable           a server that the work needs does not answer (search engine, mail, database)
    └── BadArtefact           a trained file that is missing, damaged or of another make

Everything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations


class NewscentreError(Exception):
    """Any failure that was foreseen; its text is one sentence that a user can act on."""


class BadInput(NewscentreError):
    """What was given cannot be used."""


class BadSetting(BadInput):
    """A setting is unknown or its value impossible."""


class BadQuery(BadInput):
    """A search that cannot be parsed or answered.

    ``column`` counts characters from 1; ``expected`` names what could have stood there.
    """

    def __init__(self, message: str, *, column: int | None = None, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.column = column
        self.expected = expected


class Refused(NewscentreError):
    """A page that is rightly not stored as an article.

    ``code`` is a short stable word (``empty``, ``too-large``, ``blocked``, ``robots``, ``language``, ``not-html`` ...);
    the message is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Busy(NewscentreError):
    """Somebody else is at it."""


class Unavailable(NewscentreError):
    """A server that the work needs does not answer."""


class BadArtefact(NewscentreError):
    """A trained file is missing, damaged or of another make."""
