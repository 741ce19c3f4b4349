"""Mentions: a title and a text go in; every place at which they name a country comes out, told apart and placed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classify.gazetteer import BLOCKED, Gazetteer, Sense, covers, gazetteer

#: Characters of the text that are read; what an article is about is said by then.
READ = 6_000
#: Characters of the title that are read; the record keeps no more.
READ_OF_TITLE = 1_000
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]")
_SENTENCE_END = re.compile(r"[.!?؟…][\"»”’)]*\s+|\n+")
#: What a full stop does not end: initials, and these.
_ABBREVIATION = re.compile(r"(?:\W|^)(?:[A-Z]|St|Ste|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt)\Z")
#: A place and an agency at the very start of a text, up to the dash: not part of the story.
_AGENCY = (
    "AFP|Reuters|REUTERS|AP|Associated Press|CNN|TASS|ITAR-TASS|Xinhua|UPI|EFE|ANSA|dpa|PTI|ANI|APS|MAP|TAP|WAM|SPA|KUNA|BBC|"
    "رويترز|أ ?ف ?ب|ا ?ف ?ب|أ\\. ?ف\\. ?ب|فرانس برس|واس|وام|كونا|بترا|د ?ب ?أ|الأناضول|وكالات|الوكالات|وات|قنا|بنا|سانا"
)
_CAPITALS = r"[A-ZÀ-Ý][A-ZÀ-Ý.'’ -]{2,40}"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December|[A-Z][a-z]{2,3}\.?)"
_DATELINE = re.compile(
    rf"\A\W*(?:[^\n.]{{0,70}}?\(?\b(?:{_AGENCY})\b\)?\s*[-–—:.،/]+"
    rf"|{_CAPITALS}(?:,\s[^\n—–-]{{1,40}}?)?\s*(?:\([^)\n]{{1,30}}\)\s*)?(?:--|[—–-])\s"
    rf"|{_CAPITALS},\s+{_MONTH}\s\d{{1,2}}[^\n]{{0,25}}?[./—–-]+\s)"
)
_UNKNOWN = "·"
_COMMAS = frozenset({",", "،", ";", "؛", "/"})
_JOINT = frozenset(" \u00a0&-‑–.’'")


class Mention(NamedTuple):
    """A country named. ``sentence`` counts from 0, the title being 0; ``at`` is the character in the text (-1: the title)."""

    code: str
    kind: str
    sentence: int
    at: int
    cued: bool
    listed: bool
    place: str

    @property
    def in_title(self) -> bool:
        """Whether it stands in the title."""
        return self.sentence == 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read for countries: its sentences (title first) and the mentions in them, in order."""

    sentences: tuple[str, ...]
    mentions: tuple[Mention, ...]
    offsets: tuple[int, ...]
    """Where each sentence begins in the text (the title: -1)."""

    @property
    def length(self) -> int:
        """Characters of the text that were read."""
        return self.offsets[-1] + len(self.sentences[-1])


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The words of all sentences, in parallel lists; ``start`` and ``end`` count within the sentence."""

    sentences: Sequence[str]
    surface: list[str]
    word: list[str]
    start: list[int]
    end: list[int]
    sentence: list[int]

    def gap(self, at: int) -> str | None:
        """Return what is written between a word and the one before it; None where it opens its sentence or ends the text."""
        if not 0 < at < len(self.word) or self.sentence[at] != self.sentence[at - 1]:
            return None
        return self.sentences[self.sentence[at]][self.end[at - 1] : self.start[at]]


class _Match(NamedTuple):
    start: int
    end: int
    senses: tuple[Sense, ...]


@lru_cache(maxsize=2)
def read(title: str, text: str, language: str, home: str = "") -> Reading:
    """Find the countries named in an article; ``home`` (the outlet's country) settles forms that nothing else settles.

    The last readings are kept, since several stages ask for the same. A language without tables names no country.
    """
    if not covers(language):
        return Reading((title, text), (), (-1, 0))
    book = gazetteer(language)
    sentences, offsets, body = _sentences(title, text)
    tokens = _tokens(sentences, book)
    matches = [match for match in _matches(tokens, book) if match.senses[0].code != BLOCKED]
    taken = {at for match in matches for at in range(match.start, match.end)}
    matches = [match for match in matches if not _of_a_person(match, tokens, taken=taken, book=book)]
    support = _support(matches, tokens)
    support[home] += 0.5
    mentions: list[Mention] = []
    for match in matches:
        sense = _settled(match, tokens, support=support, book=book)
        if sense is None:
            continue
        sentence = tokens.sentence[match.start]
        at = offsets[sentence] + tokens.start[match.start]
        if not sentence or at >= body:
            cued = _before(match, tokens) in book.grammar.place_cues
            mentions.append(Mention(sense.code, sense.kind, sentence, at, cued, _listed(match, tokens, taken), sense.place))
    return Reading(tuple(sentences), tuple(mentions), tuple(offsets))


def _sentences(title: str, text: str) -> tuple[list[str], list[int], int]:
    """Return the sentences, title first, where each begins in the text, and where the text begins after its dateline."""
    text = _MARKS.sub("", text[:READ])
    sentences, offsets, at = [_MARKS.sub("", title[:READ_OF_TITLE])], [-1], 0
    for match in _SENTENCE_END.finditer(text):
        if match.group()[0] == "." and _ABBREVIATION.search(text[max(0, match.start() - 5) : match.start()]):
            continue
        sentences.append(text[at : match.end()].rstrip())
        offsets.append(at)
        at = match.end()
    sentences.append(text[at:])
    offsets.append(at)
    dateline = _DATELINE.match(text[:200])
    return sentences, offsets, dateline.end() if dateline else 0


def _tokens(sentences: Sequence[str], book: Gazetteer) -> _Tokens:
    tokens = _Tokens(sentences, [], [], [], [], [])
    for number, sentence in enumerate(sentences):
        matches = list(_WORD.finditer(sentence))
        surfaces = [match.group() for match in matches]
        tokens.surface.extend(surfaces)
        tokens.word.extend(map(book.word, surfaces))
        tokens.start.extend([match.start() for match in matches])
        tokens.end.extend([match.end() for match in matches])
        tokens.sentence.extend([number] * len(matches))
    return tokens


@cache
def _matcher(language: str) -> tuple[PhraseMatcher, Vocab, Mapping[int, tuple[str, ...]]]:
    book = gazetteer(language)
    # Words are ours, so spaCy's tokenizers, whose French exceptions take seconds to load, are not needed.
    vocabulary = Vocab()
    matcher = PhraseMatcher(vocabulary, attr="ORTH")
    keys: dict[int, tuple[str, ...]] = {}
    for key in book.forms:
        name = " ".join(key)
        matcher.add(name, [Doc(vocabulary, words=list(key))])
        keys[vocabulary.strings[name]] = key
    return matcher, vocabulary, keys


def _matches(tokens: _Tokens, book: Gazetteer) -> list[_Match]:
    """Return the forms found, the longest first where they overlap, in the order of the text.

    Words that no form has are masked, so that the vocabulary does not grow with what is read.
    """
    matcher, vocabulary, keys = _matcher(book.language)
    document = Doc(vocabulary, words=[word if word in book.known else _UNKNOWN for word in tokens.word])
    taken: set[int] = set()
    matches = []
    for name, start, end in sorted(matcher(document), key=lambda match: (match[1] - match[2], match[1])):
        if not taken.isdisjoint(range(start, end)) or not _joint(start, end, tokens, comma=keys[name] in book.with_comma):
            continue
        senses = tuple(sense for sense in book.forms[keys[name]] if _shaped(sense, tokens.surface[start:end]))
        if senses:
            taken.update(range(start, end))
            matches.append(_Match(start, end, senses))
    return sorted(matches)


def _joint(start: int, end: int, tokens: _Tokens, *, comma: bool) -> bool:
    joint = _JOINT | {","} if comma else _JOINT
    gaps = [tokens.gap(at) for at in range(start + 1, end)]
    return all(gap is not None and len(gap) <= 3 and set(gap) <= joint for gap in gaps)


def _shaped(sense: Sense, surfaces: Sequence[str]) -> bool:
    if sense.shape == "any":
        return True
    if sense.shape == "UPPER":
        return all(surface.isupper() for surface in surfaces)
    return surfaces[0][:1].isupper() or (surfaces[0][1:2] in _JOINT and any(map(str.isupper, surfaces[0])))


def _of_a_person(match: _Match, tokens: _Tokens, *, taken: set[int], book: Gazetteer) -> bool:
    """Tell whether the form is part of a person's name: a family name after a given name, or a given name itself."""
    kinds = {sense.kind for sense in match.senses}
    if kinds <= {"person", "institution"} or match.end - match.start > 1:
        return False
    names = book.grammar.given_names | book.grammar.honorifics
    for back in (1, 2):
        at = match.start - back
        if tokens.gap(at + 1) is None or (tokens.gap(at + 1) or "").strip():
            break
        if tokens.word[at] in names and _named(at, tokens) and at not in taken:
            return back == 1 or _named(at + 1, tokens)
    return any(sense.person for sense in match.senses) and _surname_follows(match.end, tokens, taken=taken)


def _named(at: int, tokens: _Tokens) -> bool:
    return not tokens.surface[at][:1].islower()


def _surname_follows(at: int, tokens: _Tokens, *, taken: set[int]) -> bool:
    gap = tokens.gap(at)
    if gap != " " or at in taken or tokens.sentence[at] == 0:
        return False
    return tokens.surface[at][:1].isupper() and not tokens.surface[at].isupper()


def _support(matches: Sequence[_Match], tokens: _Tokens) -> dict[str, float]:
    """Count the sure mentions by country, those of the title thrice: they settle what a doubtful form means."""
    support: dict[str, float] = defaultdict(float)
    for match in matches:
        codes = {sense.code for sense in match.senses}
        if len(codes) == 1 and not match.senses[0].weak:
            support[match.senses[0].code] += 3 if tokens.sentence[match.start] == 0 else 1
    return support


def _settled(match: _Match, tokens: _Tokens, *, support: dict[str, float], book: Gazetteer) -> Sense | None:
    """Choose what a form means here: the best supported of its senses, else the first that needs no support."""
    before = _before(match, tokens)
    best = max(match.senses, key=lambda sense: support[sense.code])
    if support[best.code] > (0 if len(match.senses) > 1 else 0.5):
        return best
    if before in book.grammar.strong_cues and any(sense.kind == "city" for sense in match.senses):
        return next(sense for sense in match.senses if sense.kind == "city")
    for sense in sorted(match.senses, key=lambda sense: sense.weak):
        cues = book.grammar.place_cues if sense.weak == 1 else book.grammar.strong_cues
        if not sense.weak or before in cues:
            return sense
    return None


def _before(match: _Match, tokens: _Tokens) -> str:
    return "" if tokens.gap(match.start) is None else tokens.word[match.start - 1]


def _listed(match: _Match, tokens: _Tokens, taken: set[int]) -> bool:
    """Tell whether the form stands in an enumeration: a comma and another form right before and after it."""
    after, before = tokens.gap(match.end), tokens.gap(match.start)
    follows = after is not None and match.end in taken and after.strip() in _COMMAS
    precedes = before is not None and match.start - 1 in taken and before.strip() in _COMMAS
    return follows or precedes
