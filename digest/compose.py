"""Composes a digest: candidates of a window go in, what to tell in one language comes out, copies folded, stories collapsed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from digest.values import Candidate, Digest, Entry, Item
from newsdesk.analysis import normalise
from newsdesk.languages import languages

SNIPPET = 200
#: Characters of a text that are read for its beginning, however long it is.
READ = 5_000
#: No reader wants more; the site has the rest.
MOST_ENTRIES = 40
MOST_ITEMS = 5
MOST_ELSEWHERE = 8
#: Marks that turn the direction of what follows, which nothing from outside may bring of its own, and what XML does not take.
_UNWANTED = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def compose(candidates: Iterable[Candidate], language: str) -> Digest:
    """Compose one language's digest; the same candidates, in any order, give the same digest."""
    listed = sorted(candidates, key=lambda candidate: candidate.article)
    items = _folded(listed)
    stories = _by_story(listed, items)
    entries = [entry for members in stories.values() if (entry := _entry(members, language))]
    told = sorted(entries, key=_weight)[:MOST_ENTRIES]
    return Digest(
        language=language,
        entries=tuple(told),
        elsewhere=_elsewhere(stories.values(), language),
        seen=tuple(candidate.article for candidate in listed),
    )


def narrowed(
    digest: Digest,
    *,
    themes: Collection[str] = (),
    countries: Collection[str] = (),
    routes: Collection[str] = (),
    without: Collection[int] = (),
) -> Digest:
    """Keep what one reader asked for and has not had. An empty wish means all; ``without`` names articles to leave out."""

    def wanted(entry: Entry) -> bool:
        wishes = ((themes, entry.themes), (countries, entry.countries), (routes, entry.routes))
        return all(not wish or set(wish) & set(told) for wish, told in wishes)

    kept = (_without(entry, without) for entry in digest.entries)
    entries = [entry for entry in kept if entry and wanted(entry)]
    fresh = (item for item in digest.elsewhere if not set(item.articles) & set(without))
    elsewhere = [item for item in fresh if wanted(Entry(items=(item,)))]
    return replace(digest, entries=tuple(entries), elsewhere=tuple(elsewhere))


def without_withdrawn(digest: Digest, gone: Collection[int]) -> Digest:
    """Leave out the headlines that their publishers took down, and count them. A copy that is gone takes no headline with it."""

    def standing(items: Iterable[Item]) -> tuple[Item, ...]:
        kept = (item for item in items if item.article not in gone)
        return tuple(replace(item, copies=tuple(copy for copy in item.copies if copy not in gone)) for item in kept)

    entries = (replace(entry, items=standing(entry.items), elsewhere=standing(entry.elsewhere)) for entry in digest.entries)
    return replace(
        digest,
        entries=tuple(entry for entry in entries if entry.items),
        elsewhere=standing(digest.elsewhere),
        withdrawn=len(set(digest.headlines) & set(gone)),
    )


def snippet(text: str, *, length: int = SNIPPET) -> str:
    """Return the beginning of a text on one line, cut between words, with an ellipsis where something follows."""
    line = clean(text[:READ])
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    whole_words = cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut
    return whole_words.rstrip(" ,;:.،؛-–—") + "…"


def telling(terms: Iterable[tuple[str, float]], language: str) -> list[tuple[str, float]]:
    """Keep the terms of a label, with their weights, that are not made of stop words alone."""
    return [
        (term, weight) for term, weight in terms if any(normalise(word) not in _stop_words(language) for word in term.split())
    ]


def clean(text: str) -> str:
    """Return a text on one line, without control characters and marks of direction."""
    return " ".join(_CONTROL.sub(" ", _UNWANTED.sub("", text)).split())


@cache
def _stop_words(language: str) -> frozenset[str]:
    row = languages().get(language)
    return frozenset(map(normalise, row.stop_words)) if row else frozenset()


