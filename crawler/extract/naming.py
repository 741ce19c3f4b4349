"""What a page declares and shows enters; the article's headline and title leave, without the site's name."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.declared import Declared
from newsdesk.analysis import normalise
from newsdesk.values import Hint

_SEPARATOR = re.compile(r"\s+[|\-–—:·•»«/~]{1,2}\s+|\s*[|»]\s*")
_CUT = ("…", "...")
#: What of a title or heading is read, in characters.
_LONGEST = 2_000


def headline_element(root: HtmlElement, declared: Declared) -> HtmlElement | None:
    """Return the heading on the page that shows the title: the one most like what is declared, else the first."""
    headings = list(islice((element for element in root.iter("h1") if len(_key(_shown(element))) > 3), 10))
    said = [
        _key(text)
        for text in (*(item.headline for item in declared.linked[:1]), declared.meta("og:title"), declared.page_title)
        if text
    ]
    for heading in headings:
        key = _key(_shown(heading))
        if any(key in text or text in key for text in said if text):
            return heading
    return headings[0] if headings else None


def find_title(declared: Declared, heading: HtmlElement | None, hint: Hint, url: str) -> str:
    """Return the article's title, or an empty string: the heading that readers see where the page declares much the same."""
    shown = _shown(heading) if heading is not None else ""
    linked = next((item.headline for item in declared.linked if item.is_article and item.headline), "")
    names = {_key(name) for name in declared.site_names} | _host_names(url)
    said = [text for text in (declared.meta("og:title", "twitter:title", "title", "dc.title"), linked) if text]
    seen = [shown] if any(_alike(shown, text) for text in (said or [declared.page_title, hint.title])) else []
    cleaned = [without_site(text, names) for text in (*seen, *said, shown, declared.page_title, hint.title) if text]
    whole = [text for text in cleaned if not text.endswith(_CUT) and _key(text) not in names]
    return next(iter(whole or cleaned), "")


def _alike(shown: str, declared: str) -> bool:
    """Say whether a heading has half of the words of a declared title: a site's own name has not."""
    words, others = set(normalise(shown).split()), set(normalise(declared).split())
    return 2 * len(words & others) >= len(others) > 0


def without_site(title: str, names: set[str]) -> str:
    """Cut the site's name off a title's end or start."""
    title = " ".join(title[:_LONGEST].split())
    for match in reversed(list(_SEPARATOR.finditer(title))):
        if _key(title[match.end() :]) in names and match.start() > 0:
            title = title[: match.start()]
    first = _SEPARATOR.search(title)
    if first and first.start() > 0 and _key(title[: first.start()]) in names:
        return title[first.end() :]
    return title


def _shown(element: HtmlElement) -> str:
    return " ".join(" ".join(islice(element.itertext(), _LONGEST)).split())[:_LONGEST]


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalise(text))


def _host_names(url: str) -> set[str]:
    """Return the spellings of a site's name that its host gives: the whole, without «www», the main label."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    return {_key(name) for name in (host, "www." + host, *labels[:1], *labels[-2:-1]) if len(name) > 2}
