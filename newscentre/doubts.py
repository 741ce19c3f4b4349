"""What the record holds in doubt: labels of models near their threshold enter, questions that nobody has answered leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Count, F

from newscentre.review import Question, disagrees, ranked
from newsdesk.languages import languages
from newsdesk.models import Article, Correction, Label

#: How far from its threshold a score is at most that is still in doubt.
DOUBT = 0.2
#: The newest doubtful labels are looked at, so many of them.
MOST = 3_000


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
