"""Articles go in, labels come out: about migration or not, which of the four themes, with scores and the terms behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classify import artefact
from classify.artefact import LABELS, Model
from classify.features import Reader
from classify.vectors import Batch, Floats, Vectoriser
from newsdesk.errors import Refused
from newsdesk.values import Label

#: Articles vectorised at a time: large enough to spread the cost of the arrays, small enough to bound memory.
BATCH = 256
#: Terms named as evidence, and the length to which each is cut.
TERMS, TERM_CHARACTERS = 4, 40

Article = tuple[str, str, str]


class ThemeClassifier:
    """A trained model with its readers. Not for use by several threads at once."""

    def __init__(self, model: Model, card: dict[str, Any]) -> None:
        self.card = card
        self.version: str = card["version"]
        self._model = model
        columns = model.vocabulary.columns()
        self._readers = {language: Reader(language, model.shape) for language in model.languages}
        self._vectorisers = {
            language: Vectoriser(model.vocabulary, columns, reader) for language, reader in self._readers.items()
        }
        # What a unit weighs, roughly, whatever the article: enough to rank the terms of an article, and fast.
        self._term_weights = (
            model.weights * (model.vocabulary.rarity * model.vocabulary.block_weights[model.vocabulary.block])[:, None]
        )

    @classmethod
    def load(cls, path: Path | None = None) -> ThemeClassifier:
        """Read the shipped model, or another; raise BadArtefact if it cannot be used."""
        return cls(*artefact.load(shipped() if path is None else path))

    def labels(self, title: str, text: str, language: str) -> tuple[Label, ...]:
        """Return relevance first, then the four themes; raise Refused for a language that the model does not know."""
        return self.labels_of_many([(title, text, language)])[0]

    def labels_of_many(self, articles: Sequence[Article]) -> list[tuple[Label, ...]]:
        """Return the labels of each article, in order."""
        for _, _, language in articles:
            if language not in self._readers:
                raise Refused("language", f"themes are known in {', '.join(self._readers)}; this text is in {language or 'none'}")
        labels: list[tuple[Label, ...]] = [()] * len(articles)
        for language in self._readers:
            places = [place for place, article in enumerate(articles) if article[2] == language]
            for start in range(0, len(places), BATCH):
                batch = places[start : start + BATCH]
                for place, answer in zip(batch, self._label([articles[place] for place in batch], language), strict=True):
                    labels[place] = answer
        return labels

    def _label(self, articles: Sequence[Article], language: str) -> list[tuple[Label, ...]]:
        reader = self._readers[language]
        reader.forget()
        batch = self._vectorisers[language].read([reader.read(title, text) for title, text, _ in articles])
        calibration = self._model.calibration
        rows = np.full(len(articles), self._model.languages.index(language))
        scores = batch.rows.scores(self._model.weights, self._model.intercepts)
        probabilities = calibration.probabilities(scores, rows)
        probabilities[np.diff(batch.units.indptr) == 0] = 0.0  # nothing was said: nothing is claimed
        given = calibration.given(probabilities, rows)
        evidence = self._evidence(batch, given, [reader.units[unit].surface for unit in batch.distinct])
        return [
            self._answer(*row, calibration.thresholds[rows[0]])
            for row in zip(probabilities.tolist(), given.tolist(), evidence, strict=True)
        ]

    def _answer(
        self, scores: Sequence[float], given: Sequence[bool], evidence: Sequence[str], thresholds: Floats
    ) -> tuple[Label, ...]:
        return tuple(
            Label(
                kind="theme" if place else "relevance",
                value=name if place else "migration",
                score=round(scores[place], 4),
                threshold=round(float(thresholds[place]), 4),
                given=given[place],
                actor=f"themes {self.version}",
                evidence=evidence[place],
            )
            for place, name in enumerate(LABELS)
        )

    def _evidence(self, batch: Batch, given: npt.NDArray[np.bool_], surfaces: Sequence[str]) -> list[list[str]]:
        """Name, for each label that is given, the terms that weighed most, as the article writes them."""
        weights = batch.features @ self._term_weights
        named = [[""] * len(LABELS) for _ in given]
        for article, place in zip(*np.nonzero(given), strict=True):
            own = slice(*batch.units.indptr[article : article + 2])
            units = batch.units.indices[own]
            carried = weights[units, place] * (1 + np.log(batch.units.data[own]))
            best = np.argsort(-carried, kind="stable")[: 6 * TERMS]
            named[article][place] = _heaviest([surfaces[unit] for unit in units[best]], carried[best])
        return named


def _heaviest(terms: Sequence[str], weights: Floats) -> str:
    """Join the heaviest few terms that do not repeat one another; equals in the order of their letters, not of their reading."""
    chosen: list[str] = []
    for weight, term in sorted(zip(np.round(weights, 3), terms, strict=True), key=lambda pair: (-pair[0], pair[1])):
        if weight <= 0 or len(chosen) == TERMS:
            break
        if not any(term.lower() in other.lower() or other.lower() in term.lower() for other in chosen):
            chosen.append(term)
    return ", ".join(term[:TERM_CHARACTERS] for term in chosen)


def shipped() -> Path:
    """Return where the model that ships with the software lies."""
    return Path(__file__).resolve().parents[1] / "models" / "themes.npz"  # no package: it holds no Python
