"""The text of a page enters, its element tree leaves; parsed once, bounded in size and depth."""

from __future__ import annotations

import re

from lxml.etree import ElementDefaultClassLookup, LxmlError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from newsdesk.errors import Refused

MOST_BYTES = 8_000_000
#: Elements nested deeper than this are no article; the parser itself cuts at its own limit.
MOST_ELEMENTS = 150_000
_DIALOGUE = re.compile(
    r"(?:^|[\s_-])(?:alertdialog|dialog|modal|modal-window|popup|pop-up|lightbox|cookie-?\w*|consent-?\w*|gdpr|onetrust\S*|didomi\S*)(?:$|[\s_-])",
    re.IGNORECASE,
)
#: One class for all elements. lxml.html's own lookup asks Python for each element, every time a tree is walked, only to tell
#: forms and inputs from the rest.
_ONE_CLASS = ElementDefaultClassLookup(element=HtmlElement)
_PARTS = ("thead", "tbody", "tfoot", "tr", "td", "th")
#: A cell with more characters than this holds text, not data.
_LONGEST_DATA = 400
#: What no element may hold, written or by number: a single one and nothing at all would be found on the page.
_UNUSABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F])(?![0-9a-fA-F]));?"
)


def parse(html: str) -> HtmlElement:
    """Return the page's root element; raise Refused for what is empty, too large or no markup."""
    html = _UNUSABLE.sub("", html)
    if not html.strip():
        raise Refused("empty", "the page is empty")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False)  # type: ignore[call-arg]
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        root: HtmlElement = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (LxmlError, ValueError) as error:
        raise Refused("not-html", f"the page cannot be parsed: {str(error)[:200]}") from error
    if root.tag != "html" or root.find("body") is None:
        raise Refused("not-html", "the body is not an HTML page")
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise Refused("too-large", f"the page has more than {MOST_ELEMENTS:,} elements")
    return root


def strip_code(root: HtmlElement) -> None:
    """Take out what is never the article: code, so that it is not copied and searched again and again, and dialogues."""
    for element in list(root.iter("script", "style", "svg", "template", "iframe")):
        element.drop_tree()
    for element in [element for element in root.iter("div", "section", "aside", "dialog") if _is_dialogue(element)]:
        if element.getparent() is not None:
            element.drop_tree()


def unfold_tables(root: HtmlElement) -> None:
    """Make plain divisions of tables that only lay out the page: those with the headline, other tables or long text in a cell."""
    layouts = {table for table in root.iter("table") if _is_layout(table)}
    parts = [part for part in root.iter(*_PARTS) if next(part.iterancestors("table"), None) in layouts]
    for element in (*layouts, *parts):
        element.tag = "div"


def _is_layout(table: HtmlElement) -> bool:
    if table.find(".//h1") is not None or table.find(".//table") is not None:
        return True
    return any(sum(map(len, cell.itertext())) > _LONGEST_DATA for cell in table.iter("td"))


def _is_dialogue(element: HtmlElement) -> bool:
    """Say whether an element is a window laid over the page: cookie notice, rules of comments, sign-in. None holds a headline."""
    marks = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
    return (
        (element.tag == "dialog" or bool(_DIALOGUE.search(marks)))
        and element.find(".//h1") is None
        and element.find(".//article") is None
    )
