"""Who receives digests: wishes, confirmations and farewells go in; subscriptions and one confirming mail come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from digest.links import Links
from digest.message import assemble, checked_address, message_id
from digest.render import confirmation
from digest.transport import Transport, transport_for
from newsdesk.countries import country_codes
from newsdesk.errors import BadInput, NewscentreError
from newsdesk.groups import PREFIX, groups
from newsdesk.languages import languages
from newsdesk.models import Subscription, User
from newsdesk.routes import ROUTES
from newsdesk.themes import SECTIONS

#: How long a confirmation's link works.
CONFIRM_WITHIN = timedelta(days=7)
#: One address gets no second confirmation within this time, however often somebody asks.
ASK_AGAIN_AFTER = timedelta(minutes=2)

_NO_SUCH_LINK = "this link belongs to no subscription; it may have been cut short"


def subscribe(
    email: str,
    language: str,
    themes: Sequence[str],
    countries: Sequence[str],
    now: datetime,
    *,
    routes: Sequence[str] = (),
    transport: Transport | None = None,
) -> None:
    """Note a wish for a digest and send one mail that asks to confirm it.

    Nothing in the outcome says whether the address was known: somebody who subscribes already gets a mail that says so,
    and their wishes stay as they are. Raise BadInput for anything that cannot be subscribed to.
    """
    address = checked_address(email)
    wishes = _checked(language, themes, countries, routes)
    found, fresh = Subscription.objects.get_or_create(email=address, defaults={**wishes, "created_at": now})
    if not fresh and now - found.created_at < ASK_AGAIN_AFTER:
        return
    active = found.state == Subscription.State.ACTIVE
    changes = {"created_at": now} if active else {**wishes, "created_at": now, "state": Subscription.State.PENDING}
    Subscription.objects.filter(pk=found.pk).update(**changes)
    found.refresh_from_db()
    try:
        _ask(found, known=active, language=language, now=now, transport=transport)
    except NewscentreError:
        # No mail went out, so whoever asks again is not made to wait.
        Subscription.objects.filter(pk=found.pk).update(created_at=now - ASK_AGAIN_AFTER)
        raise


def enrol(
    email: str,
    language: str,
    themes: Sequence[str],
    countries: Sequence[str],
    now: datetime,
    *,
    routes: Sequence[str] = (),
    user: User | None = None,
) -> Subscription:
    """Subscribe somebody who has agreed by other means (an operator's word, a signed-in person): active at once, no mail."""
    agreed = _checked(language, themes, countries, routes)
    wishes = {**agreed, "state": Subscription.State.ACTIVE, "confirmed_at": now, "ended_at": None}
    if user is not None:
        wishes["user"] = user
    found, _ = Subscription.objects.update_or_create(
        email=checked_address(email), defaults=wishes, create_defaults={**wishes, "created_at": now}
    )
    return found


def confirm(token: str, now: datetime) -> Subscription:
    """Make a pending subscription active (an active one stays so); raise BadInput for a link that is none or too old."""
    found = by_token(token)
    if found.state == Subscription.State.ENDED:
        raise BadInput("this subscription has ended; subscribe again to receive the digest")
    if found.state == Subscription.State.PENDING:
        if now - found.created_at > CONFIRM_WITHIN:
            raise BadInput("this link is older than seven days; subscribe again to get a new one")
        Subscription.objects.filter(pk=found.pk, state=Subscription.State.PENDING).update(
            state=Subscription.State.ACTIVE, confirmed_at=now, ended_at=None
        )
        found.refresh_from_db()
    return found


def unsubscribe(token: str, now: datetime) -> Subscription:
    """End a subscription; one that has ended stays ended. Raise BadInput for a link that is none."""
    found = by_token(token)
    Subscription.objects.filter(pk=found.pk).exclude(state=Subscription.State.ENDED).update(
        state=Subscription.State.ENDED, ended_at=now
    )
    found.refresh_from_db()
    return found


def set_preferences(
    token: str, *, language: str, themes: Sequence[str], countries: Sequence[str], routes: Sequence[str] = ()
) -> Subscription:
    """Change what a subscriber receives; raise BadInput for a link that is none or wishes that cannot be met."""
    found = by_token(token)
    Subscription.objects.filter(pk=found.pk).update(**_checked(language, themes, countries, routes))
    found.refresh_from_db()
    return found


def by_token(token: str) -> Subscription:
    """Return the subscription that a link belongs to; raise BadInput if there is none."""
    found = Subscription.objects.filter(token=token).first()
    if found is None:
        raise BadInput(_NO_SUCH_LINK)
    return found


def _checked(language: str, themes: Sequence[str], countries: Sequence[str], routes: Sequence[str]) -> dict[str, object]:
    if language not in languages():
        raise BadInput(f"no digests in {language!r}; the working languages are {', '.join(languages())}")
    if unknown := sorted(set(themes) - set(SECTIONS)):
        raise BadInput(f"unknown theme {unknown[0]!r}; known: {', '.join(SECTIONS)}")
    wanted = [wish if wish.startswith(PREFIX) else wish.upper() for wish in countries]
    if unknown := sorted(set(wanted) - {*country_codes(), *(PREFIX + key for key in groups())}):
        raise BadInput(f"unknown country {unknown[0]!r}; countries are two-letter codes such as TN or FR")
    if unknown := sorted(set(routes) - set(ROUTES)):
        raise BadInput(f"unknown route {unknown[0]!r}; known: {', '.join(ROUTES)}")
    return {
        "language": language,
        "themes": [theme for theme in SECTIONS if theme in themes],
        "countries": sorted(set(wanted)),
        "routes": [route for route in ROUTES if route in routes],
    }


def _ask(found: Subscription, *, known: bool, language: str, now: datetime, transport: Transport | None) -> None:
    configuration = settings.NEWSCENTRE
    words = confirmation(language=language, links=Links(configuration.site_url), token=found.token, known=known)
    sender = configuration.mail_from
    identity = message_id("confirm", found.pk, f"{now:%Y%m%d%H%M%S}", found.token, sender=sender)
    message = assemble(words, sender=sender, to=found.email, message_id=identity, now=now)
    (transport or transport_for(configuration)).send(message)
