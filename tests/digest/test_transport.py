"""Mails reach a real SMTP server or a folder; what fails says whether trying again may help."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from digest.message import assemble
from digest.render import Rendered
from digest.transport import FolderTransport, SmtpTransport, file_name, transport_for
from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput, BadSetting, Unavailable
from tests.digest.conftest import NOW


def message(to: str = "reader@example.org", identity: str = "<1.ab@example.org>") -> EmailMessage:
    words = Rendered(subject="أخبار الهجرة – l’actualité", text="خبر\n", html="<p>خبر</p>")
    return assemble(
        words, sender="Newscentre <n@example.org>", to=to, message_id=identity, now=NOW, unsubscribe="https://a.example/u/"
    )


class Letterbox:
    """What the SMTP server does with a mail."""

    def __init__(self) -> None:
        self.received: list[Any] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("gone"):
            return "550 no such user"
        if address.startswith("later"):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Letterbox, str]]:
    box = Letterbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_a_real_server_receives_the_mail(server: tuple[Letterbox, str]) -> None:
    box, url = server
    SmtpTransport.parse(url).send(message())
    (envelope,) = box.received
    assert envelope.rcpt_tos == ["reader@example.org"]
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in envelope.content
    assert b"Message-ID: <1.ab@example.org>" in envelope.content


@pytest.mark.parametrize(("to", "kind"), [("gone@example.org", BadInput), ("later@example.org", Unavailable)])
def test_refusals_are_final_or_passing(server: tuple[Letterbox, str], to: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="refused"):
        SmtpTransport.parse(server[1]).send(message(to))
    assert server[0].received == []


def test_a_password_is_not_sent_to_a_server_that_wants_none(server: tuple[Letterbox, str]) -> None:
    with pytest.raises(Unavailable):
        SmtpTransport.parse(server[1].replace("//", "//user:pass@")).send(message())


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="does not answer"):
            SmtpTransport.parse(f"smtp://127.0.0.1:{probe.getsockname()[1]}").send(message())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", False)),
        ("smtp://u:p%40ss@mail.example", ("mail.example", 587, "u", "p@ss", False)),
        ("smtps://u:p@mail.example", ("mail.example", 465, "u", "p", True)),
        ("smtps://mail.example:2465", ("mail.example", 2465, "", "", True)),
    ],
)
def test_addresses_of_servers(url: str, expected: tuple[object, ...]) -> None:
    made = SmtpTransport.parse(url)
    assert (made.host, made.port, made.user, made.password, made.implicit_tls) == expected


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:port", "smtp://u:pa/ss@m.example"]
)
def test_bad_addresses_of_servers_are_named_without_their_passwords(url: str) -> None:
    with pytest.raises(BadSetting, match="smtp_url") as raised:
        SmtpTransport.parse(url)
    assert "'pa'" not in str(raised.value)


def test_a_folder_keeps_each_mail_once(tmp_path: Path) -> None:
    folder = FolderTransport(tmp_path / "mail")
    for identity in ("<1.ab@example.org>", "<1.ab@example.org>", "<2.cd@example.org>"):
        folder.send(message(identity=identity))
    assert len(list((tmp_path / "mail").iterdir())) == 2


def test_a_folder_that_cannot_be_written_to_leaves_the_mail_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="mail folder"):
        FolderTransport(tmp_path / "file").send(message())

    def full(path: Path, _content: bytes) -> int:
        path.touch()
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Unavailable, match="No space"):
        FolderTransport(tmp_path / "mail").send(message())
    assert list((tmp_path / "mail").iterdir()) == []


@pytest.mark.parametrize("identity", ["<../../etc/passwd@x>", "<@x>", "<a/b\\c@x>", "<" + "y" * 500 + "@x>"])
def test_file_names_stay_in_their_folder(identity: str) -> None:
    name = file_name(identity)
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert len(name) < 120


def test_settings_choose_the_transport(tmp_path: Path) -> None:
    assert transport_for(Configuration(data=tmp_path)) == FolderTransport(tmp_path / "mail")
    assert isinstance(transport_for(Configuration(data=tmp_path, smtp_url="smtps://m.example")), SmtpTransport)
