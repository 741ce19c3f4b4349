"""Host names enter; addresses leave, of the open internet only, checked where the connection is made, so that no name can
change between check and use.
"""
# ruff: noqa: N802, N803 - the names are those of Twisted's interfaces

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.safety import is_public, test_hosts_of

LOOPBACK = "127.0.0.1"


class Resolution:
    """What a finished look-up is to those who wait for it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Do nothing: it is over."""


@dataclass
class _Gathering:
    """Gathers the addresses of one look-up, then passes them on only if every one of them is public."""

    receiver: Any
    host: str
    refused: dict[str, str]
    found: list[Any]

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        self.found.append(address)

    def resolutionComplete(self) -> None:
        private = [address.host for address in self.found if not is_public(address.host)]
        if private:
            self.refused[self.host] = private[0]
        for address in () if private else self.found:
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


# Twisted's interfaces are matched by name, not by inheritance.
implementer(IResolutionReceiver)(_Gathering)
implementer(IHostResolution)(Resolution)


@implementer(IHostnameResolver)
class PublicResolver:
    """The reactor's resolver: test hosts lead to the loopback, all other names and literals to public addresses or nowhere.

    Twisted connects to the very addresses handed on here (octal, decimal and IPv6 spellings included), so a name that
    answers differently the next time gains nothing. ``refused`` keeps, by host, the address for which a name was refused.
    """

    def __init__(self, reactor: Any, test_hosts: frozenset[tuple[str, int]]) -> None:
        self.reactor = reactor
        self.test_hosts = test_hosts
        self.refused: dict[str, str] = {}
        self._system = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> PublicResolver:
        """Make it as Scrapy asks."""
        return cls(reactor, test_hosts_of(crawler.settings.get("NEWSCENTRE_TEST_HOSTS", "")))

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's own resolver."""
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Any]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Look a name up; hand on what may be connected to."""
        if (hostName.rstrip(".").lower(), portNumber) in self.test_hosts:
            return _answer(resolutionReceiver, hostName, [IPv4Address("TCP", LOOPBACK, portNumber)])
        gathering = _Gathering(resolutionReceiver, hostName, self.refused, [])
        return self._system.resolveHostName(gathering, hostName, portNumber, addressTypes, transportSemantics)


def _answer(receiver: Any, name: str, addresses: Iterable[IPv4Address | IPv6Address]) -> Resolution:
    resolution = Resolution(name)
    receiver.resolutionBegan(resolution)
    for address in addresses:
        receiver.addressResolved(address)
    receiver.resolutionComplete()
    return resolution
