"""Truth and answers go in, scores with 95% intervals come out, for each language and label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from classify.artefact import LABELS
from classify.labelled import Example
from classify.themes import ThemeClassifier

Bools = npt.NDArray[np.bool_]
Floating = npt.NDArray[np.floating[Any]]
#: Resamplings of the articles behind each interval (percentile bootstrap).
RESAMPLINGS = 1000
#: Equal-width bins of the expected calibration error.
BINS = 10


def score_table(*, truth: Bools, given: Bools, scores: Floating, languages: Sequence[str]) -> list[dict[str, Any]]:
    """Return one row for each language (and ``all``) and label: n, positives, precision, recall, F1, its interval, ECE.

    ``truth``, ``given`` and ``scores`` are articles x labels.
    """
    tongues = np.array(languages)
    rows: list[dict[str, Any]] = []
    for language in [*sorted(set(languages)), "all"]:
        chosen = np.ones(len(tongues), dtype=bool) if language == "all" else tongues == language
        for place, label in enumerate(LABELS):
            measured = _measured(truth[chosen, place], given[chosen, place])
            error = calibration_error(truth[chosen, place], scores[chosen, place])
            rows.append({"language": language, "label": label, **measured, "ece": round(error, 4)})
        themes = [row["f1"] for row in rows[-len(LABELS) + 1 :]]
        rows.append(
            {"language": language, "label": "macro over themes", "n": int(chosen.sum()), "f1": round(float(np.mean(themes)), 4)}
        )
    return rows


def evaluate(classifier: ThemeClassifier, examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Measure a model on labelled articles."""
    answers = classifier.labels_of_many([(e.title, e.text, e.language) for e in examples])
    return score_table(
        truth=np.array([e.truth for e in examples], dtype=bool).reshape(-1, len(LABELS)),
        given=np.array([[label.given for label in row] for row in answers], dtype=bool).reshape(-1, len(LABELS)),
        scores=np.array([[label.score for label in row] for row in answers]).reshape(-1, len(LABELS)),
        languages=[e.language for e in examples],
    )


def f1(truth: Bools, given: Bools) -> float:
    """Return the harmonic mean of precision and recall; 0 where there is nothing to find and nothing was given."""
    return float(2 * (truth & given).sum() / max(1, truth.sum() + given.sum()))


def calibration_error(truth: Bools, scores: Floating) -> float:
    """Return the expected calibration error: mean distance of score and frequency over bins of scores, weighted by size."""
    if not len(truth):
        return 0.0
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return float(sum(abs(truth[bins == b].sum() - scores[bins == b].sum()) for b in range(BINS)) / len(truth))


def calibration_curve(truth: Bools, scores: Floating) -> list[dict[str, float]]:
    """Return for each bin of scores that has any: its bounds, articles, mean score and the share that has the label."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        {
            "low": b / BINS,
            "high": (b + 1) / BINS,
            "n": int((bins == b).sum()),
            "score": round(float(scores[bins == b].mean()), 4),
            "share": round(float(truth[bins == b].mean()), 4),
        }
        for b in range(BINS)
        if (bins == b).any()
    ]


def _measured(truth: Bools, given: Bools) -> dict[str, Any]:
    hits = int((truth & given).sum())
    low, high = _interval(truth, given)
    return {
        "n": len(truth),
        "positives": int(truth.sum()),
        "precision": round(hits / max(1, int(given.sum())), 4),
        "recall": round(hits / max(1, int(truth.sum())), 4),
        "f1": round(f1(truth, given), 4),
        "low": low,
        "high": high,
    }


def _interval(truth: Bools, given: Bools) -> tuple[float, float]:
    if not len(truth):
        return 0.0, 0.0
    drawn = np.random.default_rng(0).integers(0, len(truth), size=(RESAMPLINGS, len(truth)))
    hits = (truth & given)[drawn].sum(axis=1)
    sizes = truth[drawn].sum(axis=1) + given[drawn].sum(axis=1)
    low, high = np.percentile(2 * hits / np.maximum(1, sizes), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
