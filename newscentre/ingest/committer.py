"""Writes the outcomes of fetches to the record: article, revision, labels, duplicate, story and outbox, wholly or not at all.

It runs in one process at a time (the ingest lock), in fetch order, so that who is the original and which story an
article joins do not depend on how many workers there are.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

from django.db import InterfaceError, OperationalError, connection, transaction

from classify.duplicates import bands, is_duplicate
from crawler.extract.identity import twins
from newscentre.ingest.shelf import StoryShelf
from newscentre.ingest.workers import Charged, Crashed, Outcome, Rejected
from newsdesk import values
from newsdesk.models import Article, DuplicateBand, Fetch, Figure, IndexChange, Label, Revision, Story

#: A page whose worker dies this many times is set aside.
MOST_ATTEMPTS = 2


class Committer:
    """Holds the memory of recent stories between commits; the record holds everything else."""

    def __init__(self) -> None:
        self._stories = StoryShelf()

    def commit_together(self, outcomes: Sequence[tuple[Fetch, Outcome | None]], *, now: datetime) -> list[str]:
        """Write some outcomes in one transaction, in order; return what ``commit`` returns for each.

        Where the transaction cannot be closed for the sake of one of them, each gets its own.
        """
        try:
            with transaction.atomic():
                return [self.commit(fetch, outcome, now=now) for fetch, outcome in outcomes]
        except Exception as error:
            if _is_the_records(error):
                raise
        self._stories.forget()
        for fetch, _ in outcomes:
            fetch.refresh_from_db()
        return [self.commit(fetch, outcome, now=now) for fetch, outcome in outcomes]

    def commit(self, fetch: Fetch, outcome: Outcome | None, *, now: datetime) -> str:
        """Write the outcome (None: the page is gone); return what became of the fetch: ``new``, ``revised``, ``unchanged``,
        ``duplicate``, ``removed``, ``refused``, ``quarantined`` or ``retry`` (its worker died for the first time).

        What the record cannot take is set aside like what crashed a stage, lest it bar the way for all that follow.
        """
        try:
            with transaction.atomic():
                return self._take_down(fetch, now=now) if outcome is None else self._commit(fetch, outcome, now=now)
        except Exception as error:
            if _is_the_records(error):
                raise
            return self._set_aside(fetch, f"{type(error).__name__}: {error}", traceback=traceback.format_exc(), now=now)

    def _commit(self, fetch: Fetch, outcome: Outcome, *, now: datetime) -> str:
        match outcome:
            case Charged(message):
                return self._charge(fetch, message, now=now)
            case Crashed(message, trace):
                return self._set_aside(fetch, message, traceback=trace, now=now)
            case Rejected(code, message):
                return self._close(fetch, state=Fetch.State.REFUSED, code=code, message=message, now=now)
        article, result = self._store(fetch, outcome)
        if result != "unchanged":
            queue_for_index(article, now=now)
        self._close(fetch, state=Fetch.State.DONE, code=result, message="", article=article, now=now)
        if result in ("new", "duplicate"):
            self._stories.remember(article)
        return result

    def _take_down(self, fetch: Fetch, *, now: datetime) -> str:
        """Mark the article that this address led to as removed; return ``removed``, or ``refused`` if there is none."""
        led = Article.objects.filter(fetches__url=fetch.url).first()
        article = fetch.article or led or Article.objects.filter(url=fetch.url).first()
        if article is None:
            gone = fetch.message or f"the server answered {fetch.status}"
            return self._close(fetch, state=Fetch.State.REFUSED, code=f"http-{fetch.status}", message=gone, now=now)
        Article.objects.filter(pk=article.pk, removed_at=None).update(removed_at=fetch.fetched_at)
        _promote_a_copy(article, now=now)
        queue_for_index(article, now=now)
        return self._close(fetch, state=Fetch.State.DONE, code="removed", message=fetch.message, article=article, now=now)

    def _charge(self, fetch: Fetch, message: str, *, now: datetime) -> str:
        fetch.attempts += 1
        if fetch.attempts >= MOST_ATTEMPTS:
            return self._set_aside(fetch, f"{message}, {fetch.attempts} times", traceback="", now=now)
        fetch.message = message
        fetch.save(update_fields=["attempts", "message"])
        return "retry"

    def _set_aside(self, fetch: Fetch, message: str, *, traceback: str, now: datetime) -> str:
        fetch.traceback = _storable(traceback)
        return self._close(fetch, state=Fetch.State.QUARANTINED, code="crashed", message=message, now=now)

    def _close(
        self, fetch: Fetch, *, state: Fetch.State, code: str, message: str, now: datetime, article: Article | None = None
    ) -> str:
        fetch.state, fetch.code, fetch.message = state, code, _storable(message)[:500]
        fetch.article, fetch.ingested_at = article, now
        fetch.save(update_fields=["state", "code", "message", "article", "ingested_at", "attempts", "traceback"])
        return code if state == Fetch.State.DONE else str(state)

    def _store(self, fetch: Fetch, analysed: values.Analysed) -> tuple[Article, str]:
        digest = _sha256(analysed)
        article = _known(analysed.extracted.canonical_url)
        if article is None:
            return self._create(fetch, analysed, digest=digest)
        newest = article.revisions.last()
        if newest is not None and newest.text_sha256 == digest and article.removed_at is None:
            return article, "unchanged"
        return self._revise(article, fetch, analysed, number=newest.number + 1 if newest else 1, digest=digest)

    def _create(self, fetch: Fetch, analysed: values.Analysed, *, digest: str) -> tuple[Article, str]:
        extracted, source = analysed.extracted, fetch.source
        article = Article(
            url=extracted.canonical_url,
            source=source,
            dataset=fetch.dataset,
            outlet=(
                source.name if source else fetch.hint.get("outlet") or urlsplit(extracted.canonical_url).hostname or fetch.dataset
            ),
            outlet_country=source.country if source else fetch.hint.get("country", ""),
            first_seen_at=fetch.fetched_at,
        )
        _fill(article, analysed)
        original = _original_of(article, analysed.fingerprint)
        article.duplicate_of = original
        article.story = original.story if original else self._story(article, analysed)
        article.save()
        _write_revision(article, fetch, number=1, digest=digest)
        _insert_labels(article, analysed.labels, at=fetch.fetched_at)
        _insert_figures(article, analysed.figures)
        _insert_bands(article, analysed.fingerprint)
        return article, "duplicate" if original else "new"

    def _revise(
        self, article: Article, fetch: Fetch, analysed: values.Analysed, *, number: int, digest: str
    ) -> tuple[Article, str]:
        article.removed_at = None
        if article.duplicate_of is not None and article.duplicate_of.removed_at is not None:
            # Its original went while it was gone itself: folded under that, it would stay hidden.
            article.duplicate_of = _original_of(article, analysed.fingerprint)
        dated_before = article.dated_at
        _fill(article, analysed)
        if article.story is not None and article.dated_at != dated_before:
            # The open books still have the former date; filled again from the record, as after a restart, they have this one.
            self._stories.forget()
        if article.story is None and article.duplicate_of is None and analysed.relevant:
            article.story = self._story(article, analysed)
            # It takes a place among reports that were committed before: the order of the books is no longer that of ids.
            self._stories.forget()
        article.save()
        _write_revision(article, fetch, number=number, digest=digest)
        write_labels(article, analysed.labels, at=fetch.fetched_at)
        write_figures(article, analysed.figures)
        article.bands.all().delete()
        _insert_bands(article, analysed.fingerprint)
        return article, "revised"

    def _story(self, article: Article, analysed: values.Analysed) -> Story | None:
        if not analysed.relevant:
            return None
        known = self._stories.match(analysed.story_terms, article.dated_at)
        return Story.objects.get(pk=known) if known else Story.objects.create(created_at=article.first_seen_at)


def _known(url: str) -> Article | None:
    """Return the article of this address, or else the first of one under which the same page may be known."""
    addresses = twins(url)
    found = {article.url: article for article in Article.objects.filter(url__in=addresses).order_by("-pk")}
    return next((found[address] for address in addresses if address in found), None)


def queue_for_index(article: Article, *, now: datetime) -> None:
    """Note in the outbox that the index no longer says what the record says of this article."""
    IndexChange.objects.create(article_id=article.pk, created_at=now)


def write_labels(article: Article, labels: tuple[values.Label, ...], *, at: datetime) -> None:
    """Replace the article's labels by these: old ones are kept as superseded, a person's stay and win."""
    article.labels.filter(superseded_at=None, person=None).update(superseded_at=at)
    _insert_labels(article, labels, at=at, decided=set(article.labels.filter(superseded_at=None).values_list("kind", "value")))


def _insert_labels(
    article: Article, labels: tuple[values.Label, ...], *, at: datetime, decided: Collection[tuple[str, str]] = ()
) -> None:
    """Add the labels of which no person has decided."""
    rows: list[Label] = []
    for kind in dict.fromkeys(label.kind for label in labels):
        for rank, label in enumerate(label for label in labels if label.kind == kind):
            if (kind, label.value) not in decided:
                rows.append(_label_row(article, label, rank=rank, at=at))
    Label.objects.bulk_create(rows)


def write_figures(article: Article, figures: Iterable[values.Figure]) -> None:
    """Replace the figures that the article reports by these."""
    article.figures.all().delete()
    _insert_figures(article, figures)


def _insert_figures(article: Article, figures: Iterable[values.Figure]) -> None:
    Figure.objects.bulk_create(_figure_row(article, figure) for figure in figures)


def _label_row(article: Article, label: values.Label, *, rank: int, at: datetime) -> Label:
    return Label(
        article=article,
        kind=label.kind,
        value=label.value,
        rank=rank,
        score=round(label.score, 4),
        threshold=round(label.threshold, 4),
        given=label.given,
        actor=label.actor,
        evidence=label.evidence[:500],
        terms=[list(pair) for pair in label.terms],
        created_at=at,
    )


def _figure_row(article: Article, figure: values.Figure) -> Figure:
    return Figure(article=article, **{**asdict(figure), "sentence": figure.sentence[:500]})


def _fill(article: Article, analysed: values.Analysed) -> None:
    """Set what the newest reading of the page says."""
    extracted = analysed.extracted
    article.language, article.language_score = analysed.language, round(analysed.language_score, 4)
    article.title, article.text, article.author = extracted.title[:1000], extracted.text, extracted.author[:300]
    article.fingerprint = analysed.fingerprint
    if article.story_id is None:
        # A report keeps the terms that it joined its story with, so that books can be filled again from the record.
        article.story_terms = [list(pair) for pair in analysed.story_terms]
    if extracted.published:
        published = extracted.published
        article.dated_at, article.date_precision, article.date_origin = published.at, published.precision, published.origin
    elif article.pk is None:
        article.dated_at, article.date_precision, article.date_origin = article.first_seen_at, "minute", "fetch"


def _write_revision(article: Article, fetch: Fetch, *, number: int, digest: str) -> None:
    Revision.objects.create(
        article=article,
        number=number,
        fetch=fetch,
        seen_at=fetch.fetched_at,
        title=article.title,
        text=article.text,
        text_sha256=digest,
    )


def _insert_bands(article: Article, fingerprint: bytes) -> None:
    """Add the article's bands; by hand, for they are most of the rows that an article has."""
    rows = [(article.pk, value) for value in bands(fingerprint)]
    insert = f"INSERT INTO {DuplicateBand._meta.db_table} (article_id, value) VALUES (%s, %s)"  # noqa: S608 - the schema's name
    with connection.cursor() as cursor:
        cursor.executemany(insert, rows)


