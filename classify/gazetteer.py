"""The gazetteer: its tables and CLDR go in; per language, the forms that name countries, places and organisations come out.

A form may carry marks at its end: ``?`` weak (an ordinary word or another's name too: counts only after a word that shows a
place, or where the article names the country by a sure form), ``??`` weaker (only the latter, or after a strong cue), ``~``
borne by persons too (not beside a given name or a capitalised surname). Code ``-`` blocks a phrase: it names no country.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from babel import Locale

from newsdesk.analysis import normalise
from newsdesk.countries import country_codes, shipped_name
from newsdesk.gazetteer import NOWHERE, organisations, parse_table, place_key, places, split_forms
from newsdesk.languages import languages

BLOCKED = "-"
ORGANISATION = "organisation"
#: Words kept folded; what a word is never changes, so nothing goes wrong when the memory is emptied.
KEPT = 200_000
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_MARKS = re.compile(r"^(=?)(.*?)(\?\?|\?|~)?$")
_LATIN_MARKS = re.compile(r"[\u0300-\u036f]")


class Sense(NamedTuple):
    """What a form can stand for: ``code`` is a country, nothing, BLOCKED, or EVERY (an organisation that each country has).

    ``weak`` is 0 (sure), 1 or 2; ``shape`` is any, Capital or UPPER, as it must be written. ``key`` names it alike in every
    language: a country's code, a place as ``tn/zarzis``, an organisation as ``unhcr``.
    """

    code: str
    kind: str
    weak: int
    person: bool
    shape: str
    key: str


@dataclass(frozen=True)
class Grammar:
    """What ``grammar.toml`` says of one language, normalised."""

    endings: tuple[tuple[str, tuple[str, ...]], ...]
    articles: tuple[str, ...]
    proclitics: tuple[str, ...]
    contractions: Mapping[str, str]
    unsplit: frozenset[str]
    unfolded: frozenset[str]
    """As written, not normalised."""
    place_cues: frozenset[str]
    strong_cues: frozenset[str]
    field_words: frozenset[str]
    links: frozenset[str]
    before_surnames: frozenset[str]
    """Given names, titles and forms of address."""


@dataclass(frozen=True)
class Gazetteer:
    """The forms of one language: words (folded) -> senses; ``singles`` are those of one word, ``phrases`` the others by
    their first and second word, ``openings`` the words with which any begins.

    Only the forms ``with_comma`` may have one between their words (as in "Lebanon, Pennsylvania"). ``words`` has any word as
    written folded, and freed of a proclitic where only the rest is known.
    """

    language: str
    grammar: Grammar
    forms: Mapping[tuple[str, ...], tuple[Sense, ...]]
    openings: frozenset[str]
    singles: frozenset[str]
    phrases: Mapping[str, Mapping[str, tuple[tuple[str, ...], ...]]]
    with_comma: frozenset[tuple[str, ...]]
    words: Mapping[str, str]


@cache
def gazetteer(language: str) -> Gazetteer:
    """Build the forms of one language."""
    forms: dict[tuple[str, ...], dict[tuple[str, str, str], Sense]] = {}
    with_comma = set()
    for form, code, kind, named in _rows(language):
        literal, weak, person = _marked(form)
        written = words(literal)
        key = tuple(folded(word, language) for word in written)
        if "," in literal:
            with_comma.add(key)
        if key:
            sense = Sense("" if code == NOWHERE else code, kind, weak, person, _shape(written), named)
            told_apart = (code, sense.shape, named if kind == ORGANISATION else "")
            forms.setdefault(key, {}).setdefault(told_apart, sense)
    phrases: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {}
    for key in forms:
        if len(key) > 1:
            seconds = phrases.setdefault(key[0], {})
            seconds[key[1]] = (*seconds.get(key[1], ()), key)
    known = frozenset(word for key in forms for word in key)
    return Gazetteer(
        language=language,
        grammar=grammar(language),
        forms={key: tuple(senses.values()) for key, senses in forms.items()},
        openings=frozenset(key[0] for key in forms),
        singles=frozenset(key[0] for key in forms if len(key) == 1),
        phrases=phrases,
        with_comma=frozenset(with_comma),
        words=_Words(language, known),
    )


@cache
def covers(language: str) -> bool:
    """Tell whether the tables speak a language."""
    return f"names_{language}" in table("countries.tsv")[0]


def words(text: str) -> list[str]:
    """Return the written words of a text."""
    return _WORD.findall(text)


@lru_cache(maxsize=100_000)
def folded(surface: str, language: str) -> str:
    """Fold a written word: case, accents, letters of Arabic, elision and possessive."""
    word = normalise(surface)
    row = languages().get(language)
    for elision in row.elisions if row else ():
        if word.startswith(elision) and len(word) > len(elision):
            word = word[len(elision) :]
            break
    return _unaccented(word.removesuffix("'s"))


@cache
def grammar(language: str) -> Grammar:
    """Read one language's rules."""
    row = tomllib.loads(_read("grammar.toml"))[language]

    def fold(key: str) -> frozenset[str]:
        return frozenset(_unaccented(normalise(word)) for word in row[key])

    return Grammar(
        endings=tuple((ending, tuple(replacements)) for ending, replacements in row["endings"]),
        articles=tuple(row["articles"]),
        proclitics=tuple(row["proclitics"]),
        contractions=row["contractions"],
        unsplit=fold("unsplit"),
        unfolded=frozenset(row["unfolded"]),
        place_cues=fold("place_cues"),
        strong_cues=fold("strong_cues"),
        field_words=fold("field_words"),
        links=fold("links"),
        before_surnames=fold("given_names") | fold("honorifics"),
    )


