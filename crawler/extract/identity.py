"""The address of a page and what it declares enter; the one address under which its article is known leaves."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from courlan import extract_domain
from w3lib.url import canonicalize_url

from crawler.extract.declared import Declared
from crawler.outlets import is_address
from crawler.tracking import plain_host, untracked

#: Last segments of a path that show the same article in another dress.
_DRESS = re.compile(r"^(?:amp|amp\.html|print|printer|m|mobile|feed|page|\d{1,2})$", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_LONGEST = 2_000


def canonical_url(declared: Declared, url: str) -> str:
    """Return the article's address: what the page declares where that is on the same site and no section, else ``url``.

    An ``urn:`` (a saved page without an address) gives way to any address that the page declares.
    """
    own = normalised(url)
    for said in (declared.canonical, declared.meta("og:url"), *(item.url for item in declared.linked if item.is_article)):
        address = normalised(_joined(url, said)) if said else ""
        if is_address(address, longest=_LONGEST) and _stands_for(address, own):
            return _secure(address, own)
    return own


def _joined(url: str, said: str) -> str:
    try:
        return urljoin(url if "://" in url else "", said)
    except ValueError:
        return ""


def normalised(url: str) -> str:
    """Return an address in its one spelling: case, percent signs, default port, order of parameters, no tracking, no fragment."""
    url = url.strip()
    try:
        parts = urlsplit(canonicalize_url(url)) if _WEB.match(url) else None
        if parts is None:
            return url
        host = (parts.hostname or "") + (
            f":{parts.port}" if parts.port and (parts.scheme, parts.port) not in _DEFAULT_PORTS else ""
        )
    except ValueError:
        return url
    return urlunsplit((parts.scheme, host, re.sub(r"/{2,}", "/", parts.path) or "/", untracked(parts.query), ""))


_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def _stands_for(address: str, own: str) -> bool:
    """Say whether a declared address can be that of this page: same site, and not its home page or section."""
    if not own.startswith(("http://", "https://")):
        return urlsplit(address).path not in ("", "/")
    if not _same_site(address, own):
        return False
    there, here = urlsplit(address), urlsplit(own)
    path, own_path = there.path.rstrip("/"), here.path.rstrip("/")
    if path == own_path:
        return not here.query or bool(there.query) or not _identifies(here.query)
    if own_path.startswith(path + "/"):
        return bool(path) and all(_DRESS.match(part) for part in own_path[len(path) + 1 :].split("/"))
    return True


def _identifies(query: str) -> bool:
    """Say whether a query names the article («id=123», «p=55»), so that an address without it is another page's."""
    return bool(re.search(r"(?:^|&)(?:p|id|\w*id|article|story|news|art|n|item)=[\w-]+", query, re.IGNORECASE))


def twins(url: str) -> tuple[str, ...]:
    """Return the addresses under which the same page may be known: by http or https, with or without «www.» or «m.», with or
    without a slash at its end. The address itself comes first.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url,)
    if parts.scheme not in ("http", "https"):
        return (url,)
    bare = plain_host(parts.hostname or "")
    hosts = [parts.netloc] if port else [parts.netloc, bare, f"www.{bare}", f"m.{bare}"]
    stem = parts.path.rstrip("/")
    paths = [parts.path, stem, f"{stem}/"] if stem else [parts.path]
    schemes = [parts.scheme] if port else [parts.scheme, "https", "http"]
    return tuple(
        dict.fromkeys(urlunsplit((scheme, host, path, parts.query, "")) for scheme in schemes for host in hosts for path in paths)
    )


def _same_site(one: str, other: str) -> bool:
    hosts = [urlsplit(address).hostname or "" for address in (one, other)]
    if len(set(map(plain_host, hosts))) == 1:
        return True
    domains = {extract_domain(address, fast=True) for address in (one, other)}
    return len(domains) == 1 and None not in domains


def _secure(address: str, own: str) -> str:
    """Take https where the page came by https: many pages still declare the http address they once had."""
    if address.startswith("http://") and own.startswith("https://") and urlsplit(address).port is None:
        return "https://" + address.removeprefix("http://")
    return address
