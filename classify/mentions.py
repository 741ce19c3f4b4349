"""Mentions: a title and a text go in; every place at which they name a country, a place or an organisation comes out.

The interface for all stages that ask what a text names and where:

- ``read(title, text, language, home)`` -> ``Reading``: computed once an article and kept, so that the stages that ask for the
  same article one after the other share it. Give all stages of one article the same four arguments.
- ``Reading.mentions``: ``Mention`` tuples in the order of the text, the title first; a dateline's are left out.
  ``kind`` is ``country``, ``demonym`` (adjective or people of a country), ``city``, ``region``, ``place`` (crossing, island,
  camp, border, desert), ``sea``, ``institution``, ``person`` (who stand for a country), ``organisation`` or ``other``.
  ``key`` is alike in every language: ``MA`` for a country or its demonym, ``tn/zarzis`` for what lies in a country,
  ``sea/mediterranean`` for what lies in none, ``unhcr`` or ``ly/coast-guard`` for an organisation; ``code`` is the country that
  it stands for, ``""`` where it is none (seas, international organisations).
- ``Reading.tokens`` (``classify.reading.Tokens``): the words of all sentences; a mention covers ``first`` up to ``last``
  (exclusive) of them, and the characters ``start`` up to ``end`` of ``Reading.sentences[mention.sentence]``.
  ``Reading.in_lead(mention)`` tells whether it stands in the first three sentences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from classify.gazetteer import BLOCKED, ORGANISATION, Gazetteer, Sense, covers, gazetteer
from classify.reading import Tokens, sentences_of, tokens_of
from newsdesk.gazetteer import EVERY

#: What tells whose an organisation is; the share and count of sure mentions by which a country is implied.
_OWNERS = frozenset({"country", "demonym"})
_CLEARLY, _OFTEN = 0.8, 3
#: How often the outlet's own country is named at least, beside the one named most.
_OFTEN_ENOUGH = 0.5
_COMMAS = frozenset({",", "،", ";", "؛", "/"})
_JOINT = frozenset(" \u00a0&-‑–.’'")


class Mention(NamedTuple):
    """Something named. ``sentence`` counts from 0, the title being 0; ``at`` is the character in the text (-1: the title)."""

    code: str
    kind: str
    key: str
    sentence: int
    at: int
    first: int
    last: int
    start: int
    end: int
    cued: bool
    listed: bool

    @property
    def in_title(self) -> bool:
        """Whether it stands in the title."""
        return self.sentence == 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read: its sentences (title first), its words, and the mentions in them, in order."""

    sentences: tuple[str, ...]
    mentions: tuple[Mention, ...]
    offsets: tuple[int, ...]
    """Where each sentence begins in the text (the title: -1)."""
    tokens: Tokens

    @property
    def length(self) -> int:
        """Characters of the text that were read."""
        return self.offsets[-1] + len(self.sentences[-1])

    def in_lead(self, mention: Mention) -> bool:
        """Whether a mention stands in the first three sentences of the text."""
        return 1 <= mention.sentence <= 3


class _Match(NamedTuple):
    start: int
    end: int
    senses: tuple[Sense, ...]


@lru_cache(maxsize=2)
def read(title: str, text: str, language: str, home: str = "") -> Reading:
    """Find what an article names; ``home`` (the outlet's country) settles forms that nothing else settles.

    The last readings are kept, since several stages ask for the same. A language without tables names nothing.
    """
    if not covers(language):
        return Reading((title, text), (), (-1, 0), tokens_of((), {}))
    book = gazetteer(language)
    sentences, offsets, body = sentences_of(title, text)
    tokens = tokens_of(sentences, book.words)
    matches = [match for match in _matches(tokens, book) if match.senses[0].code != BLOCKED]
    taken = {at for match in matches for at in range(match.start, match.end)}
    matches = [match for match in matches if not _of_a_person(match, tokens, taken=taken, book=book)]
    support = _support(matches, tokens)
    support[home] += 0.5
    chosen = [(match, _settled(match, tokens, support=support, book=book)) for match in matches]
    settled = {match.start: (match, sense) for match, sense in chosen if sense is not None}
    mentions: list[Mention] = []
    for match, found in settled.values():
        sense = (
            found
            if found.code != EVERY
            else _owned(match, found, settled, tokens=tokens, support=support, home=home, links=book.grammar.links)
        )
        if sense is not None:
            mention = _mention(match, sense, tokens, offsets=offsets, taken=taken, book=book)
            if mention.in_title or mention.at >= body:
                mentions.append(mention)
    return Reading(tuple(sentences), tuple(mentions), tuple(offsets), tokens)


