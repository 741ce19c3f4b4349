"""How often a source is visited, and how long it is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rhythm import FIRST_REST, LONGEST, SHORTEST, interval, pause, rest_asked, retry_after

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
DAYS = timedelta(days=20)


def every(gap: timedelta, *, days: int = 14) -> list[datetime]:
    return [NOW - n * gap for n in range(1, int(timedelta(days=days) / gap))]


@pytest.mark.parametrize(
    ("gap", "least", "most"),
    [
        (timedelta(minutes=5), SHORTEST, SHORTEST),
        (timedelta(hours=1), timedelta(minutes=27), timedelta(minutes=33)),
        (timedelta(hours=8), timedelta(hours=3), timedelta(hours=5)),
        (timedelta(days=5), timedelta(hours=18), LONGEST),
    ],
)
def test_a_source_is_visited_twice_in_the_time_between_two_articles(gap: timedelta, least: timedelta, most: timedelta) -> None:
    assert least <= interval(every(gap), observed_since=NOW - DAYS, now=NOW) <= most


def test_a_new_source_is_soon_visited_again_and_a_dead_one_once_a_day() -> None:
    assert interval([], observed_since=NOW, now=NOW) == timedelta(minutes=30)
    assert interval([], observed_since=NOW - DAYS, now=NOW) == LONGEST


def test_today_counts_more_than_last_week() -> None:
    today = [NOW - n * timedelta(minutes=20) for n in range(60)]
    last_week = [at - timedelta(days=7) for at in today]
    assert interval(today, observed_since=NOW - DAYS, now=NOW) < interval(last_week, observed_since=NOW - DAYS, now=NOW)


@given(
    st.lists(st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 1), timezones=st.just(UTC)), max_size=300),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
def test_the_interval_keeps_its_bounds(published: list[datetime], since: datetime) -> None:
    assert SHORTEST <= interval(published, observed_since=since, now=NOW) <= LONGEST


def test_failures_double_the_pause_up_to_a_day() -> None:
    assert [pause(timedelta(hours=1), failures=n) for n in (0, 1, 3, 1000)] == [
        timedelta(hours=1), timedelta(hours=2), timedelta(hours=8), LONGEST,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), timedelta(hours=2)),
        (format_datetime(NOW - timedelta(hours=2), usegmt=True), timedelta()),
        ("99999999999999999999", LONGEST),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), LONGEST),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٢٠", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(header: str, wait: timedelta | None) -> None:
    assert retry_after(header, now=NOW) == wait


def answers(*statuses: int | tuple[int, str]) -> list[tuple[datetime, int, str]]:
    pairs = [one if isinstance(one, tuple) else (one, "") for one in statuses]
    return [(NOW, status, said) for status, said in pairs]


@pytest.mark.parametrize(
    ("newest_first", "rest"),
    [
        (answers(), None),
        (answers(200, 429), None),
        (answers(503, 200), None),
        (answers(429), FIRST_REST),
        (answers(503, 503), FIRST_REST * 2),
        (answers((503, "60"), 200), timedelta(minutes=1)),
        (answers(429, 429, 503, 200), FIRST_REST * 4),
        (answers(*[429] * 50), LONGEST),
        (answers((429, "7200"), 429), timedelta(hours=2)),
    ],
)
def test_a_host_asks_for_a_rest(newest_first: list[tuple[datetime, int, str]], rest: timedelta | None) -> None:
    assert rest_asked(newest_first) == (None if rest is None else NOW + rest)
