"""Countries: a title, a text and a language go in; labels for the countries that the article is about come out.

Names are found by the gazetteer (``classify.mentions``); a small model over their places (``classify.salience``) tells what
the article is about from what it only names. Trained by ``classify.countries_training``; the artefact is ``countries.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.evidence import forms, passage
from classify.mentions import Reading, read
from classify.salience import FEATURES, candidates
from newsdesk.errors import BadArtefact
from newsdesk.values import Label

MOST = 8
FORMAT = 1
_SHIPPED = Path(__file__).resolve().parents[1] / "models" / "countries.json"


@dataclass(frozen=True)
class Model:
    """One language's weights over FEATURES; the best country needs the score ``first``, any further one ``others``."""

    weights: NDArray[np.float64]
    intercept: float
    first: float
    others: float


@dataclass(frozen=True)
class CountryTagger:
    """Tags articles with countries."""

    version: str
    models: Mapping[str, Model]

    @classmethod
    def load(cls, path: Path | None = None) -> CountryTagger:
        """Read the artefact (ours, if no path is given); raise BadArtefact if it is missing, damaged or of another make."""
        place = path or _SHIPPED
        try:
            artefact = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadArtefact(f"{place}: the countries model cannot be read: {error}") from error
        return cls.of(artefact, place=str(place))

    @classmethod
    def of(cls, artefact: Mapping[str, Any], *, place: str = "the countries model") -> CountryTagger:
        """Build a tagger from a trained artefact."""
        if artefact.get("format") != FORMAT or tuple(artefact.get("features", ())) != FEATURES:
            raise BadArtefact(f"{place} was made for another version of the features; train it again")
        try:
            models = {
                language: Model(np.array(row["weights"], dtype=np.float64), row["intercept"], row["first"], row["others"])
                for language, row in artefact["languages"].items()
            }
            return cls(f"countries {artefact['version']}", models)
        except (KeyError, TypeError, ValueError) as error:
            raise BadArtefact(f"{place} is damaged: {error!r}") from error

    def labels(self, title: str, text: str, language: str, *, source_country: str = "") -> tuple[Label, ...]:
        """Return the countries that an article is about, most central first, and at most 8 in all with those near it.

        Those not given follow. A language without a model has none. The first label given is always the best scored.
        """
        model = self.models.get(language)
        if model is None:
            return ()
        reading = read(title, text, language, source_country)
        found = candidates(reading)
        scores = [_sigmoid(value) for value in found.features @ model.weights + model.intercept] if found.codes else []
        order = sorted(range(len(scores)), key=lambda at: -scores[at])[:MOST]
        return tuple(
            self._label(found.codes[at], scores[at], threshold=model.others if rank else model.first, reading=reading)
            for rank, at in enumerate(order)
        )

    def _label(self, code: str, score: float, *, threshold: float, reading: Reading) -> Label:
        score = round(score, 4)
        given = score >= threshold
        if not given:
            return Label("country", code, score, threshold, given, self.version)
        carrying = [mention for mention in reading.mentions if mention.code == code]
        evidence, terms = passage(carrying, reading), forms(carrying, reading)
        return Label("country", code, score, threshold, given, self.version, evidence, terms)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
