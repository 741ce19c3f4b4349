"""What the tests of digests share: a fixed now, and a way to write articles into the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from newsdesk.models import Article, Label, Source

NOW = datetime(2026, 3, 14, 6, 5, tzinfo=UTC)

TITLES = {
    "ar": "خفر السواحل ينقذ ستين مهاجرا قبالة صفاقس",
    "en": "Coast guard rescues sixty migrants off Sfax",
    "fr": "Les garde-côtes secourent soixante migrants au large de Sfax",
}
TEXTS = {
    "ar": "أنقذ خفر السواحل ستين مهاجرا كانوا على متن قارب خشبي قبالة سواحل صفاقس صباح الجمعة، ونقلوا إلى الميناء.",
    "en": "The coast guard picked up sixty migrants from a wooden boat off Sfax on Friday morning and brought them to the port.",
    "fr": "Les garde-côtes ont recueilli vendredi matin soixante migrants à bord d'une barque en bois au large de Sfax.",
}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def write() -> Callable[..., Article]:
    """Return a function that writes an article, relevant unless told otherwise, into the record."""
    numbers = iter(range(1, 10_000))

    def written(
        language: str = "en",
        *,
        hours: float = 3,
        themes: Iterable[tuple[str, float]] = (("mixed_migration", 0.91),),
        countries: Iterable[tuple[str, str]] = (("TN", ""),),
        relevant: bool = True,
        outlet: str = "The Harbour",
        kind: str = "media",
        **fields: Any,
    ) -> Article:
        number = next(numbers)
        at = NOW - timedelta(hours=hours)
        source, _ = Source.objects.get_or_create(
            key=outlet.lower().replace(" ", "-")[:50], defaults={"name": outlet, "homepage": "https://a.example/", "kind": kind}
        )
        article = Article.objects.create(
            **{
                "url": f"https://news.example/{language}/{number}",
                "source": source,
                "outlet": outlet,
                "outlet_country": "TN",
                "language": language,
                "title": f"{TITLES[language]} {number}",
                "text": TEXTS[language],
                "dated_at": at,
                "date_precision": "minute",
                "date_origin": "json-ld",
                "first_seen_at": at,
                **fields,
            }
        )
        labels = [("relevance", "migration", 0.97, "")] if relevant else []
        labels += [("theme", name, score, "") for name, score in themes]
        labels += [("country", code, 0.8, evidence) for code, evidence in countries]
        Label.objects.bulk_create(
            Label(
                article=article, kind=label, value=value, rank=rank, score=score, threshold=0.5, given=True, actor="tests 1",
                evidence=evidence, created_at=at,
            )
            for rank, (label, value, score, evidence) in enumerate(labels)
        )  # fmt: skip
        return article

    return written


class Outbox:
    """A transport that keeps what it is given, or fails as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.sent: list[EmailMessage] = []
        self.failures = list(failures)

    def send(self, message: EmailMessage) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()
