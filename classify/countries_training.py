"""Trains the salience model: labelled articles go in, the artefact of ``classify.countries`` and its measures come out.

A row is a mapping with ``lang title text countries`` as in JSON Lines of labelled articles; ``source_country`` is optional.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from classify.duplicates import bands, fingerprint
from classify.gazetteer import covers
from classify.labelled import Complaint
from classify.mentions import read
from classify.salience import FEATURES, candidates
from newsdesk.countries import country_codes
from newsdesk.errors import BadInput

FORMAT = 1
FOLDS = 5
#: One article of so many is held out: never learnt from, and its errors are never read.
HELD_OUT = 3
#: Resamplings of the articles behind each interval (percentile bootstrap).
RESAMPLINGS = 1000
BINS = 10
_CARD = """# countries {version}

Tells which of the countries named in a news article it is about, in Arabic, English and French: one logistic regression a
language over {features} numbers (title, lead, frequency, share, spread, kind of name). It knows no country by itself: all carry
the same weights, and the outlet's country is not among the numbers. Names come from the gazetteer and CLDR.

Trained on {articles} real news articles labelled by careful readers (fingerprint {fingerprint}); the texts are their
publishers' and are not part of the project. A third of them, drawn by the hash of the identifier with near-duplicates kept
together, is held out: the model shipped has not learnt from it, and the errors that shaped the gazetteer since version 1.0 were
read in the other two thirds only (before that, in all). The two thresholds (for the best country, for any further one) come
from {folds} folds of the rest. `first right`: the first country given is among the labelled ones; `first most central`: it is
the one the reader put first; `named`: share of the labelled countries that the text names at all, the ceiling of recall;
`ece`: expected calibration error of the scores. Intervals are 95 % by bootstrap over articles.

| language | learnt from | held out | precision | recall | micro-F1 | first right | most central | named | ece | thresholds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""
_LIMITS = """
Intended use: filing news articles under the countries they are about, as a first reading that people can correct.

Limits: countries that are only implied (domestic news that names no place, "the Gulf states") are missed; long lists and
quotations mislead. Readers of one school, who saw the first 1,300 characters. Arabic is mostly 2013-2018 and Saudi; English leans
to the United States; French is mostly one outlet. The articles were drawn by keywords of migration.

To repeat: `newscentre train-countries` on the same files, in the same order, gives the same bytes.
"""


@dataclass(frozen=True)
class _Article:
    codes: tuple[str, ...]
    features: NDArray[np.float64]
    gold: tuple[str, ...]
    group: int
    held_out: bool


def labelled(paths: Iterable[Path]) -> Iterator[Mapping[str, Any] | Complaint]:
    """Yield the rows of files (JSON Lines, plain or gzip), and a complaint for each that cannot be used."""
    for path in paths:
        try:
            with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    try:
                        yield _checked(json.loads(line))
                    except (ValueError, RecursionError) as error:
                        yield Complaint(path, number, str(error))
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _checked(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("id", "lang", "title", "text")):
        raise ValueError("id, lang, title and text must be texts")
    if not covers(row["lang"]):
        raise ValueError(f"the gazetteer does not speak {row['lang']!r}")
    if not isinstance(row.get("countries"), list) or not set(map(str, row["countries"])) <= set(country_codes()):
        raise ValueError("countries must be a list of ISO 3166-1 codes")
    return row


def train(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Fit one small model a language; thresholds and measures come from folds that never share a near-duplicate."""
    by_language: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    digest = hashlib.sha256()
    for row in rows:
        by_language[str(row["lang"])].append(row)
        digest.update(repr([row.get(key, "") for key in ("id", "lang", "title", "text", "countries")]).encode("utf-8"))
    made_of = repr((FORMAT, FEATURES, FOLDS, HELD_OUT, digest.hexdigest()))
    return {
        "format": FORMAT,
        "version": f"{FORMAT}.{hashlib.sha256(made_of.encode('utf-8')).hexdigest()[:8]}",
        "features": list(FEATURES),
        "data": {"articles": sum(map(len, by_language.values())), "fingerprint": digest.hexdigest()},
        "languages": {language: _train_one(_articles(listed, language)) for language, listed in sorted(by_language.items())},
    }


def save(artefact: Mapping[str, Any], folder: Path) -> None:
    """Write ``countries.json`` and its card ``countries.md``."""
    (folder / "countries.json").write_text(json.dumps(artefact, indent=1) + "\n", encoding="utf-8")
    (folder / "countries.md").write_text(card(artefact), encoding="utf-8")


def card(artefact: Mapping[str, Any]) -> str:
    """Return the model's card, its figures taken from the artefact."""
    data = artefact["data"]
    lines = [
        _CARD.format(
            version=artefact["version"],
            features=len(artefact["features"]),
            folds=FOLDS,
            articles=data["articles"],
            fingerprint=data["fingerprint"][:16],
        )
    ]
    for language, row in artefact["languages"].items():
        m = row["measured"]
        figures = [row["learnt_from"], m["articles"], *(_cell(m, name) for name in ("precision", "recall", "f1", "first_right"))]
        figures += [m["first_most_central"], row["named"], row["ece"], f"{row['first']} / {row['others']}"]
        lines.append(f"| {language} | " + " | ".join(map(str, figures)) + " |")
    return "\n".join(lines) + "\n" + _LIMITS


def _cell(measured: Mapping[str, Any], name: str) -> str:
    interval = measured["intervals"].get(name)
    return f"{measured[name]} ({interval[0]}-{interval[1]})" if interval else str(measured[name])


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
        "first_right": round(sum(first) / max(1, len(first)), 4),
        "first_most_central": round(sum(central) / max(1, len(central)), 4),
    }


