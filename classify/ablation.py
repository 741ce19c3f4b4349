"""Labelled articles go in; what each part of the recipe is worth comes out: as it is, and without each part in turn.

``python -m classify.ablation CORPUS... --background ARTICLES... --out docs/themes-ablation.md`` writes the table. Every row is
cross-validated in the folds of the model's card and compared to the recipe article by article. Words are counted once for all
rows but those that count them otherwise, so leaving articles out takes away their labels, not their vocabulary.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
from scipy.sparse import csr_matrix, diags_array, vstack

from classify.artefact import LABELS
from classify.calibration import Bools, Scored, Scores
from classify.evaluate import f1
from classify.features import Morphology, morphologies
from classify.labelled import Example, copies, own_examples, read, readers_labels, without_copies
from classify.recipe import Recipe
from classify.train import Places, compared, fit, fold_of_each, gram, held_out, honest_answers, linear, vectorise, views
from classify.vectoriser import Vectoriser
from classify.vectors import Rows, Vocabulary, block_of
from newsdesk.errors import BadInput

#: Resamplings of the articles behind each interval.
RESAMPLINGS = 1000
#: Unlabelled articles from which self-training may choose, of each language, and the share of them that it learns from.
POOL, SURE = 500, 0.5
BLOCKS = {
    "c": "concepts shared by the languages",
    "t": "words of the title apart",
    "g": "runs of letters",
    "w": "words and pairs",
}
Kept = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Data:
    """What is learnt from: the articles measured on come first, then those written for the project, then the further ones."""

    examples: list[Example]
    helpers: list[Example]
    others: list[Example]
    unlabelled: list[Example]

    @property
    def everything(self) -> list[Example]:
        """Return all that have labels."""
        return [*self.examples, *self.helpers, *self.others]

    @property
    def truth(self) -> Bools:
        """Return the labels of all that have them."""
        return np.array([example.truth for example in self.everything], dtype=bool)

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages measured in."""
        return tuple(sorted({example.language for example in self.examples}))

    @property
    def tongues(self) -> Places:
        """Return the language of each article measured on, by its place."""
        return np.array([self.languages.index(example.language) for example in self.examples])


@dataclass(frozen=True)
class Row:
    """One line of the table: what was changed, from how many articles it learnt, its answers for those of ``measured``."""

    name: str
    learnt: int
    given: Bools
    measured: Kept


