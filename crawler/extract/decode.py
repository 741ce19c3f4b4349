"""The bytes of a page and the charsets it claims enter, its text leaves; a claim counts only where the bytes bear it out."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

from newsdesk.errors import Refused

#: Byte order marks, longest first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: First bytes of what is no text at all: compressed files, PDF, images, office documents.
_BINARY = (
    b"\x1f\x8b",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"RIFF",
    b"\x00\x00\x00",
)
_SAMPLE = 20_000
#: Latin letters with accents in a row: Arabic, Cyrillic or Greek read in a Western charset. No Western word has four.
_MOJIBAKE = re.compile(r"[\u00c0-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6]{4,}")
_ARABIC = re.compile(r"[\u0621-\u064a]{2,}")
#: UTF-8 read as Western, or as Arabic, and saved as UTF-8 again: what its pairs of letters begin with.
_WESTERN_TWICE = re.compile("[\u00c3\u00c5\u00d8\u00d9][\u0080-\u02ff\u2013-\u2122]|\u00e2[\u0080\u20ac]")
_ARABIC_TWICE = re.compile("[\u0637\u0638][\u0080-\u00ff\u0152\u0153\u0192\u02c6\u0620-\u06ff\u200c-\u2122]")
_LEAST_TWICE = 6
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
#: Arabic letters beside Western ones in a word: Western read as Arabic, or one Arabic charset as another.
_MIXED = re.compile("[A-Za-z][\u0621-\u064a]|[\u0621-\u064a](?:[A-Za-z]|[\u00e0-\u00ff])|[\u00e0-\u00ff][\u0621-\u064a]")
#: Up to this share of a UTF-8 page's characters may be broken (a cut at the end, one bad quotation).
_BROKEN_SHARE = 0.002


def decode(body: bytes, *, charset: str = "") -> str:
    """Return the text of a page; ``charset`` is what the server said. Raise Refused("not-html") where it is no text."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    wide = _unmarked_utf16(body)
    if wide:
        return body.decode(wide, "replace")
    if body.startswith(_BINARY) or b"\x00" in body[:_SAMPLE].rstrip(b"\x00"):
        raise Refused("not-html", "the body is binary data, not a page")
    try:
        return _undo_double(body.decode("utf-8"))
    except UnicodeDecodeError:
        return _decode_single_bytes(body, charset)


def _unmarked_utf16(body: bytes) -> str:
    """Return the byte order of UTF-16 without a mark: every second byte of ASCII markup is null."""
    head = body[:2000]
    half = len(head) // 2 * 0.4
    if not half or head.count(0) < half:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _decode_single_bytes(body: bytes, charset: str) -> str:
    """Decode what is not valid UTF-8: by the first claim that gives plausible text, else by the likeliest charset."""
    repaired = body.decode("utf-8", "replace")
    if repaired.count("\ufffd") < _BROKEN_SHARE * len(repaired) and not _only_ascii(repaired):
        return repaired
    for encoding in dict.fromkeys(_claims(body, charset)):
        text = _strictly(body, encoding)
        if text is not None and _plausible(text):
            return text
    guess = from_bytes(body[:_SAMPLE]).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")


def _claims(body: bytes, charset: str) -> Iterator[str]:
    """Yield Python's names of what the server and the page claim, then of the charsets that old sites use unsaid."""
    for claimed in (charset, html_body_declared_encoding(body[:4096]) or ""):
        encoding = resolve_encoding(claimed) if claimed else None
        if encoding and not encoding.startswith(("utf-8", "utf_8", "utf-16", "utf-32")):
            yield encoding
    yield from ("cp1256", "iso8859-6", "cp1252")


def _strictly(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _plausible(text: str) -> bool:
    """Say whether letters stand as they do in words: Arabic in runs, accented Latin letters between plain ones."""
    mixed = len(_MIXED.findall(text))
    arabic = sum(map(len, _ARABIC.findall(text)))
    if arabic or mixed:
        return arabic > 12 * mixed
    return len(_MOJIBAKE.findall(text)) <= len(text) // 5000


def _only_ascii(text: str) -> bool:
    return all(ord(letter) < 128 or letter == "\ufffd" for letter in text)


def _undo_double(text: str) -> str:
    """Turn «Ø§Ù„», «Ã©» and «ظˆط§» back into letters where most of a page's letters beyond ASCII are of that kind."""
    for sign, back in ((_WESTERN_TWICE, _western_bytes), (_ARABIC_TWICE, _arabic_bytes)):
        if len(sign.findall(text[:_SAMPLE])) >= _LEAST_TWICE:
            mended = _BEYOND_ASCII.sub(back, text)
            if _letters_beyond(mended) < 0.75 * _letters_beyond(text):
                return mended
    return text


def _letters_beyond(text: str) -> int:
    return sum(map(len, _BEYOND_ASCII.findall(text)))


def _western_bytes(run: re.Match[str]) -> str:
    try:
        return b"".join(map(_western_byte, run[0])).decode("utf-8")
    except UnicodeDecodeError:
        return run[0]


def _arabic_bytes(run: re.Match[str]) -> str:
    try:
        return run[0].encode("cp1256").decode("utf-8")
    except UnicodeError:
        return run[0]


def _western_byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1") if ord(letter) < 256 else letter.encode("utf-8")
