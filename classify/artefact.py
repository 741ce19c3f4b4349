"""A trained model goes to two files and comes back: ``themes.npz`` (numbers and names, no pickle), ``themes.json`` (its card)."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classify.calibration import Calibration, Floats
from classify.features import Shape
from classify.vectors import Vocabulary
from newsdesk.errors import BadArtefact
from newsdesk.values import THEMES

#: What a model answers, in the order of its columns.
LABELS: tuple[str, ...] = ("relevant", *THEMES)
FORMAT = 4
#: No honest artefact is larger; a bound before anything is read into memory.
LARGEST = 64_000_000
#: What a model's numbers depend on, beside this software.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pystemmer")


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Model:
    """Everything that inference needs; ``weights`` is features x labels."""

    shape: Shape
    languages: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    intercepts: Floats
    calibration: Calibration


def pack(model: Model) -> bytes:
    """Return the bytes of the npz: the same model gives the same bytes."""
    vocabulary = model.vocabulary
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        names=_as_array("\n".join(vocabulary.names)),
        rarity=vocabulary.rarity.astype(np.float16),
        block=vocabulary.block,
        block_weights=vocabulary.block_weights,
        weights=model.weights.astype(np.float16),
        intercepts=model.intercepts,
        **{part.name: getattr(model.calibration, part.name) for part in fields(Calibration)},
        description=_as_array(json.dumps({"format": FORMAT, "shape": asdict(model.shape), "languages": model.languages})),
    )
    return buffer.getvalue()


def unpack(content: bytes) -> Model:
    """Read a model back from the bytes of its npz."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        description = json.loads(_as_text(arrays["description"]))
        if description.get("format") != FORMAT:
            raise ValueError(f"it is of format {description.get('format')}, not {FORMAT}")
        vocabulary = Vocabulary(
            names=tuple(_as_text(arrays["names"]).split("\n")),
            rarity=arrays["rarity"].astype(np.float32),
            block=arrays["block"],
            block_weights=arrays["block_weights"],
        )
        model = Model(
            shape=Shape(**description["shape"]),
            languages=tuple(description["languages"]),
            vocabulary=vocabulary,
            weights=arrays["weights"].astype(np.float32),
            intercepts=arrays["intercepts"],
            calibration=Calibration(**{part.name: arrays[part.name] for part in fields(Calibration)}),
        )
    if model.weights.shape != (len(vocabulary.names), len(LABELS)) or len(vocabulary.rarity) != len(vocabulary.names):
        raise ValueError("its parts do not fit together")
    return model


def save(model: Model, card: Mapping[str, Any], folder: Path) -> Path:
    """Write ``themes.npz`` and ``themes.json`` into a folder; the card gains the checksum. Return the npz."""
    folder.mkdir(parents=True, exist_ok=True)
    content = pack(model)
    path = folder / "themes.npz"
    path.write_bytes(content)
    complete = {**card, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    path.with_suffix(".json").write_text(json.dumps(complete, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> tuple[Model, dict[str, Any]]:
    """Return the model and its card; raise BadArtefact if either is missing, damaged or does not belong to the other."""
    card = read_card(path.with_suffix(".json"))
    try:
        if path.stat().st_size > LARGEST:
            raise BadArtefact(f"{path} is larger than any model of this software")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != card["sha256"]:
            raise BadArtefact(f"{path} is not the file that its card describes (checksum differs); train it again or restore it")
        model = unpack(content)
        for name, trained, installed in other_libraries(card["libraries"]):
            _LOG.warning("%s was trained with %s %s, here is %s; its scores may differ a little", path, name, trained, installed)
        return model, card
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise BadArtefact(f"{path} cannot be used: {error}") from error


def other_libraries(trained_with: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the libraries whose major version differs from that of the training: name, version then, version now."""
    pairs = ((name, trained_with[name], version(name)) for name in LIBRARIES)
    return [(name, then, now) for name, then, now in pairs if then.split(".")[0] != now.split(".")[0]]


def read_card(path: Path) -> dict[str, Any]:
    """Return a card; raise BadArtefact if there is none."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadArtefact(f"{path} cannot be read as the card of a model: {error}") from error
    if not isinstance(card, dict):
        raise BadArtefact(f"{path} is not the card of a model")
    return card


def _as_array(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def _as_text(array: npt.NDArray[np.uint8]) -> str:
    return bytes(array).decode("utf-8")