class Ablation:
    """The recipe and its variations over one set of articles."""

    def __init__(self, data: Data, recipe: Recipe) -> None:
        self._data, self._recipe = data, recipe
        self._vocabulary, self._rows = vectorise(data.everything, data.languages, recipe)
        self._pool = _stack(*self._counted(data.unlabelled))
        self._folds = fold_of_each(data.examples, recipe)
        self._kin = np.repeat([1.0, recipe.kinship], [len(data.examples) + len(data.helpers), len(data.others)])
        self._all = np.ones(len(data.everything), dtype=bool)
        #: The rows of each block of features alone, and how alike they make the articles: added up, all of it.
        self._blocks = {block: _of_block(self._rows, self._vocabulary, block) for block in BLOCKS}
        self._alike = {block: compared(rows.whole) for block, rows in self._blocks.items()}

    def rows(self) -> Iterator[Row]:
        """Yield the recipe as it is, then every variation."""
        everything = self._together(*BLOCKS)
        whole = self._scores(self._rows, everything, self._all)
        yield self._row("the recipe", whole)
        for name, kept in self._subsets().items():
            yield self._row(name, self._scores(self._rows, everything, kept), learnt=int(kept.sum()))
        nothing = np.zeros_like(whole.whole)
        yield self._row("without the scores of title and first words", Scored(whole.whole, nothing, nothing))
        yield self._row("one offset for all languages", whole, tongues=np.zeros(len(self._folds), dtype=np.intp))
        yield self._uncalibrated(whole)
        for block, name in BLOCKS.items():
            rest = [other for other in BLOCKS if other != block]
            rows = Rows(*(sum(parts[1:], parts[0]) for parts in zip(*(views(self._blocks[each]) for each in rest), strict=True)))
            yield self._row(f"without {name}", self._scores(rows, self._together(*rest), self._all))
        if len({example.source for example in self._data.examples} - {""}) >= self._recipe.folds:
            yield self._sources_left_out()
        yield self._self_trained()
        for name, change in _REDUCTIONS.items():
            changed = {code: change(row) for code, row in morphologies().items()}
            counted = vectorise(self._data.everything, self._data.languages, self._recipe, morphology=changed)[1]
            yield self._row(name, self._scores(counted, compared(counted.whole), self._all))

    def _together(self, *blocks: str) -> Scores:
        """Return how alike the articles are by these blocks of features."""
        alike: Scores = np.add.reduce([self._alike[block] for block in blocks])
        return alike

    def _counted(self, articles: Sequence[Example]) -> Iterator[csr_matrix]:
        """Yield the rows of articles that the vocabulary was not learnt from, language by language."""
        for language in self._data.languages:
            own = [(article.title, article.text) for article in articles if article.language == language]
            yield Vectoriser(language, self._recipe.shape, self._vocabulary).read(own).rows.whole

    def _subsets(self) -> dict[str, Kept]:
        helpers, others = (np.zeros_like(self._all) for _ in range(2))
        start = len(self._data.examples)
        helpers[start : start + len(self._data.helpers)] = True
        others[start + len(self._data.helpers) :] = True
        return {
            "without the examples written for it": ~helpers,
            "without the further labelled articles": ~others,
            "the corpus alone": ~helpers & ~others,
        }

    def _row(self, name: str, scores: Scored, *, learnt: int | None = None, tongues: Places | None = None) -> Row:
        truth, known = self._data.truth[: len(self._folds)], self._data.tongues if tongues is None else tongues
        _, given = honest_answers(scores, truth, known, self._folds)
        return Row(name, len(self._all) if learnt is None else learnt, given, np.ones(len(truth), dtype=bool))

    def _scores(self, rows: Rows, alike: Scores, kept: Kept) -> Scored:
        """Return the held-out scores of all articles measured on, learnt from those kept."""
        chosen, kin = rows.of(kept), self._kin[kept]
        matrix = gram(alike[np.ix_(kept, kept)], kin, self._recipe)
        _, duals = fit(matrix, self._data.truth[kept], folds=self._folds, recipe=self._recipe)
        return held_out(chosen, [dual * kin[:, None] for dual in duals], folds=self._folds, recipe=self._recipe)

    def _uncalibrated(self, scores: Scored) -> Row:
        """Decide by the sign of the bare score."""
        given = (scores.whole >= 0) & (scores.whole[:, :1] >= 0)
        return Row("without calibration: the sign of the score", len(self._all), given, np.ones(len(given), dtype=bool))

    def _self_trained(self) -> Row:
        """Learn also from the articles without labels of which the model that has not seen the fold is surest."""
        kin = np.concatenate([self._kin, np.full(self._pool.shape[0], self._recipe.kinship)])
        both = _stack(self._rows.whole, self._pool)
        across = (self._rows.whole @ self._pool.T).toarray()
        alike = np.block([[self._together(*BLOCKS), across], [across.T, compared(self._pool)]])
        matrix = gram(alike, kin, self._recipe) + self._recipe.ridge * np.eye(len(kin))
        truth = np.where(self._data.truth, 1.0, -1.0)
        found = Scored(*(np.zeros((len(self._folds), len(LABELS))) for _ in range(3)))
        for fold in range(self._recipe.folds):
            held = np.flatnonzero(self._folds == fold)
            known = np.setdiff1d(np.arange(len(self._all)), held)
            first = _solved(matrix, known, truth[known]) * kin[known, None]
            told = self._pool @ np.asarray(both[known].T @ first) + self._recipe.bias**2 * first.sum(axis=0)
            sure = np.argsort(-np.abs(told).min(axis=1), kind="stable")[: int(SURE * len(told))]
            chosen = np.concatenate([known, len(self._all) + sure])
            dual = (
                _solved(matrix, chosen, np.concatenate([truth[known], np.where(told[sure] > 0, 1.0, -1.0)])) * kin[chosen, None]
            )
            scores = self._rows.of(held).scores(*linear(both[chosen], dual, self._recipe))
            found.whole[held], found.title[held], found.lead[held] = scores.whole, scores.title, scores.lead
        name, learnt = "also the unlabelled articles of which it is surest", len(self._all) + int(SURE * self._pool.shape[0])
        return self._row(name, found, learnt=learnt)

    def _sources_left_out(self) -> Row:
        """Hold whole outlets out, and measure on the articles of which no other outlet's fold has a near-copy."""
        examples = self._data.everything
        folds = by_source(examples, folds=self._recipe.folds)
        own = folds[: len(self._folds)]
        matrix = gram(self._together(*BLOCKS), self._kin, self._recipe)
        _, duals = fit(matrix, self._data.truth, folds=folds, recipe=self._recipe)
        scores = held_out(self._rows, [dual * self._kin[:, None] for dual in duals], folds=own, recipe=self._recipe)
        _, given = honest_answers(scores, self._data.truth[: len(own)], self._data.tongues, own)
        return Row("outlets that it has never seen", len(self._all), given, ~_straddling(self._data.examples, own))


