"""Labelled articles go in; how much sooner a model learns from the most telling ones than from random ones comes out.

``python -m benchmarks.learning_curve CORPUS.jsonl.gz ... --out docs`` writes ``docs/learning-curve.md`` and its picture. A simple
model of its own (TF-IDF of words, one logistic regression a label) is trained from 200 articles, then from 100 more a step: once
drawn at random, once in the order of ``newscentre.review``. Near-copies of a test article are never learnt from.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import altair as alt
import numpy as np
import numpy.typing as npt
import vl_convert as vlc
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from classify.artefact import LABELS
from classify.labelled import Example, copies, read
from newscentre.review import Question, worth

START, STEP, LAST = 200, 100, 1500
SEEDS = (0, 1, 2)
TEST_SHARE = 0.25
ORDERS = ("random", "review")

Bools = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def split(examples: Sequence[Example], *, seed: int) -> tuple[Places, Places]:
    """Return the places of those to learn from and of those to test on; groups of near-copies stay together."""
    groups = np.array(copies(example.text for example in examples))
    drawn = np.random.default_rng(seed).permutation(np.unique(groups))
    tested = np.isin(groups, drawn[: int(len(drawn) * TEST_SHARE)])
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def scores(rows: csr_matrix, truth: Bools, known: Places, asked: Places) -> Scores:
    """Learn from the articles known, and score those asked for: articles x labels."""
    found = np.zeros((len(asked), len(LABELS)))
    for label in range(len(LABELS)):
        if len(set(truth[known, label])) == 1:
            found[:, label] = truth[known[0], label]
            continue
        model = LogisticRegression(C=10, class_weight="balanced", solver="liblinear").fit(rows[known], truth[known, label])
        found[:, label] = model.predict_proba(rows[asked])[:, 1]
    return found


def most_telling(pool: Places, judged: Scores, known: Places, *, languages: Sequence[str]) -> Places:
    """Order the pool as the review queue would: each article by the label that it is most in doubt about."""
    served = Counter(languages[place] for place in known)
    value = [
        max(worth(Question(0, "theme", "", score, 0.5, languages[place]), served=served) for score in row)
        for place, row in zip(pool.tolist(), judged.tolist(), strict=True)
    ]
    return pool[np.argsort(-np.array(value), kind="stable")]


def curve(rows: csr_matrix, truth: Bools, languages: Sequence[str], *, parts: tuple[Places, Places], order: str) -> list[float]:
    """Return the mean F1 over the themes on the test articles, after each step."""
    pool, tested = parts
    known, pool = pool[:START], pool[START:]
    found = []
    while True:
        judged = scores(rows, truth, known, tested) >= 0.5
        found.append(float(f1_score(truth[tested][:, 1:], judged[:, 1:], average="macro", zero_division=0)))
        if len(known) + STEP > LAST:
            return found
        if order == "review":
            pool = most_telling(pool, scores(rows, truth, known, pool), known, languages=languages)
        known, pool = np.concatenate([known, pool[:STEP]]), pool[STEP:]


def measure(examples: Sequence[Example]) -> dict[str, Scores]:
    """Return the curves by order: seeds x steps."""
    languages = [example.language for example in examples]
    words = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=80_000, token_pattern=r"(?u)\b\w\w+\b")
    rows = words.fit_transform(f"{example.title}\n{example.title}\n{example.text[:2000]}" for example in examples).tocsr()
    truth = np.array([example.truth for example in examples], dtype=bool)
    curves: dict[str, list[list[float]]] = {order: [] for order in ORDERS}
    for seed in SEEDS:
        learnt, tested = split(examples, seed=seed)
        parts = np.random.default_rng(seed).permutation(learnt), tested
        for order in ORDERS:
            curves[order].append(curve(rows, truth, languages, parts=parts, order=order))
    return {order: np.array(found) for order, found in curves.items()}


def page(curves: dict[str, Scores]) -> str:
    """Return the measurement as a page."""
    sizes = list(range(START, LAST + 1, STEP))
    means = {order: found.mean(axis=0) for order, found in curves.items()}
    goal = means["random"][-1]
    sooner = next((size for size, mean in zip(sizes, means["review"], strict=True) if mean >= goal), None)
    lines = [
        "# What the order of the review queue is worth",
        "",
        "Macro F1 over the four themes, all languages together, on articles held out, mean of three draws (lowest to highest) of",
        "a simple model that learns from ever more labelled articles of the corpus: drawn at random, or in the order in which",
        "[the review queue](../newscentre/review.py) asks. It shows what the order is worth, not how good the shipped model is.",
        "",
        "![Learning curves](images/learning-curve.svg)",
        "",
        f"What random order reaches with {LAST} articles ({goal:.3f}), the queue's order reaches with"
        f" {sooner if sooner else f'more than {LAST}'}.",
        "",
        "| articles | random | review queue |",
        "| --- | --- | --- |",
    ]
    for step, size in enumerate(sizes):
        cells = [
            f"{curves[o][:, step].mean():.3f} ({curves[o][:, step].min():.3f}–{curves[o][:, step].max():.3f})" for o in ORDERS
        ]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", "Written by `python -m benchmarks.learning_curve CORPUS.jsonl.gz ... --out docs`.", ""])


def picture(curves: dict[str, Scores]) -> str:
    """Draw the curves, as SVG."""
    sizes = range(START, LAST + 1, STEP)
    values = [
        {"articles": size, "F1": round(float(mean), 4), "order": "review queue" if order == "review" else "random"}
        for order, found in curves.items()
        for size, mean in zip(sizes, found.mean(axis=0), strict=True)
    ]
    chart = (
        alt.Chart(alt.Data(values=values), width=480, height=260)  # type: ignore[no-untyped-call]
        .mark_line(point=True)
        .encode(
            x=alt.X("articles:Q", title="labelled articles"),
            y=alt.Y("F1:Q", title="macro F1 over themes", scale=alt.Scale(zero=False)),
            color=alt.Color("order:N", title=None, scale=alt.Scale(range=["#D55E00", "#0072B2"])),
            strokeDash=alt.StrokeDash("order:N", title=None),
        )
    )
    return str(vlc.vegalite_to_svg(chart.to_dict()))


def main() -> None:
    """Measure, and write the page and its picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    curves = measure([row for row in read(asked.corpus) if isinstance(row, Example)])
    (asked.out / "learning-curve.md").write_text(page(curves), encoding="utf-8")
    (asked.out / "images" / "learning-curve.svg").write_text(picture(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
