"""A page's tree and what it declares enter; the article's text leaves, a paragraph a line, without what stands around it."""

from __future__ import annotations

import re
from itertools import islice

from lxml.etree import _Element, strip_tags
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt

from crawler.extract.datetexts import in_text
from crawler.extract.declared import Declared
from crawler.extract.wording import wording
from newsdesk.analysis import normalise

#: Below this many characters a text is doubted and the slower search is tried.
_SHORT = 600
#: The quick search is believed if it found this share of the long paragraphs on the page.
_BELIEVED_SHARE = 0.5
_LONG_PARAGRAPH = 80
#: A notice is never longer than this; a longer paragraph is the article's own.
_LONGEST_NOTICE = 220
#: Of so many lines at the beginning each may be a byline or dateline, none longer than this; it ends without a full stop.
_MOST_TOP, _LONGEST_DATELINE, _LONGEST_ROLE = 3, 100, 30
_ENDS = (".", "!", "?", "؟", "…", "»", "”")
_LEAST_DECLARED = 250
#: The title may stand below so many lines, none longer than this: the site's own head.
_MOST_HEAD, _LONGEST_HEAD = 8, 60
_LETTER = re.compile(r"[^\W_]")
#: Letters in a link that can be another article's title; shorter ones are names inside a sentence.
_LEAST_LINK = 16
#: Where the page stands on its site, as written above a headline: "Home › World › Migration".
_TRAIL = re.compile(r"[\w&’' -]{1,40}(?:\s*[›→❯]\s*[\w&’' -]{0,40}){1,6}")
#: The body in JSON-LD is taken where the text found is less than this share of it.
_DECLARED_SHARE = 0.4


def find_text(root: HtmlElement, declared: Declared, *, title: str, author: str = "") -> str:
    """Return the article's text, or an empty string. The tree is left as it was."""
    text = _searched(root, fast=True)
    long_paragraphs = _paragraph_length(root)
    if len(text) < _SHORT or len(text) < _BELIEVED_SHARE * long_paragraphs:
        slower = _searched(root, fast=False)
        text = slower if len(slower) > len(text) else text
    if len(text) < _BELIEVED_SHARE * long_paragraphs:
        text = _with_siblings(root, text)
    body = max((item.body for item in declared.linked), key=len, default="")
    if len(body) >= _LEAST_DECLARED and len(text) < _DECLARED_SHARE * len(body):
        text = body
    return without_surroundings(text, title=title, author=author)


def _searched(root: HtmlElement, *, fast: bool) -> str:
    options = Extractor(output_format="python", fast=fast, comments=False, links=True)
    found = bare_extraction(root, options=options)  # it works on a copy
    return _text_of(found.body) if isinstance(found, Document) else ""


def _text_of(body: _Element) -> str:
    """Return the text of what was found, without paragraphs that are nothing but a link to another article."""
    for element in list(body.iter("p")):
        if _only_link(element):
            parent = element.getparent()
            if parent is not None and not (element.tail or "").strip():
                parent.remove(element)
    strip_tags(body, "ref")
    return str(xmltotxt(body, False))


def _only_link(element: _Element) -> bool:
    linked = sum(_letters(reference) for reference in element.iter("ref"))
    return linked >= _LEAST_LINK and _letters(element) <= linked + 2


def _letters(element: _Element) -> int:
    return sum(len(re.sub(r"\W", "", str(piece))) for piece in element.itertext())


def _with_siblings(root: HtmlElement, text: str) -> str:
    """Add the paragraphs of the other containers of an article that is laid out in several of the same make.

    Only within the innermost ``article`` or ``main`` that holds what was found, so that the next story on the page stays out.
    """
    found = set(text.splitlines())
    known = [element for element in root.iter("p") if _one_line(element) in found]
    makes = {_make(element) for element in known if len(_one_line(element)) >= _LONG_PARAGRAPH}
    scopes = {_scope(element) for element in known}
    if not makes or len(scopes) != 1:
        return text
    lines = [_one_line(element) for element in scopes.pop().iter("p") if _make(element) in makes]
    longer = "\n".join(dict.fromkeys(line for line in lines if line))
    return longer if len(longer) > 1.5 * len(text) else text


def _make(element: HtmlElement) -> tuple[str, ...]:
    """Return by what the containers of one article are alike: tag and class of the paragraph, its parent and grandparent."""
    chain = [element, *islice(element.iterancestors(), 2)]
    return tuple(f"{part.tag}.{part.get('class') or ''}" for part in chain)


def _scope(element: HtmlElement) -> HtmlElement:
    top = element
    for ancestor in element.iterancestors():
        top = ancestor
        if ancestor.tag in ("article", "main"):
            break
    return top


def _one_line(element: HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _paragraph_length(root: HtmlElement) -> int:
    """Return the length of the page's long paragraphs together."""
    total = 0
    for element in root.iter("p"):
        size = sum(map(len, element.itertext()))
        total += size if size >= _LONG_PARAGRAPH else 0
    return total


def without_surroundings(text: str, *, title: str, author: str = "") -> str:
    """Drop the title repeated on top, bylines and datelines, links to other articles, promotion; collapse white space."""
    lines = _below_title([" ".join(line.split()) for line in text.splitlines()], title)
    kept: list[str] = []
    for line in lines:
        if not _LETTER.search(line):
            continue
        if len(line) <= _LONGEST_NOTICE and (_is_notice(line) or (len(kept) < _MOST_TOP and _is_top(line, title, author))):
            continue
        kept.append(line)
    return "\n".join(kept)


def _below_title(lines: list[str], title: str) -> list[str]:
    """Leave out the title and the site's own head above it, where short lines and then the title begin what was found."""
    folded = normalise(title)
    for at, line in enumerate(lines[: _MOST_HEAD + 1]):
        if _same(normalise(line), folded):
            return lines[at + 1 :]
        if len(line) > _LONGEST_HEAD:
            break
    return lines


def _is_notice(line: str) -> bool:
    folded = normalise(line)
    phrases = wording()
    return bool(phrases.alone.search(folded) or phrases.skip.search(folded) or phrases.promotion.search(folded))


def _is_top(line: str, title: str, author: str) -> bool:
    """Say whether a line is what stands between headline and text: the title again, the way there, who wrote it and when."""
    folded = normalise(line)
    if _same(folded, normalise(title)) or _TRAIL.fullmatch(line):
        return True
    if len(line) > _LONGEST_DATELINE or line.endswith(_ENDS):
        return False
    names = normalise(author)
    return (
        in_text(line) is not None
        or bool(wording().updated.match(folded))
        or (bool(names) and names in folded and len(folded) <= len(names) + _LONGEST_ROLE)
    )


def _same(one: str, other: str) -> bool:
    return bool(one) and re.sub(r"[\W_]+", "", one) == re.sub(r"[\W_]+", "", other)
