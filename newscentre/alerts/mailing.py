"""Tells by mail what saved searches found: pairs that nobody was told of go in; mails come out, each article once a search.

A mail is made in one transaction with the mark that its articles are told; it waits in the queue of all mails (``digest.queue``).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from digest import queue
from digest.found import MOST_ITEMS, SpikeView, found_mail, spike_mail
from digest.links import Links
from digest.message import assemble, message_id
from digest.queue import Letter, Skipped
from digest.render import Rendered
from digest.transport import Transport
from newsdesk.errors import BadQuery
from newsdesk.models import Alert, AlertMail, Article, SavedSearch
from search.query import Everything, Query, parse

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Mails to one person in 24 hours; what is found beyond waits.
MOST_MAILS = 100


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
    """Send one mail that waits; say whether there was one. Raise as ``digest.queue.send_next`` does."""
    mails = AlertMail.objects.order_by("pk").select_related("search__user")
    return queue.send_next(mails, _letter, now=now, transport=transport)


def _letter(mail: AlertMail) -> Letter | Skipped:
    search = mail.search
    wanted = search.frequency != search.Frequency.NEVER if mail.spike is None else search.spikes
    if search.paused_at or not search.user.is_active or not wanted:
        return Skipped("the search is paused, or its mails were stopped")
    words = _words(mail)
    if words is None:
        return Skipped("all that was found has been taken down since")
    configuration = settings.NEWSCENTRE
    return Letter(
        assemble(
            words,
            sender=configuration.mail_from,
            to=search.user.email,
            message_id=message_id("search", mail.pk, search.mail_token, sender=configuration.mail_from),
            now=mail.created_at,
            unsubscribe=Links(configuration.site_url).stop_mails(search.mail_token, search.language),
        )
    )


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
