"""The choices of a training of the theme classifier, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from classify.features import Shape


@dataclass(frozen=True)
class Recipe:
    """The choices of a training, each earned by cross-validation."""

    shape: Shape = field(default_factory=Shape)
    rarest: dict[str, int] = field(default_factory=lambda: {"w": 2, "g": 3, "t": 2, "c": 1})
    block_weights: dict[str, float] = field(default_factory=lambda: {"w": 1.0, "g": 0.7, "t": 0.5, "c": 0.4})
    ridge: float = 0.5
    bias: float = 0.3
    """The constant feature behind the intercept."""
    kinship: float = 0.7
    """How much an article that was chosen otherwise than the measured ones teaches about these, and they about it."""
    folds: int = 10
    seed: int = 0
