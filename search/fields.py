"""What may stand before a colon in a query, and how its value is read: text in, a leaf of the tree out, or BadQuery."""

from __future__ import annotations

import difflib
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from babel import Locale
from django.utils.translation import gettext as _

from newsdesk.analysis import normalise
from newsdesk.errors import BadQuery
from newsdesk.gazetteer import organisation_keys, place_keys
from newsdesk.groups import groups_by_name
from newsdesk.languages import languages
from newsdesk.routes import routes_by_name
from newsdesk.themes import SECTIONS, theme_name
from newsdesk.topics import topics_by_name
from newsdesk.values import OTHER
from search.concepts import concepts_by_name, forms_of
from search.document import outlet_key
from search.tree import Above, Concept, Dated, Is, Last, Query

#: Fields whose value is words of the text: their name in a query, and the part of the article.
PARTS: Mapping[str, str] = {"text": "", "title": "title", "lead": "lead", "body": "body"}

#: Characters of a wrong value that a message repeats.
SHOWN = 80
#: Where a field has more values, only those that begin alike are looked through for what may have been meant.
MANY = 2_000
#: Of so few values the shortest are named.
FEW = 60
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
#: What ``last:`` counts in: hours, days, weeks, months, years.
UNITS = "hdwmy"
_LAST = re.compile(rf"(\d{{1,4}})([{UNITS}])")
_ABOVE = re.compile(r">(\d(?:\.\d{1,4})?)")


def read_value(field: str, raw: str, *, column: int) -> Query:
    """Read one ``field:value``; raise BadQuery, at ``column``, for a value that the field cannot have."""
    return READERS[field](raw.strip().rstrip(",;،؛"), column)


def _language(raw: str, column: int) -> Query:
    names = {code: code for code in languages()}
    for code in languages():
        names |= {normalise(name): key for key in languages() for name in [_display(code).languages.get(key, key)]}
    return Is("lang", _one_of(names, raw, field="lang", column=column))


def _country(field: str) -> Callable[[str, int], Query]:
    return lambda raw, column: Is(field, _one_of(_country_names(), raw, field=field, column=column))


@cache
def _country_names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for code in languages():
        names |= {normalise(name): key for key, name in _display(code).territories.items() if len(key) == 2 and key.isalpha()}
    return names | {code.casefold(): code for code in set(names.values())}


@cache
def _display(code: str) -> Locale:
    return Locale(code)


def _one_of(names: Mapping[str, str], raw: str, *, field: str, column: int) -> str:
    wanted = normalise(raw).strip()
    if wanted in names:
        return names[wanted]
    several = [part.strip() for part in re.split("[,،;؛/|]", wanted)]
    if len(several) > 1 and all(part in names for part in several):
        message = _("Several values stand in brackets, with OR between them.")
        raise BadQuery(message, column=column, expected=(f"{field}:({' OR '.join(names[part] for part in several)})",))
    message = _("«%(value)s» is not a value of %(field)s.") % {"value": raw[:SHOWN], "field": field}
    raise BadQuery(message, column=column, expected=_meant(names, wanted))


def _meant(names: Mapping[str, str], wanted: str) -> tuple[str, ...]:
    """Return names that may have been meant; where none is like what was written, those that there are, unless they are many."""
    alike = names if len(names) < MANY else [name for name in names if name.startswith(wanted[:2])]
    near = tuple(difflib.get_close_matches(wanted, alike, n=3))
    return near or (tuple(sorted(names, key=lambda name: (len(name), name))[:5]) if len(names) <= FEW else ())


def _theme(raw: str, column: int) -> Query:
    name, sign, _score = re.split(r"([<>].*)", raw, maxsplit=1) if re.search("[<>]", raw) else (raw, "", "")
    if sign:
        names = {name: theme for name, theme in _theme_names().items() if theme != OTHER}
        theme = _one_of(names, name, field="theme", column=column)
        above = _ABOVE.fullmatch(normalise(sign))
        if above is None or float(above[1]) > 1:
            message = _("Behind the theme stand «>» and a score from 0 to 1.")
            raise BadQuery(message, column=column + len(name), expected=(f"theme:{name}>0.8",))
        return Above(theme, float(above[1]))
    return Is("theme", _one_of(_theme_names(), raw, field="theme", column=column))


@cache
def _theme_names() -> Mapping[str, str]:
    names = {normalise(theme_name(theme, code)): theme for theme in SECTIONS for code in languages()}
    return names | {written: theme for theme in SECTIONS for written in (theme, theme.replace("_", "-"))}


