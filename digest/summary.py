"""Says in sentences what a trend report found: its numbers and a language go in, sentences that claim no more than they bear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from digest.dates import long_day
from newsdesk.lexicon import concepts
from newsdesk.names import country_name
from newsdesk.statistics import difference, wilson
from newsdesk.themes import theme_name

Numbers = Mapping[str, Any]

#: Differences between languages that are told, the widest first.
MOST_DIFFERENCES = 4
#: Families whose terms the summary tells of, in this order; the charts show all.
TOLD = ("status", "person")


def sentences(numbers: Numbers, language: str) -> list[str]:
    """Return the summary of a report, sentence by sentence."""
    with translation.override(language):
        if not numbers["totals"]["independent"]:
            return [gettext("No relevant articles of media outlets are dated within this window.")]
        return [
            _volume(numbers, language),
            *_centre(numbers, language),
            *_preferences(numbers, language),
            *_differences(numbers, language),
            *_models(numbers, language),
            *_left_out(numbers),
        ]


def window(numbers: Numbers, language: str) -> str:
    """Return the days of a report's window in words, the last one included."""
    start = datetime.fromisoformat(numbers["window"]["start"])
    last = datetime.fromisoformat(numbers["window"]["end"]) - timedelta(microseconds=1)
    with translation.override(language):
        return gettext("%(first)s to %(last)s") % {
            "first": long_day(start, language),
            "last": long_day(last, language),
        }


def family_name(family: str) -> str:
    """Return what a family of terms is about, in the active language."""
    names = {
        "status": gettext("Words for staying or moving without permission"),
        "person": gettext("Words for people on the move"),
        "arrivals": gettext("Pictures of arrival"),
        "removal": gettext("Words for sending people back"),
        "facilitation": gettext("Words for those who carry people across"),
        "worker": gettext("Words for people who came to work"),
        "domestic": gettext("Words for domestic work"),
    }
    return names.get(family, family)


def language_name(code: str) -> str:
    """Return a language's name in the active language."""
    names = {
        "ar": pgettext("in a sentence", "Arabic"),
        "en": pgettext("in a sentence", "English"),
        "fr": pgettext("in a sentence", "French"),
    }
    return names.get(code, code)


def percent(share: float, language: str) -> str:
    """Return a share as whole per cent, as the language writes it."""
    return str(format_percent(share, locale=language))


def _volume(numbers: Numbers, language: str) -> str:
    totals = numbers["totals"]
    each = [
        gettext("%(n)s in %(language)s")
        % {"n": format_decimal(row["independent"], locale=language), "language": language_name(code)}
        for code, row in numbers["languages"].items()
    ]
    articles = ngettext("%(n)s independent article", "%(n)s independent articles", totals["independent"])
    outlets = ngettext("%(n)s outlet", "%(n)s outlets", totals["outlets"])
    stories = ngettext("%(n)s story", "%(n)s stories", totals["stories"])
    return gettext("%(window)s: %(articles)s from %(outlets)s, telling %(stories)s (%(each)s).") % {
        "window": window(numbers, language),
        "articles": articles % {"n": format_decimal(totals["independent"], locale=language)},
        "outlets": outlets % {"n": format_decimal(totals["outlets"], locale=language)},
        "stories": stories % {"n": format_decimal(totals["stories"], locale=language)},
        "each": format_list(each, locale=language),
    }


def _centre(numbers: Numbers, language: str) -> Iterator[str]:
    total = numbers["totals"]["independent"]
    by_theme: dict[str, int] = {}
    for row in numbers["themes"]:
        by_theme[row["theme"]] = by_theme.get(row["theme"], 0) + row["independent"]
    theme = max(by_theme, key=lambda name: by_theme[name])
    yield gettext("The most covered theme is “%(theme)s” (%(share)s of the articles).") % {
        "theme": theme_name(theme, language),
        "share": percent(by_theme[theme] / total, language),
    }
    if first := [country_name(row["country"], language) for row in numbers["countries"][:3]]:
        yield gettext("Most written about: %(countries)s.") % {"countries": format_list(first, locale=language)}


