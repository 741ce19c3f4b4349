"""Delivers editions: each call takes one waiting delivery, narrows the digest to its reader, sends and records it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from digest.compose import narrowed
from digest.editions import standing
from digest.links import Links
from digest.message import assemble, message_id
from digest.queue import Letter, Skipped, send_next
from digest.render import mail
from digest.transport import Transport
from digest.values import Digest
from newsdesk.groups import expanded
from newsdesk.models import Article, Delivery, Subscription


def deliver_next(now: datetime, transport: Transport) -> bool:
    """Deliver one edition to one subscriber; say whether there was one waiting. Raise as ``digest.queue.send_next`` does."""
    deliveries = Delivery.objects.order_by("edition__day", "pk").select_related("edition", "subscription")
    return send_next(deliveries, lambda delivery: _letter(delivery, now=now), now=now, transport=transport)


def _letter(delivery: Delivery, *, now: datetime) -> Letter | Skipped:
    reader, edition = delivery.subscription, delivery.edition
    if reader.state != Subscription.State.ACTIVE:
        return Skipped("the subscription is not active any more")
    digest = _for_reader(standing(edition), delivery)
    if digest.quiet:
        return Skipped("nothing new that this subscriber asked for")
    configuration = settings.NEWSCENTRE
    links = Links(configuration.site_url)
    words = mail(digest, day=edition.day, links=links, token=reader.token, themes=reader.themes)
    identity = message_id("digest", edition.language, edition.day, delivery.pk, reader.token, sender=configuration.mail_from)
    farewell = links.unsubscribe(reader.token, edition.language)
    message = assemble(words, sender=configuration.mail_from, to=reader.email, message_id=identity, now=now, unsubscribe=farewell)
    return Letter(message, recorded=lambda: _record(delivery, digest, identity))


def _for_reader(digest: Digest, delivery: Delivery) -> Digest:
    """Narrow a digest to its reader's wishes, without what they have had."""
    reader = delivery.subscription
    had = Delivery.objects.filter(subscription=reader, state=Delivery.State.SENT, articles__in=digest.articles)
    without = set(had.values_list("articles", flat=True))
    countries = expanded(reader.countries, delivery.edition.day)
    return narrowed(digest, themes=reader.themes, countries=countries, routes=reader.routes, without=without)


def _record(delivery: Delivery, digest: Digest, identity: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(message_id=identity)
    delivery.articles.set(Article.objects.filter(pk__in=digest.articles))
