"""A text or an address enters; the whole day it names, and the minute where it names one with its zone, leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from functools import cache

from crawler.extract.wording import months
from newsdesk.analysis import normalise


@dataclass(frozen=True)
class Stated:
    """A day as written; ``at`` is aware where a time was given too."""

    day: date
    at: datetime | None = None

    @property
    def instant(self) -> datetime:
        """The moment in UTC: the minute where it is known, else the start of the day."""
        return self.at.astimezone(UTC) if self.at else datetime.combine(self.day, time(), UTC)

    @property
    def in_utc(self) -> bool:
        """Whether a time was given in UTC (or without zone), so that the local day is not known from it."""
        return self.at is not None and not self.at.utcoffset()


_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})"
    r"(?:[T ]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?(?!\d)",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(\d{10})(\d{3})?$")


def machine_readable(value: str) -> Stated | None:
    """Read ISO 8601, RFC 2822 or seconds (milliseconds) since 1970; a time without zone counts as UTC."""
    value = value.strip()
    match = _ISO.match(value)
    if match:
        return _iso(match)
    epoch = _EPOCH.match(value)
    if epoch:
        return _timed(datetime.fromtimestamp(int(epoch.group(1)), UTC))
    if re.match(r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d", value):
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        return _timed(at if at.tzinfo else at.replace(tzinfo=UTC))
    return None


def _iso(match: re.Match[str]) -> Stated | None:
    year, month, day, hour, minute, second, zone = match.groups()
    stated = _day(int(year), int(month), int(day))
    if stated is None or hour is None:
        return stated
    offset = "+00:00" if zone is None or zone.upper() in ("Z", "UTC", "GMT") else zone
    try:
        at = datetime.fromisoformat(f"{stated.day.isoformat()}T{int(hour):02}:{minute}:{second or '00'}{offset}")
    except ValueError:
        return stated
    return _timed(at)


def _timed(at: datetime) -> Stated | None:
    """Keep the minute, unless it is midnight sharp: then only the day was known."""
    try:
        at.astimezone(UTC)
    except OverflowError:
        return None
    return Stated(at.date(), None if at.time() == time() else at)


def _day(year: int, month: int, day: int) -> Stated | None:
    try:
        return Stated(date(year, month, day))
    except ValueError:
        return None


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the written forms of a date, over normalised text: day first, month first, year first in digits, digits."""
    names = "|".join(re.escape(name) for name in sorted(months(), key=len, reverse=True))
    # A month may be written twice, as in two naming systems: «آب / أغسطس», «يناير (كانون الثاني)».
    month = rf"(?P<month>{names})\.?(?:\s*[/\-(،]\s*(?:{names})\)?)?"
    return (
        re.compile(
            rf"(?<![\w.,:/])(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?[\s,.\-/]*(?:of\s+|de\s+|من\s+)?{month}[\s,،.\-/]*(?P<year>\d{{4}})(?!\d)"
        ),
        re.compile(rf"(?<!\w){month}[\s.\-/]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*[,،]\s*|\s+|-|/)(?P<year>\d{{4}})(?!\d)"),
        re.compile(r"(?<![\d/.-])(?P<year>(?:19|20)\d{2})\s?[-/.]\s?(?P<number>\d{1,2})\s?[-/.]\s?(?P<day>\d{1,2})(?![\d/])"),
        re.compile(r"(?<![\d/.-])(?P<day>\d{1,2})\s?[-/.]\s?(?P<number>\d{1,2})\s?[-/.]\s?(?P<year>(?:19|20)\d{2})(?!\d)"),
    )


def in_text(text: str) -> Stated | None:
    """Return the first whole day written in a text, in any language of the table; never a year or a month alone.

    Days in digits are day first; month first is taken where only that is possible.
    """
    folded = normalise(text)
    found: list[tuple[int, Stated]] = []
    for pattern in _patterns():
        for match in pattern.finditer(folded):
            stated = _written(match.groupdict())
            if stated:
                found.append((match.start(), stated))
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _written(parts: dict[str, str]) -> Stated | None:
    year, day = int(parts["year"]), int(parts["day"])
    if "month" in parts:
        return _day(year, months()[parts["month"]], day)
    number = int(parts["number"])
    return _day(year, number, day) or (_day(year, day, number) if number > 12 else None)


_ADDRESS = (
    re.compile(r"/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})(?=/|[_-]|$)"),
    re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{2})-(\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)"),
)


def in_address(url: str) -> Stated | None:
    """Return the whole day in a web address, if there is one."""
    path = url.partition("://")[2].partition("/")[2]
    for pattern in _ADDRESS:
        match = pattern.search("/" + path)
        stated = _day(int(match.group(1)), int(match.group(2)), int(match.group(3))) if match else None
        if stated:
            return stated
    return None