def _preferences(numbers: Numbers, language: str) -> Iterator[str]:
    """Name each language's most frequent term of a family, or say that there is too little to tell."""
    told = [terms for family in TOLD for terms in numbers["terms"] if terms["family"] == family]
    for terms in told:
        place = {"language": language_name(terms["language"]), "n": terms["n"], "family": family_name(terms["family"])}
        if terms["claim"]:
            first = max(terms["shares"], key=lambda share: share["articles"])
            yield gettext(
                "%(family)s, in %(language)s: %(term)s in %(share)s of the %(n)s articles that use any (95%% interval"
                " %(low)s to %(high)s)."
            ) % {
                **place,
                "term": _term(first["concept"], terms["language"], language),
                **{bound: percent(first[bound], language) for bound in ("share", "low", "high")},
            }
        elif terms["family"] == "status":
            yield gettext("%(family)s, in %(language)s: too few articles (%(n)s) to claim anything.") % place


def _term(concept: str, spoken: str, language: str) -> str:
    """Return a term as its own language has it, with what the reader's calls it."""
    own, gloss = concepts()[concept].name(spoken), concepts()[concept].name(language)
    quoted = gettext("“%(words)s”") % {"words": f"\u2068{own}\u2069"}
    return quoted if own == gloss else f"{quoted} ({gloss})"


def _differences(numbers: Numbers, language: str) -> list[str]:
    """Tell of terms for status that two languages use differently, where the interval of the difference excludes none."""
    told = []
    claimed = [terms for terms in numbers["terms"] if terms["claim"] and terms["family"] == "status"]
    for one, other in combinations(claimed, 2):
        for mine, theirs in zip(one["shares"], other["shares"], strict=True):
            gap, low, high = difference(wilson(mine["articles"], one["n"]), wilson(theirs["articles"], other["n"]))
            if low > 0 or high < 0:
                more, less = (one, other) if gap > 0 else (other, one)
                bounds = sorted((abs(low), abs(high)))
                told.append((abs(gap), _difference(mine["concept"], more, less, bounds=bounds, language=language)))
    return [sentence for _, sentence in sorted(told, key=lambda pair: -pair[0])[:MOST_DIFFERENCES]]


def _difference(concept: str, more: Numbers, less: Numbers, *, bounds: list[float], language: str) -> str:
    return gettext("%(term)s is more frequent in %(more)s than in %(less)s, by %(low)s to %(high)s points (95%% interval).") % {
        "term": _term(concept, language, language),
        "more": language_name(more["language"]),
        "less": language_name(less["language"]),
        "low": format_decimal(round(bounds[0] * 100), locale=language),
        "high": format_decimal(round(bounds[1] * 100), locale=language),
    }


def _models(numbers: Numbers, language: str) -> Iterator[str]:
    """Say on whose labels a report rests, where that is not one model's as a matter of course."""
    models = numbers.get("models", {})
    if numbers.get("model"):
        words = gettext("Only labels of %(model)s count; %(left)s articles that it never labelled are left out.")
        yield words % {"model": f"\u2068{numbers['model']}\u2069", "left": numbers["left_out"].get("other_model", 0)}
    elif len(models) > 1:
        listed = format_list([f"\u2068{model}\u2069 ({count})" for model, count in models.items()], locale=language)
        yield gettext("The articles were labelled by several hands: %(models)s.") % {"models": listed}


def _left_out(numbers: Numbers) -> Iterator[str]:
    left_out = numbers["left_out"]
    if left_out.get("undated") or left_out.get("not_media"):
        yield gettext("Left out: %(undated)s undated, %(not_media)s from institutions and specialist sources.") % {
            "undated": left_out.get("undated", 0),
            "not_media": left_out.get("not_media", 0),
        }
