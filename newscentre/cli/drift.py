"""Whether the models' scores still are what they were: ``drift``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, show
from newscentre.cli.record import open_record


@app.command()
def drift(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Also raise and end alarms, as the daily job does.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines.")] = False,
) -> int:
    """Compare the models' scores of each language and month with those of before; 1 if one language moved alone."""
    open_record()
    from newscentre.monitoring.drifting import measure, watch_drift

    now = datetime.now(UTC)
    report = measure(now=now)
    if watch:
        watch_drift(now=now)
    rows: list[dict[str, Any]] = [
        {
            "language": row.language,
            "month": row.month,
            "articles": row.articles,
            "index": row.index,
            "label": row.label,
            **{label: round(share, 3) for label, share in row.shares.items()},
        }
        for row in report.months
    ]
    show(rows, as_json=as_json, title=f"Scores of {report.model or 'no model'} by language and month")
    for found in report.apart:
        complain(f"{found.language}: the scores of {found.label} moved alone (index {found.index:.2f})")
    return 1 if report.apart else 0
