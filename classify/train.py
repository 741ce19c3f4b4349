"""Labelled articles go in, a calibrated model and its card come out: the same articles and seed give the same bytes."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from classify.artefact import LABELS, Model
from classify.evaluate import f1, score_table
from classify.features import Reader, Shape
from classify.labelled import Example, copies
from classify.vectors import Floats, Vectoriser, Vocabulary, learn

Scores = npt.NDArray[np.float64]
Step = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """The choices of a training, each earned by cross-validation (see ``docs/decisions``)."""

    shape: Shape = field(default_factory=Shape)
    rarest: dict[str, int] = field(default_factory=lambda: {"w": 2, "g": 3, "t": 2, "c": 1})
    block_weights: dict[str, float] = field(default_factory=lambda: {"w": 1.0, "g": 1.0, "t": 0.5, "c": 0.3})
    strength: float = 10.0
    """Inverse of the regularisation."""
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Calibration:
    """From scores to probabilities and decisions; all arrays are languages x labels."""

    slopes: Floats
    offsets: Floats
    thresholds: Floats

    def probabilities(self, scores: Scores, rows: npt.NDArray[np.intp]) -> Scores:
        """Return the probability behind each score; ``rows`` is each article's language."""
        result: Scores = 1 / (1 + np.exp(-(scores * self.slopes[rows] + self.offsets[rows])))
        return result

    def given(self, probabilities: Scores, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Decide: a theme is only given to what is given as relevant."""
        above = probabilities >= self.thresholds[rows]
        return above & above[:, :1]


def train(examples: Sequence[Example], recipe: Recipe, *, step: Step = lambda _: None) -> tuple[Model, dict[str, Any]]:
    """Cross-validate, calibrate on the held-out scores, fit on everything; return the model and its card (without checksum)."""
    languages = tuple(sorted({example.language for example in examples}))
    rows = np.array([languages.index(example.language) for example in examples])
    truth = np.array([example.truth for example in examples], dtype=bool)
    step("reading")
    vocabulary, table = vectorise(examples, languages, recipe)
    step("grouping near-copies")
    folds = fold_of_each(examples, recipe)
    held_out = cross_validated(table, truth, folds, recipe=recipe, step=step)
    step("calibrating")
    answers = _honest_answers(held_out, truth, rows, folds)
    calibration = calibrate(held_out, truth, rows)
    step("fitting")
    weights, intercepts = fit(table, truth, recipe)
    model = Model(
        shape=recipe.shape,
        languages=languages,
        vocabulary=vocabulary,
        weights=weights,
        intercepts=intercepts,
        slopes=calibration.slopes,
        offsets=calibration.offsets,
        thresholds=calibration.thresholds,
    )
    scores = score_table(truth=truth, given=answers[1], scores=answers[0], languages=[e.language for e in examples])
    return model, card(examples, recipe, model=model, scores=scores)


def vectorise(examples: Sequence[Example], languages: Sequence[str], recipe: Recipe) -> tuple[Vocabulary, csr_matrix]:
    """Learn the vocabulary of the examples and return it with their rows."""
    readers = {language: Reader(language, recipe.shape) for language in languages}
    units = [readers[e.language].read(e.title, e.text) for e in examples]
    distinct = (
        {feature for unit in set(own) for feature in readers[e.language].units[unit].features}
        for e, own in zip(examples, units, strict=True)
    )
    vocabulary = learn(distinct, rarest=recipe.rarest, weights=recipe.block_weights)
    columns = vocabulary.columns()
    places = {language: [place for place, e in enumerate(examples) if e.language == language] for language in languages}
    tables = [
        Vectoriser(vocabulary, columns, readers[language]).read([units[place] for place in places[language]]).rows
        for language in languages
    ]
    order = np.argsort([place for language in languages for place in places[language]])
    return vocabulary, vstack(tables).tocsr()[order]  # type: ignore[no-untyped-call]


def fold_of_each(examples: Sequence[Example], recipe: Recipe) -> npt.NDArray[np.intp]:
    """Deal the groups of near-copies out to folds, so that copies never straddle a split."""
    groups = np.array(copies(example.text for example in examples))
    distinct = np.unique(groups)
    dealt = np.random.default_rng(recipe.seed).permutation(len(distinct)) % recipe.folds
    folds: npt.NDArray[np.intp] = dealt[np.searchsorted(distinct, groups)]
    return folds


def cross_validated(
    table: csr_matrix, truth: npt.NDArray[np.bool_], folds: npt.NDArray[np.intp], *, recipe: Recipe, step: Step
) -> Scores:
    """Return each article's scores from the model that has not seen its fold."""
    scores = np.zeros(truth.shape)
    for fold in range(recipe.folds):
        step(f"fold {fold + 1} of {recipe.folds}")
        weights, intercepts = fit(table[folds != fold], truth[folds != fold], recipe)
        scores[folds == fold] = table[folds == fold] @ weights + intercepts
    return scores


def fit(table: csr_matrix, truth: npt.NDArray[np.bool_], recipe: Recipe) -> tuple[Floats, Floats]:
    """Fit one logistic regression a label."""
    weights = np.zeros((table.shape[1], len(LABELS)), dtype=np.float32)
    intercepts = np.zeros(len(LABELS), dtype=np.float32)
    for place in range(len(LABELS)):
        model = LogisticRegression(C=recipe.strength, solver="liblinear", random_state=recipe.seed)  # type: ignore[no-untyped-call]
        model.fit(table, truth[:, place])
        weights[:, place], intercepts[place] = model.coef_[0], model.intercept_[0]
    return weights, intercepts


def calibrate(scores: Scores, truth: npt.NDArray[np.bool_], rows: npt.NDArray[np.intp]) -> Calibration:
    """Fit, for each label, one slope and an offset a language (regularised towards a common one), then the best threshold."""
    count = int(rows.max()) + 1
    slopes, offsets, thresholds = (np.zeros((count, len(LABELS)), dtype=np.float32) for _ in range(3))
    for place in range(len(LABELS)):
        inputs = np.hstack([scores[:, [place]], np.eye(count)[rows]])
        model = LogisticRegression(C=1.0).fit(inputs, truth[:, place])  # type: ignore[no-untyped-call]
        slopes[:, place] = model.coef_[0, 0]
        offsets[:, place] = model.intercept_[0] + model.coef_[0, 1:]
        probabilities = model.predict_proba(inputs)[:, 1]
        thresholds[:, place] = best_threshold(truth[:, place], probabilities)
    return Calibration(slopes, offsets, thresholds)


def best_threshold(truth: npt.NDArray[np.bool_], probabilities: Scores) -> float:
    """Return the threshold of the highest F1, looked for on a grid so that single articles do not decide it."""
    grid = np.arange(0.2, 0.71, 0.02)
    curve = np.array([f1(truth, probabilities >= threshold) for threshold in grid])
    smooth = np.convolve(np.pad(curve, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(grid[int(smooth.argmax())])


def _honest_answers(
    scores: Scores, truth: npt.NDArray[np.bool_], rows: npt.NDArray[np.intp], folds: npt.NDArray[np.intp]
) -> tuple[Scores, npt.NDArray[np.bool_]]:
    """Calibrate and decide each fold by what the others say, so that the card's scores are not flattered by its thresholds."""
    probabilities, given = np.zeros_like(scores), np.zeros_like(truth)
    for fold in np.unique(folds):
        held, rest = folds == fold, folds != fold
        calibration = calibrate(scores[rest], truth[rest], rows[rest])
        probabilities[held] = calibration.probabilities(scores[held], rows[held])
        given[held] = calibration.given(probabilities[held], rows[held])
    return probabilities, given


def card(examples: Sequence[Example], recipe: Recipe, *, model: Model, scores: list[dict[str, Any]]) -> dict[str, Any]:
    """Describe a training: what went in, what came out, what it is for and where it ends."""
    fingerprint = fingerprint_of(examples)
    return {
        "name": "themes",
        "version": f"1.{fingerprint[:8]}",
        "labels": list(LABELS),
        "languages": list(model.languages),
        "features": len(model.vocabulary.names),
        "data": {"articles": len(examples), "fingerprint": fingerprint, "counts": _counts(examples)},
        "recipe": asdict(recipe),
        "scores": scores,
        "scores_are": f"held-out, {recipe.folds}-fold cross-validation grouped by near-copies; thresholds and calibration from "
        "the other folds; low and high are 95% bootstrap intervals of F1; ece is the expected calibration error",
        "thresholds": {
            language: dict(zip(LABELS, map(_plain, model.thresholds[place]), strict=True))
            for place, language in enumerate(model.languages)
        },
        "libraries": {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "pystemmer")},
        "python": ".".join(platform.python_version_tuple()[:2]),
        "intended_use": "Filing news articles in Arabic, English and French about cross-border migration and forced displacement "
        "under four themes, as a first reading that people can correct. Not for deciding about persons.",
        "limits": [
            "It reads the title and the beginning of the text only, and knows no languages but those listed.",
            "Labels of one school of readers; a quarter to a half of them were marked uncertain.",
            "Development is thin in every language, labour in French; Arabic is mostly from 2013 to 2018.",
            "English leans to politics and crime wording of the United States; French mostly to one agency-fed outlet.",
            "Articles were drawn by keywords of migration; in a plain feed precision is lower than here.",
        ],
    }


def fingerprint_of(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of everything that training reads of the examples, in their order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr((example.id, example.language, example.title, example.text, example.truth)).encode("utf-8"))
    return digest.hexdigest()


def _counts(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    return {
        language: {
            "articles": sum(e.language == language for e in examples),
            **{label: sum(e.truth[place] for e in examples if e.language == language) for place, label in enumerate(LABELS)},
        }
        for language in sorted({e.language for e in examples})
    }


def _plain(number: np.floating[Any]) -> float:
    return round(float(number), 4)
