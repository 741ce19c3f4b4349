"""Addresses enter; whether they are of the open internet leaves. Named test hosts on the loopback are the one exception."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from crawler.links import LONGEST_ADDRESS
from newsdesk.errors import BadSetting, Refused

#: Ports on which the public web answers.
WEB_PORTS = frozenset({80, 443, 8000, 8080, 8443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_INNER_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".onion")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def test_hosts_of(setting: str) -> frozenset[tuple[str, int]]:
    """Read ``name:port`` pairs, separated by commas; raise BadSetting for anything else."""
    pairs = set()
    for pair in filter(None, (one.strip() for one in setting.split(","))):
        name, _, port = pair.rpartition(":")
        if not name or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise BadSetting(f"test_hosts has {pair!r}; each must be name:port, as news.localhost:18100")
        pairs.add((name.lower(), int(port)))
    return frozenset(pairs)


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the open internet, also where an IPv6 address wraps an IPv4 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if int(ip) >> 32 == 0:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check_address(url: str, *, test_hosts: frozenset[tuple[str, int]]) -> None:
    """Raise Refused (``unsafe``) for an address that must not be asked, as far as its spelling tells."""
    if len(url) > LONGEST_ADDRESS:
        raise Refused("unsafe", f"the address has {len(url):,} characters; the limit is {LONGEST_ADDRESS:,}")
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Refused("unsafe", f"the address cannot be read: {error}") from error
    host = (parts.hostname or "").rstrip(".").lower()
    _check_form(parts, host)
    if (host, port) not in test_hosts:
        _check_place(host, port)


def _check_form(parts: SplitResult, host: str) -> None:
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise Refused("unsafe", f"only http and https are fetched, not {parts.scheme[:20] or 'nothing'}")
    if parts.username is not None or parts.password is not None:
        raise Refused("unsafe", "the address carries a user name or a password")


def _check_place(host: str, port: int) -> None:
    if port not in WEB_PORTS:
        raise Refused("unsafe", f"port {port} is not one of the web's")
    if host == "localhost" or host.endswith(_INNER_NAMES) or (_is_literal(host) and not is_public(host)):
        raise Refused("unsafe", f"{host[:100]} is not of the open internet")


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
