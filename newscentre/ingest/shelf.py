"""Stories in memory, a week at a time, filled from the record, so that a restart matches as if there had been none."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from classify.stories import LONGEST, StoryBook
from newsdesk.models import Article

DAYS = 7
#: Weeks kept in memory; an archive read in any order asks for few at once.
MOST_WEEKS = 8


class StoryShelf:
    """One story book a week. A book holds the record's reports dated in its week or near enough to be matched with one of it,
    in order of id: the order in which they were committed.
    """

    def __init__(self) -> None:
        self._books: OrderedDict[int, StoryBook] = OrderedDict()

    def match(self, terms: tuple[tuple[str, float], ...], at: datetime) -> int | None:
        """Return the story these terms belong to, if any."""
        return self._book(_week(at)).match(terms, at)

    def remember(self, article: Article) -> None:
        """Add an article that was just committed to the books that are open."""
        if article.story_id is None:
            return
        for week, book in self._books.items():
            start, end = _reach(week)
            if start <= article.dated_at < end:
                book.add(article.story_id, _terms(article.story_terms), article.dated_at)

    def forget(self) -> None:
        """Close all books; they are filled anew when next asked for."""
        self._books.clear()

    def _book(self, week: int) -> StoryBook:
        book = self._books.get(week) or _filled(week)
        self._books[week] = book
        self._books.move_to_end(week)
        while len(self._books) > MOST_WEEKS:
            self._books.popitem(last=False)
        return book


def _filled(week: int) -> StoryBook:
    start, end = _reach(week)
    reports = Article.objects.exclude(story=None).filter(dated_at__gte=start, dated_at__lt=end).order_by("pk")
    book = StoryBook()
    for story, terms, at in reports.values_list("story_id", "story_terms", "dated_at").iterator(chunk_size=2000):
        book.add(story, _terms(terms), at)
    return book


def _week(at: datetime) -> int:
    return at.astimezone(UTC).toordinal() // DAYS


def _reach(week: int) -> tuple[datetime, datetime]:
    start = datetime.fromordinal(week * DAYS).replace(tzinfo=UTC)
    return start - LONGEST, start + timedelta(days=DAYS) + LONGEST


def _terms(stored: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple((term, weight) for term, weight in stored)
