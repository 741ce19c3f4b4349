"""Lists of articles: a query of the record or ids go in; rows with everything that is shown beside a headline come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Max, Prefetch, When, prefetch_related_objects

from digest.compose import clean, snippet
from newsdesk.languages import languages
from newsdesk.models import Article, ArticleQuerySet, Label
from newsdesk.themes import SECTIONS
from newsdesk.topics import topics
from newsdesk.values import OTHER

#: A part of a text, and whether it is what was searched for.
Segment = tuple[str, bool]
#: What counts as a story of today: told within so long before the newest article.
TODAY = timedelta(hours=36)
WEEK = timedelta(days=7)
MOST_COUNTRIES = 4
#: So many articles are looked at for each that is listed, where a story is listed once.
MOST_A_STORY = 8


@dataclass(frozen=True)
class Row:
    """One article in a list. ``copies`` counts the other outlets with the same text, ``told`` the articles of its story;
    ``lacks`` are the words of the query that it has not.
    """

    article: Article
    title: tuple[Segment, ...]
    snippet: tuple[Segment, ...]
    language_name: str
    direction: str
    relevant: bool
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    copies: int
    told: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoryCard:
    """A story on the front page: its leading article and how widely it is told."""

    story_id: int
    lead: Row
    outlets: int
    languages: tuple[str, ...]


def wire() -> ArticleQuerySet:
    """Return what lists show by default: published, about migration, copies folded; newest first."""
    return Article.objects.published().relevant().folded().filter(language__in=list(languages()))


def in_section(theme: str) -> ArticleQuerySet:
    """Return the articles of one theme; of ``other``, those about migration with none of the four."""
    return wire().without_theme() if theme == OTHER else wire().labelled("theme", theme)


def rows(articles: Iterable[Article]) -> list[Row]:
    """Return the rows of these articles, in their order, with a handful of queries for all of them."""
    listed = list(articles)
    prefetch_related_objects(listed, Prefetch("labels", queryset=Label.objects.current()))
    copies = _copies([article.pk for article in listed])
    told = _told({article.story_id for article in listed if article.story_id})
    return [_row(article, copies=copies.get(article.pk, 0), told=told.get(article.story_id or 0, 0)) for article in listed]


def _row(article: Article, *, copies: int, told: int) -> Row:
    language = languages().get(article.language)
    relevant = bool(article.given("relevance"))
    return Row(
        article=article,
        title=((clean(article.title), False),),
        snippet=((snippet(article.text), False),),
        language_name=language.name if language else article.language,
        direction=language.direction if language else "auto",
        relevant=relevant,
        themes=tuple(article.themes) or ((OTHER,) if relevant else ()),
        countries=tuple(article.countries[:MOST_COUNTRIES]),
        copies=copies,
        told=told,
    )


def _copies(ids: Sequence[int]) -> dict[int, int]:
    found = Article.objects.published().filter(duplicate_of__in=ids).order_by()
    return dict(found.values_list("duplicate_of").annotate(n=Count("outlet", distinct=True)))


def _told(stories: Iterable[int]) -> dict[int, int]:
    found = wire().filter(story__in=list(stories)).order_by()
    return dict(found.values_list("story").annotate(n=Count("pk")))


def newest_before(now: datetime) -> datetime:
    """Return the date of the newest article, at most ``now``: what "today" means where nothing is collected any more."""
    found = wire().filter(dated_at__lte=now).order_by().aggregate(newest=Max("dated_at"))["newest"]
    return found or now


def leading_stories(language: str, *, until: datetime, limit: int) -> list[StoryCard]:
    """Return the stories of the day, most outlets first, each led by an article in the reader's language if there is one."""
    recent = Article.objects.published().relevant().filter(dated_at__gt=until - TODAY, dated_at__lte=until)
    mine = Max(Case(When(language=language, then=1), default=0))
    counted = (
        recent.filter(story__isnull=False, language__in=list(languages()))
        .order_by()
        .values("story")
        .annotate(
            outlets=Count("outlet", distinct=True), tongues=Count("language", distinct=True), newest=Max("dated_at"), mine=mine
        )
        .filter(outlets__gt=1)
        .order_by("-outlets", "-tongues", "-mine", "-newest", "story")[:limit]
    )
    outlets = {entry["story"]: entry["outlets"] for entry in counted}
    members: dict[int, list[Article]] = {story: [] for story in outlets}
    # Without their texts: a story may have very many articles, of which one is shown.
    for article in wire().filter(story__in=list(outlets)).only("story", "language"):
        members[article.story_id or 0].append(article)
    leads = {story: leading(articles, language) for story, articles in members.items() if articles}
    found = Article.objects.in_bulk([lead.pk for lead in leads.values()])
    by_id = {row.article.pk: row for row in rows(found.values())}
    return [
        StoryCard(
            story_id=story,
            lead=by_id[lead.pk],
            outlets=outlets[story],
            languages=tuple(sorted({article.language for article in members[story]})),
        )
        for story, lead in leads.items()
    ]


def leading(articles: Sequence[Article], language: str) -> Article:
    """Choose who stands for a story, of its articles newest first: the newest in the reader's language, else the newest."""
    return next((article for article in articles if article.language == language), articles[0])


def latest_of(articles: ArticleQuerySet, language: str, *, limit: int) -> list[Row]:
    """Return the newest of a list, each story once, by an article of the list in the reader's language if it has one."""
    chosen: dict[tuple[str, int], Article] = {}
    for article in articles[: limit * MOST_A_STORY]:
        chosen.setdefault(("story", article.story_id) if article.story_id else ("article", article.pk), article)
        if len(chosen) == limit:
            break
    stories = [article.story_id for article in chosen.values() if article.story_id and article.language != language]
    for article in articles.filter(language=language, story__in=stories):
        key = ("story", article.story_id or 0)
        if chosen[key].language != language:
            chosen[key] = article
    return rows(chosen.values())


def outlets_of(story_id: int) -> int:
    """Count the outlets that tell a story, those that carry copies included."""
    return Article.objects.published().relevant().filter(story=story_id).order_by().values("outlet").distinct().count()


def counts_by_theme(*, since: datetime) -> dict[str, int]:
    """Count the articles of each section since then."""
    return {theme: in_section(theme).filter(dated_at__gt=since).count() for theme in SECTIONS}


def counts_by_topic(articles: ArticleQuerySet) -> dict[str, int]:
    """Count the articles of a list under each topic that any of them treats."""
    given = Label.objects.current().filter(kind="topic", article__in=articles.order_by().values("pk"))
    found = dict(given.order_by().values_list("value").annotate(n=Count("article", distinct=True)))
    return {topic: found[topic] for topic in topics() if topic in found}


def counts_by_language(*, since: datetime) -> dict[str, int]:
    """Count the articles in each language since then."""
    found = dict(wire().filter(dated_at__gt=since).order_by().values_list("language").annotate(n=Count("pk")))
    return {code: found.get(code, 0) for code in languages()}


def counts_by_country() -> dict[str, tuple[int, int]]:
    """Count, for each country, the articles about it and those of its outlets."""
    about = dict(
        Label.objects.current()
        .filter(kind="country", article__in=wire().order_by().values("pk"))
        .order_by()
        .values_list("value")
        .annotate(n=Count("article", distinct=True))
    )
    outlets = dict(wire().exclude(outlet_country="").order_by().values_list("outlet_country").annotate(n=Count("pk")))
    return {code: (about.get(code, 0), outlets.get(code, 0)) for code in sorted({*about, *outlets})}
