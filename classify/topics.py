"""A relevant article and its themes go in; the topics it treats come out, with the sentence and the words that carry each.
Rules over the trilingual lexicon and forms of their own (``data/topics.toml``), no training.

A topic is given where enough is said of it: every form found weighs by its place (title, lead, opening, rest); one that is
repeated counts less each time, and so does what stands far down a long text, or apart from any word for people on the move.
Some topics stand only beside certain themes, some need less beside them. ``score`` is that evidence against what the topic needs:
one half at ``need``, towards one beyond.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from newsdesk.analysis import reading_of
from newsdesk.languages import languages
from newsdesk.lexicon import concepts, expanded
from newsdesk.topics import topics
from newsdesk.values import Label

#: What is read of a text; beyond it no topic begins.
READ = 4_000
#: What one mention weighs in the title; words that count as the lead, and what one weighs there: more, where the text is short.
TITLE_WEIGHT = 3.0
LEAD, LEAD_WEIGHT, TEASER_WEIGHT = 60, 1.5, 2.4
#: Words of a text within which people on the move set what the title and the lead speak of, and what a mention there weighs;
#: in what follows it weighs the less the longer the text.
OPENING, OPENING_WEIGHT = 200, 0.8
STRONG, WEAK = 1.0, 0.35
#: The share of its evidence that a topic needs beside a theme that supports it.
SUPPORT = 0.8
#: The table of words for people on the move; words from one of them within which a mention is about them.
CONTEXT, NEAR = "context", 12
#: The score at which a topic is given, and the least that is kept, not given.
THRESHOLD, KEPT = 0.5, 0.35
#: Words named as having carried a topic, and the longest evidence.
TERMS, EVIDENCE = 6, 300
#: Words remembered before a reader starts anew; bounds memory on hostile input.
REMEMBERED = 200_000

#: Rougher, and faster, than what the analysis takes for a word: letters, digits, marks, apostrophes.
_WRITTEN = re.compile(r"[\w'’\u0610-\u061a\u064b-\u065f\u0670]+")
_SENTENCE_END = re.compile(r"[.!?؟…]+\s|\n")


@dataclass(frozen=True)
class Rule:
    """What one topic asks for: the weight of evidence, what a mention weighs that stands apart from people on the move, and the
    themes beside which it may be given (none: any), and those beside which less evidence will do.
    """

    topic: str
    need: float
    apart: float
    themes: frozenset[str]
    supported: frozenset[str]

    def allows(self, themes: Set[str]) -> bool:
        """Say whether it may be given beside these themes."""
        return not self.themes or bool(self.themes & themes)

    def need_beside(self, themes: Set[str]) -> float:
        """Return the weight of evidence that it needs beside these themes."""
        return self.need * SUPPORT if self.supported & themes else self.need


class _Form(NamedTuple):
    """A way of naming a topic, by the names of its words (terms, or ``=word``); no ``topic``: it takes out what it covers."""

    words: tuple[str, ...]
    topic: str
    weight: float
    barred: frozenset[str]


@dataclass(slots=True)
class _Node:
    """A step in the tree of forms: those that end here, and where each name of a next word leads."""

    forms: list[_Form] = field(default_factory=list)
    next: dict[str, _Node] = field(default_factory=dict)


class _Word(NamedTuple):
    """A word as read: normalised, how forms may name it, and where the tree of forms begins with it (mostly nowhere).

    ``alone``: it may be a form by itself; ``leads``: the names of the words that may follow it in one.
    """

    word: str
    names: tuple[str, ...]
    nodes: tuple[_Node, ...]
    alone: bool
    leads: frozenset[str]

    def begins(self, following: _Word) -> bool:
        """Say whether a form may begin here, before that word."""
        return self.alone or not self.leads.isdisjoint(following.names)


_NO_WORD = _Word("", (), (), alone=False, leads=frozenset())


class _Hit(NamedTuple):
    """A form found: which words of its part (title or text) it covers."""

    form: _Form
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Mention:
    """What a hit is worth, how it is written, and where: the number of its first word, in the title or the text."""

    surface: str
    weight: float
    in_title: bool
    at: int


class TopicTagger:
    """The rules with what each language's reader remembers. Not for use by several threads at once."""

    def __init__(self) -> None:
        self.version = f"1.{version()}"
        self._rules = rules()
        self._known: dict[str, dict[str, _Word]] = {language: {} for language in languages()}

    def labels(self, title: str, text: str, language: str, *, themes: Iterable[str] = ()) -> tuple[Label, ...]:
        """Return the topics of a relevant article, those given first, heaviest first; none in a language we do not know."""
        if language not in self._known:
            return ()
        beginning = text[:READ]
        beside = set(themes)
        found = self._mentions(title, beginning, language)
        scores = {topic: _score(mentions, self._rules[topic].need_beside(beside)) for topic, mentions in found.items()}
        kept = [topic for topic in self._rules if scores.get(topic, 0) >= KEPT]
        given = {topic for topic in kept if scores[topic] >= THRESHOLD and self._rules[topic].allows(beside)}
        reach = max((mention.at for topic in given for mention in found[topic]), default=0)
        sentences = _Sentences(title, beginning, reach) if given else None
        labels = [
            Label(
                kind="topic",
                value=topic,
                score=scores[topic],
                threshold=THRESHOLD,
                given=topic in given,
                actor=f"topics {self.version}",
                evidence=sentences.telling(found[topic]) if sentences and topic in given else "",
                terms=_terms(found[topic]),
            )
            for topic in kept
        ]
        return tuple(sorted(labels, key=lambda label: (not label.given, -label.score)))

    def labels_beside(self, title: str, text: str, language: str, *, labels: Iterable[Label]) -> tuple[Label, ...]:
        """Return the topics beside what the theme classifier said: none where the article is not about migration."""
        given = [label for label in labels if label.given]
        if not any(label.kind == "relevance" for label in given):
            return ()
        return self.labels(title, text, language, themes=[label.value for label in given if label.kind == "theme"])

    def _mentions(self, title: str, text: str, language: str) -> dict[str, list[_Mention]]:
        """Return what is said of each topic, with its weight by place and repetition."""
        found: dict[str, list[_Mention]] = defaultdict(list)
        said: Counter[tuple[str, tuple[str, ...]]] = Counter()
        written = _WRITTEN.findall(title), _WRITTEN.findall(text)
        hits = [_hits(self._read(surfaces, language)) for surfaces in written]
        people = [[hit.first for hit in part if hit.form.topic == CONTEXT] for part in hits]
        opening = bool(people[0]) or any(at < OPENING for at in people[1])
        for in_title, part in ((True, 0), (False, 1)):
            for form, first, last in hits[part]:
                if form.topic == CONTEXT or not form.weight:
                    continue
                said[form.topic, form.words] += 1
                place = TITLE_WEIGHT if in_title else _place_weight(first, len(written[1]))
                opens = opening and form.weight > WEAK and (in_title or first < LEAD)
                beside = 1.0 if opens or _near(people[part], first, last) else self._rules[form.topic].apart
                weight = form.weight * place * beside / said[form.topic, form.words]
                surface = " ".join(written[part][first : last + 1])
                found[form.topic].append(_Mention(surface, weight, in_title, first))
        return found

    def _read(self, surfaces: Iterable[str], language: str) -> list[_Word]:
        known = self._known[language]
        if len(known) > REMEMBERED:
            known.clear()
        return [known.get(surface) or self._learn(surface, language) for surface in surfaces]

    def _learn(self, surface: str, language: str) -> _Word:
        term, word = reading_of(surface.strip("'’_"), language)
        names = (term, f"={word}")
        first = _tree(language).next
        nodes = tuple(first[name] for name in names if name in first)
        alone, leads = any(node.forms for node in nodes), frozenset(name for node in nodes for name in node.next)
        read = self._known[language][surface] = _Word(word, names, nodes, alone, leads)
        return read


