"""Alarms: raised where a source went quiet or changed its pages, ended when all is well again, and seldom without a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from benchmarks.alarms import Made, delays, false_alarms, false_layouts, pages_of, pages_until
from digest.alarms import sentence
from newscentre import jobs
from newscentre.health import examine
from newscentre.monitoring.alarms import daily, watch
from newscentre.monitoring.layout import layout_of
from newscentre.monitoring.silences import shares_of, silence_of
from newscentre.monitoring.volume import LEAST_DAYS, TESTED, Usual, usual_of, volume_of
from newsdesk.models import Alarm, Article, Fetch, Source

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HABITS = {"ar": ("ar", "feed"), "en": ("en", "json-ld"), "fr": ("fr", "meta")}


# Volume


def test_an_empty_day_of_a_busy_source_is_an_alarm_and_of_a_small_one_none() -> None:
    busy, small = [40] * 60 + [0], [1] * 60 + [0]
    first, second = volume_of(busy), volume_of(small)
    assert first is not None
    assert second is not None
    assert first.quiet
    assert not second.quiet


def test_weekends_are_no_silence() -> None:
    week = [30, 30, 30, 30, 30, 2, 0]
    judged = [volume_of((week * 12)[: 70 + day]) for day in range(7)]
    assert not any(volume is None or volume.quiet for volume in judged)


def test_an_alarm_ends_soon_after_the_news_are_back() -> None:
    quiet = volume_of([20] * 60 + [0] * 5)
    back = volume_of([20] * 60 + [0] * 5 + [21, 19])
    assert quiet is not None
    assert back is not None
    assert quiet.quiet
    assert back.well


@pytest.mark.parametrize("counts", [[], [0] * 90, [50] * (LEAST_DAYS + TESTED - 1), [0] * 60 + [9] * 20, [0, 0, 1] * 15])
def test_nothing_is_claimed_on_too_little_history(counts: list[int]) -> None:
    assert volume_of(counts) is None


def test_a_backlog_is_not_what_every_day_brings() -> None:
    assert max(usual_of([3000] + [10] * 48).means) < 20


@pytest.mark.parametrize(("each", "most"), [(1, 23), (3, 9), (12, 5)])
def test_a_busy_source_is_missed_after_hours(each: int, most: int) -> None:
    hours = [0 if hour % 24 < 6 else each for hour in range(70 * 24)]
    usual = usual_of(daily(hours))
    now = 66 * 24 + 10
    quiet = next(n for n in range(1, 60) if silence_of([*hours[n:now], *[0] * n][-(now // 24) * 24 :], usual).rare)
    assert quiet <= most


def test_a_night_is_no_silence_and_a_quiet_week_makes_one_less_telling() -> None:
    hours = [0 if hour % 24 < 8 else 3 for hour in range(70 * 24)]
    usual = usual_of(daily(hours))
    night = silence_of([*hours[8:], *[0] * 8], usual)
    assert (night.hours, night.rare) == (8, False)
    assert night.due < 3
    silent = [0] * 6
    slack = [count // 3 for count in hours[-7 * 24 : -6]]
    usually, in_holidays = silence_of([*hours[:-6], *silent], usual), silence_of([*hours[: -7 * 24], *slack, *silent], usual)
    assert usually.a_year < in_holidays.a_year


def test_the_shares_of_the_hours_are_those_of_the_day_and_no_backlog() -> None:
    shares = shares_of([*[0, 0, 0, 0, 2, 2] * 4 * 50, 500, *[0] * 23])
    assert sum(shares) == pytest.approx(1)
    assert 1.5 * shares[0] < shares[4]
    assert set(shares_of([0] * 48)) == {1 / 24}


def test_the_band_holds_most_days() -> None:
    low, high = Usual((20.0,) * 7, 0.1).band(3)
    assert 0 < low < 12
    assert 30 < high < 60


def test_false_alarms_are_rare_and_true_ones_quick() -> None:
    assert false_alarms(Made(30, 0.1), years=1, seed=11) <= 1
    assert np.median(delays(Made(30, 0.1, 0.0), sources=6, seed=12)) <= 22
    assert np.median(delays(Made(100, 0.1, 0.1), sources=6, seed=13)) <= 30


# Layout


@pytest.mark.parametrize("broken", ["title", "date", "language", "short", "empty"])
def test_a_changed_layout_shows_after_a_few_pages(broken: str) -> None:
    assert pages_until(broken, seed=5) <= 8


def test_an_unchanged_layout_raises_nothing() -> None:
    assert false_layouts(pages=1_000, seed=6) == 0


def test_a_few_pages_tell_nothing() -> None:
    rng = np.random.default_rng(7)
    assert layout_of(pages_of(20, rng=rng), pages_of(20, rng=rng, broken="title")) is None


# In the record


def make_source(language: str = "en", **fields: object) -> Source:
    values = {"homepage": "https://a.example/", "languages": [language], "state": "ok", "crawled_at": NOW, **fields}
    found = Source.objects.create(key=f"paper-{language}", name=f"Paper {language}", **values)
    Fetch.objects.create(source=found, url=found.homepage, kind="feed", fetched_at=NOW - 69 * DAY)
    return found


def publish(source: Source, *, days: range, each: int = 12, **fields: Any) -> None:
    language, origin = HABITS[source.languages[0]]
    moments = [NOW - day * DAY - (n + 0.5) * DAY / each for day in days for n in range(each)]
    Article.objects.bulk_create(
        Article(
            **{
                "url": f"https://a.example/{source.key}/{at.isoformat()}",
                "source": source,
                "language": language,
                "title": f"Title of {at.isoformat()}",
                "text": "word " * 200,
                "dated_at": at,
                "date_precision": "minute",
                "date_origin": origin,
                "first_seen_at": at,
                **fields,
            }
        )
        for at in moments
    )


@pytest.mark.django_db
@pytest.mark.parametrize("language", HABITS)
def test_a_silent_source_is_told_of_within_a_day_or_so_and_no_longer_than_it_lasts(language: str) -> None:
    source = make_source(language)
    publish(source, days=range(2, 60), each=30)
    assert watch(NOW - 1.8 * DAY) == {"ended": 0}
    assert watch(NOW - 1.4 * DAY)["raised"] == 1
    assert watch(NOW)["raised"] == 0
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject, alarm.ended_at) == ("quiet", source.key, None)
    assert 10 <= alarm.detail["silent"] <= 15
    assert alarm.detail["due"] >= 10
    assert sentence(alarm, language)
    assert any(finding.what == f"alarm quiet {source.key}" and not finding.well for finding in examine(now=NOW))
    back = NOW + 2 * DAY
    Source.objects.update(crawled_at=back)
    publish(source, days=range(-2, 0), each=30)
    assert watch(back)["ended"] == 1
    assert Alarm.objects.get().ended_at == back


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [{"date_origin": "fetch"}, {"title": ""}, {"title": "Paper | News"}, {"text": "x"}, {"language": "und"}],
    ids=["date", "title", "same-title", "text", "language"],
)
def test_changed_pages_are_told_of_and_stay_told_of_until_mended(broken: dict[str, Any]) -> None:
    source = make_source("fr")
    publish(source, days=range(1, 50))
    assert watch(NOW)["raised"] == 0
    publish(source, days=range(-1, 0), **broken)
    Source.objects.update(crawled_at=NOW + 9 * DAY)
    assert jobs.watch_sources(NOW + DAY)
    assert Alarm.objects.get().kind == "layout"
    # However many broken pages there are, they do not become the usual ones.
    publish(source, days=range(-9, -1), **broken)
    watch(NOW + 9 * DAY)
    assert Alarm.objects.get().ended_at is None
    publish(source, days=range(-13, -9))
    Source.objects.update(crawled_at=NOW + 13 * DAY)
    assert watch(NOW + 13 * DAY)["ended"] == 1


@pytest.mark.django_db
def test_pages_without_any_text_count_though_they_never_became_articles() -> None:
    source = make_source("ar")
    publish(source, days=range(1, 50))
    Fetch.objects.bulk_create(
        Fetch(source=source, url=f"https://a.example/{n}", state="refused", code="empty", fetched_at=NOW - n * DAY / 24)
        for n in range(8)
    )
    watch(NOW)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.detail["changes"][0]["sign"]) == ("layout", "empty")


@pytest.mark.django_db
def test_what_was_not_asked_for_or_waits_to_be_taken_in_is_not_missed() -> None:
    source = make_source("en", crawled_at=NOW - 0.9 * DAY)
    publish(source, days=range(1, 60), each=30)
    assert watch(NOW)["raised"] == 0
    Source.objects.update(crawled_at=NOW)
    waiting = Fetch.objects.create(source=source, url="https://a.example/new", fetched_at=NOW)
    assert watch(NOW)["raised"] == 0
    waiting.delete()
    assert watch(NOW)["raised"] == 1


@pytest.mark.django_db
def test_a_source_that_was_not_visited_or_rests_is_not_judged() -> None:
    source = make_source("en", crawled_at=NOW - 2 * DAY)
    publish(source, days=range(3, 60), each=30)
    assert watch(NOW)["raised"] == 0
    Source.objects.update(crawled_at=NOW)
    assert watch(NOW)["raised"] == 1
    Source.objects.update(paused_at=NOW, state="paused")
    assert watch(NOW)["ended"] == 1
