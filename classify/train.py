"""Labelled articles go in, a calibrated model and its card come out: the same articles and seed give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from classify.artefact import LABELS, Model
from classify.calibration import Bools, Calibration, Scored, Scores
from classify.card import card
from classify.evaluate import f1
from classify.features import Grammar, Morphology
from classify.labelled import Example, copies
from classify.recipe import Recipe
from classify.vectoriser import Vectoriser
from classify.vectors import Rows, Vocabulary, learn
from newsdesk.errors import BadInput

#: Articles that must have, and must not have, a label for it to be trained.
FEWEST = 10
Step = Callable[[str], None]
Places = npt.NDArray[np.intp]


def train(
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    helpers: Sequence[Example] = (),
    others: Sequence[Example] = (),
    step: Step = lambda _: None,
) -> tuple[Model, dict[str, Any]]:
    """Cross-validate, calibrate on the held-out scores, fit on everything; return the model and its card (without checksum).

    ``helpers`` are examples to learn from that are never measured on; so are ``others``, real articles that were chosen in
    another way (because a model was unsure of them, say), from which less is learnt.
    """
    languages = tuple(sorted({example.language for example in examples}))
    helpers, others = ([e for e in given if e.language in languages] for given in (helpers, others))
    everything = [*examples, *helpers, *others]
    truth = np.array([example.truth for example in everything], dtype=bool)
    measured = truth[: len(examples)]
    _check_enough(measured)
    step("reading")
    vocabulary, rows = vectorise(everything, languages, recipe)
    step("comparing")
    kin = np.repeat([1.0, recipe.kinship], [len(examples) + len(helpers), len(others)])
    alike = gram(compared(rows.whole), kin, recipe)
    step("cross-validating")
    folds = fold_of_each(examples, recipe)
    dual, duals = fit(alike, truth, folds=folds, recipe=recipe)
    scores = held_out(rows, [one * kin[:, None] for one in duals], folds=folds, recipe=recipe)
    tongues = np.array([languages.index(example.language) for example in examples])
    probabilities, given = honest_answers(scores, measured, tongues, folds)
    step("calibrating")
    weights, intercepts = linear(rows.whole, dual * kin[:, None], recipe)
    model = Model(
        shape=recipe.shape,
        languages=languages,
        vocabulary=vocabulary,
        weights=weights.astype(np.float32),
        intercepts=intercepts.astype(np.float32),
        calibration=calibrate(scores, measured, tongues),
    )
    return model, card(
        examples, recipe, model=model, truth=measured, given=given, probabilities=probabilities, helpers=helpers, others=others
    )


def _check_enough(truth: Bools) -> None:
    """Raise BadInput unless every label is given, and not given, often enough to be learned and measured."""
    for place, label in enumerate(LABELS):
        given = int(truth[:, place].sum())
        if min(given, len(truth) - given) < FEWEST:
            raise BadInput(f"{given} articles are labelled {label}, {len(truth) - given} are not; each needs {FEWEST} or more")


def vectorise(
    examples: Sequence[Example],
    languages: Sequence[str],
    recipe: Recipe,
    *,
    morphology: Mapping[str, Morphology] = MappingProxyType({}),
) -> tuple[Vocabulary, Rows]:
    """Learn the vocabulary of the examples and return it with their rows; a ``morphology`` given replaces the language's own."""
    grammars = [Grammar(language, recipe.shape, morphology.get(language)) for language in languages]
    vocabulary = learn(_features_of_each(examples, grammars), rarest=recipe.rarest, weights=recipe.block_weights)
    places = {language: [place for place, e in enumerate(examples) if e.language == language] for language in languages}
    tables = []
    for language in languages:
        articles = [(examples[place].title, examples[place].text) for place in places[language]]
        tables.append(Vectoriser(language, recipe.shape, vocabulary, morphology.get(language)).read(articles).rows)
    order = np.argsort([place for language in languages for place in places[language]])
    return vocabulary, Rows(*(_stacked(views)[order] for views in zip(*map(views, tables), strict=True)))


def _features_of_each(examples: Sequence[Example], grammars: Sequence[Grammar]) -> Iterator[set[str]]:
    """Yield the distinct features of each example."""
    for grammar in grammars:
        yield from (grammar.names(e.title, e.text) for e in examples if e.language == grammar.language)


def views(rows: Rows) -> tuple[csr_matrix, csr_matrix, csr_matrix]:
    """Return the three tables of the articles."""
    return rows.whole, rows.title, rows.lead


def _stacked(tables: Sequence[csr_matrix]) -> csr_matrix:
    stacked: csr_matrix = vstack(tables).tocsr()  # type: ignore[no-untyped-call]
    return stacked


def compared(rows: csr_matrix) -> Scores:
    """Return how alike each two articles are (articles x articles)."""
    alike: Scores = (rows @ rows.T).toarray()
    return alike


def gram(alike: Scores, kin: Scores, recipe: Recipe) -> Scores:
    """Return what ridge regression compares articles by: those of other ``kin`` count as less alike."""
    return (alike + recipe.bias**2) * np.where(kin[:, None] == kin, 1.0, recipe.kinship)


