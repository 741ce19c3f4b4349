"""Section pages enter as HTML; the links that look like articles of the same outlet leave, in the page's order."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree, html

from crawler.links import Link, cleaned
from crawler.tracking import plain_host
from newsdesk.errors import Refused

MOST_LINKS = 3000
#: Words in a path that mark lists and services in the languages the outlets use.
_NOT_ARTICLES = re.compile(
    r"/(tags?|author|auteurs?|categor(y|ies|ie)|rubriques?|topics?|themes?|search|recherche|login|connexion|register|account|compte"
    r"|about|a-propos|contact|privacy|terms|mentions-legales|cookies?|abonne\w*|subscribe|newsletters?|feeds?|rss|amp|page|cdn-cgi"
    r"|wp-(admin|content|login|json)\w*|share|print|podcasts?|galler(y|ies)|photos?|privacy-policy)(/|\.|$)",
    re.IGNORECASE,
)
_DATED = re.compile(r"/(19|20)\d\d[/-](0?[1-9]|1[0-2])([/-]|$)")
#: Lists by month or day, and files that are no pages.
_ARCHIVE = re.compile(r"/(19|20)\d\d(/\d{1,2}){0,2}/?\Z")
_FILE = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|css|js|json|xml|pdf|docx?|xlsx?|pptx?|zip|mp[34]|m4a|ogg|webm|avi)\Z", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?<!\d)\d{4,}(?!\d)")
#: Names that nobody gave by hand: letters and digits mixed.
_OPAQUE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}", re.IGNORECASE)
_SHORTEST_ANCHOR = 25


def read_section(body: bytes, *, url: str, article: str = "", charset: str = "") -> list[Link]:
    """Return the articles that a section page links to.

    ``article`` is the outlet's pattern for the addresses of its articles; without one, dated or numbered paths, long slugs
    and long anchor texts tell. Raises Refused (``not-html``) for what is no page.
    """
    tree = _tree(body, charset)
    pattern = re.compile(article) if article else None
    own, site = cleaned(url), plain_host(urlsplit(url).hostname or "")
    found: dict[str, Link] = {}
    for anchor in list(tree.iter("a"))[:MOST_LINKS]:
        address = cleaned(str(anchor.get("href") or ""), base=url)
        if address in ("", own):
            continue
        parts = urlsplit(address)
        if plain_host(parts.hostname or "") == site and (
            pattern.search(address)
            if pattern
            else looks_like_article(parts.path, parts.query, text="".join(map(str, anchor.itertext())))
        ):
            found.setdefault(address, Link(address))
    return list(found.values())


def _tree(body: bytes, charset: str) -> html.HtmlElement:
    try:
        parser = html.HTMLParser(encoding=charset or None, remove_comments=True, huge_tree=False)
    except LookupError:
        return _tree(body, "")
    try:
        return html.document_fromstring(body, parser=parser)
    except (etree.ParserError, ValueError) as error:
        raise Refused("not-html", "the section is no page that can be read") from error


def looks_like_article(path: str, query: str, *, text: str) -> bool:
    """Say whether an address is likely that of an article: two signs of dated, numbered, long slug, long anchor text."""
    if _NOT_ARTICLES.search(path) or _ARCHIVE.search(path) or _FILE.search(path):
        return False
    # Behind the name there may be a language, a story's number or an index.html.
    last = path.rstrip("/").split("/")[-2:]
    signs = (
        bool(_DATED.search(path)),
        bool(_NUMBERED.search(query) or any(_NUMBERED.search(slug) or _OPAQUE.fullmatch(slug) for slug in last)),
        any(slug.count("-") >= 3 or slug.count("_") >= 3 or len(slug) >= 60 for slug in last),
        len(" ".join(text.split())) >= _SHORTEST_ANCHOR,
    )
    return sum(signs) >= 2
