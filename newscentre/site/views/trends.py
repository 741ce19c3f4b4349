"""Pages of the trend reports: a report of the record goes in, its summary, charts and tables come out."""

from __future__ import annotations

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digest.charts import svg
from digest.report import context
from digest.summary import sentences, window
from newscentre.site.context import current_language
from newsdesk.errors import BadInput
from newsdesk.models import TrendReport
from newsdesk.names import stamp

MOST = 24
#: A drawn chart is kept so long, in seconds: drawing takes a while, and a report's numbers do not change under its date.
KEEP = 86_400
#: A drawing opened by itself can neither run nor load anything.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """List the reports, the newest with its summary."""
    found = list(TrendReport.objects.all()[:MOST])
    language = current_language()
    listed = [(report, window(report.content, language)) for report in found if report.content]
    summary = sentences(listed[0][0].content, language) if listed else []
    return render(request, "site/trends.html", {"reports": listed, "summary": summary})


@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show one report."""
    found = _found(report_id)
    shown = context(found, current_language())
    return render(request, "site/trend.html", {"report": found, "version": _version(found), **shown})


@require_safe
def chart(_request: HttpRequest, report_id: int, chart: str) -> HttpResponse:
    """Answer with one chart of a report as a drawing."""
    found = _found(report_id)
    language = current_language()
    key = f"chart-{found.pk}-{_version(found)}-{language}-{chart}"
    drawing = cache.get(key)
    if drawing is None:
        try:
            drawing = svg(found, chart, language)
        except BadInput as error:
            raise Http404 from error
        cache.set(key, drawing, KEEP)
    answer = HttpResponse(drawing, content_type="image/svg+xml")
    answer.headers["Content-Security-Policy"] = DRAWING_POLICY
    answer.headers["Cache-Control"] = f"public, max-age={KEEP}"
    return answer


def _found(report_id: int) -> TrendReport:
    found = get_object_or_404(TrendReport, pk=report_id)
    if not found.content:
        raise Http404
    return found


def _version(report: TrendReport) -> str:
    """Return what changes when the report's numbers do, or the names that it prints."""
    return f"{report.created_at.timestamp():.0f}-{stamp()}"
