"""An answer enters; a sentence leaves if it is a bot wall, a challenge or an apology instead of the page, else nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

#: Headers by which protective services say that they answered themselves.
_HEADERS = (
    ("cf-mitigated", "challenge"),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
    ("x-datadome", "protected"),
    ("x-sucuri-block", ""),
)
#: Traces that challenge pages leave in their source or their text, small letters; services first, then what people read.
_MARKERS = (
    "/cdn-cgi/challenge-platform/",
    "cf-browser-verification",
    "cf_chl_",
    "_incapsula_resource",
    "captcha-delivery.com",
    "px-captcha",
    "awswafcookiedomainlist",
    "awswafintegration",
    "ddos-guard",
    "sucuri_cloudproxy",
    "g-recaptcha",
    "h-captcha",
    "just a moment...",
    "checking your browser",
    "checking if the site connection is secure",
    "verify you are human",
    "verifying you are human",
    "are you a robot",
    "unusual traffic",
    "enable javascript and cookies to continue",
    "please enable js and disable any ad blocker",
    "vérification de votre navigateur",
    "vérifiez que vous êtes humain",
    "vérifier que vous êtes humain",
    "vous n'êtes pas un robot",
    "vous n’êtes pas un robot",
    "activez javascript et les cookies pour continuer",
    "جارٍ التحقق من المتصفح",
    "جاري التحقق من متصفحك",
    "التحقق من متصفحك",
    "تحقق من أنك إنسان",
    "أنك لست روبوت",
    "لست برنامج روبوت",
)
_WALL_STATUSES = frozenset({200, 202, 401, 403, 405, 406, 429, 503})
_LOOKED_AT = 200_000
#: A page with this much to read is no challenge, whatever else it mentions.
_LONGEST_WALL = 1_500
#: The texts that a reader sees.
_SHOWN: Any = etree.XPath("//text()[not(parent::script or parent::style or parent::noscript or parent::title)]")
_RELOADS = re.compile(r"document\.cookie\s*=.{0,400}?location(\.href\s*=|\.reload|\.replace)", re.DOTALL)


def wall(status: int, headers: Mapping[str, str], body: bytes) -> str:
    """Say in a sentence that this is a challenge, or return nothing. ``headers`` have names in small letters."""
    for name, value in _HEADERS:
        if name in headers and value in headers[name].lower():
            return f"the server put up a challenge ({name}: {headers[name][:60]})"
    if status not in _WALL_STATUSES:
        return ""
    start = body[:_LOOKED_AT]
    source = start.decode("utf-8", errors="replace").lower()
    marker = next((marker for marker in _MARKERS if marker in source), "")
    if not marker and not _RELOADS.search(source):
        return ""
    if _length_of_text(start) > _LONGEST_WALL:
        return ""
    return f"the server put up a bot wall with status {status}" + (f" («{marker}»)" if marker else " (a script that reloads)")


_HEADINGS = re.compile(r"<(title|h1)\b[^<>]{0,300}>([^<]{1,200})", re.IGNORECASE)
#: How pages begin their title that say with a good status that there is no page.
_MISSING = re.compile(
    # A number that counts people is no error.
    r"\W*((error|erreur|خطأ)\s*)?404\s*(\Z|[^\w\s]|error|not found|page)"
    r"|(the )?(page|article|story|content) (is )?(not found|no longer (exists|available))"
    r"|not found\b|(cette |la )?page (est )?(introuvable|non trouvée|inexistante)|contenu introuvable"
    r"|article (introuvable|supprimé)"
    r"|(عذرا\S*\s*)?(هذه )?(ال)?صفحة (المطلوبة )?(غير موجودة|غير متوفرة|لم يتم العثور)"
    r"|لم يتم العثور على الصفحة",
    re.IGNORECASE,
)
_HOME = re.compile(r"/?([a-z]{2}(-[a-z]{2})?/?)?((index|home|default)(\.\w{2,5})?/?)?\Z", re.IGNORECASE)


def missing(body: bytes) -> str:
    """Return the heading of a page that only says that what was asked for does not exist, else nothing."""
    start = body[:_LOOKED_AT]
    for heading in _HEADINGS.finditer(start.decode("utf-8", errors="replace")):
        said = " ".join(heading[2].split())
        if _MISSING.match(said):
            return said[:100] if _length_of_text(start) <= _LONGEST_WALL else ""
    return ""


def leads_home(asked: str, final: str) -> bool:
    """Say whether an address that names a page has led to a home page."""
    there, here = urlsplit(final), urlsplit(asked)
    return bool(_HOME.match(there.path)) and not there.query and not (_HOME.match(here.path) and not here.query)


def _length_of_text(body: bytes) -> int:
    try:
        tree = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.ParserError, ValueError):
        return 0
    return sum(len(" ".join(str(text).split())) for text in _SHOWN(tree))