def by_source(examples: Sequence[Example], *, folds: int) -> Places:
    """Deal the outlets out to folds, the largest first to the fold that has least; what has no outlet is in none (-1)."""
    names, which = np.unique([example.source for example in examples], return_inverse=True)
    sizes = np.bincount(which)
    held, load = np.full(len(names), -1), np.zeros(folds)
    for outlet in np.argsort(-sizes, kind="stable"):
        if names[outlet]:
            held[outlet] = int(load.argmin())
            load[held[outlet]] += sizes[outlet]
    dealt: Places = held[which]
    return dealt


def _straddling(examples: Sequence[Example], folds: Places) -> Kept:
    """Tell which articles have a near-copy in another fold, or no outlet."""
    groups = np.array(copies(example.text for example in examples))
    lowest, highest = np.full(len(groups), len(groups)), np.full(len(groups), -1)
    np.minimum.at(lowest, groups, folds)
    np.maximum.at(highest, groups, folds)
    straddling: Kept = (lowest != highest)[groups] | (folds < 0)
    return straddling


def _of_block(rows: Rows, vocabulary: Vocabulary, block: str) -> Rows:
    """Return the rows with the features of one block only."""
    names = vocabulary.names
    kept = diags_array(np.array([block_of(name) == block for name in names], dtype=np.float32))  # type: ignore[no-untyped-call]

    def masked(table: csr_matrix) -> csr_matrix:
        left: csr_matrix = table @ kept
        left.eliminate_zeros()  # type: ignore[no-untyped-call]
        return left

    return Rows(*map(masked, views(rows)))


_REDUCTIONS: Mapping[str, Callable[[Morphology], Morphology]] = {
    "without cutting off what is written together with a word": lambda row: replace(row, prefixes=(), elisions=()),
    "without stems": lambda row: replace(row, stemmer="", suffixes=()),
    "without taking spellings of a letter for one": lambda row: replace(row, folds=False),
}


def _stack(*tables: csr_matrix) -> csr_matrix:
    stacked: csr_matrix = vstack(tables).tocsr()  # type: ignore[no-untyped-call]
    return stacked


def _solved(matrix: Scores, known: Places, truth: Scores) -> Scores:
    solved: Scores = scipy.linalg.solve(matrix[np.ix_(known, known)], truth, assume_a="pos")  # type: ignore[no-untyped-call]
    return solved


def macro(truth: Bools, given: Bools, tongues: Places) -> float:
    """Return the mean F1 over languages and themes."""
    rows = [tongues == tongue for tongue in np.unique(tongues)]
    return float(np.mean([f1(truth[row, label], given[row, label]) for row in rows for label in range(1, len(LABELS))]))


def relevance(truth: Bools, given: Bools, tongues: Places) -> float:
    """Return the mean F1 of relevance over languages."""
    return float(np.mean([f1(truth[tongues == tongue, 0], given[tongues == tongue, 0]) for tongue in np.unique(tongues)]))


Measure = Callable[[Bools, Bools, Places], float]


