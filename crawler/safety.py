"""Addresses enter; whether they are of the open internet leaves. Named test hosts on the loopback are the one exception."""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from urllib.parse import SplitResult, urlsplit

from crawler.links import LONGEST_ADDRESS
from newsdesk.errors import BadSetting, Refused

#: Ports on which the public web answers.
WEB_PORTS = frozenset({80, 443, 8000, 8080, 8443})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Of IPv6 only this is given out to the open internet; of it and of IPv4, these are kept for other ends.
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
_KEPT = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
_INNER_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".onion")
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)
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
        if (inner := ip.ipv4_mapped or ip.sixtofour) is not None:
            return is_public(str(inner))
        if ip not in _GIVEN_OUT:
            return False
    kept = any(ip in network for network in _KEPT if network.version == ip.version)
    return ip.is_global and not (kept or ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def check_address(url: str, *, test_hosts: frozenset[tuple[str, int]]) -> None:
    """Raise Refused (``unsafe``) for an address that must not be asked, as far as its spelling tells."""
    if len(url) > LONGEST_ADDRESS:
        raise Refused("unsafe", f"the address has {len(url):,} characters; the limit is {LONGEST_ADDRESS:,}")
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Refused("unsafe", f"the address cannot be read: {error}") from error
    # Other full stops and digits become ours on the way to a look-up, so they are read as such here too.
    host = unicodedata.normalize("NFKC", parts.hostname or "").replace("\u3002", ".").rstrip(".").lower()
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
    literal = _literal(host)
    inner = "." not in host or host.endswith(_INNER_NAMES)
    if (not is_public(literal)) if literal else inner:
        raise Refused("unsafe", f"{host[:100]} is not of the open internet")


def _literal(host: str) -> str:
    """Return the IP address that a host is, in whatever spelling the system would read as one; empty for a name."""
    plain = host.partition("%")[0]
    if ":" in plain:
        return plain
    if not _NUMERIC.fullmatch(plain):
        return ""
    try:
        return socket.inet_ntoa(socket.inet_aton(plain))  # decimal, octal, hexadecimal and short forms
    except OSError:
        return ""
