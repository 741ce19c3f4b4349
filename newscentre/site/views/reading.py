"""Pages for reading: front page, theme, country, story, article; the record goes in, pages come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digest.editions import standing
from newscentre.site.access import may, needs
from newscentre.site.alike import more_like
from newscentre.site.context import current_language
from newscentre.site.correctable import correctable
from newscentre.site.counting import counted, remembered
from newscentre.site.difference import difference
from newscentre.site.explaining import with_terms
from newscentre.site.labels import place_in_list
from newscentre.site.listing import (
    WEEK,
    counts_by_country,
    counts_by_language,
    counts_by_theme,
    counts_by_topic,
    in_section,
    latest_of,
    leading,
    leading_stories,
    newest_before,
    outlets_of,
    rows,
    wire,
)
from newscentre.site.moving import ROLES, Roles, figures_of, routes_of
from newscentre.site.naming import alphabetical
from newscentre.site.paging import page_of_rows, with_query
from newsdesk.countries import country_codes
from newsdesk.gazetteer import organisation_name, place_name
from newsdesk.groups import group_name, groups, groups_of
from newsdesk.languages import languages
from newsdesk.models import Article, ArticleQuerySet, Edition, Revision, Role, Story
from newsdesk.names import country_footnote, country_name
from newsdesk.themes import SECTIONS
from newsdesk.topics import topics

EACH_THEME = 4
LEADING = 7
#: Articles of a story on one page.
OF_STORY = 100


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the front page: the day's stories, the latest of each theme, coverage by language, the latest digest."""
    language = current_language()
    until = newest_before(datetime.now(UTC))
    since = until - WEEK
    counts = counts_by_theme(since=since)
    context = {
        "stories": leading_stories(language, until=until, limit=LEADING),
        "sections": [(theme, counts[theme], latest_of(in_section(theme), language, limit=EACH_THEME)) for theme in SECTIONS],
        "coverage": _coverage(counts_by_language(since=since)),
        "edition": next((each for each in Edition.objects.filter(language=language).defer("content")[:5] if _tells(each)), None),
        "until": until,
        "empty": not wire().exists(),
    }
    return render(request, "site/home.html", context)


def _coverage(counts: dict[str, int]) -> list[dict[str, Any]]:
    most = max(counts.values(), default=0) or 1
    return [{"language": code, "count": count, "most": most} for code, count in counts.items()]


def _tells(edition: Edition) -> bool:
    return bool(edition.content) and not standing(edition).quiet


def narrowed(request: HttpRequest, articles: ArticleQuerySet) -> tuple[ArticleQuerySet, str]:
    """Keep the articles in the language asked for, if one is; return it too."""
    asked = request.GET.get("language", "")
    return (articles.filter(language=asked), asked) if asked in languages() else (articles, "")


@require_safe
def theme(request: HttpRequest, name: str) -> HttpResponse:
    """List the articles of one theme, newest first."""
    if name not in SECTIONS:
        raise Http404
    section = in_section(name)
    asked = request.GET.get("topic", "")
    topic = asked if asked in topics() else ""
    articles, language = narrowed(request, section.labelled("topic", topic) if topic else section)
    page = page_of_rows(request, articles)
    context = {
        "theme": name,
        "page": page,
        "rows": rows(page.items),
        "only": language,
        "topic": topic,
        "topics": [
            (each, count, with_query(request, topic="" if each == topic else each))
            for each, count in remembered(f"topics-{name}", lambda: counts_by_topic(section)).items()
        ],
        "keep": f"topic={topic}&" if topic else "",
    }
    return render(request, "site/theme.html", context)


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """List everything, newest first."""
    articles, language = narrowed(request, wire())
    page = page_of_rows(request, articles)
    return render(request, "site/latest.html", {"page": page, "rows": rows(page.items), "only": language})


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponse:
    """List the articles about a country, or those of its outlets."""
    if code not in country_codes():
        raise Http404
    of_outlets = request.GET.get("of") == "outlets"
    both = {"about": wire().labelled("country", code), "outlets": wire().filter(outlet_country=code)}
    articles, language = narrowed(request, both["outlets" if of_outlets else "about"])
    page = page_of_rows(request, articles)
    context = {
        "code": code,
        "footnote": country_footnote(code, current_language()),
        "of_outlets": of_outlets,
        "routes": remembered(f"routes-{code}", lambda: routes_of(both["about"])),
        "figures": [] if of_outlets else figures_of(articles, place=code),
        "groups": [(key, group_name(key, current_language())) for key in groups_of([code], datetime.now(UTC).date())],
        "counts": {name: counted(found) for name, found in both.items()},
        "page": page,
        "rows": rows(page.items),
        "only": language,
    }
    return render(request, "site/country.html", context)


