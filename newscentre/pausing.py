"""Sources that an editor lets rest: a source and a person enter, its row leaves changed."""

from __future__ import annotations

from datetime import datetime

from newsdesk.models import Source, User


def pause(source: Source, *, by: User | None, now: datetime) -> bool:
    """Leave a source alone until it is resumed; say whether it was not paused already. A visit under way ends as it would."""
    changed = Source.objects.filter(pk=source.pk, paused_at=None).update(
        paused_at=now, paused_by=by, state="paused", state_code="", state_since=now
    )
    return changed == 1


def resume(source: Source, *, now: datetime) -> bool:
    """Have a source visited again, at once; say whether it was paused."""
    changed = (
        Source.objects.filter(pk=source.pk)
        .exclude(paused_at=None)
        .update(paused_at=None, paused_by=None, state="new", state_code="", state_since=now, next_crawl_at=now, failures=0)
    )
    return changed == 1