def _mention(match: _Match, sense: Sense, tokens: Tokens, *, offsets: Sequence[int], taken: set[int], book: Gazetteer) -> Mention:
    sentence = tokens.sentence[match.start]
    start, end = tokens.span(match.start, match.end)
    return Mention(
        code=sense.code,
        kind=sense.kind,
        key=sense.key,
        sentence=sentence,
        at=offsets[sentence] + start if sentence else -1,
        first=match.start,
        last=match.end,
        start=start,
        end=end,
        cued=_before(match, tokens) in book.grammar.place_cues,
        listed=_listed(match, tokens, taken),
    )


def _matches(tokens: Tokens, book: Gazetteer) -> list[_Match]:
    """Return the forms found, the longest first where they overlap, in the order of the text."""
    taken: set[int] = set()
    matches = []
    for size, at, key in sorted(_found(tokens.word, book)):
        end = at - size
        if not taken.isdisjoint(range(at, end)) or (size < -1 and not _joint(at, end, tokens, comma=key in book.with_comma)):
            continue
        senses = tuple([each for each in book.forms[key] if each.shape == "any" or _shaped(each, at, end, tokens=tokens)])
        if senses:
            taken.update(range(at, end))
            matches.append(_Match(at, end, senses))
    return sorted(matches)


def _found(words: Sequence[str], book: Gazetteer) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield every form of the gazetteer among the words: its negative length, where it begins, its words."""
    singles, phrases = book.singles, book.phrases
    for at in [at for at, word in enumerate(words) if word in book.openings]:
        word = words[at]
        if word in singles:
            yield -1, at, (word,)
        if word in phrases and at + 1 < len(words):
            for key in phrases[word].get(words[at + 1], ()):
                if len(key) == 2 or tuple(words[at : at + len(key)]) == key:
                    yield -len(key), at, key


def _joint(start: int, end: int, tokens: Tokens, *, comma: bool) -> bool:
    """Tell whether nothing but a space, a hyphen or an apostrophe stands between the words of a form."""
    joint = _JOINT | {","} if comma else _JOINT
    gaps = [tokens.before[at] for at in range(start + 1, end)]
    return all(gap is not None and len(gap) <= 3 and set(gap) <= joint for gap in gaps)


def _shaped(sense: Sense, first: int, last: int, *, tokens: Tokens) -> bool:
    """Tell whether a form is written as its sense asks; capitals say nothing where the words beside have them too."""
    surfaces = tokens.surface[first:last]
    if sense.shape == "UPPER":
        return all(map(str.isupper, surfaces)) and not all(map(str.isupper, _beside(first, last, tokens)))
    return surfaces[0][:1].isupper() or (surfaces[0][1:2] in _JOINT and any(map(str.isupper, surfaces[0])))


def _beside(first: int, last: int, tokens: Tokens) -> list[str]:
    """Return the words right before and after, of the same sentence; a stand-in where there are none."""
    before = [tokens.surface[first - 1]] if tokens.before[first] is not None else []
    after = [tokens.surface[last]] if tokens.before[last] is not None else []
    return [*before, *after] or ["."]


def _of_a_person(match: _Match, tokens: Tokens, *, taken: set[int], book: Gazetteer) -> bool:
    """Tell whether the form is part of a person's name: a family name after a given name, or a given name itself."""
    kinds = {sense.kind for sense in match.senses}
    if kinds <= {"person", "institution", ORGANISATION} or match.end - match.start > 1:
        return False
    for back in (1, 2):
        at = match.start - back
        if tokens.before[at + 1] is None or (tokens.before[at + 1] or "").strip():
            break
        if tokens.word[at] in book.grammar.before_surnames and _named(at, tokens) and at not in taken:
            return back == 1 or _named(at + 1, tokens)
    return any(sense.person for sense in match.senses) and _surname_follows(match.end, tokens, taken=taken)


def _named(at: int, tokens: Tokens) -> bool:
    return not tokens.surface[at][:1].islower()


def _surname_follows(at: int, tokens: Tokens, *, taken: set[int]) -> bool:
    gap = tokens.before[at]
    if gap != " " or at in taken or tokens.sentence[at] == 0:
        return False
    return tokens.surface[at][:1].isupper() and not tokens.surface[at].isupper()


