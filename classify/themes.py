"""Articles go in, labels come out: about migration or not, which of the four themes, with scores and the terms behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classify import artefact
from classify.artefact import LABELS, Model
from classify.calibration import Floats
from classify.vectoriser import Batch, Vectoriser
from newsdesk.errors import Refused
from newsdesk.values import Label

#: Articles vectorised at a time: large enough to spread the cost of the arrays, small enough to bound memory.
BATCH = 256
#: Terms kept with a label, how many of them its evidence names, the length to which each is cut, and how many are looked at.
TERMS, NAMED, TERM_CHARACTERS, LOOKED_AT = 8, 4, 40, 32

Terms = tuple[tuple[str, float], ...]
Article = tuple[str, str, str]


class ThemeClassifier:
    """A trained model. Not for use by several threads at once."""

    def __init__(self, model: Model, card: dict[str, Any]) -> None:
        self.card = card
        self.version: str = card["version"]
        self._model = model
        self._vectorisers = {language: Vectoriser(language, model.shape, model.vocabulary) for language in model.languages}
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
            if language not in self._vectorisers:
                raise Refused(
                    "language", f"themes are known in {', '.join(self._vectorisers)}; this text is in {language or 'none'}"
                )
        labels: list[tuple[Label, ...]] = [()] * len(articles)
        for language in self._vectorisers:
            places = [place for place, article in enumerate(articles) if article[2] == language]
            for start in range(0, len(places), BATCH):
                batch = places[start : start + BATCH]
                for place, answer in zip(batch, self._label([articles[place] for place in batch], language), strict=True):
                    labels[place] = answer
        return labels

    def _label(self, articles: Sequence[Article], language: str) -> list[tuple[Label, ...]]:
        batch = self._vectorisers[language].read([(title, text) for title, text, _ in articles])
        calibration = self._model.calibration
        rows = np.full(len(articles), self._model.languages.index(language))
        scores = batch.rows.scores(self._model.weights, self._model.intercepts)
        probabilities = calibration.probabilities(scores, rows)
        probabilities[np.diff(batch.units.indptr) == 0] = 0.0  # nothing was said: nothing is claimed
        given = calibration.given(probabilities, rows)
        thresholds = [round(threshold, 4) for threshold in calibration.thresholds[rows[0]].tolist()]
        answers = zip(probabilities.astype(float).round(4).tolist(), given.tolist(), self._terms(batch, given), strict=True)
        return [self._answer(*answer, thresholds) for answer in answers]

    def _answer(
        self, scores: Sequence[float], given: Sequence[bool], terms: Sequence[Terms], thresholds: Sequence[float]
    ) -> tuple[Label, ...]:
        return tuple(
            Label(
                kind="theme" if place else "relevance",
                value=name if place else "migration",
                score=scores[place],
                threshold=thresholds[place],
                given=given[place],
                actor=f"themes {self.version}",
                evidence=", ".join(term for term, _ in terms[place][:NAMED]),
                terms=terms[place],
            )
            for place, name in enumerate(LABELS)
        )

    def _terms(self, batch: Batch, given: npt.NDArray[np.bool_]) -> list[list[Terms]]:
        """Name, for each label that is given, the terms that spoke for it, as the article writes them."""
        units = batch.units
        spoken = 1 + np.log(units.data)
        all_carried = np.maximum(batch.features @ self._term_weights, 0)[units.indices] * spoken[:, None]
        named: list[list[Terms]] = [[()] * len(LABELS) for _ in given]
        for article, place in np.argwhere(given).tolist():
            own = slice(*units.indptr[article : article + 2].tolist())
            carried = all_carried[own, place]
            # Units come in the order in which the process first met them, which must not show: equals stay together, and
            # what is added up is added up in order of size.
            ranked = np.sort(carried)
            best = np.flatnonzero(carried >= max(ranked[-LOOKED_AT:].min(initial=np.inf), 1e-9))
            surfaces = list(map(batch.written, units.indices[own][best].tolist()))
            named[article][place] = _heaviest(surfaces, carried[best] / max(float(ranked.sum()), 1e-9))
        return named


def _heaviest(surfaces: Sequence[str], shares: Floats) -> Terms:
    """Add up the shares of terms that differ in capitals only, and return the heaviest that do not repeat one another (a pair
    and its word); equals in the order of their letters, not of their reading.
    """
    total: dict[str, float] = {}
    written: dict[str, str] = {}
    for surface, share in sorted(zip(surfaces, shares.tolist(), strict=True)):
        key = surface.lower()
        total[key] = total.get(key, 0.0) + share
        written[key] = min(surface, written.get(key, surface))
    rounded = {key: round(share, 3) for key, share in total.items()}
    chosen: list[str] = []
    for key in sorted(filter(rounded.__getitem__, rounded), key=lambda key: (-rounded[key], key)):
        if len(chosen) < TERMS and not any(key in other or other in key for other in chosen):
            chosen.append(key)
    return tuple((written[key][:TERM_CHARACTERS], rounded[key]) for key in chosen)


def shipped() -> Path:
    """Return where the model that ships with the software lies."""
    return Path(__file__).resolve().parents[1] / "models" / "themes.npz"  # no package: it holds no Python
