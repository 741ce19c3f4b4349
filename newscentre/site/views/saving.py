"""Pages of saved searches: a person's wishes go in; their list, one search with what it found, and its feeds come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newscentre.alerts.keeping import Wish, askable, change, keep, limit_of, pause, resume, rotate, stop_mails
from newscentre.site.access import needs, unlisted
from newscentre.site.context import current_language
from newscentre.site.forms import SavedSearchForm
from newscentre.site.listing import rows
from newscentre.site.views.searching import asked_of, request_of
from newsdesk.errors import BadInput
from newsdesk.models import Article, Role, SavedSearch, SavedSearchQuerySet, User
from search.export import whole
from search.query import Is, parse

#: Finds shown on the page of a search.
SHOWN = 20
FEEDS = ("atom", "rss", "json")


@require_safe
@needs(Role.SUBSCRIBER)
def saved(request: HttpRequest) -> HttpResponse:
    """List a person's searches."""
    listed = _mine(request).annotate(found=Count("alerts", filter=Q(alerts__article__removed_at=None)))
    return render(request, "site/saved.html", {"searches": listed, "most": limit_of(cast(User, request.user))})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.SUBSCRIBER)
def new(request: HttpRequest) -> HttpResponse:
    """Show the form with what was searched for; save it."""
    form = SavedSearchForm(request.POST or None, initial=None if request.POST else _offered(request))
    user = cast(User, request.user)
    if request.method == "POST" and form.is_valid():
        try:
            search = keep(user, Wish(**form.cleaned_data), now=datetime.now(UTC))
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The search is saved."))
            return redirect("saved-search", search.pk)
    return render(request, "site/save.html", {"form": form, "full": user.saved_searches.count() >= limit_of(user)})


def _offered(request: HttpRequest) -> dict[str, object]:
    """Return what the form begins with: the search of the address, its narrowings written into the query."""
    asked = asked_of(request)
    wish = {"language": current_language(), "frequency": "daily", "everything": asked.all, "copies": asked.copies}
    try:
        query = parse(asked.text)
        narrowed = request_of(asked, query, now=datetime.now(UTC)).filters if asked.narrowed else ()
        text = str(whole(query, [each for each in narrowed if each != Is("relevant", "yes")], fold=False))
    except BadInput:
        return wish | {"query": asked.text}
    return wish | {"query": text if narrowed else asked.text, "name": (asked.text or text)[:120]}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.SUBSCRIBER)
def search(request: HttpRequest, search_id: int) -> HttpResponse:
    """Show one search: what it found of late, how it is told, its feeds; change it."""
    found = get_object_or_404(_mine(request), pk=search_id)
    form = SavedSearchForm(request.POST or None, initial={name: getattr(found, name) for name in Wish.__dataclass_fields__})
    if request.method == "POST" and form.is_valid():
        try:
            change(found, Wish(**form.cleaned_data), now=datetime.now(UTC))
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("saved-search", search_id)
    told = Article.objects.published().filter(alerts__search=found).order_by("-alerts__found_at", "-pk")
    context = {
        "saved": SavedSearch.objects.get(pk=found.pk),
        "problem": found.problem and _problem(found),
        "form": form,
        "rows": rows(told[:SHOWN]),
        "feeds": [(kind, request.build_absolute_uri(reverse("saved-feed", args=[found.feed_token, kind]))) for kind in FEEDS],
        "asks": "?"
        + urlencode({"q": found.query, "sort": "date", "all": str(int(found.everything)), "copies": str(int(found.copies))}),
    }
    return render(request, "site/saved_search.html", context)


def _problem(found: SavedSearch) -> str:
    """Say in the reader's language what was found wrong when articles came, if it still is; else as it was noted."""
    try:
        askable(found.query)
    except BadInput as error:
        return str(error)
    return found.problem


def _delete(found: SavedSearch) -> None:
    found.delete()


#: What a button does to a search, and what is said when it is done.
_DEEDS: dict[str, tuple[Callable[[SavedSearch], object], Callable[[], str]]] = {
    "pause": (lambda found: pause(found, now=datetime.now(UTC)), lambda: _("The search is paused.")),
    "resume": (lambda found: resume(found, now=datetime.now(UTC)), lambda: _("The search goes on.")),
    "rotate": (rotate, lambda: _("The feeds have new addresses; the old ones are dead.")),
    "delete": (_delete, lambda: _("The search is deleted.")),
}


@require_POST
@needs(Role.SUBSCRIBER)
def act(request: HttpRequest, search_id: int, deed: str) -> HttpResponse:
    """Pause, resume or delete a search, or give its feeds other addresses."""
    if deed not in _DEEDS:
        raise Http404
    do, said = _DEEDS[deed]
    do(get_object_or_404(_mine(request), pk=search_id))
    messages.success(request, said())
    return redirect("saved") if deed == "delete" else redirect("saved-search", search_id)


@csrf_exempt  # the reader's mail program posts here on its own (RFC 8058); the secret in the address is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button that ends the mails of a search, or take its press."""
    done = request.method == "POST"
    found = stop_mails(token) if done else SavedSearch.objects.filter(mail_token=token).first()
    if found is None:
        return render(request, "site/dead_link.html", status=404)
    return unlisted(render(request, "site/stop_mails.html", {"saved": found, "done": done}))


def _mine(request: HttpRequest) -> SavedSearchQuerySet:
    return SavedSearch.objects.filter(user=cast(User, request.user))
