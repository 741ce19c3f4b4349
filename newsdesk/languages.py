"""The working languages, one row each in ``data/languages.toml``: everything the code knows of a language is there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import cast


@dataclass(frozen=True)
class Language:
    """One working language. ``comma`` stands between the words of a list.

    ``stemmer`` names a Snowball algorithm, or is ``affixes`` (see ``newsdesk.stemming``); ``months`` maps every name of a
    month in use to 1..12. ``elisions`` end in an apostrophe and are dropped, ``possessives`` at the end likewise;
    ``thousands`` are the characters that set thousands apart. ``unstemmed`` words and ``names`` (learnt by
    ``newsdesk.protected``, without ``ambiguous_names``; ``peoples`` end the names of inhabitants) are left alone, ``stems``
    are exceptions, among them the spellings of one name (``data/spellings.toml``); ``rewrites`` change ends of words before a
    Snowball algorithm sees them. ``script`` begins the Unicode names of its letters; ``wildcard_letters`` is the least a
    search for ``word*`` needs.

    For ``affixes``: ``proclitics`` are written onto the following word and cut off even if it is unknown,
    ``loose_proclitics`` only from known words; ``article`` is the bare one, and the beginnings in ``contracted`` hide it;
    ``enclitics`` are pronouns written behind, ``endings`` number and gender, the ``weak_endings`` among them often part of
    a word; ``gender`` is the mark of the feminine and ``joined_gender`` what it becomes before a pronoun; ``prepositions``
    stand alone.

    For suggestions: ``letters`` are those that words are written with once normalised, ``confused`` spellings that people
    take for each other.
    """

    code: str
    name: str
    direction: str
    comma: str
    stemmer: str
    stop_words: frozenset[str]
    months: Mapping[str, int]
    elisions: tuple[str, ...]
    proclitics: tuple[str, ...]
    unstemmed: frozenset[str]
    names: frozenset[str]
    ambiguous_names: frozenset[str]
    peoples: tuple[str, ...]
    contracted: Mapping[str, str]
    stems: Mapping[str, str]
    script: str
    wildcard_letters: int
    thousands: str
    possessives: tuple[str, ...]
    rewrites: Mapping[str, str]
    loose_proclitics: tuple[str, ...]
    article: str
    enclitics: tuple[str, ...]
    endings: tuple[str, ...]
    weak_endings: frozenset[str]
    gender: str
    joined_gender: str
    prepositions: frozenset[str]
    letters: str
    confused: tuple[tuple[str, ...], ...]

    @cached_property
    def protected(self) -> frozenset[str]:
        """Every word that the stemmer leaves alone."""
        return self.unstemmed | self.names

    @cached_property
    def clitics(self) -> tuple[str, ...]:
        """Everything that may be written before a word, the longest first."""
        return tuple(sorted((*self.proclitics, *self.loose_proclitics), key=lambda clitic: (-len(clitic), clitic)))


@cache
def languages() -> Mapping[str, Language]:
    """Return the working languages by ISO 639-1 code, in the order of the table."""
    table = tomllib.loads(files("newsdesk").joinpath("data/languages.toml").read_text(encoding="utf-8"))
    return {code: _language(code, row) for code, row in table.items()}


@cache
def _spellings() -> Mapping[str, Mapping[str, str]]:
    """Return by language which spelling stands for each spelling of a name."""
    table = tomllib.loads(files("newsdesk").joinpath("data/spellings.toml").read_text(encoding="utf-8"))
    groups = {code: [line.split() for line in row["groups"].splitlines() if line] for code, row in table.items()}
    return {code: {word: group[0] for group in rows for word in group} for code, rows in groups.items()}


def _names(code: str) -> frozenset[str]:
    file = files("newsdesk").joinpath(f"data/names.{code}.txt")
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else frozenset()


def _language(code: str, row: Mapping[str, object]) -> Language:
    def words(key: str) -> list[str]:
        value = row.get(key, "")
        return str(value).split()

    months = cast(list[str], row["months"])
    return Language(
        code=code,
        name=str(row["name"]),
        direction=str(row["direction"]),
        comma=str(row["comma"]),
        stemmer=str(row["stemmer"]),
        stop_words=frozenset(words("stop_words")),
        months={name: number for number, names in enumerate(months, start=1) for name in names.split()},
        elisions=tuple(words("elisions")),
        proclitics=tuple(words("proclitics")),
        unstemmed=frozenset(words("unstemmed")),
        names=_names(code),
        ambiguous_names=frozenset(words("ambiguous_names")),
        peoples=tuple(words("peoples")),
        contracted=dict(pair.split("=", 1) for pair in words("contracted")),
        stems={**_spellings().get(code, {}), **dict(pair.split("=", 1) for pair in words("stems"))},
        script=str(row["script"]),
        wildcard_letters=int(str(row["wildcard_letters"])),
        thousands=str(row.get("thousands", "")),
        possessives=tuple(words("possessives")),
        rewrites=dict(pair.split("=", 1) for pair in words("rewrites")),
        loose_proclitics=tuple(words("loose_proclitics")),
        article=str(row.get("article", "")),
        enclitics=tuple(words("enclitics")),
        endings=tuple(words("endings")),
        weak_endings=frozenset(words("weak_endings")),
        gender=str(row.get("gender", "")),
        joined_gender=str(row.get("joined_gender", "")),
        prepositions=frozenset(words("prepositions")),
        letters=str(row["letters"]),
        confused=tuple(tuple(group.split("=")) for group in words("confused")),
    )
