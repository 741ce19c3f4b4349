"""Who may see what: a role guards a view; attempts by one visitor are counted and, beyond a limit, turned away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from ipaddress import IPv6Address, IPv6Network
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from newsdesk.models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def may(request: HttpRequest, role: str) -> bool:
    """Say whether whoever asks is signed in with a role that includes this one."""
    user = getattr(request, "user", None)
    return isinstance(user, User) and user.may_act_as(role)


def needs(role: str) -> Callable[[View[P]], View[P]]:
    """Guard a view: a stranger is asked to sign in, a person of a lesser role is refused."""

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                # Whose session has ended while they filled in a form is led back to its page; elsewhere nobody is led.
                back = request.headers.get("Referer", "") if request.method == "POST" else ""
                return redirect_to_login(back or request.get_full_path(), reverse("sign-in"))
            if not may(request, role):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return answer

    return guarded


@dataclass(frozen=True)
class Limit:
    """At most ``most`` attempts of one kind in ``window``, counted by whatever names the visitor."""

    name: str
    most: int
    window: timedelta

    def reached(self, *who: str) -> bool:
        """Say whether the limit is used up."""
        return int(caches["attempts"].get(self._key(who), 0)) >= self.most

    def spent(self, *who: str) -> bool:
        """Count one more attempt, unless the limit is used up; say whether it is."""
        if self.reached(*who):
            return True
        self.count(*who)
        return False

    def count(self, *who: str) -> None:
        """Count one attempt; the window begins with the first."""
        key, attempts = self._key(who), caches["attempts"]
        if not attempts.add(key, 1, self.window.total_seconds()):
            try:
                attempts.incr(key)
            except ValueError:  # the window ended between the two calls
                attempts.add(key, 1, self.window.total_seconds())

    def _key(self, who: tuple[str, ...]) -> str:
        return f"limit-{self.name}-" + hashlib.sha256("\n".join(who).encode()).hexdigest()


#: Failed sign-ins to one account from one address; and to any account from one address.
SIGN_IN = Limit("sign-in", 5, timedelta(minutes=15))
SIGN_IN_ANYWHERE = Limit("sign-in-anywhere", 50, timedelta(minutes=15))
#: Searches by one visitor who is no subscriber: more than people make, even several behind one address.
SEARCH = Limit("search", 600, timedelta(minutes=10))
SEARCHED_TOO_MUCH = _("Too many searches from here. Try again in ten minutes, or sign in as a subscriber.")
#: Every wish to subscribe makes a mail to somebody: wishes from one place, and mails to one address, whoever asks for them.
SUBSCRIBE = Limit("subscribe", 10, timedelta(hours=1))
SUBSCRIBED = Limit("subscribed", 5, timedelta(days=1))


def unlisted(answer: HttpResponseBase, *, caching: str = "private, no-store") -> HttpResponseBase:
    """Keep an answer whose address is a secret out of shared caches and search engines; no other site is told of any address.

    (With ``no-referrer`` browsers would send its forms without an origin, and be refused.)
    """
    answer.headers["Cache-Control"] = caching
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def searches_too_much(request: HttpRequest) -> bool:
    """Count a search; say whether whoever asks is a stranger who has made too many."""
    return not may(request, Role.SUBSCRIBER) and SEARCH.spent(visitor_address(request))


def visitor_address(request: HttpRequest) -> str:
    """Return the address a request comes from, as the server sees it; of IPv6 its network, all of which is one visitor.

    One of IPv4 stays what it is where a proxy writes it as IPv6 (``::ffff:198.51.100.7``): those are all of one network.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    try:
        ip = IPv6Address(address)
    except ValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))
