"""Hands mails over: a composed message goes in; it reaches a mail server, or becomes a file in a folder."""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput, BadSetting, Unavailable

TIMEOUT = 20.0
_HOW = "smtp_url must read smtp://user:password@host:port, or smtps://... for TLS from the start"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Transport(Protocol):
    """Sends one message.

    Raise Unavailable where trying again later may help, BadInput where it will not (the server refuses the address).
    """

    def send(self, message: EmailMessage) -> None:
        """Hand over one message, whose ``Message-ID`` names it for good."""


def transport_for(configuration: Configuration) -> Transport:
    """Return what the settings ask for: an SMTP server if one is set, files in the data folder if not."""
    if configuration.smtp_url:
        return SmtpTransport.parse(configuration.smtp_url)
    return FolderTransport(configuration.mail_folder)


@dataclass(frozen=True)
class FolderTransport:
    """Writes each message to ``folder`` as an ``.eml`` file named after its Message-ID, never twice."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        """Write the message, whole or not at all; one that is there already is left as it is."""
        path = self.folder / file_name(str(message["Message-ID"]))
        fresh = path.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(message.as_bytes(policy=SMTP))
            if not path.exists():
                fresh.replace(path)
        except OSError as error:
            raise Unavailable(f"the mail folder {self.folder} cannot be written to: {error.strerror}") from error
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def file_name(message_id: str) -> str:
    """Return the file name of a message: readable, safe, and its own even where two ids look alike."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", message_id.strip("<>").partition("@")[0]).strip("-.")[:80]
    return f"{readable or 'mail'}-{hashlib.sha256(message_id.encode()).hexdigest()[:8]}.eml"


@dataclass(frozen=True)
class SmtpTransport:
    """Speaks to one mail server: TLS from the start (``implicit_tls``), else STARTTLS wherever the server offers it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    implicit_tls: bool = False
    timeout: float = TIMEOUT
    trust: Path | None = None
    """A file of certificates to trust instead of the system's."""

    @classmethod
    def parse(cls, url: str) -> SmtpTransport:
        """Read ``smtp://user:password@host:port`` or ``smtps://...``; raise BadSetting for anything else."""
        parts, port = _split(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise BadSetting(_HOW)
        implicit = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if implicit else 587 if parts.username else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit,
        )

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server."""
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"the mail server {self.host}:{self.port} does not answer as it should: {error}") from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context(cafile=str(self.trust) if self.trust else None)
        if self.implicit_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        with server:
            server.ehlo()
            secure = self.implicit_tls or self._upgraded(server, context)
            if self.user:
                self._sign_in(server, secure=secure)
            yield server

    def _upgraded(self, server: smtplib.SMTP, context: ssl.SSLContext) -> bool:
        if not server.has_extn("starttls"):
            return False
        server.starttls(context=context)
        server.ehlo()
        return True

    def _sign_in(self, server: smtplib.SMTP, *, secure: bool) -> None:
        if not secure and self.host not in _LOOPBACK:
            raise Unavailable(f"the mail server {self.host} offers no TLS, and a password is never sent in the clear")
        server.login(self.user, self.password)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        # What Python says of it may hold a part of the password.
        raise BadSetting(_HOW) from None


def _refusal(code: int, answer: bytes | str) -> Unavailable | BadInput:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    sentence = f"the mail server refused the mail: {code} {' '.join(said.split())[:200]}"
    # 5xx is final for this message, but a refused sign-in (530-538) is the operator's to mend, not the reader's fault.
    permanent = 500 <= code < 600 and not 530 <= code <= 538
    return BadInput(sentence) if permanent else Unavailable(sentence)
