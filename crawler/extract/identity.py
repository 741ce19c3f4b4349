"""The address of a page and what it declares enter; the one address under which its article is known leaves."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from courlan import extract_domain
from w3lib.url import canonicalize_url

from crawler.extract.declared import Declared

#: Query parameters that say where a reader came from, not what is shown. Identifiers («id», «eid») are never among them.
_TRACKING = re.compile(
    r"^(?:utm_\w+|at_\w+|mc_[ce]id|mkt_tok|pk_\w+|mtm_\w+|[dfgy]clid|fbclid|gclsrc|msclkid|gbraid|wbraid|igshid|igsh|twclid|yclid"
    r"|xtor|xtref|ns_\w+|ocid|cmp|cmpid|ncid|smid|smtyp|icid|ito|ftag|__twitter_impression|fb_(?:action|source|ref)\w*|_ga|_gl"
    r"|ref_?(?:src|url)?|referr?er|spm|share|shared|s_cid|wt_mc|wt\.mc|rss|partner|feature|amp|outputtype)$",
    re.IGNORECASE,
)
#: Last segments of a path that show the same article in another dress.
_DRESS = re.compile(r"^(?:amp|amp\.html|print|printer|m|mobile|feed|page|\d{1,2})$", re.IGNORECASE)
_MOBILE = re.compile(r"^(?:www|m|mobile|amp|touch|wap)\.")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_LONGEST = 2_000


def canonical_url(declared: Declared, url: str) -> str:
    """Return the article's address: what the page declares where that is on the same site and no section, else ``url``.

    An ``urn:`` (a saved page without an address) gives way to any address that the page declares.
    """
    own = normalised(url)
    for said in (declared.canonical, declared.meta("og:url"), *(item.url for item in declared.linked if item.is_article)):
        address = normalised(_joined(url, said)) if said else ""
        if address.startswith(("http://", "https://")) and len(address) <= _LONGEST and _stands_for(address, own):
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
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair.partition("=")[0]))
    return urlunsplit((parts.scheme, host, re.sub(r"/{2,}", "/", parts.path) or "/", kept, ""))


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


def _same_site(one: str, other: str) -> bool:
    hosts = [urlsplit(address).hostname or "" for address in (one, other)]
    if len({_MOBILE.sub("", host) for host in hosts}) == 1:
        return True
    domains = {extract_domain(address, fast=True) for address in (one, other)}
    return len(domains) == 1 and None not in domains


def _secure(address: str, own: str) -> str:
    """Take https where the page came by https: many pages still declare the http address they once had."""
    if address.startswith("http://") and own.startswith("https://") and urlsplit(address).port is None:
        return "https://" + address.removeprefix("http://")
    return address
