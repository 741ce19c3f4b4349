"""Recent stories in memory, fetched from the record day by day, so that a restart matches as if there had been none."""

from __future__ import annotations

from datetime import datetime

from classify.stories import StoryBook
from newsdesk.models import Article


class StoryShelf:
    """A story book filled from the record."""

    def __init__(self) -> None:
        self._book: StoryBook | None = None

    def match(self, terms: tuple[tuple[str, float], ...], at: datetime) -> int | None:
        """Return the story these terms belong to, if any."""
        return self._opened().match(terms, at)

    def remember(self, article: Article) -> None:
        """Add an article that was just committed."""
        if article.story_id is not None:
            self._opened().add(article.story_id, tuple((term, weight) for term, weight in article.story_terms), article.dated_at)

    def _opened(self) -> StoryBook:
        if self._book is None:
            self._book = StoryBook()
            rows = Article.objects.exclude(story=None).order_by("pk").values_list("story_id", "story_terms", "dated_at")
            for story, terms, at in rows.iterator(chunk_size=2000):
                self._book.add(story, tuple((term, weight) for term, weight in terms), at)
        return self._book
