"""Which addresses may be asked: by spelling, by name, by what a name leads to, at the moment of connecting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.resolver import PublicResolver, Resolution
from crawler.safety import check_address, is_public, test_hosts_of
from newsdesk.errors import BadSetting, Refused

# Not a test, whatever its name begins with.
test_hosts_of.__test__ = False  # type: ignore[attr-defined]
STAND = frozenset({("news.localhost", 18100)})


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "255.255.255.255",
     "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
     "ff02::1",
     "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
     "2002:a9fe:a9fe::1", "2001:db8::1", "nonsense", "", "fec0::1", "3fff::1", "5f00::1", "100::1", "192.88.99.1", "192.0.0.8",
     "64:ff9b:1::7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::ffff:0:7f00:1", "::ffff:100.64.0.1",
     "64:ff9b::6440:1", "2001::7f00:1"],
)  # fmt: skip
def test_the_inside_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://desk.example/",
        "https://8.8.8.8/",
        "http://134744072/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "https://\u0645\u0648\u0642\u0639.example/",
        "https://desk\u3002example/",
        "http://desk.example:8080/x",
        "http://news.localhost:18100/rss",
        "http://NEWS.localhost:18100/",
    ],
)
def test_what_may_be_asked(url: str) -> None:
    check_address(url, test_hosts=STAND)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://127.0.0.1:18100/", "http://localhost/", "http://localhost:18100/", "http://news.localhost/",
     "http://news.localhost:18101/", "http://other.localhost:18100/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
     "http://[::ffff:127.0.0.1]/", "http://metadata.google.internal/", "http://printer.local/", "ftp://desk.example/",
     "file:///etc/passwd", "gopher://desk.example:70/", "http://desk.example:22/", "http://desk.example:6379/",
     "http://user:secret@desk.example/", "http://desk.example@127.0.0.1/", "http://[::1", "http://", "desk.example",
     "http://desk.example:99999/", "https://desk.example/" + "x" * 2000, "http://127.0.0.1./",
     # Other spellings of addresses inside: decimal, octal, hexadecimal, short, with other digits and full stops.
     "http://2130706433/", "http://0177.0.0.1/", "http://017700000001/", "http://0x7f.1/", "http://0x7f000001/", "http://127.1/",
     "http://0/", "http://0x7F.0.0.0x1/", "http://127\u30020\u30020\u30021/", "http://\uff11\uff12\uff17.0.0.1/",
     "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "http://2852039166/latest/meta-data", "http://0xa9fea9fe/", "http://10.1/",
     "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[::ffff:a9fe:a9fe]/", "http://[fec0::1]/", "http://[::1%25lo]/",
     "http://[fe80::1%25eth0]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/",
     # Names that only the inside knows; users and passwords that look like hosts.
     "http://a\u3002localhost/", "http://\uff4cocalhost/", "http://metadata/", "http://intranet/", "http://LOCALHOST./", "http://a.localhost./",
     "http://router.home.arpa/",
     "http://desk.example\\@127.0.0.1/", "http://127.0.0.1#@desk.example/", "http://127.0.0.1?@desk.example/",
     "http://desk.example%40127.0.0.1:6379/", "http://:secret@desk.example/", "http://@desk.example/", "//127.0.0.1/", "http:///x"],
)  # fmt: skip
def test_what_may_not(url: str) -> None:
    with pytest.raises(Refused) as caught:
        check_address(url, test_hosts=STAND)
    assert caught.value.code == "unsafe"


def test_test_hosts_are_pairs() -> None:
    assert test_hosts_of(" news.localhost:18100, Jisr.localhost:80 ,") == {("news.localhost", 18100), ("jisr.localhost", 80)}
    for wrong in ("news.localhost", "news.localhost:http", ":80", "a:0", "a:99999"):
        with pytest.raises(BadSetting, match="name:port"):
            test_hosts_of(wrong)


class FakeReceiver:
    """Gathers what a resolver hands on."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.done = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        assert resolution.name
        assert not self.done

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.done = True


class FakeNames:
    """A system resolver whose answers change with every question, as a rebinding name's do."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *_: Any) -> Resolution:  # noqa: N802
        resolution = Resolution(name)
        receiver.resolutionBegan(resolution)
        for host in self.answers.pop(0):
            receiver.addressResolved((IPv6Address if ":" in host else IPv4Address)("TCP", host, port))
        receiver.resolutionComplete()
        return resolution


def ask(resolver: PublicResolver, name: str, port: int = 80) -> list[str]:
    receiver = FakeReceiver()
    resolver.resolveHostName(receiver, name, port)
    assert receiver.done
    return receiver.addresses


def resolver_with(*answers: list[str]) -> PublicResolver:
    return PublicResolver(SimpleNamespace(nameResolver=FakeNames(*answers)), STAND)


def test_a_public_name_leads_to_its_addresses() -> None:
    resolver = resolver_with(["93.184.215.14", "2606:2800:21f::1"])
    assert ask(resolver, "desk.example") == ["93.184.215.14", "2606:2800:21f::1"]
    assert resolver.refused == {}


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:10.0.0.5"])
def test_a_name_that_leads_inside_leads_nowhere(inside: str) -> None:
    resolver = resolver_with([inside], ["93.184.215.14", inside])
    assert ask(resolver, "evil.example") == []
    assert resolver.refused == {"evil.example": inside}
    assert ask(resolver, "half.example") == []


def test_a_rebinding_name_is_checked_at_every_connection() -> None:
    resolver = resolver_with(["93.184.215.14"], ["127.0.0.1"])
    assert ask(resolver, "rebind.example") == ["93.184.215.14"]
    assert ask(resolver, "rebind.example") == []


def test_a_test_host_is_the_loopback_on_its_own_port_only() -> None:
    resolver = resolver_with(["127.0.0.1"], ["127.0.0.1"])
    assert ask(resolver, "news.localhost", 18100) == ["127.0.0.1"]
    assert ask(resolver, "news.localhost", 80) == []
    assert ask(resolver, "other.localhost", 18100) == []
