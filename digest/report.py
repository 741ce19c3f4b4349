"""Renders a trend report as a page that stands on its own: a report and a language go in, HTML with its charts comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_decimal
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from digest.charts import svg
from digest.summary import language_name, sentences, window
from digest.tables import Table, charts_of, table
from newsdesk.languages import languages
from newsdesk.models import TrendReport
from newsdesk.names import country_name, noting


@dataclass(frozen=True)
class Figure:
    """A chart and its data; ``drawing`` is SVG, or empty where the page shows it by other means."""

    table: Table
    drawing: SafeString


def drawings(report: TrendReport, language: str) -> dict[str, str]:
    """Draw every chart of a report, by name, as SVG."""
    return {chart: svg(report, chart, language) for chart in charts_of(report.content)}


def report_html(report: TrendReport, language: str, *, drawn: Mapping[str, str]) -> str:
    """Return a whole HTML page that needs no other file; ``drawn`` are the report's drawings, which stand in it."""
    with noting() as notes, translation.override(language):
        shown = context(report, language, drawn=drawn)
        return render_to_string("digest/report.html", {**shown, "notes": sorted(notes.values())})


def context(report: TrendReport, language: str, *, drawn: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return what a template needs to show a report: title, summary, figures and panel, in words of the language."""
    numbers = report.content
    with translation.override(language):
        return {
            "language": language,
            "direction": languages()[language].direction,
            "window": window(numbers, language),
            "summary": sentences(numbers, language),
            "figures": [
                Figure(table(numbers, chart, language), _inline((drawn or {}).get(chart, ""))) for chart in charts_of(numbers)
            ],
            "panel": [
                {
                    "outlet": row["outlet"],
                    "country": country_name(row["country"], language) if row["country"] else "",
                    "languages": [language_name(code) for code in row["languages"]],
                    "independent": format_decimal(row["independent"], locale=language),
                }
                for row in numbers["panel"]
            ],
        }


def _inline(drawing: str) -> SafeString:
    # Drawn by us from numbers and from names in our own tables; every text in it was escaped by the renderer.
    return mark_safe(drawing)  # noqa: S308
