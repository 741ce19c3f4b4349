"""Trains the salience model: labelled articles go in, the artefact of ``classify.countries`` and its measures come out.

A row is a mapping with ``lang title text countries`` as in JSON Lines of labelled articles; ``source_country`` is optional.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from classify.duplicates import bands, fingerprint
from classify.mentions import read
from classify.salience import FEATURES, candidates

VERSION = "1.0"
FOLDS = 5
_CARD = """# countries {version}

Tells which of the countries named in a news article it is about, in Arabic, English and French: one logistic regression a
language over {features} numbers (title, lead, frequency, share, spread, kind of name). It knows no country by itself: all carry
the same weights. Names come from `classify/data/gazetteer` and CLDR.

Trained on real news articles labelled by careful readers; the texts are their publishers' and are not part of the project.
Measured on {folds} folds that never share near-duplicates; the two thresholds (for the best country, for any further one) were
chosen on the same held-out scores. `first right`: the first country given is among the labelled ones; `first most central`: it
is the one the reader put first; `named`: share of the labelled countries that the text names at all, the ceiling of recall.

Weak spots: countries that are only implied (domestic news that names no place, "the Gulf states"), long lists, quotations.
Arabic is mostly 2013-2018 and Saudi; English leans to the United States; French is mostly one outlet.

| language | articles | precision | recall | micro-F1 | first right | first most central | named | thresholds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


@dataclass(frozen=True)
class _Article:
    codes: tuple[str, ...]
    features: NDArray[np.float64]
    gold: tuple[str, ...]
    group: int


def train(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Fit one small model a language; thresholds and measures come from folds that never share a near-duplicate."""
    by_language: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_language[str(row["lang"])].append(row)
    return {
        "format": 1,
        "version": VERSION,
        "features": list(FEATURES),
        "languages": {language: _train_one(_articles(listed, language)) for language, listed in sorted(by_language.items())},
    }


def save(artefact: Mapping[str, Any], folder: Path) -> None:
    """Write ``countries.json`` and its card ``countries.md``."""
    (folder / "countries.json").write_text(json.dumps(artefact, indent=1) + "\n", encoding="utf-8")
    (folder / "countries.md").write_text(card(artefact), encoding="utf-8")


def card(artefact: Mapping[str, Any]) -> str:
    """Return the model's card, its figures taken from the artefact."""
    lines = [_CARD.format(version=artefact["version"], features=len(artefact["features"]), folds=FOLDS)]
    for language, row in artefact["languages"].items():
        m = row["measured"]
        figures = (m["articles"], m["precision"], m["recall"], m["f1"], m["first_right"], m["first_most_central"], row["named"])
        lines.append(f"| {language} | " + " | ".join(map(str, figures)) + f" | {row['first']} / {row['others']} |")
    return "\n".join(lines) + "\n"


def measure(given: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return micro precision, recall and F1 of the countries given, and how often the first one given is right."""
    hits = sum(len(set(a) & set(b)) for a, b in zip(given, gold, strict=True))
    precision = hits / max(1, sum(map(len, given)))
    recall = hits / max(1, sum(map(len, gold)))
    first = [a[0] in b for a, b in zip(given, gold, strict=True) if a]
    central = [bool(b) and a[0] == b[0] for a, b in zip(given, gold, strict=True) if a]
    return {
        "articles": len(gold),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "first_right": round(float(np.mean(first)), 4),
        "first_most_central": round(float(np.mean(central)), 4),
    }


def decide(codes: Sequence[str], scores: NDArray[np.float64], *, first: float, others: float, most: int = 8) -> list[str]:
    """Return the countries given, the highest score first: the best one needs ``first``, any further one ``others``."""
    order = np.argsort(-scores, kind="stable")
    return [codes[at] for rank, at in enumerate(order[:most]) if scores[at] >= (others if rank else first)]


def _articles(rows: Sequence[Mapping[str, Any]], language: str) -> list[_Article]:
    groups = _groups([fingerprint(str(row["text"]), language) for row in rows])
    articles = []
    for row, group in zip(rows, groups, strict=True):
        found = candidates(read(str(row["title"]), str(row["text"]), language, str(row.get("source_country", ""))))
        articles.append(_Article(found.codes, found.features, tuple(row["countries"]), group))
    return articles


def _groups(fingerprints: Sequence[bytes]) -> list[int]:
    """Return a number for each text, the same for near-duplicates."""
    first: dict[int, int] = {}
    groups = []
    for at, signature in enumerate(fingerprints):
        keys = bands(signature)
        group = min((first[key] for key in keys if key in first), default=at)
        for key in keys:
            first.setdefault(key, group)
        groups.append(group)
    return groups


def _train_one(articles: Sequence[_Article]) -> dict[str, Any]:
    groups = [article.group for article in articles]
    scores: list[NDArray[np.float64]] = [np.zeros(0)] * len(articles)
    for training, testing in GroupKFold(FOLDS).split(articles, groups=groups):
        weights, intercept = _fit([articles[at] for at in training])
        for at in testing:
            scores[at] = _sigmoid(articles[at].features @ weights + intercept)
    first, others = _thresholds(articles, scores)
    given = [decide(article.codes, score, first=first, others=others) for article, score in zip(articles, scores, strict=True)]
    weights, intercept = _fit(articles)
    return {
        "weights": [round(float(weight), 5) for weight in weights],
        "intercept": round(float(intercept), 5),
        "first": first,
        "others": others,
        "measured": measure(given, [article.gold for article in articles]),
        "named": round(_share_named(articles), 4),
    }


def _fit(articles: Sequence[_Article]) -> tuple[NDArray[np.float64], float]:
    """Return weights for the features as they come: the scaling is folded in."""
    features = np.vstack([article.features for article in articles])
    wanted = np.array([code in article.gold for article in articles for code in article.codes])
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=0.3, max_iter=2000).fit(scaler.transform(features), wanted)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def _thresholds(articles: Sequence[_Article], scores: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    best, chosen = -1.0, (0.5, 0.5)
    gold = [article.gold for article in articles]
    for first in np.arange(0.1, 0.61, 0.05):
        for others in np.arange(0.3, 0.71, 0.05):
            given = [
                decide(article.codes, score, first=first, others=others) for article, score in zip(articles, scores, strict=True)
            ]
            measured = measure(given, gold)["f1"]
            if measured > best:
                best, chosen = measured, (round(float(first), 2), round(float(others), 2))
    return chosen


def _share_named(articles: Sequence[_Article]) -> float:
    """Return the share of the labelled countries that the text names at all: the ceiling of recall."""
    return sum(len(set(a.codes) & set(a.gold)) for a in articles) / max(1, sum(len(a.gold) for a in articles))


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-values))
