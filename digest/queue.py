"""The one queue of mails: rows that wait go in, whichever kind of mail they are; each is sent, put off or given up.

A mail is claimed by a conditional update, which only one of several senders wins, and recorded as sent after it was handed over:
a sender that dies in between has it sent again, under the same Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from digest.transport import Transport
from newsdesk.errors import BadInput, BadSetting, Unavailable
from newsdesk.models import Outgoing

#: A sender that has not reported for this long is taken for dead.
CLAIM = timedelta(minutes=10)
#: After a failure that may pass, the second try waits so long, each further one longer by this factor: a mail server may be away
#: for most of a day, and no mail is lost.
PAUSE, LONGER = timedelta(minutes=15), 4
MOST_ATTEMPTS = 5
#: Waiting mails that a sender tries to claim, one after the other, where others claim at the same time.
_LOOKED_AT = 20

Mail = TypeVar("Mail", bound=Outgoing)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What is handed over; ``recorded`` writes what else is to be known of it, in the transaction that marks it as sent."""

    message: EmailMessage
    recorded: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Skipped:
    """Why a mail is not sent at all."""

    reason: str


def send_next(mails: QuerySet[Mail], write: Callable[[Mail], Letter | Skipped], *, now: datetime, transport: Transport) -> bool:
    """Send the first of these mails that waits; say whether there was one.

    Raise BadSetting, and leave the mail waiting as if it had not been tried, where no mail can be written at all: that is the
    operator's to mend, and no fault of this reader's.
    """
    mail = _claimed(mails, now=now)
    if mail is None:
        return False
    if mail.attempts > MOST_ATTEMPTS:
        _give_up(mail, mail.error or "the sender died")
        return True
    try:
        _send(mail, write(mail), now=now, transport=transport)
    except BadSetting:
        _note(mail, claimed_until=None, attempts=mail.attempts - 1)
        raise
    except Unavailable as error:
        _put_off(mail, str(error), now=now)
    except BadInput as error:
        _settle(mail, Outgoing.State.FAILED, str(error))
    return True


def _claimed(mails: QuerySet[Mail], *, now: datetime) -> Mail | None:
    waiting = mails.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), state=Outgoing.State.PENDING)
    for number, attempts in waiting.values_list("pk", "attempts")[:_LOOKED_AT]:
        # The number of attempts tells whether somebody else was faster.
        if waiting.filter(pk=number, attempts=attempts).update(claimed_until=now + CLAIM, attempts=attempts + 1):
            return mails.filter(pk=number).first()
    return None


def _send(mail: Outgoing, written: Letter | Skipped, *, now: datetime, transport: Transport) -> None:
    if isinstance(written, Skipped):
        _settle(mail, Outgoing.State.SKIPPED, written.reason)
        return
    transport.send(written.message)
    with transaction.atomic():
        written.recorded()
        _note(mail, state=Outgoing.State.SENT, sent_at=now, claimed_until=None, error="")


def _put_off(mail: Outgoing, reason: str, *, now: datetime) -> None:
    if mail.attempts >= MOST_ATTEMPTS:
        _give_up(mail, reason)
        return
    _log.warning("%s %s waits for another attempt: %s", mail._meta.verbose_name, mail.pk, reason)
    _note(mail, claimed_until=now + PAUSE * LONGER ** (mail.attempts - 1), error=reason[:500])


def _give_up(mail: Outgoing, reason: str) -> None:
    _settle(mail, Outgoing.State.FAILED, f"given up after {MOST_ATTEMPTS} attempts: {reason}")


def _settle(mail: Outgoing, state: Outgoing.State, reason: str) -> None:
    _note(mail, state=state, error=reason[:500], claimed_until=None)


def _note(mail: Outgoing, **values: Any) -> None:
    type(mail)._default_manager.filter(pk=mail.pk).update(**values)
