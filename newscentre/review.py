"""What people should look at next: labels of models enter as questions, the most telling ones come out first. Ranking is pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, F

from newsdesk.languages import languages
from newsdesk.models import Article, Correction, Label

#: How far from its threshold a score is at most that is still in doubt.
DOUBT = 0.2
#: What disagreement, and a language that people looked at least, add to doubt (which lies in 0..1).
DISAGREEMENT, UNDERSERVED = 0.5, 0.3
#: The newest doubtful labels are looked at, so many of them.
MOST = 3_000
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


def questions() -> list[Question]:
    """Return what the record holds in doubt, that nobody has answered, the most telling first."""
    doubtful = (
        Label.objects.filter(kind__in=("relevance", "theme"), superseded_at=None, person=None, article__removed_at=None)
        .filter(score__gt=F("threshold") - DOUBT, score__lt=F("threshold") + DOUBT, article__language__in=list(languages()))
        .filter(article__duplicate_of=None)
        .order_by("-article_id")
        .values_list("article_id", "kind", "value", "score", "threshold", "article__language")[:MOST]
    )
    listed = list(doubtful)
    topics = _topics({row[0] for row in listed})
    found = [
        Question(*row, disagreement=row[1] == "theme" and disagrees(row[2], given=row[3] >= row[4], topics=topics[row[0]]))
        for row in listed
    ]
    return ranked(found, served=answers_by_language())


def _topics(articles: Iterable[int]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for article, topic in (
        Label.objects.current().filter(kind="topic", article__in=list(articles)).values_list("article", "value")
    ):
        found[article].add(topic)
    return found


def answers_by_language() -> Mapping[str, int]:
    """Count what people have said so far, by the language of the article."""
    counted = Correction.objects.exclude(state=Correction.State.REJECTED).order_by().values_list("article__language")
    return dict.fromkeys(languages(), 0) | dict(counted.annotate(n=Count("pk")))


def article_of(question: Question) -> Article | None:
    """Return the article that a question is about, if it is still published."""
    return Article.objects.published().filter(pk=question.article).prefetch_related("labels").first()
