"""When a source published and how its last visits went enter; how long to wait until the next visit leaves.

The method is a Poisson rate with exponential forgetting (the posterior mean under a Gamma prior): articles are counted with
a weight that halves every three days, and divided by the time observed, weighted alike. A source is visited twice in the
mean time between two of its articles, so that one waits a quarter of that time on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=24)
#: Older articles say nothing of today's rhythm.
REMEMBERED = timedelta(days=14)
HALF_LIFE = timedelta(days=3)
#: What is believed of a source before anything is known: one article, seen in one hour.
_PRIOR = (1.0, timedelta(hours=1))
VISITS_A_GAP = 2
#: A host that asks for a rest without saying how long gets this, doubled with each repetition.
FIRST_REST = timedelta(minutes=15)
ASKS_FOR_REST = (429, 503)


def interval(published: Iterable[datetime], *, observed_since: datetime, now: datetime) -> timedelta:
    """Return the time between two visits that a source's rhythm asks for, from 10 minutes to 24 hours.

    ``published`` are the times of its articles; those before ``observed_since`` or still to come do not count.
    """
    start = max(observed_since, now - REMEMBERED)
    decay = math.log(2) / HALF_LIFE.total_seconds()
    seen = sum(math.exp(-decay * (now - at).total_seconds()) for at in published if start <= at <= now)
    time = (1 - math.exp(-decay * max((now - start).total_seconds(), 0.0))) / decay
    count, hours = _PRIOR
    gap = timedelta(seconds=(hours.total_seconds() + time) / (count + seen))
    return min(max(gap / VISITS_A_GAP, SHORTEST), LONGEST)


def pause(wanted: timedelta, *, failures: int) -> timedelta:
    """Return how long to leave a source alone: doubled with each visit in a row that failed, a day at most."""
    return min(wanted * float(2 ** min(failures, 10)), LONGEST)


def rest_asked(answers: Sequence[tuple[datetime, int, str]]) -> datetime | None:
    """Return until when a host asks to be left alone, or None.

    ``answers`` are its last ones, newest first: time, status, ``Retry-After``. It asks by 429, by 503 with a
    ``Retry-After``, or by two times 503 in a row; without a ``Retry-After`` the rest doubles with each repetition.
    """
    streak = 0
    while streak < len(answers) and answers[streak][1] in ASKS_FOR_REST:
        streak += 1
    if not streak:
        return None
    at, status, said = answers[0]
    wait = retry_after(said, now=at)
    if wait is None and status == 503 and streak == 1:
        return None
    return at + min(wait if wait is not None else FIRST_REST * 2 ** min(streak - 1, 10), LONGEST)


def retry_after(header: str, *, now: datetime) -> timedelta | None:
    """Read a ``Retry-After`` header, seconds or an HTTP date, up to a day; None where it is neither."""
    said = header.strip()
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=min(int(said[:9]), 10**8)), LONGEST)
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta()), LONGEST)