def decide(codes: Sequence[str], scores: NDArray[np.float64], *, first: float, others: float, most: int = 8) -> list[str]:
    """Return the countries given, the highest score first: the best one needs ``first``, any further one ``others``."""
    order = np.argsort(-scores, kind="stable")
    return [codes[at] for rank, at in enumerate(order[:most]) if scores[at] >= (others if rank else first)]


def intervals(given: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> dict[str, tuple[float, float]]:
    """Return 95 % intervals of precision, recall, F1 and how often the first country is right, by drawing articles anew."""
    if not gold:
        return {}
    hits = np.array([len(set(a) & set(b)) for a, b in zip(given, gold, strict=True)])
    sizes, wanted = np.array([len(a) for a in given]), np.array([len(b) for b in gold])
    first = np.array([bool(a) and a[0] in b for a, b in zip(given, gold, strict=True)])
    drawn = np.random.default_rng(0).integers(0, len(gold), size=(RESAMPLINGS, len(gold)))
    hit, size, want = (values[drawn].sum(axis=1) for values in (hits, sizes, wanted))
    curves = {
        "precision": hit / np.maximum(1, size),
        "recall": hit / np.maximum(1, want),
        "f1": 2 * hit / np.maximum(1, size + want),
        "first_right": first[drawn].sum(axis=1) / np.maximum(1, (sizes > 0)[drawn].sum(axis=1)),
    }
    bounds = {name: np.percentile(curve, [2.5, 97.5]) for name, curve in curves.items()}
    return {name: (round(float(low), 4), round(float(high), 4)) for name, (low, high) in bounds.items()}


def is_held_out(identifier: str) -> bool:
    """Tell whether an article (of a group of near-duplicates, the first) is kept for measuring."""
    return int(hashlib.sha256(identifier.encode("utf-8")).hexdigest(), 16) % HELD_OUT == 0


def _articles(rows: Sequence[Mapping[str, Any]], language: str) -> list[_Article]:
    groups = _groups([fingerprint(str(row["text"]), language) for row in rows])
    articles = []
    for row, group in zip(rows, groups, strict=True):
        found = candidates(read(str(row["title"]), str(row["text"]), language, str(row.get("source_country", ""))))
        first = str(rows[group].get("id") or rows[group]["title"])
        articles.append(_Article(found.codes, found.features, tuple(row["countries"]), group, is_held_out(first)))
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
    learnt = [article for article in articles if not article.held_out]
    held = [article for article in articles if article.held_out]
    first, others = _thresholds(learnt, _cross_validated(learnt))
    weights, intercept = _fit(learnt)
    weights, intercept = np.round(weights, 5), round(intercept, 5)
    scores = [_sigmoid(article.features @ weights + intercept) for article in held]
    given = [decide(article.codes, score, first=first, others=others) for article, score in zip(held, scores, strict=True)]
    gold = [article.gold for article in held]
    return {
        "weights": weights.tolist(),
        "intercept": intercept,
        "first": first,
        "others": others,
        "learnt_from": len(learnt),
        "measured": {**measure(given, gold), "intervals": intervals(given, gold)},
        "named": round(_share_named(held), 4),
        "ece": _calibration_error(held, scores),
    }


def _cross_validated(articles: Sequence[_Article]) -> list[NDArray[np.float64]]:
    """Return each article's scores from a model that has not seen it nor its near-duplicates."""
    scores: list[NDArray[np.float64]] = [np.zeros(0)] * len(articles)
    for training, testing in GroupKFold(FOLDS).split(articles, groups=[article.group for article in articles]):
        weights, intercept = _fit([articles[at] for at in training])
        for at in testing:
            scores[at] = _sigmoid(articles[at].features @ weights + intercept)
    return scores


def _calibration_error(articles: Sequence[_Article], scores: Sequence[NDArray[np.float64]]) -> float:
    """Return the mean distance of score and truth over bins of scores, weighted by size."""
    if not articles:
        return 0.0
    score = np.concatenate(scores)
    truth = np.array([code in article.gold for article in articles for code in article.codes], dtype=np.float64)
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    return round(float(sum(abs(truth[bins == b].sum() - score[bins == b].sum()) for b in range(BINS)) / max(1, len(score))), 4)


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
