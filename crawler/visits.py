"""The answers of one source in one crawl enter; its state leaves, with a sentence that everyone understands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.answers import DONE, PENDING, REFUSED, Answer
from crawler.catalogue import Outlet


@dataclass
class Visit:
    """One source being crawled: what is still awaited, what was seen, and what came back."""

    outlet: Outlet
    source_id: int
    room: int
    """How many more new pages may be asked for."""
    awaited: int = 0
    seen: set[str] = field(default_factory=set)
    left_out: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    ways: list[Answer] = field(default_factory=list)

    def note(self, answer: Answer) -> None:
        """Count an answer."""
        self.awaited -= 1
        if answer.asked.kind != "page":
            self.ways.append(answer)
        elif answer.state == PENDING:
            self.pages["gone" if answer.code == "gone" else "kept"] += 1
        else:
            self.pages[answer.code] += 1

    @property
    def kept(self) -> int:
        """How many pages wait to be ingested."""
        return self.pages["kept"] + self.pages["gone"]


def state_of(visit: Visit) -> tuple[str, str]:
    """Return the state of a visited source and why, in a sentence.

    States: ok, unchanged, empty (its ways in list nothing), blocked (it answers with bot walls), redirected (its ways in
    lead elsewhere), broken (they fail). As long as one way in works, the others are only mentioned.
    """
    if not visit.ways:
        return "broken", "no way in is declared: neither feed, nor sitemap, nor section"
    working = [way for way in visit.ways if way.state == DONE]
    if not working:
        return _trouble(visit)
    refused = sum(count for code, count in visit.pages.items() if code not in ("kept", "gone", "unchanged"))
    if not visit.kept and visit.pages["blocked"] and visit.pages["blocked"] == refused:
        return "blocked", f"all of the {refused} pages asked for are behind a bot wall"
    aside = _aside(visit)
    if not any(way.listed for way in working):
        return "empty", "its feeds, sitemaps and sections answer, but list nothing" + aside
    if visit.pages["kept"]:
        came = visit.pages["kept"]
        return "ok", f"{came} {'page' if came == 1 else 'pages'} came in" + aside
    return "unchanged", "nothing new since the last visit" + aside


def _trouble(visit: Visit) -> tuple[str, str]:
    worst = Counter(way.code for way in visit.ways).most_common(1)[0][0]
    way = next(way for way in visit.ways if way.code == worst)
    several = f" ({len(visit.ways)} ways in fail)" if len(visit.ways) > 1 else ""
    if any(way.code == "blocked" for way in visit.ways):
        blocked = next(way for way in visit.ways if way.code == "blocked")
        return "blocked", f"{blocked.message}: {blocked.asked.url}{several}"
    if worst == "redirect" or _left_its_site(way):
        return "redirected", f"{way.asked.url} now leads to {way.final_url}, where nothing can be read{several}"
    return "broken", f"{way.asked.url}: {way.message}{several}"


def _left_its_site(way: Answer) -> bool:
    return way.status == 200 and urlsplit(way.asked.url).hostname != urlsplit(way.final_url).hostname


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