def fold_of_each(examples: Sequence[Example], recipe: Recipe) -> Places:
    """Deal the groups of near-copies out to folds, so that copies never straddle a split."""
    groups = np.array(copies(example.text for example in examples))
    distinct = np.unique(groups)
    dealt = np.random.default_rng(recipe.seed).permutation(len(distinct)) % recipe.folds
    folds: Places = dealt[np.searchsorted(distinct, groups)]
    return folds


def fit(gram: Scores, truth: Bools, *, folds: Places, recipe: Recipe) -> tuple[Scores, Iterator[Scores]]:
    """Fit all labels at once by ridge regression on -1 and 1; return each article's part in each label (articles x labels),
    and the same without each fold in turn, exactly, from one inverse of the matrix (that compares all articles with all).

    ``folds`` are those of the first articles; the rest is learnt from in every fold. As accurate as logistic regression and
    support vectors on whole articles, better on the thin label. The block formula: Rasmussen and Williams, Gaussian Processes
    for Machine Learning, section 5.4.2, for blocks instead of single articles.
    """
    inverse: Scores = scipy.linalg.inv(gram + recipe.ridge * np.eye(len(gram)), assume_a="pos")  # type: ignore[no-untyped-call]
    dual: Scores = inverse @ np.where(truth, 1.0, -1.0)
    return dual, (_without(np.flatnonzero(folds == fold), inverse, dual) for fold in range(recipe.folds))


def _without(held: Places, inverse: Scores, dual: Scores) -> Scores:
    rest: Scores = dual - inverse[:, held] @ np.linalg.solve(inverse[np.ix_(held, held)], dual[held])
    rest[held] = 0.0  # they are, but for rounding
    return rest


def linear(table: csr_matrix, dual: Scores, recipe: Recipe) -> tuple[Scores, Scores]:
    """Return the weights (features x labels) and intercepts that the articles' parts amount to."""
    return table.T @ dual, recipe.bias**2 * dual.sum(axis=0)


def held_out(rows: Rows, duals: Sequence[Scores], *, folds: Places, recipe: Recipe) -> Scored:
    """Return each measured article's scores by the model that has not seen its fold."""
    found = Scored(*(np.zeros((len(folds), len(LABELS))) for _ in range(3)))
    for fold, dual in enumerate(duals):
        held = np.flatnonzero(folds == fold)
        scores = rows.of(held).scores(*linear(rows.whole, dual, recipe))
        found.whole[held], found.title[held], found.lead[held] = scores.whole, scores.title, scores.lead
    return found


def calibrate(scores: Scored, truth: Bools, rows: Places) -> Calibration:
    """Learn each label's probability from all scores of an article (what is surely of a theme is about migration), from its
    own score of the title and of the first words, and an offset a language, pulled towards a common one; then the threshold.
    """
    count, labels = int(rows.max()) + 1, len(LABELS)
    mixing, prominence = np.zeros((labels, labels), dtype=np.float32), np.zeros((2, labels), dtype=np.float32)
    offsets, thresholds = (np.zeros((count, labels), dtype=np.float32) for _ in range(2))
    for place in range(labels):
        inputs = np.column_stack([scores.whole, scores.title[:, place], scores.lead[:, place], 0.5 * np.eye(count)[rows]])
        model = LogisticRegression(C=1.0, max_iter=1000).fit(inputs, truth[:, place])
        mixing[:, place], prominence[:, place] = model.coef_[0, :labels], model.coef_[0, labels : labels + 2]
        offsets[:, place] = model.intercept_[0] + 0.5 * model.coef_[0, labels + 2 :]
    probabilities = Calibration(mixing, prominence, offsets, thresholds).probabilities(scores, rows)
    for place in range(labels):
        thresholds[:, place] = best_threshold(truth[:, place], probabilities[:, place])
    return Calibration(mixing, prominence, offsets, thresholds)


def best_threshold(truth: Bools, probabilities: Scores) -> float:
    """Return the threshold of the highest F1, looked for on a grid so that single articles do not decide it."""
    grid = np.arange(0.2, 0.71, 0.02)
    curve = np.array([f1(truth, probabilities >= threshold) for threshold in grid])
    smooth = np.convolve(np.pad(curve, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(grid[int(smooth.argmax())])


def honest_answers(scores: Scored, truth: Bools, rows: Places, folds: Places) -> tuple[Scores, Bools]:
    """Calibrate and decide each fold by what the others say, so that the card's scores are not flattered by its thresholds."""
    probabilities, given = np.zeros(truth.shape), np.zeros_like(truth)
    for fold in np.unique(folds):
        held, rest = folds == fold, folds != fold
        calibration = calibrate(scores.of(rest), truth[rest], rows[rest])
        probabilities[held] = calibration.probabilities(scores.of(held), rows[held])
        given[held] = calibration.given(probabilities[held], rows[held])
    return probabilities, given
