"""The sentence enters with which a crawl told how it found a source (``crawler.visits``); it leaves in the page's language.

The record keeps that sentence in English. Here is every sentence that a source's state can carry: what a placeholder stands
for is read out of the record's sentence and put into the translation. What nobody worded here stays as it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import cache

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from digest.dates import long_day
from newscentre.site.context import current_language

#: The first that fits is taken; those at the end fit much.
_SENTENCES = (
    _("%(message)s (%(n)s ways in fail)"),
    _("no way in is declared: neither feed, nor sitemap, nor section"),
    _("its pages are written by scripts, and the extra `javascript` that reads such pages is not installed"),
    _("its pages are written by scripts, and Chromium, which reads such pages, is not installed"),
    _("its feeds, sitemaps and sections answer, but list nothing"),
    _("its feeds, sitemaps and sections list %(n)s addresses"),
    _("%(n)s page came in"),
    _("%(n)s pages came in"),
    _("the newest entry that it lists is of %(day)s"),
    _("nothing new since the last visit"),
    _("all of the %(n)s pages asked for are behind a bot wall"),
    _("all of the %(n)s pages asked for are closed by robots.txt"),
    _("all of the %(n)s pages asked for are reserved by the publisher"),
    _("all of the %(n)s pages asked for are refused with %(code)s"),
    _("%(address)s now leads to %(place)s, where nothing can be read"),
    _("%(address)s fails: %(message)s"),
    _("%(address)s has moved to %(place)s"),
    _("%(n)s more are left for the next visit"),
    _("the server answered with status %(n)s"),
    _("the server took too long to answer"),
    _("the server closed the connection, or its certificate is not valid"),
    _("the server put up a challenge (%(message)s)"),
    _("the server put up a bot wall with status %(n)s (%(message)s)"),
    _("a script that reloads"),
    _("the answer is larger than the limit"),
    _("the answer broke off"),
    _("the host's name is not known"),
    _("the host's name is no name"),
    _("the host refuses connections"),
    _("the host cannot be reached"),
    _("only http and https are fetched"),
    _("%(host)s leads to %(place)s, which is not of the open internet"),
    _("%(host)s is not of the open internet"),
    _("robots.txt of %(host)s does not allow us this address"),
    _("robots.txt of %(host)s answered with status %(n)s, so nothing there is fetched"),
    _("its robots.txt cannot be read: %(message)s"),
    _("its publisher reserves it against text and data mining (%(message)s)"),
    _("this is no feed that can be read: %(message)s"),
    _("this is no sitemap: %(message)s"),
    _("the address redirects in a circle"),
    _("the address redirects too often"),
    _("the address redirects to what is no address"),
    _("%(host)s asked to be left alone until %(message)s"),
    _("%(host)s was asked %(n)s times in 24 hours; the most allowed is %(most)s"),
    _("this visit has lasted long enough; the rest is left for the next one"),
    _("%(address)s: %(message)s"),
    _("%(message)s: %(address)s"),
)
_PLACEHOLDERS = {
    "n": r"\d+", "most": r"\d+", "day": r"\d\d \w+ \d{4}", "address": r"https?://\S+", "message": r".+",
}  # fmt: skip
#: What else there is to know stands in the same sentence; addresses may hold a semicolon too.
_ASIDE = re.compile(r"; (?=https?://\S+ (?:fails: |has moved to )|\d+ more are left for the next visit\Z)")


def condition(detail: str) -> str:
    """Say how a source was found, in the page's language."""
    told, *asides = map(_told, _ASIDE.split(detail))
    for aside in asides:
        told = gettext("%(sentence)s; %(aside)s") % {"sentence": told, "aside": aside}
    return told


def _told(sentence: str) -> str:
    for message, pattern in _patterns():
        if match := pattern.fullmatch(sentence):
            return gettext(message) % {name: _value(name, value) for name, value in match.groupdict().items()}
    return sentence


def _value(name: str, value: str) -> str:
    if name == "message":
        return _told(value)
    if name == "day":
        with suppress(ValueError):  # whatever a server said may stand in a sentence
            return long_day(datetime.strptime(value, "%d %B %Y").date(), current_language())
    return value


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return each sentence with the pattern that it makes."""
    return [(message, re.compile(_pattern(message), re.DOTALL)) for message in _SENTENCES]


def _pattern(message: str) -> str:
    parts = re.split(r"%\((\w+)\)s", message)
    named = (f"(?P<{name}>{_PLACEHOLDERS.get(name, r'[^ ]+')})" for name in parts[1::2])
    return re.escape(parts[0]) + "".join(name + re.escape(text) for name, text in zip(named, parts[2::2], strict=True))