_YES_OR_NO = {"yes": "yes", "no": "no", "oui": "yes", "non": "no", "نعم": "yes", "لا": "no"}


def _either(field: str) -> Callable[[str, int], Query]:
    return lambda raw, column: Is(field, _one_of(_YES_OR_NO, raw, field=field, column=column))


def _labeller(raw: str, column: int) -> Query:
    return Is("label-by", _one_of({each: each for each in ("model", "rule", "person")}, raw, field="label-by", column=column))


def _concept(raw: str, column: int) -> Query:
    """Read a concept by its key or name, with the forms to leave out behind it: ``smuggling -passeurs -coyote``."""
    name, *left_out = re.split(r"\s+-", raw)
    key = _one_of(concepts_by_name(), name, field="concept", column=column)
    known = {normalise(form.text): form.text for form in forms_of(key)}
    without = {_one_of(known, form, field=f"concept:{key}", column=column) for form in left_out}
    return Concept(key, tuple(form.text for form in forms_of(key) if form.text in without))


def _outlet(raw: str, column: int) -> Query:
    if not (name := outlet_key(raw)):
        raise BadQuery(_("The outlet has no name."), column=column)
    return Is("outlet", name)


def _topic(raw: str, column: int) -> Query:
    return Is("topic", _one_of(_topic_names(), raw, field="topic", column=column))


def _named(field: str, names: Callable[[], Mapping[str, str]]) -> Callable[[str, int], Query]:
    """Read a value that has names in every language."""
    return lambda raw, column: Is(field, _one_of(names(), raw, field=field, column=column))


@cache
def _topic_names() -> Mapping[str, str]:
    return {normalise(name): topic for name, topic in topics_by_name().items()}


def _story(raw: str, column: int) -> Query:
    number = normalise(raw)
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise BadQuery(_("A story is named by its number."), column=column, expected=("story:123",))
    return Is("story", str(int(number)))


def _last(raw: str, column: int) -> Query:
    found = _LAST.fullmatch(normalise(raw))
    if not found or not int(found[1]):
        raise BadQuery(_("«last» takes a number and a unit."), column=column, expected=("24h", "7d", "2w", "3m", "1y"))
    return Last(int(found[1]), found[2])


def _date(raw: str, column: int) -> Query:
    first, dots, last = normalise(raw).partition("..")
    if not dots:
        return Dated(_period(first, column)[0], _period(first, column)[1])
    return _ordered(_period(first, column)[0] if first else "", _period(last, column)[1] if last else "", column)


def _ordered(first: str, last: str, column: int) -> Query:
    if not (first or last):
        raise BadQuery(_("A range needs a date on at least one side."), column=column, expected=_DATES)
    if first and last and first > last:
        raise BadQuery(_("The range ends before it begins."), column=column)
    return Dated(first, last)


_DATES = ("2026", "2026-01", "2026-01-31", "2026-01..2026-03")


def _period(raw: str, column: int) -> tuple[str, str]:
    found = _DAY.fullmatch(raw)
    try:
        if not found:
            raise ValueError
        year, month, day = (int(part) if part else 0 for part in found.groups())
        first = date(year, month or 1, day or 1)
        last = first if day else date(year, month or 12, monthrange(year, month or 12)[1])
    except ValueError:
        raise BadQuery(_("«%s» is not a date.") % raw[:SHOWN], column=column, expected=_DATES) from None
    return first.isoformat(), last.isoformat()


#: Fields whose value is no word of the text, by every name they may be called.
READERS: Mapping[str, Callable[[str, int], Query]] = {
    "lang": _language,
    "language": _language,
    "country": _country("country"),
    "about": _country("country"),
    "route": _named("route", routes_by_name),
    "group": _named("group", groups_by_name),
    "outlet": _outlet,
    "source": _outlet,
    "outlet-country": _country("outlet-country"),
    "theme": _theme,
    "topic": _topic,
    "city": _named("city", place_keys),
    "organisation": _named("organisation", organisation_keys),
    **{kind: _country(kind) for kind in ("origin", "transit", "destination")},
    "org": _named("organisation", organisation_keys),
    "concept": _concept,
    "relevant": _either("relevant"),
    "duplicate": _either("duplicate"),
    "undated": _either("undated"),
    "label-by": _labeller,
    "story": _story,
    "date": _date,
    "after": lambda raw, column: Dated(_period(normalise(raw), column)[0], ""),
    "before": lambda raw, column: Dated("", _period(normalise(raw), column)[1]),
    "last": _last,
}

#: Every name that may stand before a colon.
NAMES = ("exact", *PARTS, *READERS)
