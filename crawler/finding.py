"""The address of a site enters; the ways into it, and the outlet that they make, leave."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from crawler import sights
from crawler.discovery import Homepage, Way, proposed
from crawler.naming import key_of
from crawler.outlets import Outlet, is_address
from crawler.run import crawl
from crawler.safety import check_address, test_hosts_of
from newsdesk.configuration import Configuration
from newsdesk.errors import BadInput, Refused


@dataclass(frozen=True)
class Found:
    """What was found of a site: the outlet it makes, what its homepage says, and every way in that was tried."""

    outlet: Outlet
    page: Homepage
    ways: tuple[Way, ...]


def address_of(typed: str, *, test_hosts: str = "") -> str:
    """Return what somebody typed as a homepage's address; raise BadInput where it is none that may be asked."""
    address = typed.strip() if "://" in typed else f"https://{typed.strip()}"
    address += "/" if address.count("/") == 2 else ""
    if not is_address(address, longest=500):
        raise BadInput(f"{typed[:200]!r} is no http(s) address")
    try:
        check_address(address, test_hosts=test_hosts_of(test_hosts))
    except Refused as refusal:
        raise BadInput(f"{address}: {refusal}") from refusal
    return address


def find(
    homepage: str,
    *,
    configuration: Configuration,
    key: str = "",
    taken: Container[str] = (),
    note: Callable[[Way], None] = lambda _way: None,
    **orders: Any,
) -> Found:
    """Look at a site and return what was found; ``note`` is called with each way in as it is tried.

    Raises BadInput for an address that may not be asked, Refused where the site does not answer or nothing leads in.
    """
    homepage = address_of(homepage, test_hosts=configuration.test_hosts)
    site = Outlet(key=key or key_of(homepage, taken=taken), name=homepage, homepage=homepage)
    page, ways = Homepage(), []
    refusals: Mapping[str, str] = {}
    for event in crawl([site], configuration=configuration, preview=True, look="homepage", **orders):
        if event.kind == sights.HOMEPAGE:
            page, homepage = sights.homepage_of(event), event.url
        elif event.kind == sights.WAY:
            ways.append(sights.way_of(event))
            note(ways[-1])
        elif event.kind == "refused":
            refusals = {event.code: event.message}
    for code, message in refusals.items():
        raise Refused(code, f"{homepage}: {message}")
    return Found(proposed(site.key, homepage, page=page, ways=ways), page, tuple(ways))