def _hits(read: Sequence[_Word]) -> list[_Hit]:
    """Find the forms: of those that overlap the longest counts for each topic, and what a barring passage covers for none."""
    hits: list[_Hit] = []
    taken: dict[str, int] = {}
    places = enumerate(zip(read, (*read[1:], _NO_WORD), strict=False))
    for at in [at for at, (word, following) in places if word.nodes and word.begins(following)]:
        for form in _beginning(read, at):
            if max(taken.get(form.topic, -1), taken.get("", -1)) < at:
                last = at + len(form.words) - 1
                taken[form.topic] = last
                if form.topic:
                    hits.append(_Hit(form, at, last))
    return hits


def _place_weight(first: int, length: int) -> float:
    """Return what a mention weighs that begins with this word of a text of that many words."""
    if first < LEAD:
        return min(TEASER_WEIGHT, LEAD_WEIGHT * max(1.0, 2 * LEAD / length))
    return OPENING_WEIGHT * (1.0 if first < OPENING else OPENING / length)


def _near(places: Sequence[int], first: int, last: int) -> bool:
    """Say whether one of these places is within reach of the words from first to last."""
    after = bisect_left(places, first - NEAR)
    return after < len(places) and places[after] <= last + NEAR


def _beginning(read: Sequence[_Word], at: int) -> list[_Form]:
    """Return the forms that begin at this word, the longest first, barring passages before others."""
    found: list[_Form] = []
    nodes: Sequence[_Node] = read[at].nodes
    end = at
    while nodes:
        end += 1
        for node in nodes:
            if node.forms:
                found += [form for form in node.forms if not _is_barred(form, read[at:end])]
        names = read[end].names if end < len(read) else ()
        nodes = [following for node in nodes if node.next for name in names if (following := node.next.get(name))]
    return sorted(found, key=lambda form: (-len(form.words), form.topic)) if len(found) > 1 else found


