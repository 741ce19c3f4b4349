"""Writes to the secretariat: alarms that nobody was told of go in; once a week each editor gets one mail about them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, ngettext

from digest.alarms import kind_name, sentence
from digest.dates import long_day
from digest.links import Links
from digest.message import assemble, message_id
from digest.render import Rendered
from digest.transport import Transport
from newsdesk.errors import BadInput, Unavailable
from newsdesk.languages import languages
from newsdesk.models import Alarm, Role, User

READERS = (Role.EDITOR, Role.ADMINISTRATOR)
#: The weekday of the mail (Monday is 0); the hour is that of the digests.
WEEKDAY = 0
WEEK = timedelta(days=7)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlarmView:
    """One alarm in words. ``link`` leads to its source's page, if it has a source."""

    kind: str
    subject: str
    sentence: str
    since: str
    until: str
    link: str


def mail_secretariat(now: datetime, transport: Transport) -> bool:
    """Send this week's mail, if there is something to say and it was not sent; say whether there was.

    Told are the alarms raised before the week's hour that no mail has told of. They are marked before the first mail goes out,
    so that nobody is told twice; where no mail can be sent at all, the mark is taken back.
    """
    due = week_of(now, hour=settings.NEWSCENTRE.digest_hour)
    readers = list(User.objects.filter(role__in=READERS, is_active=True).order_by("pk"))
    new = Alarm.objects.filter(mailed_at=None, raised_at__lt=due)
    if not readers or not new.exists():
        return False
    keys = list(new.values_list("pk", flat=True))
    if not Alarm.objects.filter(pk__in=keys, mailed_at=None).update(mailed_at=now):
        return False  # another process was faster
    alarms = list(Alarm.objects.filter(pk__in=keys).select_related("source").order_by("kind", "raised_at", "pk"))
    reached = [reader for reader in readers if _sent(reader, alarms, due=due, now=now, transport=transport)]
    if not reached:
        Alarm.objects.filter(pk__in=keys, mailed_at=now).update(mailed_at=None)
        raise Unavailable("the mail about alarms could not be sent to anybody; it will be tried again")
    return True


def week_of(now: datetime, *, hour: int) -> datetime:
    """Return when the last weekly mail was due."""
    day = now.astimezone(UTC).date() - timedelta(days=(now.astimezone(UTC).weekday() - WEEKDAY) % 7)
    due = datetime.combine(day, time(hour), UTC)
    return due if due <= now else due - WEEK


def render(alarms: Sequence[Alarm], *, language: str, links: Links, told_before: int = 0) -> Rendered:
    """Put the alarms into the words of a language; ``told_before`` are open ones that an earlier mail told of."""
    with translation.override(language):
        before = ngettext("%(n)s earlier alarm is still open.", "%(n)s earlier alarms are still open.", told_before)
        context = {
            "language": language,
            "direction": languages()[language].direction,
            "mark": "\u200f" if languages()[language].direction == "rtl" else "",
            "open": [_view(alarm, language, links) for alarm in alarms if alarm.ended_at is None],
            "over": [_view(alarm, language, links) for alarm in alarms if alarm.ended_at is not None],
            "before": before % {"n": told_before} if told_before else "",
            "sources": links.sources(language),
        }
        count = len(alarms)
        subject = ngettext("Newscentre: %(n)s source to look at", "Newscentre: %(n)s sources to look at", count) % {"n": count}
        return Rendered(
            subject=subject,
            text=render_to_string("digest/secretariat.txt", context).strip() + "\n",
            html=render_to_string("digest/secretariat.html", context),
        )


def _view(alarm: Alarm, language: str, links: Links) -> AlarmView:
    until = gettext("over since %(day)s") % {"day": long_day(alarm.ended_at, language)} if alarm.ended_at else ""
    return AlarmView(
        kind=kind_name(alarm.kind, language),
        subject=alarm.source.name if alarm.source else alarm.subject,
        sentence=sentence(alarm, language),
        since=gettext("since %(day)s") % {"day": long_day(alarm.raised_at, language)},
        until=until,
        link=links.source(alarm.source.key, language) if alarm.source else "",
    )


def _sent(reader: User, alarms: Sequence[Alarm], *, due: datetime, now: datetime, transport: Transport) -> bool:
    """Send one mail; a failure is logged, as the others are still to be told."""
    configuration = settings.NEWSCENTRE
    language = reader.language if reader.language in languages() else "en"
    told_before = Alarm.objects.filter(ended_at=None).exclude(mailed_at=None).exclude(pk__in=[alarm.pk for alarm in alarms])
    words = render(alarms, language=language, links=Links(configuration.site_url), told_before=told_before.count())
    identity = message_id("alarms", due.date(), reader.pk, reader.email, sender=configuration.mail_from)
    try:
        transport.send(assemble(words, sender=configuration.mail_from, to=reader.email, message_id=identity, now=now))
    except (Unavailable, BadInput) as error:
        _log.warning("the mail about alarms did not reach %s: %s", reader.email, error)
        return False
    return True
