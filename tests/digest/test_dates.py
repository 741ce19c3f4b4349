"""Days are written as their readers write them."""

from __future__ import annotations

from datetime import date

import pytest

from digest.dates import day_and_month, full_day, long_day, short_day


@pytest.mark.parametrize(
    ("language", "full", "long", "short", "brief"),
    [
        ("ar", "الاثنين، 1 يونيو 2026", "1 يونيو 2026", "1 يونيو 2026", "1 يونيو"),
        ("en", "Monday, 1 June 2026", "1 June 2026", "1 Jun 2026", "1 Jun"),
        ("fr", "lundi 1er juin 2026", "1er juin 2026", "1er juin 2026", "1er juin"),
    ],
)
def test_the_first_day_of_a_month_is_written_as_it_is_read(language: str, full: str, long: str, short: str, brief: str) -> None:
    first = date(2026, 6, 1)
    assert [write(first, language) for write in (full_day, long_day, short_day, day_and_month)] == [full, long, short, brief]
    assert long_day(date(2026, 6, 11), language).startswith("11 ")
