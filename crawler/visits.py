"""The answers of one source in one crawl enter; its state leaves, with a sentence that everyone understands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.answers import DONE, PENDING, REFUSED, TAKEDOWN, Answer
from crawler.catalogue import Outlet
from crawler.walls import leads_home

#: A source whose newest entry is older than this has fallen silent, however well it answers.
SILENT = timedelta(days=30)
#: Codes by which a source keeps us out, or its publisher does.
_KEPT_OUT = ("blocked", "robots", "reserved", "http-401", "http-403", "http-429", "http-451")


@dataclass(frozen=True)
class Condition:
    """How a source was found: its state, why in a short stable word, and in a sentence for those who look after it.

    No state: it was not asked, and is as it was.
    """

    state: str
    code: str
    sentence: str


@dataclass
class Visit:
    """One source being crawled: what is still awaited, what was seen, and what came back."""

    outlet: Outlet
    source_id: int
    room: int
    """How many more new pages may be asked for."""
    started: datetime
    awaited: int = 0
    ways_awaited: int = 0
    """How many of what is awaited are ways in."""
    seen: set[str] = field(default_factory=set)
    dates: list[datetime] = field(default_factory=list)
    """When what its ways in list was published, as far as they say."""
    left_out: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    ways: list[Answer] = field(default_factory=list)
    lists_only: bool = False
    """Whether its ways in are read to see what they list, and no page is asked for."""
    lacking: str = ""
    """What this machine lacks to read its pages, in a sentence; nothing was asked for then."""
    until: datetime | None = None
    """The end of the longest rest that its hosts asked for."""

    def note(self, answer: Answer) -> None:
        """Count an answer."""
        self.awaited -= 1
        if answer.until is not None:
            self.until = max(answer.until, self.until or answer.until)
        if answer.asked.kind != "page":
            self.ways.append(answer)
        elif answer.left:
            self.left_out += 1
        elif answer.state == PENDING:
            self.pages["gone" if answer.code == TAKEDOWN else "kept"] += 1
        else:
            self.pages[answer.code] += 1

    @property
    def kept(self) -> int:
        """How many pages wait to be ingested."""
        return self.pages["kept"] + self.pages["gone"]


def state_of(visit: Visit) -> Condition:
    """Return the state of a visited source and why.

    States: ok, unchanged, empty (its ways in list nothing), silent (what they list is long past), blocked (bot walls, or its
    publisher's rules, keep us out), redirected (its ways in lead elsewhere), broken (they fail). As long as one way in
    works, the others are only mentioned.
    """
    if visit.lacking:
        return Condition("broken", "no-browser", visit.lacking)
    if not visit.ways:
        return Condition("broken", "no-way-in", "no way in is declared: neither feed, nor sitemap, nor section")
    working = [way for way in visit.ways if way.state == DONE]
    if not working:
        return _trouble(visit)
    return _kept_from_pages(visit) or _at_work(visit, working)


def _at_work(visit: Visit, working: list[Answer]) -> Condition:
    aside = _aside(visit)
    if not any(way.listed for way in working):
        return Condition("empty", "", "its feeds, sitemaps and sections answer, but list nothing" + aside)
    if visit.pages["kept"]:
        came = visit.pages["kept"]
        return Condition("ok", "", f"{came} {'page' if came == 1 else 'pages'} came in" + aside)
    newest = max(visit.dates, default=visit.started)
    if newest < visit.started - SILENT:
        return Condition("silent", "old", f"the newest entry that it lists is of {newest:%d %B %Y}" + aside)
    if visit.lists_only:
        listed = sum(way.listed for way in working)
        return Condition("ok", "", f"its feeds, sitemaps and sections list {listed} addresses" + aside)
    return Condition("unchanged", "", "nothing new since the last visit" + aside)


def _kept_from_pages(visit: Visit) -> Condition | None:
    """Say so where every page that was asked for is withheld."""
    refused = Counter({code: count for code, count in visit.pages.items() if code not in ("kept", "gone", "unchanged")})
    if visit.kept or not refused or not set(refused) <= set(_KEPT_OUT):
        return None
    code, _ = refused.most_common(1)[0]
    reasons = {"blocked": "behind a bot wall", "robots": "closed by robots.txt", "reserved": "reserved by the publisher"}
    reason = reasons.get(code, f"refused with {code}")
    return Condition("blocked", code, f"all of the {refused.total()} pages asked for are {reason}")


def _trouble(visit: Visit) -> Condition:
    if all(way.left for way in visit.ways):
        return Condition("", visit.ways[0].code, visit.ways[0].message)
    worst = Counter(way.code for way in visit.ways).most_common(1)[0][0]
    kept_out = next((way for way in visit.ways if way.code in _KEPT_OUT), None)
    way = kept_out or next(way for way in visit.ways if way.code == worst)
    several = f" ({len(visit.ways)} ways in fail)" if len(visit.ways) > 1 else ""
    if kept_out:
        return Condition("blocked", way.code, f"{way.message}: {way.asked.url}{several}")
    if way.code == "redirect" or _left_its_place(way):
        sentence = f"{way.asked.url} now leads to {way.final_url}, where nothing can be read{several}"
        return Condition("redirected", "to-home" if _at_home(way) else "moved", sentence)
    return Condition("broken", way.code, f"{way.asked.url}: {way.message}{several}")


def _left_its_place(way: Answer) -> bool:
    return way.status == 200 and (urlsplit(way.asked.url).hostname != urlsplit(way.final_url).hostname or _at_home(way))


def _at_home(way: Answer) -> bool:
    return bool(way.redirects) and leads_home(way.asked.url, way.final_url)


def _aside(visit: Visit) -> str:
    """Mention what else there is to know, in the same sentence."""
    failed = [way for way in visit.ways if way.state == REFUSED or way.traceback]
    moved = [way for way in visit.ways if way.state == DONE and any(status in (301, 308) for _, status in way.redirects)]
    notes = []
    if failed:
        notes.append(f"{failed[0].asked.url} fails: {failed[0].message}")
    if moved:
        notes.append(f"{moved[0].asked.url} has moved to {moved[0].final_url}")
    if visit.left_out:
        notes.append(f"{visit.left_out} more are left for the next visit")
    return "".join(f"; {note}" for note in notes)
