"""Makes editions: a language and a day go in; the day's digest is composed from the record once and addressed to subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from digest.compose import clean, compose, telling, without_withdrawn
from digest.values import Candidate, Digest, Tag, from_json, to_json
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.models import Article, Delivery, Edition, Label, Subscription

DAY = timedelta(days=1)
#: After a silence the first edition looks back no further.
LONGEST = timedelta(days=7)
#: News found late is still told if it is no older than this at the window's start; a first crawl's archives are not.
LATE = timedelta(days=2)
#: An article is dated by its fetch and enters the record later: so the edition looks back over the last one's end.
OVERLAP = timedelta(days=1)

#: Articles read at a time.
_CHUNK = 500
#: Words named as having carried a theme.
TERMS = 3
QUIET = "quiet day: no relevant news in this language"


def build_edition(language: str, *, day: date, now: datetime) -> Edition:
    """Return the edition of this language and day, made if there is none, with one delivery for each active subscription.

    An edition tells of the time since the last one (a day, if there was none; at most a week), up to ``now`` or the end
    of the day. Raise BadInput for an unknown language or a day still to come.
    """
    if language not in languages():
        raise BadInput(f"no digests in {language!r}; the working languages are {', '.join(languages())}")
    if day > now.astimezone(UTC).date():
        raise BadInput(f"the digest of {day} cannot be built before that day")
    with transaction.atomic():
        edition = Edition.objects.filter(language=language, day=day).first() or _make(language, day=day, now=now)
        _address(edition)
    return edition


def standing(edition: Edition) -> Digest:
    """Return an edition as it may be shown and sent now: without what its publishers have taken down since."""
    digest = from_json(edition.content)
    there = set(Article.objects.published().filter(pk__in=digest.articles).values_list("pk", flat=True))
    return without_withdrawn(digest, set(digest.articles) - there)


def candidates(start: datetime, end: datetime, *, seen: Iterable[int] = ()) -> list[Candidate]:
    """Read what a digest of this window may tell, in every language, but what an earlier one has weighed (``seen``).

    A copy of an article of an earlier day is left out: it is no news.
    """
    rows = (
        Article.objects.published()
        .relevant()
        .filter(first_seen_at__gte=start - OVERLAP, first_seen_at__lt=end, dated_at__gte=start - LATE)
        .filter(language__in=list(languages()))
        .prefetch_related("labels")
        .order_by("pk")
    )
    told_before = set(seen)  # left out here: they may be more than a query can name
    listed = [row for row in rows.iterator(chunk_size=_CHUNK) if row.pk not in told_before]
    present = {row.pk for row in listed}
    elsewhere = {row.duplicate_of_id for row in listed if row.duplicate_of_id} - present
    told = set(Article.objects.published().relevant().filter(pk__in=elsewhere).values_list("pk", flat=True))
    return [_candidate(row) for row in listed if row.duplicate_of_id not in told]


def window(language: str, *, day: date, now: datetime) -> tuple[datetime, datetime]:
    """Return the time that the edition of this day tells of: from the one before to now, the day's end or the next one."""
    others = Edition.objects.filter(language=language)
    before = others.filter(day__lt=day).order_by("-day").first()
    after = others.filter(day__gt=day).order_by("day").first()
    end = min(now, datetime.combine(day, time.min, UTC) + DAY)
    if after is not None:
        end = min(end, after.window_start)
    start = max(before.window_end, end - LONGEST) if before is not None else end - DAY
    return min(start, end), end


def _make(language: str, *, day: date, now: datetime) -> Edition:
    start, end = window(language, day=day, now=now)
    others = Edition.objects.filter(language=language).filter(Q(window_end__gt=start - OVERLAP - DAY))
    seen = {article for other in others if other.content for article in from_json(other.content).seen}
    digest = compose(candidates(start, end, seen=seen), language)
    return Edition.objects.create(
        language=language, day=day, window_start=start, window_end=end, created_at=now, content=to_json(digest)
    )


def _address(edition: Edition) -> None:
    quiet = from_json(edition.content).quiet
    state, reason = (Delivery.State.SKIPPED, QUIET) if quiet else (Delivery.State.PENDING, "")
    active = Subscription.objects.filter(language=edition.language, state=Subscription.State.ACTIVE)
    missing = active.exclude(deliveries__edition=edition)
    fresh = [Delivery(edition=edition, subscription=one, state=state, error=reason) for one in missing.order_by("pk")]
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)


def _candidate(article: Article) -> Candidate:
    current = [label for label in article.labels.all() if label.given and label.superseded_at is None]
    by_rank = sorted(current, key=lambda label: (label.rank, label.pk))
    relevance = next((label.score for label in by_rank if label.kind == "relevance"), 0.0)
    return Candidate(
        article=article.pk,
        url=article.url,
        title=article.title,
        text=article.text,
        language=article.language,
        outlet=article.outlet,
        outlet_country=article.outlet_country,
        dated_at=article.dated_at,
        precision=article.date_precision,
        undated=article.undated,
        relevance=relevance,
        themes=tuple(_theme(label, article.language) for label in by_rank if label.kind == "theme"),
        countries=tuple(_country(label, article.title) for label in by_rank if label.kind == "country"),
        routes=tuple(label.value for label in by_rank if label.kind == "route"),
        story=article.story_id,
        original=article.duplicate_of_id,
    )


def _theme(label: Label, language: str) -> Tag:
    return Tag(label.value, label.score, terms=tuple(term for term, _weight in telling(label.terms, language)[:TERMS]))


def _country(label: Label, title: str) -> Tag:
    passage, headline = clean(label.evidence), clean(title)
    if not passage:
        return Tag(label.value, label.score)
    in_title = passage in headline or bool(headline and headline in passage)
    return Tag(label.value, label.score, "title" if in_title else "text")