def _support(matches: Sequence[_Match], tokens: Tokens) -> dict[str, float]:
    """Count the sure mentions by country, those of the title thrice, and by organisation: they settle doubtful forms."""
    support: dict[str, float] = defaultdict(float)
    for match in matches:
        sense = match.senses[0]
        if not sense.weak and len({each.code for each in match.senses}) == 1:
            share = 3 if tokens.sentence[match.start] == 0 else 1
            if sense.kind == ORGANISATION:
                support[sense.key] += share
            if sense.code not in ("", EVERY):
                support[sense.code] += share
    return support


def _settled(match: _Match, tokens: Tokens, *, support: dict[str, float], book: Gazetteer) -> Sense | None:
    """Choose what a form means here: the best supported of its senses, else the first that needs no support."""
    organisation = _organisation(match, tokens, support=support, book=book)
    senses = [sense for sense in match.senses if sense.kind != ORGANISATION]
    if organisation is not None or not senses:
        return organisation
    before = _before(match, tokens)
    best = max(senses, key=lambda sense: support[sense.code])
    if support[best.code] > (0 if len(senses) > 1 else 0.5):
        return best
    if before in book.grammar.strong_cues and any(sense.kind == "city" for sense in senses):
        return next(sense for sense in senses if sense.kind == "city")
    for sense in sorted(senses, key=lambda sense: sense.weak):
        cues = book.grammar.place_cues if sense.weak == 1 else book.grammar.strong_cues
        if not sense.weak or before in cues:
            return sense
    return None


def _organisation(match: _Match, tokens: Tokens, *, support: dict[str, float], book: Gazetteer) -> Sense | None:
    """Return the organisation that a form means here: the best supported; a weak one needs support or a text of the field."""
    senses = [sense for sense in match.senses if sense.kind == ORGANISATION]
    if not senses:
        return None
    best = max(senses, key=lambda sense: support[sense.key])
    if support[best.key] or not best.weak or best.code == EVERY:
        return best
    return best if best.weak == 1 and not book.grammar.field_words.isdisjoint(tokens.word) else None


def _owned(
    match: _Match,
    sense: Sense,
    settled: Mapping[int, tuple[_Match, Sense]],
    *,
    tokens: Tokens,
    support: Mapping[str, float],
    home: str,
    links: frozenset[str],
) -> Sense | None:
    """Tell whose an organisation is that every country has: of the country named beside it; a sure form also of that implied."""
    # Right before, right after, then with one small word between: "Libyan coast guard", "coast guard of Libya".
    beside = (
        found[1]
        for start in (*range(match.start - 1, match.start - 4, -1), match.end, match.end + 1)
        if (found := settled.get(start)) and found[1].kind in _OWNERS and _adjoin(match, found[0], tokens, links=links)
    )
    owner = next((other.code for other in beside), "") or ("" if sense.weak else _implied(support, home))
    return sense._replace(code="", key=f"{owner.casefold()}/{sense.key}") if owner else None


def _adjoin(match: _Match, other: _Match, tokens: Tokens, *, links: frozenset[str]) -> bool:
    """Tell whether at most one linking word and no sign but a hyphen stands between two forms."""
    first, second = sorted((match, other))
    linked = all(tokens.word[at] in links for at in range(first.end, second.start))
    between = range(first.end, second.start + 1)
    return linked and len(between) <= 2 and all((tokens.before[at] or ".").strip(" -'’") == "" for at in between)


def _implied(support: Mapping[str, float], home: str) -> str:
    """Return the country that needs not be said: the outlet's own, if it is named and none far more often, or the one that
    nearly all names are of.
    """
    countries = {code: count for code, count in support.items() if len(code) == 2 and code.isupper()}
    best = max(countries, key=lambda code: countries[code], default="")
    if countries.get(home, 0) >= max(1, _OFTEN_ENOUGH * countries.get(best, 0)):
        return home
    return best if best and countries[best] >= max(_OFTEN, _CLEARLY * sum(countries.values())) else ""


def _before(match: _Match, tokens: Tokens) -> str:
    return "" if tokens.before[match.start] is None else tokens.word[match.start - 1]


def _listed(match: _Match, tokens: Tokens, taken: set[int]) -> bool:
    """Tell whether the form stands in an enumeration: a comma and another form right before and after it."""
    after, before = tokens.before[match.end], tokens.before[match.start]
    follows = after is not None and match.end in taken and after.strip() in _COMMAS
    precedes = before is not None and match.start - 1 in taken and before.strip() in _COMMAS
    return follows or precedes
