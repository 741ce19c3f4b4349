"""Corrections by editors: what they say of an article's labels goes in; questions on what others said, and on what the models
doubt, come out, one at a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from newscentre import corrections, doubts
from newscentre.site.access import needs
from newscentre.site.labels import label_name
from newsdesk.errors import BadInput
from newsdesk.models import Article, Correction, Label, Role, User

#: Questions that one person may put off before the oldest comes again.
MOST_SKIPPED = 300
#: Corrections of one's own that are listed.
LISTED = 20
#: Characters of a text that are shown at once.
SHOWN = 900


@require_POST
@needs(Role.EDITOR)
def correct(request: HttpRequest, article_id: int) -> HttpResponse:
    """Take a label from an article, or give it one."""
    article = get_object_or_404(Article.objects.published(), pk=article_id)
    kind, _colon, value = request.POST.get("label", "").partition(":")
    try:
        corrections.propose(
            article,
            kind=kind,
            value=value,
            wanted=request.POST.get("wanted") == "yes",
            person=_person(request),
            now=datetime.now(UTC),
            note=_note(request),
        )
    except BadInput:
        messages.error(request, _("There is no such label."))
    else:
        messages.success(request, _("Saved. A second person will look at it."))
    return redirect("article", article_id)


@require_safe
@needs(Role.EDITOR)
def review(request: HttpRequest) -> HttpResponse:
    """Ask the next question: first whether others were right, then what the models doubt most."""
    skipped = set(request.session.get("skipped", ()))
    person = _person(request)
    waiting = [wish for wish in corrections.waiting_for(person)[: MOST_SKIPPED + 1] if f"wish:{wish.pk}" not in skipped]
    own = corrections.said_by(person)[:LISTED]
    context: dict[str, Any] = {"waiting": corrections.waiting_for(person).count(), "own": own}
    if waiting:
        context |= _asked_of_wish(waiting[0])
    else:
        context |= _asked_of_doubt(skipped)
    return render(request, "site/review.html", context)


def _asked_of_wish(wish: Correction) -> dict[str, Any]:
    return _asked(wish.article, wish.kind, wish.value) | {"wish": wish, "key": f"wish:{wish.pk}"}


def _asked_of_doubt(skipped: set[str]) -> dict[str, Any]:
    for question in doubts.questions():
        key = f"label:{question.article}:{question.kind}:{question.value}"
        if key not in skipped and (article := doubts.article_of(question)) is not None:
            return _asked(article, question.kind, question.value) | {"key": key}
    return {}


def _asked(article: Article, kind: str, value: str) -> dict[str, Any]:
    return {
        "article": article,
        "beginning": [line for line in shorten(article.text).splitlines() if line.strip()],
        "longer": len(article.text) > SHOWN,
        "name": label_name(kind, value),
        "label": Label.objects.filter(article=article, kind=kind, value=value, person=None).order_by("pk").last(),
    }


def shorten(text: str) -> str:
    """Return the beginning of a text, up to its last whole word."""
    return text if len(text) <= SHOWN else re.sub(r"\S+\Z", "", text[: SHOWN + 1]).rstrip() or text[:SHOWN]


@require_POST
@needs(Role.EDITOR)
def answer(request: HttpRequest) -> HttpResponse:
    """Take an answer, ``yes``, ``no`` or ``skip``, and ask the next question."""
    key, said = request.POST.get("key", "")[:200], request.POST.get("answer", "")
    try:
        if said == "skip":
            request.session["skipped"] = [*request.session.get("skipped", ()), key][-MOST_SKIPPED:]
        elif said in ("yes", "no"):
            _take(key, wanted=said == "yes", person=_person(request), note=_note(request))
        else:
            raise BadInput("neither yes nor no")
    except BadInput:
        messages.error(request, _("This question is answered already, or there is no such question."))
    return redirect("review")


def _take(key: str, *, wanted: bool, person: User, note: str) -> None:
    what, _colon, rest = key.partition(":")
    now = datetime.now(UTC)
    if what == "wish":
        wish = corrections.waiting_for(person).filter(pk=_number(rest)).first()
        if wish is None:
            raise BadInput("no such wish")
        settle = corrections.confirm if wish.wanted == wanted else corrections.reject
        settle(wish, person=person, now=now, note=note)
        return
    number, _colon, label = rest.partition(":")
    kind, _colon, value = label.partition(":")
    article = Article.objects.published().filter(pk=_number(number)).first()
    if article is None:
        raise BadInput("no such article")
    corrections.propose(article, kind=kind, value=value, wanted=wanted, person=person, now=now, note=note)


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "").replace("\0", "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _person(request: HttpRequest) -> User:
    """Return who is signed in, as the guard of the view has made sure."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user
