"""What was read of a page enters; a refusal leaves where it is a wall, an index or nothing."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.declared import Declared
from crawler.extract.wording import wording
from newsdesk.analysis import normalise
from newsdesk.errors import Refused

#: Fewer characters than this are no article.
LEAST_TEXT = 60
#: A wall's own words fill no more than this.
_LONGEST_WALL = 900
#: Marks that bot defences leave in the page's source.
_DEFENCES = re.compile(
    r"cf-challenge|cf_chl_|challenge-platform|_Incapsula_Resource|captcha-delivery\.com|px-captcha|perimeterx|ddos-guard"
    r"|g-recaptcha|h-captcha|hcaptcha\.com|distil_r_captcha|sucuri_cloudproxy|aws-waf-token|awsWafCookieDomainList",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^/?#]+(?P<path>[^?#]*)")
#: An article that nothing calls one has a paragraph of so many characters; so many linked headings make a list.
_LEAST_PARAGRAPH, _MANY = 200, 5
_SEPARATED = re.compile(r"\s[|\-–—:·•»]\s")
_HOME = re.compile(r"/(?:[a-z]{2}(?:-[a-z]{2})?/?|index\.(?:html?|php|aspx?)|home/?)?$", re.IGNORECASE)


def refuse_walls(html: str, root: HtmlElement, declared: Declared, text: str) -> None:
    """Raise Refused("blocked") for bot walls, cookie walls and pages that hold only a paywall's words."""
    if len(text) > _LONGEST_WALL:
        return
    words = wording().wall
    shown = text if len(text) >= LEAST_TEXT else _shown(root)
    title = words.search(normalise(declared.page_title))
    said = words.search(normalise(shown))
    if _DEFENCES.search(html) and (title or said or len(shown) < 200):
        raise Refused("blocked", "the site answered with a bot wall instead of the page")
    if title and (said or len(shown) < 300):
        raise Refused("blocked", f"the site answered with a wall instead of the page («{declared.page_title[:100]}»)")
    if said and len(shown) < 2.5 * len(said.group()) + 250:
        raise Refused("blocked", "the page holds only the words of a wall, no article")


def _shown(root: HtmlElement) -> str:
    """Return the first words of all that the page shows."""
    body = root.find("body")
    pieces = islice(body.itertext(), 2_000) if body is not None else ()
    return " ".join(" ".join(str(piece) for piece in pieces).split())[:2_000]


def refuse_empty(text: str) -> None:
    """Raise Refused("empty") where there is no text to speak of."""
    if len(text) < LEAST_TEXT:
        raise Refused("empty", "no article text was found on the page")


def refuse_missing(title: str, heading: HtmlElement | None, declared: Declared) -> None:
    """Raise Refused("not-article") for a page that says, with the status of a good answer, that there is no such page."""
    shown = " ".join(heading.itertext()) if heading is not None else ""
    for text in (title, shown, *_SEPARATED.split(declared.page_title)):
        if wording().missing.fullmatch(normalise(" ".join(text.split()))):
            raise Refused("not-article", f"the site answered that there is no such page («{text.strip()[:100]}»)")


def refuse_indexes(root: HtmlElement, declared: Declared, url: str, text: str) -> None:
    """Raise Refused("not-article") for home pages and lists: nothing calls them articles, and most of their text is links."""
    if any(item.is_article for item in declared.linked) or declared.meta("og:type").lower().startswith("article"):
        return
    if url.startswith(("http://", "https://")) and _HOME.fullmatch(urlsplit(url).path or "/") and not urlsplit(url).query:
        raise Refused("not-article", "this is a home page, not an article")
    if _calls_itself_home(declared, url) and _longest(text) < _LEAST_PARAGRAPH and _linked_headings(root) >= _MANY:
        raise Refused("not-article", "the page says that it is the site's home page, not an article")
    if declared.meta("og:type").lower() == "website" and _linked_share(root) > 0.8 and _longest(text) < _LEAST_PARAGRAPH:
        raise Refused("not-article", "this is a list of links, not an article")


def _calls_itself_home(declared: Declared, url: str) -> bool:
    """Say whether the address that a page declares is the site's own: a redirect to the home page that kept the address."""
    if not url.startswith(("http://", "https://")):
        return False
    if declared.meta("article:published_time"):
        return False
    said = _ADDRESS.fullmatch(declared.canonical or declared.meta("og:url"))
    return said is not None and bool(_HOME.fullmatch(said["path"] or "/"))


def _linked_headings(root: HtmlElement) -> int:
    """Count the headings of other pages: links in headings, or headings in links."""
    headings = root.iter("h2", "h3", "h4")
    return sum(next(heading.iterancestors("a"), None) is not None or heading.find(".//a") is not None for heading in headings)


def _linked_share(root: HtmlElement) -> float:
    body = root.find("body")
    if body is None:
        return 0.0
    whole = linked = 0
    for element in body.iter():
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "noscript"):
            whole += len((element.text or "").strip())
    for anchor in body.iter("a"):
        linked += sum(len(piece.strip()) for piece in anchor.itertext())
    return linked / whole if whole else 0.0


def _longest(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)
