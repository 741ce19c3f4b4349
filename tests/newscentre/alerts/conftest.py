"""What the tests of saved searches share: a person, a way to keep a search, an index, a way to bring articles in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscentre.alerts.keeping import Wish, keep
from newscentre.outbox import drain_all
from newsdesk.models import Article, IndexChange, Label, SavedSearch, User
from search.embedded import EmbeddedEngine

TITLES = {
    "ar": "خفر السواحل ينقذ مهاجرين قبالة صفاقس",
    "en": "Coast guard rescues migrants off Sfax",
    "fr": "Les garde-côtes secourent des migrants au large de Sfax",
}
QUERIES = {"ar": "مهاجر", "en": "migrant", "fr": "migrante"}


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path, digest_hour=6)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("analyst@people.example", role="analyst")


@pytest.fixture
def save(user: User, now: datetime) -> Callable[..., SavedSearch]:
    """Return a function that keeps a search."""

    def saved(query: str = "migrant", **wishes: Any) -> SavedSearch:
        owner = wishes.pop("owner", user)
        at = wishes.pop("at", now)
        number = SavedSearch.objects.count()
        wish = {
            "name": f"search {number}", "query": query, "everything": False, "copies": False, "language": "en",
            "frequency": "at_once", "spikes": False,
        }  # fmt: skip
        return keep(owner, Wish(**(wish | wishes)), now=at)

    return saved


@pytest.fixture
def write(db: None, now: datetime) -> Callable[..., Article]:
    """Return a function that writes an article about migration into the record and the outbox."""

    def written(language: str = "en", *, relevant: bool = True, **fields: Any) -> Article:
        number = Article.objects.count()
        values = {
            "url": f"https://news.example/{number}", "language": language, "title": TITLES[language], "text": TITLES[language],
            "dated_at": now, "date_precision": "minute", "date_origin": "feed", "first_seen_at": now, "outlet": "The Harbour",
        }  # fmt: skip
        article = Article.objects.create(**(values | fields))
        if relevant:
            Label.objects.create(
                article=article, kind="relevance", value="migration", rank=0, score=0.9, threshold=0.5, given=True,
                actor="tests 1", created_at=now,
            )  # fmt: skip
        IndexChange.objects.create(article_id=article.pk, created_at=now)
        return article

    return written


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "index")


@pytest.fixture
def bring(engine: EmbeddedEngine) -> Callable[[], int]:
    """Return a function that brings what was written into the index, and so to the saved searches."""
    return lambda: drain_all(engine)
