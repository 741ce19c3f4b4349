"""Tells by mail what saved searches found: pairs that nobody was told of go in; mails come out, each article once a search.

A mail is made in one transaction with the mark that its articles are told, and sent afterwards. A sender that dies between
handing a mail over and recording it has the same mail sent again, under the same Message-ID.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from digest.found import MOST_ITEMS, SpikeView, found_mail, spike_mail
from digest.links import Links
from digest.message import assemble, message_id
from digest.render import Rendered
from digest.transport import Transport
from newsdesk.errors import BadInput, BadQuery, BadSetting, Unavailable
from newsdesk.models import Alert, AlertMail, Article, SavedSearch
from search.query import Everything, Query, parse

#: A sender that has not reported for this long is taken for dead.
CLAIM = timedelta(minutes=10)
#: After a failure that may pass, the next try waits this long times the tries so far.
PAUSE = timedelta(minutes=15)
MOST_ATTEMPTS = 5
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Mails to one person in 24 hours; what is found beyond waits.
MOST_MAILS = 100
_log = logging.getLogger(__name__)


def make_mails(now: datetime) -> int:
    """Make the mails that are due; return how many."""
    waiting = Alert.objects.filter(search=OuterRef("pk"), settled=False)
    searches = SavedSearch.objects.watching().filter(Exists(waiting)).order_by("pk")
    return sum(_made(search, now=now) for search in searches if due(search, now=now))


def due(search: SavedSearch, *, now: datetime) -> bool:
    """Say whether a search may send a mail now; a daily one goes out at the hour of the digests."""
    last = search.mailed_at
    match search.frequency:
        case SavedSearch.Frequency.AT_ONCE:
            return True
        case SavedSearch.Frequency.HOURLY:
            return last is None or now - last >= HOUR
        case SavedSearch.Frequency.DAILY:
            today = datetime.combine(now.astimezone(UTC).date(), time(settings.NEWSCENTRE.digest_hour), UTC)
            return max(last or search.since, search.since) < (today if today <= now else today - DAY)
    return False


def _made(search: SavedSearch, *, now: datetime) -> bool:
    if AlertMail.objects.filter(search__user=search.user_id, created_at__gt=now - DAY).count() >= MOST_MAILS:
        return False
    with transaction.atomic():
        told = SavedSearch.objects.filter(pk=search.pk, mailed_at=search.mailed_at).update(mailed_at=now)
        if not told:
            return False  # another process was faster
        mail = AlertMail.objects.create(search=search, created_at=now)
        Alert.objects.filter(search=search, settled=False).update(mail=mail, settled=True)
    return True


def send_next(now: datetime, transport: Transport) -> bool:
    """Send one mail that waits; say whether there was one. Raise BadSetting where no mail can be written at all."""
    mail = _claim(now)
    if mail is None:
        return False
    if mail.attempts > MOST_ATTEMPTS:
        _settle(mail, AlertMail.State.FAILED, f"given up after {MOST_ATTEMPTS} attempts: {mail.error or 'the sender died'}")
        return True
    try:
        _send(mail, now=now, transport=transport)
    except BadSetting:
        AlertMail.objects.filter(pk=mail.pk).update(claimed_until=None, attempts=mail.attempts - 1)
        raise
    except Unavailable as error:
        _retry(mail, str(error), now=now)
    except BadInput as error:
        _settle(mail, AlertMail.State.FAILED, str(error))
    return True


def _claim(now: datetime) -> AlertMail | None:
    """Take the oldest waiting mail by a conditional update, which only one of several senders wins."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = AlertMail.objects.filter(free, state=AlertMail.State.PENDING).order_by("pk").select_related("search__user")
    for found in waiting[:20]:
        won = AlertMail.objects.filter(free, pk=found.pk, state=AlertMail.State.PENDING, attempts=found.attempts).update(
            claimed_until=now + CLAIM, attempts=found.attempts + 1
        )
        if won:
            found.attempts += 1
            return found
    return None


def _send(mail: AlertMail, *, now: datetime, transport: Transport) -> None:
    search = mail.search
    wanted = search.frequency != search.Frequency.NEVER if mail.spike is None else search.spikes
    if search.paused_at or not search.user.is_active or not wanted:
        _settle(mail, AlertMail.State.SKIPPED, "the search is paused, or its mails were stopped")
        return
    words = _words(mail)
    if words is None:
        _settle(mail, AlertMail.State.SKIPPED, "all that was found has been taken down since")
        return
    configuration = settings.NEWSCENTRE
    links = Links(configuration.site_url)
    message = assemble(
        words,
        sender=configuration.mail_from,
        to=search.user.email,
        message_id=message_id("search", mail.pk, search.mail_token, sender=configuration.mail_from),
        now=mail.created_at,
        unsubscribe=links.stop_mails(search.mail_token, search.language),
    )
    transport.send(message)
    AlertMail.objects.filter(pk=mail.pk).update(state=AlertMail.State.SENT, sent_at=now, claimed_until=None, error="")


def _words(mail: AlertMail) -> Rendered | None:
    """Write the mail; None where nothing is left to tell. What was taken down is not told."""
    links = Links(settings.NEWSCENTRE.site_url)
    if mail.spike is not None:
        return spike_mail(mail.search, SpikeView(mail.spike["count"], mail.spike["expected"]), links=links)
    told = Article.objects.published().filter(alerts__mail=mail).order_by("-dated_at", "-pk")
    total = told.count()
    articles = list(told[:MOST_ITEMS])
    if not articles:
        return None
    return found_mail(mail.search, _query(mail.search), articles, total=total, links=links)


def _query(search: SavedSearch) -> Query:
    try:
        return parse(search.query)
    except BadQuery:  # names that it used are gone since; what it found before is still told, unmarked
        return Everything()


def _retry(mail: AlertMail, reason: str, *, now: datetime) -> None:
    if mail.attempts >= MOST_ATTEMPTS:
        _settle(mail, AlertMail.State.FAILED, f"given up after {MOST_ATTEMPTS} attempts: {reason}")
        return
    _log.warning("the mail %s of a saved search waits for another attempt: %s", mail.pk, reason)
    AlertMail.objects.filter(pk=mail.pk).update(claimed_until=now + PAUSE * mail.attempts, error=reason[:500])


def _settle(mail: AlertMail, state: AlertMail.State, reason: str) -> None:
    AlertMail.objects.filter(pk=mail.pk).update(state=state, error=reason[:500], claimed_until=None)
