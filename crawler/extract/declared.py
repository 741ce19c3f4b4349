"""A page's tree enters; what the page says of itself in machine-readable form leaves: JSON-LD, meta elements, links."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from crawler.links import without_endless_numbers

#: Types of schema.org whose object is the article itself.
_ARTICLE_TYPE_NAMES = """
    Article NewsArticle ReportageNewsArticle AnalysisNewsArticle AskPublicNewsArticle BackgroundNewsArticle OpinionNewsArticle
    ReviewNewsArticle AdvertiserContentArticle BlogPosting LiveBlogPosting SocialMediaPosting TechArticle ScholarlyArticle
    Report SatiricalArticle
"""
_ARTICLE_TYPES = frozenset(_ARTICLE_TYPE_NAMES.split())
#: Types that describe the page and are asked when there is no article.
_PAGE_TYPES = frozenset(("WebPage", "ItemPage", "VideoObject"))
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item", "subjectOf")
_MOST_SCRIPT = 1_000_000
_MOST_OBJECTS = 500
_DEEPEST = 8
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?://\s*+)?(?:\]\]>|-->)\s*+(?:\*/\s*+)?(?:;\s*+)?$"
)
_TAGS = re.compile(r"<[^<>]{1,500}>")
_LONGEST_VALUE = 2_000


@dataclass(frozen=True)
class LinkedArticle:
    """One JSON-LD object that describes the article; empty where nothing is said."""

    kind: str
    headline: str = ""
    published: str = ""
    modified: str = ""
    authors: tuple[str, ...] = ()
    body: str = ""
    url: str = ""
    language: str = ""
    description: str = ""
    publisher: str = ""
    free: bool = True

    @property
    def is_article(self) -> bool:
        """Whether the object is the article, not just its page."""
        return self.kind in _ARTICLE_TYPES


@dataclass(frozen=True)
class Declared:
    """What the page says of itself. ``metas`` has names in lower case, values in the order of the page."""

    linked: tuple[LinkedArticle, ...] = ()
    metas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    canonical: str = ""
    page_title: str = ""
    language: str = ""

    def meta(self, *names: str) -> str:
        """Return the first value of the first of these names that has one."""
        return next((value for name in names for value in self.metas.get(name, ())), "")

    @property
    def site_names(self) -> tuple[str, ...]:
        """The names of the site, as the page gives them."""
        given = (
            *self.metas.get("og:site_name", ()),
            *self.metas.get("application-name", ()),
            *(x.publisher for x in self.linked),
        )
        return tuple(dict.fromkeys(name for name in given if name))


def read_declared(root: HtmlElement) -> Declared:
    """Collect everything the page declares."""
    canonical, title = "", ""
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta", "link", "title"):
        if element.tag == "meta":
            _note_meta(element, metas)
        elif element.tag == "title":
            title = title or _tidy(element.text or "")
        elif not canonical and "canonical" in element.get("rel", "").lower().split():
            canonical = element.get("href", "").strip()[:_LONGEST_VALUE]
    linked = tuple(_linked(root))
    declared = Declared(linked, {name: tuple(values) for name, values in metas.items()}, canonical, title)
    return Declared(declared.linked, declared.metas, canonical, title, _language(root, declared))


def _note_meta(element: HtmlElement, metas: dict[str, list[str]]) -> None:
    name = element.get("property") or element.get("name") or element.get("itemprop") or ""
    # Some pages, as saved, have «value» for «content».
    content = _tidy(element.get("content") or element.get("value") or "")
    if name and content:
        metas.setdefault(name.strip().lower(), []).append(content)


def _tidy(value: str) -> str:
    """Collapse white space, undo escapes that were escaped twice, bound the length."""
    return " ".join(html.unescape(value[: 2 * _LONGEST_VALUE]).split())[:_LONGEST_VALUE]


def _language(root: HtmlElement, declared: Declared) -> str:
    """Return the ISO 639-1 code that the page declares, if any."""
    said = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang") or "",
        next((item.language for item in declared.linked if item.language), ""),
        declared.meta("og:locale", "language", "dc.language"),
    )
    for value in said:
        code = re.split(r"[-_,; ]", value.strip().lower())[0]
        if re.fullmatch(r"[a-z]{2}", code):
            return code
    return ""


def _linked(root: HtmlElement) -> Iterator[LinkedArticle]:
    """Yield the objects that describe an article, those of the page itself last."""
    found: list[LinkedArticle] = []
    for script in root.iter("script"):
        if "ld+json" in script.get("type", "").lower() and script.text and len(script.text) <= _MOST_SCRIPT:
            found.extend(_objects(_loaded(script.text)))
    yield from (item for item in found if item.is_article)
    yield from (item for item in found if not item.is_article)


def _loaded(text: str) -> Any:
    """Parse a script as leniently as publishers write: with comment marks, raw line breaks, escaped quotes, stray commas."""
    text = _WRAPPING.sub("", without_endless_numbers(text.strip()))
    for attempt in (text, html.unescape(text), re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: Any) -> Iterator[LinkedArticle]:
    """Yield the articles and pages of parsed JSON-LD; authors of whom only the identifier is given get their names."""
    nodes = list(_nodes(value))
    named = {node["@id"]: name for node in nodes if isinstance(node.get("@id"), str) and (name := _text(node.get("name")))}
    for node in nodes:
        if kind := _kind(node):
            yield _article(node, kind, named)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Walk parsed JSON-LD, bounded in depth and number."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while waiting and seen < _MOST_OBJECTS:
        node, depth = waiting.pop(0)
        seen += 1
        if isinstance(node, list):
            waiting.extend((item, depth + 1) for item in node if depth < _DEEPEST)
        elif isinstance(node, dict):
            yield node
            waiting.extend((node[name], depth + 1) for name in _CONTAINERS if name in node and depth < _DEEPEST)


def _kind(node: Mapping[str, Any]) -> str:
    types = [str(kind).rpartition("/")[2] for kind in _listed(node.get("@type"))]
    return next((kind for kind in types if kind in _ARTICLE_TYPES), next((kind for kind in types if kind in _PAGE_TYPES), ""))


def _article(node: Mapping[str, Any], kind: str, named: Mapping[str, str]) -> LinkedArticle:
    return LinkedArticle(
        kind=kind,
        headline=_text(node.get("headline")) or _text(node.get("name")),
        published=_text(node.get("datePublished")) or _text(node.get("dateCreated")) or _text(node.get("uploadDate")),
        modified=_text(node.get("dateModified")),
        authors=tuple(_names(node.get("author"), named) or _names(node.get("creator"), named)),
        body=_body(node.get("articleBody")),
        url=_address(node),
        language=_text(node.get("inLanguage")),
        description=_text(node.get("description")),
        publisher=next(iter(_names(node.get("publisher"))), ""),
        free=str(node.get("isAccessibleForFree", True)).lower() != "false",
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Return the first string of a value that may be a string, a list or an object with ``@value`` or ``name``."""
    for item in _listed(value)[:5]:
        if isinstance(item, str):
            return _tidy(_TAGS.sub(" ", item))
        if isinstance(item, dict):
            inner = item.get("@value") or item.get("name")
            return _tidy(inner) if isinstance(inner, str) else ""
    return ""


def _names(value: Any, named: Mapping[str, str] | None = None) -> list[str]:
    """Return the names of people or organisations; ``named`` gives those that are only referred to."""
    names = (_text(item) or (named or {}).get(_reference(item), "") for item in _listed(value)[:20])
    return [name for name in names if name]


def _reference(item: Any) -> str:
    identifier = item.get("@id") if isinstance(item, dict) else None
    return identifier if isinstance(identifier, str) else ""


def _address(node: Mapping[str, Any]) -> str:
    for value in (node.get("url"), node.get("mainEntityOfPage"), node.get("@id")):
        address = value.get("@id") if isinstance(value, dict) else value
        if isinstance(address, str) and address.startswith(("http://", "https://")):
            return address[:_LONGEST_VALUE]
    return ""


def _body(value: Any) -> str:
    """Return the article's text as plain paragraphs; markup inside it is taken away."""
    text = without_endless_numbers("\n".join(item for item in _listed(value) if isinstance(item, str)))
    text = html.unescape(re.sub(r"(?i)<(?:/p|br|/div|/h\d|/li)\s*/?>", "\n", html.unescape(text)))
    lines = (" ".join(line.split()) for line in _TAGS.sub(" ", text).splitlines())
    return "\n".join(line for line in lines if line)
