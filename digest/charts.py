"""Draws the charts of a trend report: a report, a chart's name and a language go in, SVG comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import altair as alt
import vl_convert as vlc
from django.utils import translation
from django.utils.translation import gettext

from digest.dates import month_name
from digest.summary import language_name
from digest.tables import Table, table
from newsdesk.languages import languages
from newsdesk.lexicon import concepts
from newsdesk.models import TrendReport
from newsdesk.names import country_name
from newsdesk.themes import SECTIONS, theme_name

Numbers = Mapping[str, Any]
FONT = "IBM Plex Sans Arabic"
FALLBACK = f"{FONT}, Segoe UI, Tahoma, Arial, sans-serif"
#: Okabe and Ito's colours (2008), told apart by nearly everyone; shapes and strokes tell the same.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
WIDTH = 560
LEGEND_COLUMNS = 4
#: Vega's own tables of how numbers are written, where they differ from English with Latin digits.
NUMBER_LOCALES: Mapping[str, Any] = {"fr": "fr-FR"}


def svg(report: TrendReport, chart: str, language: str) -> str:
    """Draw one chart as SVG; raise BadInput for a chart that the report does not bear."""
    _register_font()
    drawn: str = vlc.vegalite_to_svg(specification(report.content, chart, language), format_locale=NUMBER_LOCALES.get(language))
    return drawn


def specification(numbers: Numbers, chart: str, language: str) -> dict[str, Any]:
    """Return a chart as a Vega-Lite specification, mirrored where the language is written from right to left."""
    shown = table(numbers, chart, language)
    page = _Page(numbers, shown, language, rtl=languages()[language].direction == "rtl")
    kind, _, family = chart.partition("-")
    with translation.override(language):
        drawn: dict[str, Any] = _DRAWERS[kind](page, family).to_dict(validate=False)
    # Altair's schema does not know this part of Vega's configuration.
    drawn["config"]["legend"]["layout"] = {"top": {"anchor": "end" if page.rtl else "start"}}
    return drawn


@cache
def _register_font() -> None:
    vlc.register_font_directory(str(files("newsdesk").joinpath("fonts")))


class _Page:
    """What every chart needs to know: numbers, words, language, and which way its axes run."""

    def __init__(self, numbers: Numbers, shown: Table, language: str, *, rtl: bool) -> None:
        self.numbers, self.table, self.language, self.rtl = numbers, shown, language, rtl
        self.codes = list(numbers["languages"])

    def name(self, code: str) -> str:
        """Return a language's name, as the legend has it."""
        return language_name(code)

    def x(self, name: str, *, kind: Any, **options: Any) -> alt.X:
        """Return a horizontal axis, which begins on the side where reading begins."""
        scale = alt.Scale(reverse=self.rtl, **options.pop("scale", {}))
        return alt.X(name, type=kind, scale=scale, **options)

    def y(self, name: str, *, kind: Any, axis: Mapping[str, Any] | None = None, **options: Any) -> alt.Y:
        """Return a vertical axis, on the side where reading begins."""
        side: Literal["right", "left"] = "right" if self.rtl else "left"
        return alt.Y(name, type=kind, axis=alt.Axis(orient=side, **(axis or {})), **options)

    def by_language(self) -> dict[str, Any]:
        """Return the encoding that tells languages apart, by colour and by shape, with one legend."""
        names = [self.name(code) for code in self.codes]
        legend = alt.Legend(title=None, orient="top", direction="horizontal")
        return {"color": alt.Color("language:N", scale=self.in_order(names, self.marks(COLOURS)), legend=legend, sort=names)}

    def in_order(self, names: list[str], marks: list[str]) -> alt.Scale:
        """Return a scale whose legend begins, in each of its lines, where reading begins."""
        step = -1 if self.rtl else 1
        lines = [slice(at, at + LEGEND_COLUMNS) for at in range(0, len(names), LEGEND_COLUMNS)]
        return alt.Scale(
            domain=[name for line in lines for name in names[line][::step]],
            range=[mark for line in lines for mark in marks[line][::step]],
        )

    def shape(self) -> alt.Shape:
        """Return the encoding that tells languages apart by shape; its legend falls in with that of the colours."""
        names = [self.name(code) for code in self.codes]
        return alt.Shape("language:N", scale=self.in_order(names, self.marks(SHAPES)), legend=None)

    def marks(self, kinds: Sequence[str]) -> list[str]:
        """Return the colours or shapes of the languages: each has its own, also where another is absent."""
        known = list(languages())
        return [kinds[known.index(code)] for code in self.codes]

    def note(self) -> str:
        """Return the note on one line; marks keep a full stop on its side of it."""
        mark = "\u200f" if self.rtl else ""
        return f"{mark}{self.table.note}{mark}"

    def finished(self, chart: Any, *, shift: int = 0) -> Any:
        """Add title, note, font and quiet axes; ``shift`` moves the title, for a chart of several frames has no right side."""
        start: Literal["end", "start"] = "end" if self.rtl else "start"
        title = alt.TitleParams(self.table.title, subtitle=self.note(), anchor=start, frame="group", offset=14, dx=shift)
        quiet = {
            "labelFont": FALLBACK,
            "titleFont": FALLBACK,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        }
        return (
            chart.properties(title=title, background="#ffffff", padding={"top": 14, "bottom": 14, "left": 36, "right": 36})
            .configure(font=FALLBACK)
            .configure_title(
                font=FALLBACK, subtitleFont=FALLBACK, fontSize=17, fontWeight=600, subtitleFontSize=12, subtitleColor="#56606e"
            )
            .configure_axis(**quiet, gridColor="#e6e3dc", domainColor="#8a919b", tickColor="#8a919b", labelLimit=260)
            .configure_legend(**{**quiet, "labelFontSize": 13}, symbolOpacity=1)
            .configure_header(**quiet)
            .configure_view(stroke=None)
        )