def interval(measure: Measure, truth: Bools, answers: tuple[Bools, Bools], tongues: Places) -> tuple[float, float]:
    """Return the 95% interval of what the second answers have more than the first, the same articles resampled for both."""
    generator, found = np.random.default_rng(0), []
    for _ in range(RESAMPLINGS):
        drawn = generator.integers(0, len(truth), len(truth))
        first, second = (measure(truth[drawn], given[drawn], tongues[drawn]) for given in answers)
        found.append(second - first)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def table(data: Data, rows: Iterator[Row]) -> Iterator[str]:
    """Yield the lines of the table, the first row being what the others are compared to."""
    truth, tongues = data.truth[: len(data.examples)], data.tongues
    head = ["what", "learnt from", "relevance", "difference", "macro", "difference", *data.languages]
    yield f"| {' | '.join(head)} |"
    yield "| --- " * len(head) + "|"
    base: Row | None = None
    for row in rows:
        base = base or row
        kept = row.measured
        cells = [row.name if kept.all() else f"{row.name} ({int(kept.sum())} articles)", str(row.learnt)]
        for measure in (relevance, macro):
            cells.append(f"{measure(truth[kept], row.given[kept], tongues[kept]):.4f}")
            if row is base:
                cells.append("")
            else:
                low, high = interval(measure, truth[kept], (base.given[kept], row.given[kept]), tongues[kept])
                cells.append(f"{low:+.3f} to {high:+.3f}")
        for tongue in range(len(data.languages)):
            own = kept & (tongues == tongue)
            cells.append(f"{macro(truth[own], row.given[own], tongues[own]):.3f}")
        yield f"| {' | '.join(cells)} |"


def page(data: Data, recipe: Recipe, lines: Sequence[str]) -> str:
    """Return the table as a page."""
    return "\n".join(
        [
            "# What each part of the theme classifier is worth\n",
            f"Made by `python -m classify.ablation`. {len(data.examples)} labelled articles, cross-validated in {recipe.folds} "
            f"folds grouped by near-copies, seed {recipe.seed}; {len(data.helpers)} examples written for the project and "
            f"{len(data.others)} further labelled articles are learnt from. F1 of relevance is averaged over languages, macro "
            "over languages and themes; the last columns are the mean over the themes of one language. The differences are 95% "
            f"intervals of row less recipe, by paired bootstrap over the articles ({RESAMPLINGS} resamplings): one around "
            "nought shows no effect.\n",
            *lines,
            "",
            "- Words are counted once for all rows but those about how words are cut and spelt: to leave "
            "articles out takes away their labels, not their vocabulary.",
            f"- Self-training draws on {len(data.unlabelled)} articles without labels, and learns from the {SURE:.0%} of them of "
            "which the model that has not seen the fold is surest, at the weight of the further articles.",
            "- The row of unseen outlets holds whole outlets out, the further articles' too, and is measured on those without a "
            "near-copy in another outlet's fold; its difference is to the recipe on the same articles. It is what knowing the "
            "outlet is worth.",
            "",
        ]
    )


def gathered(corpus: Sequence[Path], background: Sequence[Path]) -> Data:
    """Read everything; the unlabelled articles are the first of each language of the background that nobody labelled."""
    examples = _read(corpus)
    labels = readers_labels()
    others = without_copies(_read(background, labels=labels), examples)
    return Data(examples, own_examples(), others, list(_unlabelled(background, {*labels, *(e.id for e in examples)})))


def _read(paths: Sequence[Path], labels: Mapping[str, Any] | None = None) -> list[Example]:
    found = [row for row in read(paths, labels=labels) if isinstance(row, Example)]
    if not found:
        raise BadInput(f"{', '.join(map(str, paths))}: no labelled article that can be used")
    return found


def _unlabelled(paths: Sequence[Path], known: set[str]) -> Iterator[Example]:
    class Unlabelled(dict[str, Any]):
        """Labels for any article but those known, as ``read`` asks for them: all false, and never looked at."""

        def __contains__(self, name: object) -> bool:
            return name not in known

        def __missing__(self, _: str) -> dict[str, Any]:
            return {"relevant": False, "themes": []}

    for path in paths:
        found = (row for row in read([path], labels=Unlabelled()) if isinstance(row, Example))
        yield from (row for _, row in zip(range(POOL), found, strict=False))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--background", nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("docs/themes-ablation.md"))
    given = parser.parse_args(arguments)
    data, recipe = gathered(given.corpus, given.background), Recipe()
    lines = []
    for line in table(data, Ablation(data, recipe).rows()):
        lines.append(line)
        given.out.write_text(page(data, recipe, lines), encoding="utf-8")  # at every row: the last take long


if __name__ == "__main__":
    main()