def safe_link(url: str) -> str:
    """Return an address that may be linked to (http or https, no white space), or nothing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    sound = parts.scheme in ("http", "https") and parts.hostname and not re.search(r"[\s<>\"\x00-\x1f]", url)
    return url if sound else ""


def _folded(listed: list[Candidate]) -> dict[int, Item]:
    """Return one item for each article and its copies, by the article's number."""
    originals = {candidate.article: candidate.original for candidate in listed}
    groups: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in listed:
        groups[_root(candidate.article, originals)].append(candidate)
    items = (_item(sorted(group, key=lambda member: member.original is not None)) for group in groups.values())
    return {item.article: item for item in items}


def _root(article: int, originals: dict[int, int | None]) -> int:
    """Follow a copy of a copy to the first; an original that is no candidate still holds its copies together."""
    followed: set[int] = set()
    while article not in followed and (original := originals.get(article)) is not None:
        followed.add(article)
        article = original
    return article


def _item(group: list[Candidate]) -> Item:
    head, *copies = group
    return Item(
        article=head.article,
        url=safe_link(head.url),
        title=snippet(head.title, length=300),
        snippet=snippet(head.text),
        language=head.language,
        outlet=clean(head.outlet),
        outlet_country=head.outlet_country,
        dated_at=head.dated_at,
        precision=head.precision,
        undated=head.undated,
        relevance=head.relevance,
        themes=head.themes,
        countries=head.countries,
        routes=head.routes,
        also=tuple(dict.fromkeys(clean(copy.outlet) for copy in copies if copy.outlet != head.outlet)),
        copies=tuple(copy.article for copy in copies),
    )


def _by_story(listed: list[Candidate], items: dict[int, Item]) -> dict[object, list[tuple[int | None, Item]]]:
    stories: dict[object, list[tuple[int | None, Item]]] = defaultdict(list)
    for candidate in listed:
        if item := items.get(candidate.article):
            key = ("story", candidate.story) if candidate.story is not None else ("article", candidate.article)
            stories[key].append((candidate.story, item))
    return stories


def _entry(members: list[tuple[int | None, Item]], language: str) -> Entry | None:
    items = sorted((item for _, item in members), key=_item_weight)
    own = [item for item in items if item.language == language]
    if not own:
        return None
    others = [item for item in items if item.language != language]
    return Entry(
        items=tuple(own[:MOST_ITEMS]),
        elsewhere=tuple(others[:MOST_ITEMS]),
        story=members[0][0],
        outlets=len({name for item in items for name in (item.outlet, *item.also) if name}) or 1,
        languages=tuple(sorted({item.language for item in items})),
    )


def _elsewhere(stories: Iterable[list[tuple[int | None, Item]]], language: str) -> tuple[Item, ...]:
    """Return the leads of the stories that only other languages tell, most covered first, a few a language."""
    told: dict[str, list[tuple[tuple[float, ...], Item]]] = defaultdict(list)
    for members in stories:
        items = sorted((item for _, item in members), key=_item_weight)
        if all(item.language != language for item in items):
            coverage = len({name for item in items for name in (item.outlet, *item.also)})
            told[items[0].language].append(((-coverage, *_item_weight(items[0])), items[0]))
    return tuple(item for code in sorted(told) for _, item in sorted(told[code], key=lambda pair: pair[0])[:MOST_ELSEWHERE])


def _weight(entry: Entry) -> tuple[float, ...]:
    return (-entry.outlets, -len(entry.languages), *_item_weight(entry.lead))


def _item_weight(item: Item) -> tuple[float, ...]:
    return (-len(item.also), -item.dated_at.timestamp(), item.article)


def _without(entry: Entry, articles: Collection[int]) -> Entry | None:
    barred = set(articles)
    items = tuple(item for item in entry.items if not set(item.articles) & barred)
    elsewhere = tuple(item for item in entry.elsewhere if not set(item.articles) & barred)
    return replace(entry, items=items, elsewhere=elsewhere) if items else None
