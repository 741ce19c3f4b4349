"""A title and a text go in; their sentences, words, and where the story begins after its dateline come out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

#: Characters of the text that are read; what an article is about is said by then.
READ = 6_000
#: Characters of the title that are read; the record keeps no more.
READ_OF_TITLE = 1_000
_WORD = re.compile(r"([^\W_]++(?:['’ʼ][^\W_]++)*+)")
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069\u00ad\ufeff]")
#: Paragraphs run together where a page was saved: a small letter, a stop and a capitalised word with nothing between.
_GLUED = r"(?:(?<=[a-zà-ÿ][.!?])|(?<=[a-zà-ÿ]\.[\"»”])|(?<=[a-zà-ÿ][\"»”]\.))(?=[A-ZÀ-Ý][a-zà-ÿ’'])"
# One class of characters to begin with, so that the search runs in C from one sign to the next.
_SENTENCE_END = re.compile(rf"[.!?؟…\n](?:(?<=\n)\n*|(?<!\n)[\"»”’)]*(?:\s+|{_GLUED}))")
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


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of all sentences, in parallel lists: as written, folded, what stands before, and their place.

    ``word`` is folded (case, accents, letters of Arabic, elision, possessive) and freed of a proclitic where only the rest
    is a word of the gazetteer; ``sentence`` is the number of a word's sentence; ``before`` is what is written between a word
    and the one before it, None where it opens its sentence, and once more where the text ends. ``start`` counts characters of
    the sentences joined, each of which begins at its ``origin`` there.
    """

    surface: list[str]
    word: list[str]
    before: list[str | None]
    start: list[int]
    sentence: list[int]
    origin: list[int]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where the words from ``first`` up to ``last`` (exclusive) begin and end within their sentence."""
        origin = self.origin[self.sentence[first]]
        return self.start[first] - origin, self.start[last - 1] + len(self.surface[last - 1]) - origin


def sentences_of(title: str, text: str) -> tuple[list[str], list[int], int]:
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


def tokens_of(sentences: Sequence[str], words: Mapping[str, str]) -> Tokens:
    """Split sentences into words; ``words`` has each folded."""
    # What stands before the first word, it, what stands after it, the next, and so on: one pass in C over all sentences.
    pieces = _WORD.split("\n".join(sentences))
    surface, before = pieces[1::2], [*pieces[:-1:2], None]
    start = list(accumulate(map(len, pieces)))[:-1:2]
    origin = list(accumulate((len(sentence) + 1 for sentence in sentences[:-1]), initial=0))
    opening = [bisect_left(start, at) for at in origin]
    numbers: list[int] = []
    for number, (at, following) in enumerate(pairwise([*opening, len(surface)])):
        if at < following:
            before[at] = None
            numbers.extend([number] * (following - at))
    return Tokens(surface, list(map(words.__getitem__, surface)), before, start, numbers, origin)