def _data(rows: list[dict[str, Any]]) -> Any:
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def _whole() -> dict[str, Any]:
    return {"tickMinStep": 1, "format": ",d"}


def _volume(page: _Page, _family: str) -> Any:
    months = [month_name(month, page.language) for month in page.numbers["months"]]
    rows = [
        {
            "month": month_name(row["month"], page.language),
            "language": page.name(row["language"]),
            "independent": row["independent"],
        }
        for row in page.numbers["volume"]
    ]
    axis = alt.Axis(labelAngle=0 if len(months) <= 12 else -45, labelOverlap="greedy")
    base = alt.Chart(_data(rows)).encode(
        x=page.x("month", kind="ordinal", sort=months, title=None, axis=axis),
        y=page.y("independent", kind="quantitative", title=gettext("Independent articles"), axis=_whole()),
        **page.by_language(),
    )
    marks = base.mark_line(strokeWidth=2) + base.mark_point(filled=True, size=70, opacity=1).encode(shape=page.shape())
    return page.finished(marks.properties(width=WIDTH, height=260))


def _themes(page: _Page, _family: str) -> Any:
    order = [theme_name(theme, page.language) for theme in SECTIONS]
    rows = [
        {
            "theme": theme_name(row["theme"], page.language),
            "language": page.name(row["language"]),
            "independent": row["independent"],
        }
        for row in page.numbers["themes"]
    ]
    return page.finished(_bars(page, rows, field="theme", order=order, offset=True))


def _countries(page: _Page, _family: str) -> Any:
    rows = [
        {"country": country_name(row["country"], page.language), "language": page.name(code), "independent": count}
        for row in page.numbers["countries"]
        for code, count in row["languages"].items()
    ]
    order = [country_name(row["country"], page.language) for row in page.numbers["countries"]]
    return page.finished(_bars(page, rows, field="country", order=order, offset=False))