@cache
def capitals() -> frozenset[str]:
    """Return the keys of the capitals whose names stand for their governments too."""
    return frozenset(tomllib.loads(_read("grammar.toml"))["capitals"])


def table(name: str) -> list[dict[str, str]]:
    """Read one tab-separated table of this package's gazetteer."""
    return parse_table(_read(name))


def _rows(language: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (form, code, kind, key); where a form comes twice with one code, the first is kept, with its marks."""
    for code, form in _names(language):
        yield form, code, "country", code
    for row in table("countries.tsv"):
        for form in split_forms(row[f"adjectives_{language}"]):
            yield from ((inflected, row["code"], "demonym", row["code"]) for inflected in _inflected(form, language))
    for entry in organisations().values():
        yield from ((form, entry.country, ORGANISATION, entry.key) for form in entry.forms.get(language, ()))
    for entry in places().values():
        yield from ((form, entry.country, entry.kind, entry.key) for form in entry.forms.get(language, ()))
    yield from _standing(language)


def _standing(language: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of what stands for a country without being a place to file under, and of what names none."""
    for row in table("standing.tsv"):
        key = place_key(row["code"], row["kind"], split_forms(row["en"])[0]) if row["en"] else ""
        for form in split_forms(row["en"] if row[language] == "=" else row[language]):
            yield form, row["code"], row["kind"], key


def _names(language: str) -> Iterator[tuple[str, str]]:
    """Yield (code, name): ours first, then CLDR's, less those that we mark."""
    marked: set[str] = set()
    for row in table("countries.tsv"):
        for form in split_forms(row[f"names_{language}"]):
            yield row["code"], form
            marked.update({_bare(form)} if _bare(form) != form else ())
    for code in country_codes():
        for name in sorted({shipped_name(code, language), *_cldr_names(code, language)} - marked):
            yield code, name


def _bare(form: str) -> str:
    return _marked(form)[0]


def _marked(form: str) -> tuple[str, int, bool]:
    match = _MARKS.match(form)
    literal, mark = (match.group(2), match.group(3) or "") if match else (form, "")
    return literal, mark.count("?"), mark == "~"


def _inflected(form: str, language: str) -> Iterator[str]:
    literal, weak, person = _marked(form)
    mark = "?" * weak or ("~" if person else "")
    rules = grammar(language)
    if form.startswith("="):
        yield literal + mark
        return
    *before, last = literal.split(" ")
    ending, replacements = next(rule for rule in rules.endings if last.endswith(rule[0]))
    stem = last.removesuffix(ending)
    for replacement in replacements:
        for article in rules.articles:
            yield " ".join([*(article + word for word in before), article + stem + replacement]) + mark
    if before and rules.articles != ("",):
        for replacement in replacements:
            yield " ".join([*before, stem + replacement]) + mark


def _cldr_names(code: str, language: str) -> set[str]:
    name = str(Locale(language).territories[code])
    plain = re.sub(r"\s*\(.*?\)", "", name)
    joint = {"en": " and ", "fr": " et "}.get(language, " & ")
    return {plain, plain.replace(" & ", joint), plain.replace("St. ", "Saint ")}


def _shape(written: list[str]) -> str:
    if not written or written[0][0].islower() or written[0].upper() == written[0].lower():
        return "any"
    return "UPPER" if all(word.isupper() for word in written) and len("".join(written)) <= 4 else "Capital"


def _unaccented(word: str) -> str:
    return word if word.isascii() else _LATIN_MARKS.sub("", unicodedata.normalize("NFD", word))


class _Words(dict[str, str]):
    """Words as written, folded; each is worked out when it is first met."""

    def __init__(self, language: str, known: frozenset[str]) -> None:
        super().__init__()
        self._language, self._known, self._rules = language, known, grammar(language)
        self._unfolded = {proclitic + word for word in self._rules.unfolded for proclitic in ("", *self._rules.proclitics)}

    def __missing__(self, surface: str) -> str:
        if len(self) >= KEPT:
            self.clear()
        found = self[surface] = surface if surface in self._unfolded else self._freed(folded(surface, self._language))
        return found

    def _freed(self, word: str) -> str:
        rules, known = self._rules, self._known
        if word in known or not rules.proclitics or word in rules.unsplit:
            return word
        rests = (word.removeprefix(prefix) for prefix in rules.proclitics if word.startswith(prefix))
        uncontracted = (full + word.removeprefix(short) for short, full in rules.contractions.items() if word.startswith(short))
        return next((rest for rest in (*uncontracted, *rests) if len(rest) > 2 and rest in known), word)


def _read(name: str) -> str:
    return files("classify").joinpath("data/gazetteer", name).read_text(encoding="utf-8")
