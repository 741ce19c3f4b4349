"""Alarms: raised where a source went quiet or changed its pages, ended when all is well again, and seldom without a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from benchmarks.alarms import Made, delays, false_alarms, false_layouts, pages_of, pages_until
from newscentre import jobs
from newscentre.health import examine
from newscentre.monitoring.alarms import watch
from newscentre.monitoring.layout import layout_of
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


def test_the_band_holds_most_days() -> None:
    low, high = Usual((20.0,) * 7, 0.1).band(3)
    assert 0 < low < 12
    assert 30 < high < 60


def test_false_alarms_are_rare_and_true_ones_quick() -> None:
    assert false_alarms(Made(30, 0.1), years=4, seed=11) <= 1
    assert np.median(delays(Made(30, 0.1, 0.0), sources=6, seed=12)) <= 27
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
    assert watch(NOW - 1.4 * DAY) == {"ended": 0}
    assert watch(NOW - DAY)["raised"] == 1
    assert watch(NOW)["raised"] == 0
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.subject, alarm.ended_at, alarm.detail["last"]) == ("quiet", source.key, None, 0)
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
def test_a_source_that_was_not_visited_or_rests_is_not_judged() -> None:
    source = make_source("en", crawled_at=NOW - 2 * DAY)
    publish(source, days=range(3, 60), each=30)
    assert watch(NOW)["raised"] == 0
    Source.objects.update(crawled_at=NOW)
    assert watch(NOW)["raised"] == 1
    Source.objects.update(paused_at=NOW, state="paused")
    assert watch(NOW)["ended"] == 1