def _bars(page: _Page, rows: list[dict[str, Any]], *, field: str, order: list[str], offset: bool) -> Any:
    names = [page.name(code) for code in page.codes]
    encoding: dict[str, Any] = {
        "x": page.x("independent", kind="quantitative", title=gettext("Independent articles"), axis=alt.Axis(**_whole())),
        "y": page.y(field, kind="nominal", sort=order, title=None, axis={"labelPadding": 6, "ticks": False}),
        **page.by_language(),
    }
    if offset:
        encoding["yOffset"] = alt.YOffset("language:N", sort=names)
    marks = alt.Chart(_data(rows)).mark_bar().encode(**encoding)
    step = alt.Step(16, **{"for": "offset"}) if offset else alt.Step(24)
    return marks.properties(width=WIDTH - 140, height=step)


def _terms(page: _Page, family: str) -> Any:
    rows = [
        {
            "term": concepts()[share["concept"]].name(page.language),
            "language": page.name(terms["language"]),
            "claim": terms["claim"],
            **{bound: share[bound] for bound in ("share", "low", "high")},
        }
        for terms in page.numbers["terms"]
        if terms["family"] == family
        for share in terms["shares"]
    ]
    order = list(dict.fromkeys(row["term"] for row in rows))
    base = alt.Chart(_data(rows)).encode(
        y=page.y("term", kind="nominal", sort=order, title=None, axis={"labelPadding": 6, "ticks": False, "grid": True}),
        yOffset=alt.YOffset("language:N", sort=[page.name(code) for code in page.codes]),
        opacity=alt.condition(alt.datum.claim, alt.value(1.0), alt.value(0.3)),
        **page.by_language(),
    )
    ends = {
        "axis": alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        "scale": {"domain": [0, 1]},
        "title": gettext("Share of articles"),
    }
    spans = base.mark_rule(strokeWidth=3).encode(x=page.x("low", kind="quantitative", **ends), x2=alt.X2("high"))
    dots = base.mark_point(filled=True, size=80).encode(x=page.x("share", kind="quantitative", **ends), shape=page.shape())
    return page.finished((spans + dots).properties(width=WIDTH - 140, height=alt.Step(16, **{"for": "offset"})))


def _months(page: _Page, family: str) -> Any:
    rows = [
        {
            "month": month_name(month["month"], page.language),
            "language": page.name(terms["language"]),
            "term": concepts()[share["concept"]].name(page.language),
            **{bound: share[bound] for bound in ("share", "low", "high")},
        }
        for terms in page.numbers["terms"]
        if terms["family"] == family and any(row[1] == page.name(terms["language"]) for row in page.table.rows)
        for month in terms["months"]
        if month["claim"]
        for share in month["shares"]
    ]
    terms = list(dict.fromkeys(row["term"] for row in rows))
    months = [month_name(month, page.language) for month in page.numbers["months"]]
    colour = alt.Color(
        "term:N",
        scale=page.in_order(terms, list(COLOURS[: len(terms)])),
        legend=alt.Legend(title=None, orient="top", direction="horizontal", columns=LEGEND_COLUMNS, labelLimit=300),
    )
    shape = alt.Shape("term:N", scale=page.in_order(terms, list(SHAPES[: len(terms)])), legend=None)
    base = alt.Chart().encode(
        x=page.x("month", kind="ordinal", sort=months, title=None, axis=alt.Axis(labelAngle=-45, labelOverlap="greedy")),
        color=colour,
    )
    ends: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": {"format": "%"}, "title": gettext("Share of articles")}
    band = base.mark_area(opacity=0.12).encode(y=page.y("low", kind="quantitative", **ends), y2=alt.Y2("high"))
    share = page.y("share", kind="quantitative", **ends)
    line = base.mark_line(strokeWidth=2).encode(y=share)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(y=share, shape=shape)
    layered = alt.layer(band, line, dots, data=_data(rows)).properties(width=WIDTH, height=180)
    names = [page.name(code) for code in page.codes]
    header = alt.Header(labelAngle=0, labelOrient="top", labelAnchor="end" if page.rtl else "start")
    framed = layered.facet(row=alt.Row("language:N", sort=names, title=None, header=header))
    return page.finished(framed, shift=WIDTH if page.rtl else 0)


_DRAWERS: dict[str, Callable[[_Page, str], Any]] = {
    "volume": _volume,
    "themes": _themes,
    "countries": _countries,
    "terms": _terms,
    "months": _months,
}
