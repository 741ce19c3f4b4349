"""What editors say of labels: a wish goes in, a person's label comes out at once; what a second person confirms teaches a model.

A wish takes effect as the label of whoever has it, and outlives relabelling as every person's label does. Somebody else then
confirms it, which makes it training data, or rejects it, which brings back the label that stood before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from classify.artefact import LABELS
from classify.labelled import Example
from newscentre.ingest.committer import queue_for_index
from newsdesk.countries import country_codes
from newsdesk.errors import BadInput
from newsdesk.languages import languages
from newsdesk.models import Article, Correction, Label, User
from newsdesk.topics import topics
from newsdesk.values import THEMES

#: What may be corrected, and the values that each may have.
CORRECTABLE: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "relevance": lambda: ("migration",),
    "theme": lambda: THEMES,
    "topic": topics,
    "country": lambda: tuple(country_codes()),
}
#: Kinds that only an article about migration has.
OF_RELEVANT = ("theme", "topic")
ACTOR = "person"
LONGEST_NOTE = 500


def propose(article: Article, *, kind: str, value: str, wanted: bool, person: User, now: datetime, note: str = "") -> Correction:
    """Say that an article should carry a label, or should not; raise BadInput for a label that there is not.

    Who says it anew changes what they said. Where somebody else's wish is open, the same one confirms it, the opposite one
    rejects it. What is given a theme or topic is about migration.
    """
    if kind not in CORRECTABLE or value not in CORRECTABLE[kind]():
        raise BadInput(f"{value!r} is no {kind!r} that can be corrected")
    with transaction.atomic():
        if wanted and kind in OF_RELEVANT and not article.labels.current().filter(kind="relevance").exists():
            _propose(article, kind="relevance", value="migration", wanted=True, person=person, now=now)
        correction = _propose(article, kind=kind, value=value, wanted=wanted, person=person, now=now, note=note)
        queue_for_index(article, now=now)
    return correction


def _propose(article: Article, *, kind: str, value: str, wanted: bool, person: User, now: datetime, note: str = "") -> Correction:
    known = Correction.objects.filter(article=article, kind=kind, value=value, state=Correction.State.PROPOSED).first()
    if known is not None and known.person_id != person.pk:
        if known.wanted == wanted:
            return confirm(known, person=person, now=now, note=note)
        reject(known, person=person, now=now, note=note)
        known = None
    if known is not None:
        _bring_back(known, now=now)
        known.delete()
    before = article.labels.filter(kind=kind, value=value, superseded_at=None)
    last = before.order_by("rank").first()
    rank = last.rank if last is not None else article.labels.filter(kind=kind, superseded_at=None).count()
    before.update(superseded_at=now)
    Label.objects.create(
        article=article,
        kind=kind,
        value=value,
        rank=rank,
        score=float(wanted),
        threshold=0.5,
        given=wanted,
        actor=ACTOR,
        person=person,
        evidence=note[:LONGEST_NOTE],
        created_at=now,
    )
    return Correction.objects.create(
        article=article, kind=kind, value=value, wanted=wanted, note=note[:LONGEST_NOTE], person=person, created_at=now
    )


def confirm(correction: Correction, *, person: User, now: datetime, note: str = "") -> Correction:
    """Agree with somebody else's wish: it may teach the next model; raise BadInput for one's own, or one that is settled."""
    if correction.person_id == person.pk:
        raise BadInput("a second person confirms a correction, not the one who proposed it")
    return _settle(correction, Correction.State.CONFIRMED, person=person, now=now, note=note)


def reject(correction: Correction, *, person: User, now: datetime, note: str = "") -> Correction:
    """Disagree with a wish, or take one's own back: the label that stood before stands again."""
    with transaction.atomic():
        settled = _settle(correction, Correction.State.REJECTED, person=person, now=now, note=note)
        _bring_back(settled, now=now)
        queue_for_index(settled.article, now=now)
    return settled


def _settle(correction: Correction, state: Correction.State, *, person: User, now: datetime, note: str) -> Correction:
    """Close a wish once; two people who answer at the same moment cannot both."""
    open_still = Correction.objects.filter(pk=correction.pk, state=Correction.State.PROPOSED)
    told = {"second_person": person, "second_note": note[:LONGEST_NOTE], "decided_at": now}
    if not open_still.update(state=state, **told):
        raise BadInput("this correction is settled already")
    correction.refresh_from_db()
    return correction


def _bring_back(correction: Correction, *, now: datetime) -> None:
    """Let the label that a wish replaced stand again; history keeps both."""
    labels = correction.article.labels.filter(kind=correction.kind, value=correction.value)
    labels.filter(superseded_at=None, person=correction.person).update(superseded_at=now)
    replaced = labels.filter(superseded_at=correction.created_at).exclude(created_at=correction.created_at).order_by("pk").last()
    if replaced is not None and not labels.filter(superseded_at=None).exists():
        replaced.pk, replaced.superseded_at, replaced.created_at = None, None, now
        replaced.save(force_insert=True)


def waiting_for(person: User) -> Any:
    """Return the wishes of others that are open, longest waiting first."""
    open_still = Correction.objects.filter(state=Correction.State.PROPOSED, article__removed_at=None)
    return open_still.filter(~Q(person=person)).select_related("article", "person").order_by("created_at", "pk")


def said_by(person: User) -> Any:
    """Return what somebody said, newest first, with what became of it."""
    return Correction.objects.filter(person=person).select_related("article", "second_person")


def as_labelled() -> list[Example]:
    """Return the articles of which two people agreed on relevance or a theme, with the labels they carry now, to learn from."""
    agreed = Correction.objects.filter(state=Correction.State.CONFIRMED, kind__in=("relevance", "theme"))
    found = Article.objects.filter(pk__in=agreed.values("article"), language__in=list(languages()))
    return [_example(article) for article in found.order_by("pk").prefetch_related("labels")]


def _example(article: Article) -> Example:
    given = {"relevant": bool(article.given("relevance")), **dict.fromkeys(article.themes, True)}
    truth = tuple(given.get(label, False) for label in LABELS)
    return Example(f"article-{article.pk}", article.language, article.title, article.text, truth)


def rows() -> Iterator[dict[str, Any]]:
    """Yield every correction as it is exported: ids, labels, who said it and when; never a text."""
    for each in Correction.objects.select_related("article", "person", "second_person").order_by("pk").iterator():
        yield {
            "article": each.article_id,
            "url": each.article.url,
            "language": each.article.language,
            "kind": each.kind,
            "value": each.value,
            "wanted": each.wanted,
            "note": each.note,
            "by": each.person.email if each.person else "",
            "at": each.created_at.isoformat(),
            "state": each.state,
            "second": each.second_person.email if each.second_person else "",
            "second_note": each.second_note,
            "decided_at": each.decided_at.isoformat() if each.decided_at else "",
        }
