"""What the site adds to every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from newscentre.site.access import may
from newsdesk.models import Role
from newsdesk.names import noting

#: Everything comes from the site itself, and nothing is ever run.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Allow styles and pictures from the site alone, and no script at all, unless a view has set a policy of its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return answer


def private_for_readers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Keep what a signed-in person sees out of caches, the browser's too: others may use the same computer after them."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def names_and_notes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Print names of countries the way this reader is to see them, and keep their footnotes for the foot of the page."""

    def answer(request: HttpRequest) -> HttpResponse:
        with noting(audience="restricted" if may(request, Role.ANALYST) else "public"):
            return get_response(request)

    return answer
