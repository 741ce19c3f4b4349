"""Pages of the digests: editions to read; wishes, confirmations, preferences and farewells of subscribers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from digest.editions import standing
from digest.links import Links
from digest.render import fragment
from digest.subscriptions import by_token, confirm, set_preferences, subscribe, unsubscribe
from newscentre.site.access import SUBSCRIBE, SUBSCRIBED, unlisted, visitor_address
from newscentre.site.context import current_language
from newscentre.site.forms import SubscribeForm, WishesForm
from newscentre.site.paging import page_of_rows
from newsdesk.errors import BadInput, NewscentreError
from newsdesk.languages import languages
from newsdesk.models import Edition, Subscription

PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def digests(request: HttpRequest) -> HttpResponse:
    """List the editions of this language; take a wish to subscribe."""
    form = SubscribeForm(request.POST or None, initial={"language": current_language()})
    if request.method == "POST" and form.is_valid() and (done := _subscribe(request, form)):
        return done
    page = page_of_rows(request, Edition.objects.filter(language=current_language()), size=PAGE)
    editions = [(edition, len(standing(edition).entries) if edition.content else 0) for edition in page.items]
    return render(request, "site/digests.html", {"form": form, "page": page, "editions": editions})


def _subscribe(request: HttpRequest, form: SubscribeForm) -> HttpResponse | None:
    if SUBSCRIBE.spent(visitor_address(request)):
        form.add_error(None, _("Too many subscriptions from here. Try again in an hour."))
        return None
    wish = form.cleaned_data
    if SUBSCRIBED.spent(wish["email"].casefold()):  # nothing is sent, and nothing shows it
        return render(request, "site/asked.html", {"email": wish["email"]})
    try:
        subscribe(wish["email"], wish["language"], wish["themes"], wish["countries"], datetime.now(UTC), routes=wish["routes"])
    except BadInput:
        form.add_error("email", _("This address cannot be used."))
    except NewscentreError:
        form.add_error(None, _("The confirmation could not be sent just now. Try again later."))
    else:
        return render(request, "site/asked.html", {"email": wish["email"]})
    return None


@require_safe
def edition(request: HttpRequest, day: date) -> HttpResponse:
    """Show one edition as it was composed."""
    of_day = {edition.language: edition for edition in Edition.objects.filter(day=day).defer("content")}
    if not of_day:
        raise Http404
    found = of_day.get(current_language())
    context: dict[str, object] = {
        "day": day,
        "edition": found,
        "others": [code for code in languages() if code in of_day and code != current_language()],
        "before": _neighbour("day__lt", day, order="-day"),
        "after": _neighbour("day__gt", day, order="day"),
    }
    if found is not None and found.content:
        context["digest"] = fragment(standing(found), day=day, links=Links(""))
    return render(request, "site/edition.html", context)


def _neighbour(condition: str, day: date, *, order: str) -> Edition | None:
    found = Edition.objects.filter(language=current_language(), **{condition: day}).defer("content")
    return found.order_by(order).first()


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button that confirms a subscription, or take its press: a mail scanner that follows links confirms nothing."""
    return _button(request, token, act=confirm, template="site/confirm.html")


@csrf_exempt  # the reader's mail program posts here on its own (RFC 8058); the secret in the address is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the button that ends a subscription, or take its press."""
    return _button(request, token, act=unsubscribe, template="site/unsubscribe.html")


def _button(request: HttpRequest, token: str, *, act: Callable[[str, datetime], Subscription], template: str) -> HttpResponseBase:
    try:
        done = request.method == "POST"
        found = act(token, datetime.now(UTC)) if done else by_token(token)
    except BadInput:
        return _dead_link(request)
    return unlisted(render(request, template, {"subscription": found, "done": done}))


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show and change what a subscriber receives."""
    try:
        found = by_token(token)
    except BadInput:
        return _dead_link(request)
    wishes = {"language": found.language, "themes": found.themes, "countries": found.countries, "routes": found.routes}
    form = WishesForm(request.POST or None, initial=wishes)
    saved = request.method == "POST" and form.is_valid()
    if saved:
        found = set_preferences(token, **form.cleaned_data)
    return unlisted(render(request, "site/preferences.html", {"form": form, "saved": saved, "subscription": found}))


def _dead_link(request: HttpRequest) -> HttpResponse:
    return render(request, "site/dead_link.html", status=404)