def _original_of(article: Article, fingerprint: bytes) -> Article | None:
    """Return the earliest article of the same language that this one is a near-duplicate of; never itself a duplicate."""
    alike = DuplicateBand.objects.filter(value__in=bands(fingerprint)).values("article")
    same = Article.objects.published().filter(pk__in=alike, language=article.language)
    candidates = same.select_related("duplicate_of").defer("text", "duplicate_of__text").order_by("pk")
    for candidate in candidates:
        if is_duplicate(bytes(candidate.fingerprint), fingerprint):
            return candidate.duplicate_of or candidate
    return None


def _promote_a_copy(removed: Article, *, now: datetime) -> None:
    """Let the first copy of a removed original stand for the rest, so that folding does not hide them all."""
    copies = list(removed.duplicates.filter(removed_at=None).order_by("pk"))
    if not copies:
        return
    first, rest = copies[0], copies[1:]
    Article.objects.filter(pk=first.pk).update(duplicate_of=None)
    Article.objects.filter(pk__in=[copy.pk for copy in rest]).update(duplicate_of=first)
    for copy in copies:
        queue_for_index(copy, now=now)


def _is_the_records(error: Exception) -> bool:
    """Say whether a failure to write is the database's own and no page's: it is away, locked or full.

    PostgreSQL also reports as operational what is too large for it (class 54); that is the page's.
    """
    too_large = str(getattr(error.__cause__, "sqlstate", None) or "").startswith("54")
    return isinstance(error, InterfaceError | OperationalError) and not too_large


def _storable(text: str) -> str:
    """Leave out what a database cannot hold, so that a failure can always be told."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _sha256(analysed: values.Analysed) -> str:
    """Return the hash of what a revision will say, so that evidence can take it again."""
    return hashlib.sha256(f"{analysed.extracted.title[:1000]}\n{analysed.extracted.text}".encode()).hexdigest()
