"""What people should look at next: labels of models enter as questions, the most telling ones come out first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: What disagreement, and a language that people looked at least, add to doubt (which lies in 0..1).
DISAGREEMENT, UNDERSERVED = 0.5, 0.3
#: Topics that one would expect beside a theme.
EXPECTED: Mapping[str, frozenset[str]] = {
    "mixed_migration": frozenset({"detection", "smuggling", "rescue", "return"}),
    "protection": frozenset({"asylum", "reception"}),
    "development": frozenset({"remittances", "diaspora"}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Whether an article should carry a label: what the model said, and whether another stage says otherwise."""

    article: int
    kind: str
    value: str
    score: float
    threshold: float
    language: str
    disagreement: bool = False

    @property
    def given(self) -> bool:
        """What the model answered."""
        return self.score >= self.threshold


def ranked(questions: Iterable[Question], *, served: Mapping[str, int]) -> list[Question]:
    """Order questions, the most telling first; of equal ones the newer article. ``served`` counts answers by language."""
    return sorted(
        questions, key=lambda question: (-worth(question, served=served), -question.article, question.kind, question.value)
    )


def worth(question: Question, *, served: Mapping[str, int]) -> float:
    """Return how much an answer would tell: doubt, disagreement of the stages, a language that has few answers."""
    room = question.threshold if not question.given else 1 - question.threshold
    doubt = max(0.0, 1 - abs(question.score - question.threshold) / max(room, 1e-6))
    most = max(served.values(), default=0)
    neglect = 1 - served.get(question.language, 0) / most if most else 0.0
    return doubt + DISAGREEMENT * question.disagreement + UNDERSERVED * neglect


def disagrees(theme: str, *, given: bool, topics: Iterable[str]) -> bool:
    """Say whether an article's topics speak against what was said of a theme: they are its own and it was not given."""
    return not given and bool(EXPECTED.get(theme, frozenset()) & set(topics))
