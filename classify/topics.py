"""A relevant article and its themes go in; the topics it treats come out, with the sentence and the words that carry each.
Rules over the trilingual lexicon and forms of their own (``topic_forms``), no training.

A topic is given where enough is said of it: every form found weighs by its place (title, lead, opening, rest); one that is
repeated counts less each time, and so does what stands far down a long text, or apart from any word for people on the move.
Some topics stand only beside certain themes, some need less beside them. ``score`` is that evidence against what the topic needs:
one half at ``need``, towards one beyond.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from classify.topic_forms import CONTEXT, WEIGHTS, WRITTEN, FormFinder, table, version
from newsdesk.languages import languages
from newsdesk.topics import topics
from newsdesk.values import Label

#: What is read of a text; beyond it no topic begins.
READ = 4_000
#: What one mention weighs in the title; words that count as the lead, and what one weighs there: more, where the text is short.
TITLE_WEIGHT = 3.0
LEAD, LEAD_WEIGHT, TEASER_WEIGHT = 60, 1.5, 2.75
#: Words of a text within which people on the move set what the title and the lead speak of, and what a mention there weighs;
#: in what follows it weighs the less the longer the text.
OPENING, OPENING_WEIGHT = 200, 0.8
#: The share of its evidence that a topic needs beside a theme that supports it.
SUPPORT = 0.8
#: What stands among the themes that support a topic for having none: such articles mostly treat the politics of migration.
NO_THEME = frozenset({"none"})
#: Words from one for people on the move within which a mention is about them.
NEAR = 12
#: The score at which a topic is given, and the least that is kept, not given.
THRESHOLD, KEPT = 0.5, 0.35
#: Words named as having carried a topic, and the longest evidence.
TERMS, EVIDENCE = 6, 300
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
        return self.need * SUPPORT if self.supported & (themes or NO_THEME) else self.need


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
        self.version = f"2.{version()}"
        self._rules = rules()
        self._finders = {language: FormFinder(language) for language in languages()}

    def labels(self, title: str, text: str, language: str, *, themes: Iterable[str] = ()) -> tuple[Label, ...]:
        """Return the topics of a relevant article, those given first, heaviest first; none in a language we do not know."""
        if language not in self._finders:
            return ()
        beginning = text[:READ]
        beside = set(themes)
        found = self._mentions(title, beginning, self._finders[language])
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

    def _mentions(self, title: str, text: str, finder: FormFinder) -> dict[str, list[_Mention]]:
        """Return what is said of each topic, with its weight by place and repetition."""
        found: dict[str, list[_Mention]] = defaultdict(list)
        said: Counter[tuple[str, tuple[str, ...]]] = Counter()
        written = WRITTEN.findall(title), WRITTEN.findall(text)
        hits = [finder.hits(surfaces) for surfaces in written]
        people = [[hit.first for hit in part if hit.form.topic == CONTEXT] for part in hits]
        opening = bool(people[0]) or any(at < OPENING for at in people[1])
        for in_title, part in ((True, 0), (False, 1)):
            for form, first, last in hits[part]:
                if form.topic == CONTEXT or not form.weight:
                    continue
                said[form.topic, form.words] += 1
                place = TITLE_WEIGHT if in_title else _place_weight(first, len(written[1]))
                opens = opening and form.weight > WEIGHTS["weak"] and (in_title or first < LEAD)
                beside = 1.0 if opens or _near(people[part], first, last) else self._rules[form.topic].apart
                weight = form.weight * place * beside / said[form.topic, form.words]
                surface = written[part][first] if first == last else " ".join(written[part][first : last + 1])
                found[form.topic].append(_Mention(surface, weight, in_title, first))
        return found


def _place_weight(first: int, length: int) -> float:
    """Return what a mention weighs that begins with this word of a text of that many words."""
    if first < LEAD:
        return min(TEASER_WEIGHT, LEAD_WEIGHT * max(1.0, 2 * LEAD / length))
    return OPENING_WEIGHT * (1.0 if first < OPENING else OPENING / length)


def _near(places: Sequence[int], first: int, last: int) -> bool:
    """Say whether one of these places is within reach of the words from first to last."""
    after = bisect_left(places, first - NEAR)
    return after < len(places) and places[after] <= last + NEAR


def _score(mentions: Sequence[_Mention], need: float) -> float:
    weight = sum(mention.weight for mention in mentions)
    return round(weight / (weight + need), 4)


class _Sentences:
    """The sentences of an article, and how many words of the text end with each, as far as the word of number ``reach``."""

    def __init__(self, title: str, text: str, reach: int) -> None:
        self._title = title
        self._sentences: list[str] = []
        self._words: list[int] = []
        start = words = 0
        for end in itertools.chain((match.end() for match in _SENTENCE_END.finditer(text)), (len(text),)):
            words += len(WRITTEN.findall(text, start, end))
            self._sentences.append(text[start:end])
            self._words.append(words)
            if words > reach:
                break
            start = end

    def telling(self, mentions: Sequence[_Mention]) -> str:
        """Return the sentence that says most of a topic; the title, where no other says more."""
        worth: dict[int, float] = defaultdict(float)
        for mention in mentions:
            worth[-1 if mention.in_title else bisect_right(self._words, mention.at)] += mention.weight
        best = max(worth, key=lambda place: (worth[place], -place))
        return " ".join((self._title if best < 0 else self._sentences[best]).split())[:EVIDENCE]


def _terms(mentions: Sequence[_Mention]) -> tuple[tuple[str, float], ...]:
    weights: dict[str, float] = defaultdict(float)
    written: dict[str, str] = {}
    for mention in mentions:
        weights[mention.surface.casefold()] += mention.weight
        written.setdefault(mention.surface.casefold(), mention.surface)
    heaviest = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:TERMS]
    return tuple((written[surface], round(weight, 2)) for surface, weight in heaviest)


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules, in the order in which lists show the topics."""
    return {
        topic: Rule(
            topic,
            need=table()[topic]["need"],
            apart=table()[topic]["apart"],
            themes=frozenset(table()[topic]["themes"]),
            supported=frozenset(table()[topic].get("supported", ())),
        )
        for topic in topics()
    }