def _is_barred(form: _Form, read: Sequence[_Word]) -> bool:
    return bool(form.barred) and any(word.word.rpartition("'")[2] in form.barred for word in read)


def _score(mentions: Sequence[_Mention], need: float) -> float:
    weight = sum(mention.weight for mention in mentions)
    return round(weight / (weight + need), 4)


class _Sentences:
    """The sentences of an article, by the number of the word with which each begins, as far as the word of number ``reach``."""

    def __init__(self, title: str, text: str, reach: int) -> None:
        self._title, self._text = title, text
        self._ends = [match.end() for match in _SENTENCE_END.finditer(text)]
        self._words = [match.start() for match in itertools.islice(_WRITTEN.finditer(text), reach + 1)]

    def telling(self, mentions: Sequence[_Mention]) -> str:
        """Return the sentence that says most of a topic; the title, where no other says more."""
        worth: dict[int, float] = defaultdict(float)
        for mention in mentions:
            worth[-1 if mention.in_title else bisect_right(self._ends, self._words[mention.at])] += mention.weight
        best = max(worth, key=lambda place: (worth[place], -place))
        return " ".join((self._title if best < 0 else self._sentence(best)).split())[:EVIDENCE]

    def _sentence(self, place: int) -> str:
        start = self._ends[place - 1] if place else 0
        return self._text[start : self._ends[place] if place < len(self._ends) else None]


def _terms(mentions: Sequence[_Mention]) -> tuple[tuple[str, float], ...]:
    weights: dict[str, float] = defaultdict(float)
    written: dict[str, str] = {}
    for mention in mentions:
        weights[mention.surface.casefold()] += mention.weight
        written.setdefault(mention.surface.casefold(), mention.surface)
    heaviest = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:TERMS]
    return tuple((written[surface], round(weight, 2)) for surface, weight in heaviest)


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_source())


def _source() -> str:
    return files("classify").joinpath("data/topics.toml").read_text(encoding="utf-8")


@cache
def version() -> str:
    """Return a few letters that change with the rules."""
    return hashlib.sha256(_source().encode()).hexdigest()[:6]


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules, in the order in which lists show the topics."""
    table = _table()
    return {
        topic: Rule(
            topic,
            need=table[topic]["need"],
            apart=table[topic]["apart"],
            themes=frozenset(table[topic]["themes"]),
            supported=frozenset(table[topic].get("supported", ())),
        )
        for topic in topics()
    }


@cache
def _tree(language: str) -> _Node:
    """Return the tree of forms of one language; a form that is named twice for a topic keeps its higher weight."""
    known: dict[tuple[str, tuple[str, ...]], _Form] = {}
    for form in itertools.chain.from_iterable(_forms_of(topic, row, language) for topic, row in _table().items()):
        key = form.topic, form.words
        if key not in known or known[key].weight < form.weight:
            known[key] = form
    root = _Node()
    for form in known.values():
        node = root
        for name in form.words:
            node = node.next.setdefault(name, _Node())
        node.forms.append(form)
    return root


def _forms_of(topic: str, row: Mapping[str, Any], language: str) -> Iterable[_Form]:
    if topic == CONTEXT:
        yield from (_Form(_parts(form, language), CONTEXT, 0.0, frozenset()) for form in expanded(row[language]))
        return
    barred = frozenset(row.get("not", {}).get(language, "").split())
    for key, weight in row["concepts"].items():
        concept = concepts()[key]
        for form in concept.forms.get(language, ()):
            yield _Form(_parts(form, language), topic, weight, concept.barred.get(language, frozenset()) | barred)
    for name, weight in (("strong", STRONG), ("weak", WEAK), ("aside", 0.0)):
        for form in expanded(row.get(name, {}).get(language, ())):
            yield _Form(_parts(form, language), topic, weight, barred)
    for form in expanded(row.get("without", {}).get(language, ())):
        yield _Form(_parts(form, language), "", 0.0, frozenset())


def _parts(form: str, language: str) -> tuple[str, ...]:
    """Return the words of a form as patterns name them."""
    written = [(word, part.startswith("=")) for part in form.split() for word in _WRITTEN.findall(part)]
    read = [(reading_of(word, language), exact) for word, exact in written]
    return tuple(f"={word}" if exact else term for (term, word), exact in read)
