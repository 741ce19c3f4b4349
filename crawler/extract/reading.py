"""One fetched page enters; the fields of the article on it leave, or a refusal is raised. No network, clock or database."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

from crawler.extract.authors import find_author
from crawler.extract.dates import Dated, find_published
from crawler.extract.datetexts import Stated, machine_readable
from crawler.extract.declared import read_declared
from crawler.extract.decode import decode
from crawler.extract.identity import canonical_url, normalised
from crawler.extract.naming import find_title, headline_element
from crawler.extract.refusals import refuse_empty, refuse_indexes, refuse_missing, refuse_walls
from crawler.extract.text import find_text
from crawler.extract.tree import MOST_BYTES, parse, strip_code, unfold_tables
from newsdesk.errors import Refused
from newsdesk.values import ARTICLE_MEDIA_TYPE, Extracted, Page, Published

_LONGEST_TEXT = 1_000_000
#: Control characters but for the line break between paragraphs, and what is no character.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_HTML_TYPES = ("", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "application/octet-stream")


@dataclass(frozen=True)
class Reading:
    """An article's fields, and its ``day`` of publication as the page states it, in the page's own time zone."""

    extracted: Extracted
    day: date | None


def read(page: Page) -> Reading:
    """Read one page. Raises Refused: ``too-large``, ``not-html``, ``blocked``, ``empty``, ``not-article``."""
    if len(page.body) > MOST_BYTES:
        raise Refused("too-large", f"the body has {len(page.body):,} bytes; {MOST_BYTES:,} are the limit")
    media_type = page.media_type.partition(";")[0].strip().lower()
    if media_type == ARTICLE_MEDIA_TYPE:
        return _read_article(page)
    if media_type not in _HTML_TYPES:
        raise Refused("not-html", f"the server calls the body {media_type}, which is no page")
    return _read_html(page)


def _read_html(page: Page) -> Reading:
    html = decode(page.body, charset=page.charset)
    root = parse(html)
    declared = read_declared(root)
    strip_code(root)
    unfold_tables(root)
    address = canonical_url(declared, page.url)
    heading = headline_element(root, declared)
    title = find_title(declared, heading, page.hint, page.url)
    author = find_author(root, declared, page.hint, heading)
    text = find_text(root, declared, title=title, author=author)[:_LONGEST_TEXT]
    refuse_walls(html, root, declared, text)
    refuse_missing(title, heading, declared)
    refuse_empty(text)
    refuse_indexes(root, declared, page.url, text)
    dated = find_published(root, declared, heading, hint=page.hint, url=page.url, fetched_at=page.fetched_at)
    summary = declared.meta("og:description", "description", "twitter:description") or page.hint.summary
    return _reading(address, dated, declared.language, title=title, text=text, author=author, summary=summary)


def _reading(address: str, dated: Dated | None, language: str, **texts: str) -> Reading:
    """Put the fields together, without characters that XML cannot bear; what has no title is called by its first line."""
    texts = {name: _CONTROL.sub("", text) for name, text in texts.items()}
    texts["title"] = texts["title"] or texts["text"].partition("\n")[0][:120]
    published = dated.published if dated else None
    return Reading(
        Extracted(canonical_url=address, published=published, language=language, **texts), dated.day if dated else None
    )


def _read_article(page: Page) -> Reading:
    """Take over an imported article, whose body is JSON with ``title``, ``text``, ``author``, ``date``, ``url``, ``lang``."""
    try:
        fields = json.loads(page.body)
        if not isinstance(fields, dict):
            raise TypeError("it is not an object")
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("not-html", f"the imported article is not valid JSON: {error}") from error
    said = {name: value.strip() if isinstance(value, str) else "" for name, value in fields.items()}
    text = "\n".join(" ".join(line.split()) for line in said.get("text", "").splitlines() if line.strip())[:_LONGEST_TEXT]
    if not text:
        raise Refused("empty", "the imported article has no text")
    stated = machine_readable(said.get("date", ""))
    dated = _checked(stated, page)
    title = " ".join(said.get("title", "").split())
    language = (said.get("lang") or said.get("language", ""))[:2].lower()
    author, summary = said.get("author", "")[:240], said.get("summary", "")
    return _reading(normalised(page.url), dated, language, title=title, text=text, author=author, summary=summary)


def _checked(stated: Stated | None, page: Page) -> Dated | None:
    if stated is None or stated.instant > page.fetched_at:
        return None
    return Dated(Published(stated.instant, "minute" if stated.at else "day", "import"), stated.day)
