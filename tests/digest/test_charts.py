"""Charts render in three languages, with the shipped font, mirrored where reading begins on the right."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from digest.charts import COLOURS, FONT, specification, svg
from digest.tables import charts_of
from newsdesk.errors import BadInput
from newsdesk.models import TrendReport
from newsdesk.themes import theme_name
from tests.digest.test_trends import numbers_of, row

LANGUAGES = ("ar", "en", "fr")


@pytest.fixture(scope="module")
def report() -> TrendReport:
    rows = [
        row(language, (concept, "migrant"), month=month)
        for language in LANGUAGES
        for concept in ("illegal_migrant", "irregular_migrant", "undocumented_migrant")
        for month in ("2026-01", "2026-02", "2026-03")
        for _ in range(5)
    ]
    return TrendReport(content=numbers_of(rows))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_sound_svg(report: TrendReport, language: str) -> None:
    charts = charts_of(report.content)
    assert "months-status" in charts
    # Mirrored, every chart is drawn; else one of each kind, for they differ by their words alone.
    kinds = {chart.partition("-")[0]: chart for chart in charts}
    for chart in charts if language == "ar" else kinds.values():
        root = ElementTree.fromstring(svg(report, chart, language))
        words = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert words
        assert not [element.tag for element in root.iter() if element.tag.endswith(("script", "foreignObject", "image"))]
        if chart == "themes":
            assert theme_name("protection", language) in words


def axes(language: str, report: TrendReport) -> tuple[Any, Any]:
    encoding = specification(report.content, "themes", language)["encoding"]
    return encoding["x"]["scale"]["reverse"], encoding["y"]["axis"]["orient"]


def test_arabic_charts_are_mirrored(report: TrendReport) -> None:
    assert axes("ar", report) == (True, "right")
    assert axes("en", report) == axes("fr", report) == (False, "left")


def test_the_font_is_shipped_and_colours_are_distinct(report: TrendReport) -> None:
    spec = specification(report.content, "volume", "ar")
    assert spec["config"]["font"].startswith(FONT)
    assert len(set(COLOURS)) == len(COLOURS)


def test_languages_keep_their_colour_when_one_is_absent() -> None:
    report = TrendReport(content=numbers_of([row("fr"), row("ar")]))
    scale = specification(report.content, "themes", "en")["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {"Arabic": COLOURS[0], "French": COLOURS[2]}


def test_unknown_charts_are_named(report: TrendReport) -> None:
    with pytest.raises(BadInput, match="no chart 'pie'"):
        svg(report, "pie", "en")
