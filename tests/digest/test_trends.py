"""Trend reports count what they say they count, and claim no more than the numbers bear."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.measure import ENOUGH, Row, measure, months_between
from digest.report import context, report_html
from digest.summary import sentences
from digest.tables import charts_of, table
from digest.trends import build_report
from newsdesk.errors import BadInput
from newsdesk.models import Article, Label, Story, TrendReport, User
from newsdesk.statistics import difference, wilson
from tests.digest.conftest import NOW
from tests.digest.test_render import parsed

LANGUAGES = ("ar", "en", "fr")
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 3, 15, tzinfo=UTC)
ILLEGAL = {"ar": "المهاجرين غير الشرعيين", "en": "illegal migrants", "fr": "migrants illégaux"}
IRREGULAR = {"ar": "المهاجرين غير النظاميين", "en": "irregular migrants", "fr": "migrants en situation irrégulière"}


def row(language: str = "en", concepts: tuple[str, ...] = (), **changes: object) -> Row:
    plain = {
        "language": language, "month": "2026-02", "outlet": "A", "outlet_country": "TN", "story": None, "copy": False,
        "themes": ("protection",), "countries": ("LY",), "concepts": frozenset(concepts),
    }  # fmt: skip
    return Row(**{**plain, **changes})  # type: ignore[arg-type]


def numbers_of(rows: list[Row]) -> dict[str, object]:
    return measure(rows, start=START, end=END, left_out={"undated": 0, "not_media": 0})


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_gives_the_published_intervals(count: int, total: int, low: float, high: float) -> None:
    made = wilson(count, total)
    assert made.low == pytest.approx(low, abs=5e-4)
    assert made.high == pytest.approx(high, abs=5e-4)


def test_newcombe_gives_the_published_interval() -> None:
    gap, low, high = difference(wilson(56, 70), wilson(48, 80))
    assert (gap, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-4)


@given(st.integers(0, 400), st.integers(0, 400))
def test_intervals_hold_the_share_and_keep_within_bounds(count: int, more: int) -> None:
    made = wilson(count, count + more)
    assert 0.0 <= made.low <= made.high <= 1.0
    assert made.low - 1e-9 <= made.share <= made.high + 1e-9 or made.total == 0
    assert math.isfinite(made.low + made.high)


def test_impossible_counts_are_bugs() -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson(3, 2)


def test_months_are_those_the_window_touches() -> None:
    assert months_between(datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)) == [
        "2025-11",
        "2025-12",
        "2026-01",
    ]


def test_copies_and_stories_count_once() -> None:
    numbers = numbers_of([row(story=1), row(story=1, outlet="B"), row(story=1, copy=True, outlet="C"), row()])
    assert numbers["totals"] == {"articles": 4, "independent": 3, "stories": 2, "outlets": 3}


def test_shares_are_of_articles_that_use_any_term_of_the_family() -> None:
    rows = [row(concepts=("illegal_migrant",))] * 24 + [row(concepts=("irregular_migrant", "illegal_migrant"))] * 6 + [row()] * 50
    (terms,) = [terms for terms in numbers_of(rows)["terms"] if terms["family"] == "status"]  # type: ignore[attr-defined]
    shares = {share["concept"]: share for share in terms["shares"]}
    assert (terms["n"], terms["claim"]) == (30, True)
    assert (shares["illegal_migrant"]["share"], shares["irregular_migrant"]["share"]) == (1.0, 0.2)
    assert shares["irregular_migrant"]["low"] == pytest.approx(wilson(6, 30).low, abs=1e-4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_few_articles_make_no_claim(language: str) -> None:
    few = numbers_of([row(language, ("illegal_migrant",))] * (ENOUGH - 1))
    enough = numbers_of([row(language, ("illegal_migrant",))] * ENOUGH)
    assert few["terms"][0]["claim"] is False  # type: ignore[index]
    assert enough["terms"][0]["claim"] is True  # type: ignore[index]
    for reader in LANGUAGES:
        assert len(sentences(few, reader)) == len(sentences(enough, reader))
        assert sentences(few, reader) != sentences(enough, reader)


def test_differences_are_told_only_when_the_interval_excludes_none() -> None:
    def told(count: int) -> bool:
        arabic = [row("ar", ("illegal_migrant",))] * count + [row("ar", ("irregular_migrant",))] * (60 - count)
        english = [row("en", ("illegal_migrant",))] * 30 + [row("en", ("irregular_migrant",))] * 30
        return any("more frequent" in sentence for sentence in sentences(numbers_of(arabic + english), "en"))

    assert not told(33)
    assert told(50)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_reads_the_record(write: Callable[..., Article], language: str) -> None:
    story = Story.objects.create(created_at=NOW)
    first = write(language, text=f"{ILLEGAL[language]}.", story=story, countries=[("LY", ""), ("TN", "")])
    write(language, text=f"{IRREGULAR[language]}.", story=story, outlet="Other")
    write(language, text=f"{ILLEGAL[language]}.", duplicate_of=first, outlet="Third")
    write(language, relevant=False)
    write(language, date_origin="fetch")
    write(language, outlet="Agency", kind="institution")
    write(language, dated_at=START - timedelta(days=1))
    write(language, removed_at=NOW)
    report = build_report(START, END, NOW)
    content = report.content
    assert content["totals"] == {"articles": 3, "independent": 2, "stories": 1, "outlets": 3}
    assert content["left_out"] == {"undated": 1, "not_media": 1}
    status = next(terms for terms in content["terms"] if terms["family"] == "status")
    counts = {share["concept"]: share["articles"] for share in status["shares"]}
    assert (counts["illegal_migrant"], counts["irregular_migrant"]) == (1, 1)
    assert [(row["country"], row["independent"]) for row in content["countries"]] == [("TN", 2), ("LY", 1)]
    assert {row["outlet"] for row in content["panel"]} == {"The Harbour", "Other"}
    assert build_report(START, END, NOW) == report
    assert TrendReport.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_becomes_a_page_with_a_table_for_each_chart(write: Callable[..., Article], language: str) -> None:
    for each in LANGUAGES:
        write(each, outlet="<b>Outlet</b>")
    report = build_report(START, END, NOW)
    charts = charts_of(report.content)
    html = report_html(report, language, drawn=dict.fromkeys(charts, "<svg></svg>"))
    page = parsed(html)
    assert {"volume", "themes", "countries", "terms-person"} <= set(charts)
    assert page.tags.count("svg") == len(charts)
    assert page.tags.count("table") == len(charts) + 1
    assert "<b>" not in html
    assert "%(" not in html
    assert [figure.table.chart for figure in context(report, language)["figures"]] == charts  # type: ignore[attr-defined]
    for chart in charts:
        shown = table(report.content, chart, language)
        assert all(len(cells) == len(shown.header) for cells in shown.rows)


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_window_is_said_to_be_empty(language: str) -> None:
    report = build_report(START, END, NOW)
    assert charts_of(report.content) == []
    assert len(sentences(report.content, language)) == 1
    parsed(report_html(report, language, drawn={}))
    with pytest.raises(BadInput, match="no chart"):
        table(report.content, "volume", language)


@pytest.mark.django_db
def test_windows_must_end_after_they_start() -> None:
    with pytest.raises(BadInput, match="before it starts"):
        build_report(END, START, NOW)


@pytest.mark.django_db
def test_a_report_can_rest_on_one_models_labels_though_another_came_since() -> None:
    def labelled(article: Article, actor: str, *, theme: str, relevant: bool = True, superseded: datetime | None = None) -> None:
        for kind, value, said in (("relevance", "migration", relevant), ("theme", theme, True)):
            Label.objects.create(
                article=article, kind=kind, value=value, score=0.9, threshold=0.5, given=said, actor=actor, created_at=NOW,
                superseded_at=superseded,
            )  # fmt: skip

    articles = [
        Article.objects.create(
            url=f"https://a.example/{number}", outlet="A", language="en", title="Migrants", text="Migrants.", dated_at=NOW,
            date_precision="day", date_origin="json-ld", first_seen_at=NOW,
        )
        for number in range(3)
    ]  # fmt: skip
    labelled(articles[0], "themes 1", theme="labour", superseded=NOW)
    labelled(articles[0], "themes 2", theme="protection")
    labelled(articles[1], "themes 1", theme="labour", relevant=False, superseded=NOW)
    labelled(articles[1], "themes 2", theme="labour")
    labelled(articles[2], "themes 2", theme="labour")
    window = (NOW - timedelta(days=1), NOW + timedelta(days=1))
    whole = build_report(*window, NOW)
    with pytest.raises(BadInput, match=r"'themes 9'; there are themes 1, themes 2$"):
        build_report(*window, NOW, model="themes 9")
    former = build_report(*window, NOW, model="themes 1")
    assert (whole.content["totals"]["articles"], whole.content["models"]) == (3, {"themes 2": 3})
    assert (former.content["totals"]["articles"], former.content["models"]) == (1, {"themes 1": 1})
    assert former.content["left_out"]["other_model"] == 1
    told = {row["theme"]: row["independent"] for row in former.content["themes"]}
    assert (told["labour"], told["protection"]) == (1, 0)
    assert "themes 1" in " ".join(sentences(former.content, "en"))
    assert "themes" not in " ".join(sentences(whole.content, "en"))
    assert build_report(*window, NOW, model="themes 1").pk == former.pk != build_report(*window, NOW).pk
    articles[1].labels.filter(kind="relevance", superseded_at=None).update(superseded_at=NOW)
    labelled(articles[1], "person", theme="labour")
    articles[1].labels.filter(actor="person").update(person=User.objects.create_user("a@people.example"))
    assert build_report(*window, NOW, model="themes 1").content["totals"]["articles"] == 2
    assert "person" in " ".join(sentences(build_report(*window, NOW).content, "en"))
