"""Far more than usual: the test of counts by simulation, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from newscentre.alerts.surge import DAYS, LEAST_DAYS, surge_of
from newscentre.alerts.watching import EVERY, counts_of, watch_next
from newsdesk.errors import Unavailable
from newsdesk.models import AlertMail, Article, SavedSearch
from search.embedded import EmbeddedEngine

Save = Callable[..., SavedSearch]
Write = Callable[..., Article]


def made(rng: np.random.Generator, *, mean: float, dispersion: float, days: int) -> list[int]:
    """Invent a search's finds a day: bursty (gamma), half as many at weekends."""
    day = np.arange(days)
    level = mean * np.where(day % 7 >= 5, 0.5, 1.0) * 7 / 6 * rng.gamma(1 / dispersion, dispersion, days)
    return [int(count) for count in rng.poisson(level)]


@pytest.mark.parametrize("mean", [0.3, 3.0, 30.0])
def test_false_alarms_are_rare_and_true_surges_are_seen(mean: float) -> None:
    rng = np.random.default_rng(5)
    years = 2
    counts = made(rng, mean=mean, dispersion=0.2, days=365 * years)
    raised = [day for day in range(DAYS, len(counts)) if (surge := surge_of(counts[day - DAYS : day])) and surge.raised]
    assert len(raised) <= 2 * years
    seen = 0
    for _ in range(100):
        history = made(rng, mean=mean, dispersion=0.2, days=DAYS - 1)
        surge = surge_of([*history, round(6 * mean + 6)])
        assert surge is not None
        seen += surge.raised
    assert seen >= 85


def test_too_short_a_history_and_trifles_are_no_surge() -> None:
    assert surge_of([1] * LEAST_DAYS) is None
    quiet = surge_of([0] * 40 + [4])
    assert quiet is not None
    assert not quiet.raised
    sudden = surge_of([0] * 40 + [9])
    assert sudden is not None
    assert sudden.raised


@pytest.mark.django_db
def test_a_surge_is_told_once_until_it_is_over(
    save: Save, write: Write, bring: Callable[[], int], engine: EmbeddedEngine, now: datetime
) -> None:
    search = save(spikes=True, frequency="never")
    for day in range(1, 50):
        write(dated_at=now - timedelta(days=day, hours=1))
    for _ in range(12):
        write(dated_at=now - timedelta(hours=1))
    bring()
    assert counts_of(search, engine, now=now)[-4:] == [1, 1, 1, 12]
    assert watch_next(engine, now)
    assert not watch_next(engine, now)
    mail = AlertMail.objects.get()
    assert mail.spike is not None
    assert mail.spike["count"] == 12
    assert 0.5 < mail.spike["expected"] < 1.5
    assert watch_next(engine, now + EVERY)
    assert AlertMail.objects.count() == 1
    assert watch_next(engine, now + timedelta(days=2))
    search.refresh_from_db()
    assert search.spiking_since is None


@pytest.mark.django_db
def test_an_engine_that_is_away_is_asked_again(save: Save, now: datetime) -> None:
    save(spikes=True)

    class Away:
        def tally(self, _clauses: Any) -> None:
            raise Unavailable("away")

    with pytest.raises(Unavailable):
        watch_next(Away(), now)  # type: ignore[arg-type]
