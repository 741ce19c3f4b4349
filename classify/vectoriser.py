"""Articles of one language go in, their rows of features come out, with what each article is made of, to explain it by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from classify.features import Grammar, Morphology, Shape
from classify.vectors import Rows, Vocabulary
from classify.words import Numbers, Words, view

#: The parts of an article, as ``Grammar.parts`` gives them.
TITLE, LEAD, REST = range(3)
#: Room for the number of a word in a key, and for the keys of one kind of units.
WORD_BITS, KIND_BITS = 22, 45


@dataclass(frozen=True)
class Single:
    """Units that stand for one feature each, wherever met: a key for each distinct one, its feature, the place of its first word
    in the batch, how many words it is written with, the part of an article that it counts in.
    """

    keys: Numbers
    columns: Numbers
    places: Numbers
    lengths: Numbers
    parts: Numbers


@dataclass(frozen=True)
class Batch:
    """Articles read: ``units`` (articles x units) counts what each is made of (words, pairs, title words, mentions), ``features``
    (units x features) is what each unit stands for, ``rows`` are the articles' rows, ``written`` how a unit was first written.
    """

    units: csr_matrix
    features: csr_matrix
    rows: Rows
    known: Words
    text: Numbers
    places: Numbers
    lengths: Numbers

    def written(self, unit: int) -> str:
        """Return a unit as it is written."""
        place = self.places[unit]
        return " ".join(self.known.surfaces[word] for word in self.text[place : place + self.lengths[unit]])


class Vectoriser:
    """Turns articles of one language into rows of the features of a vocabulary. Not for use by several threads at once."""

    def __init__(self, language: str, shape: Shape, vocabulary: Vocabulary, morphology: Morphology | None = None) -> None:
        self._vocabulary = vocabulary
        self._grammar = Grammar(language, shape, morphology)
        self._known = Words(self._grammar, vocabulary)

    def read(self, articles: Sequence[tuple[str, str]]) -> Batch:
        """Gather what a batch of articles, each a title and a text, is made of."""
        self._known.forget()
        numbers, sizes = self._numbered(articles)
        text = np.array(numbers, dtype=np.int64)
        parts = np.repeat(np.arange(len(sizes)), sizes)
        bases = view(self._known.bases)[text].astype(np.int64)
        spoken = np.flatnonzero(np.diff(view(self._known.starts))[bases])  # what stands for nothing known is passed over
        words, places, same_word = _distinct(text, spoken, size=len(self._known))
        single = self._single(text, bases, sizes=sizes, parts=parts)
        _, first, same = np.unique(single.keys, return_index=True, return_inverse=True)
        features = self._features(view(self._known.bases)[words], single.columns[first])
        met, where = np.concatenate([same_word, len(words) + same]), np.concatenate([parts[spoken], single.parts])
        units = _counted(met, where, shape=(len(articles), features.shape[0]))
        rows = self._vocabulary.weigh(units @ features)
        one, two = len(articles), 2 * len(articles)
        return Batch(
            units=units[:one],
            features=features,
            rows=Rows(rows[:one], rows[one:two], rows[two:]),
            known=self._known,
            text=text,
            places=np.concatenate([places, single.places[first]]),
            lengths=np.concatenate([np.ones_like(places), single.lengths[first]]),
        )

    def _numbered(self, articles: Sequence[tuple[str, str]]) -> tuple[list[int], list[int]]:
        """Return the numbers of all words, one after the other, and how many each part of each article has."""
        numbers: list[int] = []
        sizes: list[int] = []
        for title, text in articles:
            for part in self._grammar.parts(title, text):
                numbers += self._known.numbers(part)
                sizes.append(len(part))
        self._known.look_up()
        return numbers, sizes

    def _single(self, text: Numbers, bases: Numbers, *, sizes: list[int], parts: Numbers) -> Single:
        """Find everything that stands for one feature: words of the title as such, mentions of concepts, pairs."""
        known = self._known
        titles, concepts = (view(table)[bases] for table in (known.titles, known.concepts))
        in_title = np.flatnonzero((titles >= 0) & (parts % 3 == TITLE))
        first = np.flatnonzero(parts[:-1] == parts[1:])
        longer, mentions = self._longer(text, bases, first=first, sizes=sizes, parts=parts)
        concepts[longer] = -1  # where several words name one, the first alone names none
        alone = np.flatnonzero(concepts >= 0)
        longer, mentions = longer[mentions[:, 1] >= 0], mentions[mentions[:, 1] >= 0]
        at, pairs = known.pairs(bases[first], bases[first + 1])
        first = first[at]
        return Single(
            keys=_keys(text[in_title], text[alone], mentions[:, 0], text[first] << WORD_BITS | text[first + 1]),
            columns=np.concatenate([titles[in_title], concepts[alone], mentions[:, 1], pairs]),
            places=np.concatenate([in_title, alone, longer, first]),
            lengths=np.concatenate([np.ones(len(in_title) + len(alone), np.int64), mentions[:, 2], np.full(len(first), 2)]),
            # A word of the title as such speaks in the row of the whole article only.
            parts=np.concatenate([parts[in_title] - TITLE + REST, parts[alone], parts[longer], parts[first]]),
        )

    def _longer(
        self, text: Numbers, bases: Numbers, *, first: Numbers, sizes: list[int], parts: Numbers
    ) -> tuple[Numbers, Numbers]:
        """Return where concepts of several words are named, and the mentions there; ``first`` are the places that another word
        follows in its part.
        """
        known = self._known
        reaches = view(known.reaches)[bases]
        places = first[reaches[first] > 1]
        places = places[known.may_begin(bases[places], bases[places + 1])]
        ends = np.minimum(places + reaches[places], np.cumsum(sizes)[parts[places]])
        spans = zip(places.tolist(), ends.tolist(), strict=True)
        mentions = np.array([known.mention(tuple(text[at:end].tolist())) for at, end in spans], np.int64).reshape(-1, 3)
        several = mentions[:, 2] > 1
        return places[several], mentions[several]

    def _features(self, bases: npt.NDArray[np.int32], columns: Numbers) -> csr_matrix:
        """Return what words of these bases, and then these single features, stand for: units x features."""
        features, starts = view(self._known.features), view(self._known.starts)
        lengths = starts[bases + 1] - starts[bases]
        ends = np.concatenate([[0], lengths, np.ones(len(columns), np.int64)]).cumsum()
        chosen = features[np.repeat(starts[bases] - ends[: len(bases)], lengths) + np.arange(ends[len(bases)])]
        indices = np.concatenate([chosen, columns.astype(np.int32)])
        shape = (len(bases) + len(columns), len(self._vocabulary.names))
        return csr_matrix((np.ones(len(indices), np.float32), indices, ends), shape=shape)  # type: ignore[no-untyped-call]


def _keys(*kinds: Numbers) -> Numbers:
    return np.concatenate([(kind << KIND_BITS) | keys for kind, keys in enumerate(kinds)])


def _distinct(text: Numbers, places: Numbers, *, size: int) -> tuple[Numbers, Numbers, Numbers]:
    """Return the distinct words at these places, the first place of each, and which of them each place has."""
    first = np.full(size, -1)
    first[text[places][::-1]] = places[::-1]
    words = np.flatnonzero(first >= 0)
    which = np.empty(size, np.int64)
    which[words] = np.arange(len(words))
    return words, first[words], which[text[places]]


def _counted(met: Numbers, parts: Numbers, *, shape: tuple[int, int]) -> csr_matrix:
    """Count units: a row for each whole article, then for each title, then for each beginning."""
    articles, kinds = parts // 3, parts % 3
    title, lead = kinds == TITLE, kinds == LEAD
    rows = np.concatenate([articles, shape[0] + articles[title], 2 * shape[0] + articles[lead]])
    columns = np.concatenate([met, met[title], met[lead]])
    ones = np.ones(len(rows), np.float32)
    return csr_matrix((ones, (rows, columns)), shape=(3 * shape[0], shape[1]))  # type: ignore[no-untyped-call]
