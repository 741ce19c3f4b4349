"""Delivers editions: each call claims one waiting delivery, narrows the digest to its reader, sends and records it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from digest.compose import narrowed
from digest.editions import standing
from digest.links import Links
from digest.message import assemble, message_id
from digest.render import mail
from digest.transport import Transport
from digest.values import Digest
from newsdesk.errors import BadInput, BadSetting, Unavailable
from newsdesk.groups import expanded
from newsdesk.models import Article, Delivery, Subscription

#: A sender that has not reported for this long is taken for dead.
CLAIM = timedelta(minutes=10)
#: After a failure that may pass, the next try waits this long times the tries so far.
PAUSE = timedelta(minutes=15)
MOST_ATTEMPTS = 3

_log = logging.getLogger(__name__)


def deliver_next(now: datetime, transport: Transport) -> bool:
    """Deliver one edition to one subscriber; say whether there was one waiting.

    A mail is recorded as sent after it was handed over: a sender that dies in between has it sent again, under the same
    Message-ID. Failures that may pass are tried three times. Raise BadSetting, and leave the delivery waiting, where no mail
    can be written at all.
    """
    claimed = _claim(now)
    if claimed is None:
        return False
    if claimed.attempts > MOST_ATTEMPTS:
        _settle(claimed, Delivery.State.FAILED, f"given up after {MOST_ATTEMPTS} attempts: {claimed.error or 'the sender died'}")
        return True
    try:
        _deliver(claimed, now=now, transport=transport)
    except BadSetting:
        # The operator's to mend, and no fault of this reader's: the mail waits as if it had not been tried.
        Delivery.objects.filter(pk=claimed.pk).update(claimed_until=None, attempts=claimed.attempts - 1)
        raise
    except Unavailable as error:
        _retry(claimed, str(error), now=now)
    except BadInput as error:
        _settle(claimed, Delivery.State.FAILED, str(error))
    return True


def _claim(now: datetime) -> Delivery | None:
    """Take the oldest waiting delivery by a conditional update, which only one of several senders wins."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    waiting = Delivery.objects.filter(free, state=Delivery.State.PENDING).order_by("edition__day", "pk")
    for found in waiting.select_related("edition", "subscription")[:20]:
        won = Delivery.objects.filter(free, pk=found.pk, state=Delivery.State.PENDING, attempts=found.attempts).update(
            claimed_until=now + CLAIM, attempts=found.attempts + 1
        )
        if won:
            found.attempts += 1
            return found
    return None


def _deliver(delivery: Delivery, *, now: datetime, transport: Transport) -> None:
    reader, edition = delivery.subscription, delivery.edition
    reader.refresh_from_db()
    if reader.state != Subscription.State.ACTIVE:
        _settle(delivery, Delivery.State.SKIPPED, "the subscription is not active any more")
        return
    digest = _for_reader(standing(edition), delivery)
    if digest.quiet:
        _settle(delivery, Delivery.State.SKIPPED, "nothing new that this subscriber asked for")
        return
    configuration = settings.NEWSCENTRE
    links = Links(configuration.site_url)
    words = mail(digest, day=edition.day, links=links, token=reader.token, themes=reader.themes)
    identity = message_id("digest", edition.language, edition.day, delivery.pk, reader.token, sender=configuration.mail_from)
    farewell = links.unsubscribe(reader.token, edition.language)
    message = assemble(words, sender=configuration.mail_from, to=reader.email, message_id=identity, now=now, unsubscribe=farewell)
    transport.send(message)
    _record(delivery, digest, identity, now=now)


def _for_reader(digest: Digest, delivery: Delivery) -> Digest:
    """Narrow a digest to its reader's wishes, without what they have had."""
    reader = delivery.subscription
    had = Delivery.objects.filter(subscription=reader, state=Delivery.State.SENT, articles__in=digest.articles)
    without = set(had.values_list("articles", flat=True))
    countries = expanded(reader.countries, delivery.edition.day)
    return narrowed(digest, themes=reader.themes, countries=countries, routes=reader.routes, without=without)


def _record(delivery: Delivery, digest: Digest, identity: str, *, now: datetime) -> None:
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(
            state=Delivery.State.SENT, sent_at=now, message_id=identity, claimed_until=None, error=""
        )
        delivery.articles.set(Article.objects.filter(pk__in=digest.articles))


def _retry(delivery: Delivery, reason: str, *, now: datetime) -> None:
    if delivery.attempts >= MOST_ATTEMPTS:
        _settle(delivery, Delivery.State.FAILED, f"given up after {MOST_ATTEMPTS} attempts: {reason}")
        return
    _log.warning("digest delivery %s waits for another attempt: %s", delivery.pk, reason)
    Delivery.objects.filter(pk=delivery.pk).update(claimed_until=now + PAUSE * delivery.attempts, error=reason[:500])


def _settle(delivery: Delivery, state: Delivery.State, reason: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, error=reason[:500], claimed_until=None)
