"""What a page declares and shows enters; the names of the article's authors leave, without roles, dates and other phrases."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.declared import Declared
from crawler.extract.wording import wording
from newsdesk.analysis import normalise
from newsdesk.languages import languages
from newsdesk.values import Hint

_METAS = (
    "author", "article:author", "og:article:author", "byl", "dc.creator", "dcterms.creator", "dc.contributor", "parsely-author",
    "sailthru.author", "citation_author", "cxenseparse:author", "article.author", "twitter:creator:name", "creator", "authors",
)  # fmt: skip
_LONGEST = 120
_NOT_NAMES = re.compile(r"https?:|www\.|[@/\\{}<>]|\.com\b", re.IGNORECASE)
#: Words of class names, by which publishers mark who wrote an article, and by which they mark other people and things.
_MARKED = frozenset(
    "author authors byline bylines auteur auteurs writer writers contributor contributors journalist authorname".split()  # noqa: SIM905
)
_ELSEWHERE = frozenset(("comment", "comments", "related", "footer"))
_OTHERS = _ELSEWHERE | frozenset("bio avatar image img photo social follow share sidebar menu nav".split())  # noqa: SIM905
#: What a class name must hold to be worth taking apart.
_PERHAPS = re.compile("auth|byline|auteur|writer|contrib|journal", re.IGNORECASE)
_CLASS_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME_CLASS = frozenset(("name", "nom", "fn"))
#: Where a name ends in the text of a byline: at a separator, a date or time, an address, a place or role after a comma.
_END = re.compile(r"\s*[|·•—–/\n\t]|\s+-\s|\s+\S*\d|\s*\(|\s+\S*@|,\s+(?!and\b|et\b)[a-zà-ÿ]")
_LONGEST_SPOKEN, _MOST_WORDS, _LEAST_LETTERS = 80, 5, 3
#: Elements looked at for a byline, from a little before the headline on.
_BEFORE, _AFTER = 15, 60
_MOST, _MOST_MARKED = 12, 100
#: An element with so many others inside is no byline.
_LARGEST = 80
#: Words of so many letters may be in lower case within a name: «de», «van», «bin».
_PARTICLES = 3


def find_author(root: HtmlElement, declared: Declared, hint: Hint, heading: HtmlElement | None = None) -> str:
    """Return the names of the authors, joined by commas, or an empty string.

    The site's own name counts only where the page names nobody else.
    """
    sites = tuple(key for key in map(_key, declared.site_names) if len(key) >= _LEAST_LETTERS)
    site_itself = ""
    sources: tuple[Callable[[], list[str]], ...] = (
        lambda: [name for item in declared.linked if item.is_article for name in item.authors],
        lambda: [name for meta in _METAS for name in declared.metas.get(meta, ())],
        lambda: _labelled(declared),
        lambda: [hint.author] if hint.author else [],
        lambda: _marked(root),
        lambda: _spoken(root, heading),
    )
    for names in sources:
        cleaned = list(dict.fromkeys(name for name in map(_clean, names()) if name))
        people = [name for name in cleaned if not _names_site(name, sites)]
        if people:
            return ", ".join(people)[: 2 * _LONGEST]
        site_itself = site_itself or ", ".join(cleaned)
    return site_itself


def _names_site(name: str, sites: Iterable[str]) -> bool:
    key = _key(name)
    return any(key.startswith(site) or (len(key) >= _LEAST_LETTERS and site.startswith(key)) for site in sites)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalise(text))


def _labelled(declared: Declared) -> list[str]:
    """Return what stands in the pairs of label and value that pages give to be shown beside their link."""
    pairs = ((declared.meta(f"twitter:label{number}"), declared.meta(f"twitter:data{number}")) for number in range(1, 5))
    return [value for label, value in pairs if label and wording().byline.fullmatch(normalise(label))]


def _marked(root: HtmlElement) -> list[str]:
    """Return the names in the first element marked as naming the author, and in those of its make beside it."""
    elements = root.iter("a", "span", "p", "div", "address", "li", "strong", "ul", "h3", "h4", "h5")
    first: HtmlElement | None = None
    found: list[str] = []
    for element in islice(filter(_is_marked, elements), _MOST_MARKED):
        if first is None or _beside(first, element):
            names = _names_in(element)
            first = element if names and first is None else first
            found.extend(names)
    return found[:_MOST]


def _is_marked(element: HtmlElement) -> bool:
    if element.get("rel") == "author" or element.get("itemprop") == "author":
        return True
    if not _PERHAPS.search(element.get("class") or ""):
        return False
    words = _class_words(element)
    if not words & _MARKED or words & _OTHERS:
        return False
    return not any(_class_words(ancestor) & _ELSEWHERE for ancestor in islice(element.iterancestors(), 3))


def _class_words(element: HtmlElement) -> set[str]:
    return {word.lower() for word in _CLASS_WORD.findall(element.get("class") or "")}


def _beside(first: HtmlElement, other: HtmlElement) -> bool:
    """Say whether another marked element is of the same make in the same place, as one of several authors is."""
    if first.tag != other.tag or first.get("class") != other.get("class"):
        return False
    return other.getparent() is first.getparent()


def _names_in(element: HtmlElement) -> list[str]:
    """Return the names in a marked element: those marked themselves, else those of links, else its text where a name ends."""
    if _is_large(element):
        return []
    inner = [part for part in element.iter("a", "span", "address", "strong", "b") if part is not element]
    for parts in ([part for part in inner if _holds_name(part)], [part for part in inner if part.tag in ("a", "address")]):
        names = [name for name in (_clean(_shown(part)) for part in parts) if _like_name(name)]
        if names:
            return list(dict.fromkeys(names))
    lines = [line for line in (" ".join(str(piece).split()) for piece in element.itertext()) if line]
    if not 2 < sum(map(len, lines)) <= 2 * _LONGEST:
        return []
    whole = _clean(" ".join(lines))
    name = whole if len(whole.split()) <= _MOST_WORDS and not _has_common_word(whole) else _clean(_first_line(lines))
    return [name] if name and not _has_common_word(name) else []


def _has_common_word(text: str) -> bool:
    """Say whether a word is written in lower case as no name is, but for particles."""
    return any(word.islower() and len(word) > _PARTICLES for word in text.split())


def _holds_name(part: HtmlElement) -> bool:
    marked = part.get("rel") == "author" or "name" in (part.get("itemprop") or "")
    return marked or bool(_class_words(part) & _NAME_CLASS)


def _first_line(lines: Iterable[str]) -> str:
    """Return the first line that holds more than a phrase before a name."""
    return next((line for line in lines if not wording().byline.fullmatch(normalise(line))), "")


def _spoken(root: HtmlElement, heading: HtmlElement | None) -> list[str]:
    """Return the name in a short text near the headline that begins as bylines do: «By», «Par», «بقلم»."""
    body = root.find("body")
    if body is None or heading is None:
        return []
    for text in _near(body, heading):
        if wording().byline.match(normalise(text)):
            name = _clean(text)
            if name and len(name) < len(text) and _like_name(name):
                return [name]
    return []


def _near(body: HtmlElement, heading: HtmlElement) -> Iterator[str]:
    """Yield the short texts of the elements around the headline, those after it first."""
    before: deque[HtmlElement] = deque(maxlen=_BEFORE)
    elements = iter(body.iter("p", "div", "span", "strong", "b", "li", "h2", "h3", "h4", "h5", "h6", "h1", "td", "em", "small"))
    for element in elements:
        if element is heading:
            break
        before.append(element)
    for element in (*islice(elements, _AFTER), *reversed(before)):
        yield from _short(element)


def _short(element: HtmlElement) -> Iterable[str]:
    if _is_large(element):
        return ()
    text = " ".join(" ".join(map(str, element.itertext())).split())
    return (text,) if len(text) <= _LONGEST_SPOKEN else ()


def _is_large(element: HtmlElement) -> bool:
    """Say whether an element is a part of the page rather than a line of it."""
    return len(list(islice(element.iter(), _LARGEST))) == _LARGEST


def _like_name(text: str) -> bool:
    """Say whether words can be names: few, none with a digit, none in lower case but particles, none a function word."""
    words = re.findall(r"[^\W\d_]+", text)
    if not 1 < len(words) <= _MOST_WORDS or re.search(r"[.!?؟…\d]", text):
        return False
    return not _has_common_word(text) and not any(not word.istitle() and normalise(word) in _function_words() for word in words)


@cache
def _function_words() -> frozenset[str]:
    return frozenset(normalise(word) for language in languages().values() for word in language.stop_words)


def _clean(name: str) -> str:
    """Return a name without «By», what follows it, and addresses; empty if it is none."""
    name = " ".join(name.split()).strip(" ,;|–-·")
    start = wording().byline.match(normalise(name))
    if start:
        rest = normalise(name)[start.end() :].split()
        name = " ".join(name.split()[-len(rest) :]).strip(" :،,-–") if rest else ""
    end = _END.search(name, 2)
    if end and not _NOT_NAMES.search(name):
        name = name[: end.start()].strip(" ,;:–-·")
    updated = wording().updated.search(normalise(name)) or wording().dateline.search(normalise(name))
    if updated and updated.start() > 2 and len(normalise(name)) == len(name):
        name = name[: updated.start()].strip(" ,;:–-·")
    if len(name) > _LONGEST or len(name) < 2 or _NOT_NAMES.search(name) or name.isdigit():
        return ""
    return name


def _shown(element: HtmlElement) -> str:
    return " ".join(" ".join(map(str, element.itertext())).split())
