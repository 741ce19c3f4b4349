"""A training and its held-out answers go in, the model's card comes out: as values for JSON, and as a page to read."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from classify.artefact import FORMAT, LABELS, LIBRARIES, Model
from classify.calibration import Bools, Scores
from classify.evaluate import calibration_curve, score_table
from classify.labelled import Example
from classify.recipe import Recipe

#: Width of the bars of the calibration plot, in characters.
BAR = 20


def card(
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    model: Model,
    truth: Bools,
    given: Bools,
    probabilities: Scores,
    helpers: Sequence[Example],
    others: Sequence[Example],
) -> dict[str, Any]:
    """Describe a training: what went in, what came out, what it is for and where it ends.

    ``truth``, ``given`` and ``probabilities`` (articles x labels) are the held-out answers for the examples.
    """
    fingerprint = fingerprint_of([*examples, *helpers, *others])
    tongues = [example.language for example in examples]
    return {
        "name": "themes",
        "version": version_of(fingerprint, recipe),
        "labels": list(LABELS),
        "languages": list(model.languages),
        "features": len(model.vocabulary.names),
        "data": {
            "articles": len(examples),
            "fingerprint": fingerprint,
            "counts": counts(examples),
            "helpers": counts(helpers),
            "others": counts(others),
        },
        "recipe": asdict(recipe),
        "scores": score_table(truth=truth, given=given, scores=probabilities, languages=tongues),
        "scores_are": f"held-out, {recipe.folds}-fold cross-validation grouped by near-copies; thresholds and calibration from "
        "the other folds; low and high are 95% bootstrap intervals of F1; ece is the expected calibration error",
        "confusion": confusion(truth, given),
        "calibration": {label: calibration_curve(truth[:, at], probabilities[:, at]) for at, label in enumerate(LABELS)},
        "thresholds": {
            language: {label: round(float(model.calibration.thresholds[row, at]), 4) for at, label in enumerate(LABELS)}
            for row, language in enumerate(model.languages)
        },
        "libraries": {name: version(name) for name in LIBRARIES},
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


def version_of(fingerprint: str, recipe: Recipe) -> str:
    """Name a model after everything that made it."""
    made_of = repr((FORMAT, fingerprint, asdict(recipe))).encode("utf-8")
    return f"{FORMAT}.{hashlib.sha256(made_of).hexdigest()[:8]}"


def fingerprint_of(examples: Iterable[Example]) -> str:
    """Return the SHA-256 of everything that training reads of the examples, in their order."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr((example.id, example.language, example.title, example.text, example.truth)).encode("utf-8"))
    return digest.hexdigest()


def counts(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """Return how many articles there are, and how many have each label, by language."""
    return {
        language: {
            "articles": sum(e.language == language for e in examples),
            **{label: sum(e.truth[place] for e in examples if e.language == language) for place, label in enumerate(LABELS)},
        }
        for language in sorted({e.language for e in examples})
    }


def confusion(truth: Bools, given: Bools) -> dict[str, dict[str, int]]:
    """Count, for the articles of each theme, of migration without a theme and of nothing (rows), what they were given (columns).

    An article of several themes, or given several, counts in each.
    """
    really, claimed = _kinds(truth), _kinds(given)
    return {name: {other: int((really[name] & claimed[other]).sum()) for other in claimed} for name in really}


def _kinds(labels: Bools) -> dict[str, Bools]:
    kinds = {label: labels[:, place] for place, label in enumerate(LABELS) if place}
    alone: Bools = labels[:, 0] & ~labels[:, 1:].any(axis=1)
    return {**kinds, "no theme": alone, "not relevant": ~labels[:, 0]}


def page(card: Mapping[str, Any]) -> str:
    """Return a card as Markdown."""
    data, recipe = card["data"], card["recipe"]
    parts = [
        f"# themes {card['version']}\n",
        f"{card['intended_use']}\n",
        f"Made by `newscentre train` from {data['articles']} labelled articles (fingerprint `{data['fingerprint'][:16]}`), with "
        f"{_total(data['helpers'])} examples written for the project and {_total(data['others'])} further articles that readers "
        f"labelled for it; {card['features']:,} features, {card['bytes'] / 1e6:.1f} MB. `newscentre evaluate` measures it on "
        "other articles.\n",
        f"## Scores\n\n{_sentence(card['scores_are'])}\n",
        _table(
            ["language", "label", "articles", "positives", "precision", "recall", "F1", "95% interval", "ECE"],
            [
                [
                    row["language"],
                    row["label"],
                    row["n"],
                    row.get("positives", ""),
                    _number(row.get("precision")),
                    _number(row.get("recall")),
                    _number(row["f1"]),
                    f"{row['low']:.3f} - {row['high']:.3f}" if "low" in row else "",
                    _number(row.get("ece")),
                ]
                for row in card["scores"]
            ],
        ),
        "## Confusion\n\nHeld-out. Rows: what the readers said; columns: what the model gave. An article of two themes counts "
        "twice.\n",
        _table(["", *card["confusion"]], [[name, *row.values()] for name, row in card["confusion"].items()]),
        "## Calibration\n\nHeld-out: of the articles that got a score in this range, the share that has the label. `|` is where "
        "the bar should end.\n",
        *(f"### {label}\n\n```text\n{_plot(curve)}\n```\n" for label, curve in card["calibration"].items()),
        "## Data\n",
        _table(
            ["language", "what", "articles", *card["labels"]],
            [[language, what, *row.values()] for what in ("counts", "helpers", "others") for language, row in data[what].items()],
        ),
        "`counts`: measured on and learnt from; `helpers`: written for the project; `others`: chosen because an earlier model "
        f"was unsure, learnt from at {recipe['kinship']:.0%}.\n",
        "## Limits\n",
        "\n".join(f"- {limit}" for limit in card["limits"]) + "\n",
    ]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _plot(curve: Sequence[Mapping[str, float]]) -> str:
    return "\n".join(_bar(row) for row in curve)


def _bar(row: Mapping[str, float]) -> str:
    filled = round(row["share"] * BAR)
    bar = list("█" * filled + "·" * (BAR - filled))
    bar[min(BAR - 1, int(np.floor(row["score"] * BAR)))] = "|"
    told = f"{row['share']:.2f}, scored {row['score']:.2f}, {row['n']:.0f} articles"
    return f"{row['low']:.1f}-{row['high']:.1f} {''.join(bar)} {told}"


def _total(rows: Mapping[str, Mapping[str, int]]) -> int:
    return sum(row["articles"] for row in rows.values())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