@require_safe
def countries(request: HttpRequest) -> HttpResponse:
    """List the countries with what is told about them and by their outlets, most told about first."""
    counts = remembered("countries", counts_by_country)
    asked = groups().get(request.GET.get("group", ""))
    today = datetime.now(UTC).date()
    members = asked.members(today) if asked else tuple(counts)
    counts = {code: counts.get(code, (0, 0)) for code in members}
    listed: list[dict[str, Any]] = [
        {"code": code, "name": country_name(code, current_language()), "about": about, "outlets": outlets}
        for code, (about, outlets) in counts.items()
    ]
    listed.sort(key=lambda row: (-row["about"], -row["outlets"], alphabetical(row["name"])))
    most = max((row["about"] for row in listed), default=0) or 1
    named = [(key, group_name(key, current_language())) for key in groups()]
    context = {"countries": listed, "most": most, "groups": named, "group": asked, "today": today}
    return render(request, "site/countries.html", context)


@require_safe
def story(request: HttpRequest, story_id: int) -> HttpResponse:
    """Show a story: its articles in all languages, day by day."""
    get_object_or_404(Story, pk=story_id)
    members = wire().filter(story=story_id)
    newest_first = list(members.only("language"))
    if not newest_first:
        raise Http404
    page = page_of_rows(request, members.order_by("dated_at", "pk"), size=OF_STORY)
    listed = rows(page.items)
    days = [(day, list(some)) for day, some in groupby(listed, key=lambda row: row.article.dated_at.astimezone(UTC).date())]
    lead = Article.objects.get(pk=leading(newest_first, current_language()).pk)
    context = {
        "story_id": story_id,
        "lead": rows([lead])[0],
        "days": days,
        "page": page,
        "outlets": outlets_of(story_id),
        "languages": [code for code in languages() if any(article.language == code for article in newest_first)],
        "countries": list(dict.fromkeys(code for row in listed for code in row.countries))[:8],
    }
    return render(request, "site/story.html", context)


@require_safe
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """Show an article: its beginning and where to read it; for analysts all that is known of it."""
    found = get_object_or_404(
        Article.objects.select_related("source", "duplicate_of", "story").prefetch_related("labels"), pk=article_id
    )
    if found.removed_at is not None:
        return render(request, "site/gone.html", {"article": found}, status=410)
    copies = found.duplicates.filter(removed_at=None).order_by("dated_at", "pk")
    context: dict[str, Any] = {
        "article": found,
        "row": rows([found])[0],
        "topics": found.given("topic"),
        "routes": found.given("route"),
        "roles": [Roles(role, tuple((code, 0) for code in codes)) for role in ROLES if (codes := found.given(role))],
        "figures": found.figures.select_related("article"),
        "cities": [(key, place_name(key, current_language())) for key in found.given("city")],
        "organisations": [(key, organisation_name(key, current_language())) for key in found.given("organisation")],
        "link": found.url if found.url.startswith(("http://", "https://")) else "",
        "copies": copies,
        "copy_of": found.duplicate_of if found.duplicate_of and found.duplicate_of.removed_at is None else None,
        "told_with": [row for row in rows(_told_with(found)) if row.article.pk != found.pk],
        "alike": more_like(found),
    }
    if may(request, Role.ANALYST):
        context |= _for_analysts(found, why=request.GET.get("why", ""))
    if may(request, Role.EDITOR):
        context["correctable"] = correctable(found)
    return render(request, "site/article.html", context)


def _told_with(found: Article) -> Sequence[Article]:
    return list(wire().filter(story=found.story_id).exclude(pk=found.pk)[:8]) if found.story_id else []


def _for_analysts(found: Article, *, why: str) -> dict[str, Any]:
    """Return all that is known of an article; where they ask why it has a label, its text with the words that carried it."""
    labels = sorted(found.labels.select_related("person").order_by("rank", "pk"), key=lambda label: place_in_list(label.kind))
    terms = next((label.terms for label in labels if str(label.pk) == why), ())
    carried = [term for term, _weight in terms]
    return {
        "full": [with_terms(paragraph, carried) for paragraph in found.text.splitlines() if paragraph.strip()],
        "labels": [label for label in labels if label.superseded_at is None],
        "why": bool(carried),
        "superseded": [label for label in labels if label.superseded_at is not None],
        "revisions": found.revisions.order_by("number"),
    }


@require_safe
@needs(Role.ANALYST)
def revision(request: HttpRequest, article_id: int, number: int) -> HttpResponse:
    """Show what a revision changed."""
    shown = get_object_or_404(Revision.objects.select_related("article"), article=article_id, number=number)
    before = Revision.objects.filter(article=article_id, number__lt=number).order_by("-number").first()
    context = {
        "article": shown.article,
        "revision": shown,
        "before": before,
        "title": difference(before.title, shown.title) if before else [],
        "changes": difference(before.text, shown.text) if before else [],
    }
    return render(request, "site/revision.html", context)
