"""Assembles a mail: words, sender, reader and links go in; a standard message with a stable Message-ID comes out."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from digest.compose import clean
from digest.render import Rendered
from newsdesk.errors import BadInput, BadSetting


def assemble(words: Rendered, *, sender: str, to: str, message_id: str, now: datetime, unsubscribe: str = "") -> EmailMessage:
    """Return a message in text and HTML; with ``unsubscribe``, one click in the reader's program ends it (RFC 8058).

    Raise BadInput if the reader's address cannot be written into a header, BadSetting if the sender's cannot.
    """
    message = EmailMessage(policy=SMTP.clone(max_line_length=78))
    message["From"] = _sender(sender)
    message["To"] = _reader(to)
    message["Subject"] = clean(words.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(words.text, charset="utf-8", cte="base64")
    message.add_alternative(words.html, subtype="html", charset="utf-8", cte="base64")
    return message


def message_id(*parts: object, sender: str) -> str:
    """Return the Message-ID that these parts always give; the last part may be a secret, of which only a hash shows."""
    *shown, secret = (str(part) for part in parts)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{'.'.join([*shown, hashlib.sha256(secret.encode()).hexdigest()[:16]])}@{domain}>"


def checked_address(email: str) -> str:
    """Return an address in lower case and without white space around it; raise BadInput if it is none."""
    return _reader(email.strip().lower()).addr_spec


_NO_ADDRESS = "{!r} is no e-mail address; it should look like name@example.org"


def _reader(email: str) -> Address:
    try:
        validate_email(email)
        return Address(addr_spec=email)
    except (ValidationError, ValueError, IndexError) as error:
        raise BadInput(_NO_ADDRESS.format(email[:100])) from error


def _sender(sender: str) -> Address:
    name, email = parseaddr(sender)
    try:
        return Address(display_name=clean(name), addr_spec=email)
    except (ValueError, IndexError) as error:
        raise BadSetting(f"mail_from is {sender!r}; it must read Name <name@example.org>") from error
