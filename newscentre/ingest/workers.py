"""Runs the pure stages in spawned processes: pages go in, an outcome for each comes out in the same order.

A worker that dies or takes too long is charged to the page it had; the caller counts the charges. Pages that were
waiting are not affected, and a killed parent charges none, since only the parent's report of a death counts.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from newscentre.parallel import SECONDS_AN_ITEM, Failed, Pool
from newsdesk.errors import BadArtefact, NewscentreError, Refused
from newsdesk.values import Analysed, Page


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that a stage refused, by code and sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """A page on which a stage raised what it should not have, or that could not be read from the record."""

    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Charged:
    """A page whose worker died or ran out of time."""

    message: str


@dataclass(frozen=True, slots=True)
class Unready:
    """A worker that could not load its stages: nothing can be analysed."""

    error: Exception


Outcome = Analysed | Rejected | Crashed | Charged

Analyse = Callable[[Page], Analysed]
#: What this worker analyses with, or why it cannot.
_here: Analyse | Unready = Unready(RuntimeError("the worker was not prepared"))


def load_stages() -> Analyse:
    """Load the pure stages; imported late, since the parent never needs them."""
    from newscentre.ingest.stages import Analyser

    return Analyser.load()


class Workers:
    """A pool of processes that analyse pages. Use as a context manager.

    ``load`` runs once in each process and returns what turns a page into an analysed article.
    """

    def __init__(self, count: int, *, seconds: float = SECONDS_AN_ITEM, load: Callable[[], Analyse] = load_stages) -> None:
        self._pool = Pool(count, seconds=seconds, prepare=partial(_load, load))

    def __enter__(self) -> Workers:
        self._pool.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.__exit__(*exception)

    def outcomes(self, pages: Iterable[tuple[int, Page | Crashed | None]]) -> Iterator[tuple[int, Outcome | None]]:
        """Yield each page's number and outcome, in the order given; what is no page keeps its place as it is."""
        for (number, _), result in self._pool.ordered(_analyse_numbered, pages):
            yield number, _outcome(result)

    def analyse(self, page: Page) -> Outcome | None:
        """Analyse one page now."""
        return _outcome(self._pool.one(_analyse, page))


def _outcome(result: Outcome | Unready | Failed | None) -> Outcome | None:
    if isinstance(result, Failed):
        return Charged(result.message)
    if isinstance(result, Unready):
        raise result.error
    return result


def _load(load: Callable[[], Analyse]) -> None:
    """Load the stages, once a worker."""
    global _here  # noqa: PLW0603 - a worker holds its models for as long as it lives
    try:
        _here = load()
    except NewscentreError as error:
        _here = Unready(BadArtefact(str(error)))
    except Exception:
        _here = Unready(RuntimeError(f"the stages cannot be loaded:\n{traceback.format_exc()}"))


def _analyse_numbered(numbered: tuple[int, Page | Crashed | None]) -> Outcome | Unready | None:
    return _analyse(numbered[1])


def _analyse(page: Page | Crashed | None) -> Outcome | Unready | None:
    if not isinstance(page, Page):
        return page
    if isinstance(_here, Unready):
        return _here
    try:
        return _here(page)
    except Refused as refusal:
        return Rejected(refusal.code, str(refusal))
    except Exception as error:
        return Crashed(f"{type(error).__name__}: {error}"[:500], traceback.format_exc())
