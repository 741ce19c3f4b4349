"""Renders a trend report as a page that stands on its own: a report and a language go in, HTML with its charts comes out."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_decimal
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from digest.charts import svg
from digest.summary import language_name, sentences, window
from digest.tables import Table, charts_of, table
from newsdesk.countries import country_name
from newsdesk.languages import languages
from newsdesk.models import TrendReport


@dataclass(frozen=True)
class Figure:
    """A chart and its data; ``drawing`` is SVG, or empty where the page shows it by other means."""

    table: Table
    drawing: SafeString


def report_html(report: TrendReport, language: str) -> str:
    """Return a whole HTML page, with every chart drawn inline, that needs no other file."""
    with translation.override(language):
        return render_to_string("digest/report.html", context(report, language, drawn=True))


def context(report: TrendReport, language: str, *, drawn: bool = False) -> dict[str, object]:
    """Return what a template needs to show a report: title, summary, figures and panel, in words of the language."""
    numbers = report.content
    with translation.override(language):
        return {
            "language": language,
            "direction": languages()[language].direction,
            "window": window(numbers, language),
            "summary": sentences(numbers, language),
            "figures": [
                Figure(table(numbers, chart, language), _inline(svg(report, chart, language)) if drawn else SafeString(""))
                for chart in charts_of(numbers)
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
