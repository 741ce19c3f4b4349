"""The restricted desk: pages set aside or refused, mails sent, and the people with accounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from newscentre.site.access import needs
from newscentre.site.forms import RoleForm
from newscentre.site.paging import number_of, page_of, page_of_rows
from newsdesk.models import Fetch, IndexChange, Role, User

STATES = (Fetch.State.QUARANTINED, Fetch.State.REFUSED)
MAILS_A_PAGE = 50
#: A mail's own styles may apply to it, in a frame that can do nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
LARGEST_MAIL = 2_000_000


@require_safe
@needs(Role.EDITOR)
def desk(request: HttpRequest) -> HttpResponse:
    """Show the pages that did not become articles, and why."""
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else Fetch.State.QUARANTINED
    fetches = Fetch.objects.filter(state=state).select_related("source").defer("compressed_body", "traceback")
    code = request.GET.get("code", "").replace("\0", "")  # which PostgreSQL does not take
    codes = fetches.order_by().values_list("code").annotate(n=Count("pk")).order_by("-n", "code")
    page = page_of_rows(request, (fetches.filter(code=code) if code else fetches).order_by("-fetched_at", "-pk"), size=50)
    counts = dict(Fetch.objects.order_by().values_list("state").annotate(n=Count("pk")))
    context = {
        "state": state,
        "states": [(each, counts.get(each, 0)) for each in STATES],
        "pending": counts.get(Fetch.State.PENDING, 0),
        "unindexed": IndexChange.objects.count(),
        "codes": codes,
        "code": code,
        "page": page,
    }
    return render(request, "site/desk.html", context)


@require_safe
@needs(Role.EDITOR)
def fetch(request: HttpRequest, fetch_id: int) -> HttpResponse:
    """Show one fetch: what was asked, what came, what went wrong."""
    found = get_object_or_404(Fetch.objects.select_related("source", "article").defer("compressed_body"), pk=fetch_id)
    return render(request, "site/fetch.html", {"fetch": found})


@require_safe
@needs(Role.EDITOR)
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails that were written to the mail folder, newest first."""
    paths = sorted(_mail_files(), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
    number = number_of(request)
    shown = paths[(number - 1) * MAILS_A_PAGE : number * MAILS_A_PAGE]
    page = page_of(request, shown, total=len(paths), number=number, size=MAILS_A_PAGE)
    listed = [(path.name, _parsed(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)) for path in shown]
    context = {"page": page, "mails": listed, "by_smtp": bool(settings.NEWSCENTRE.smtp_url)}
    return render(request, "site/mails.html", context)


@require_safe
@needs(Role.EDITOR)
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: its headers, its text, its HTML in a frame."""
    message = _parsed(_mail_file(name))
    headers = [(key, str(value)) for key, value in message.items() if not key.lower().startswith(("content-", "mime-"))]
    return render(request, "site/mail.html", {"name": name, "headers": headers, "text": _body(message, "plain")})


@require_safe
@needs(Role.EDITOR)
@xframe_options_sameorigin
def mail_html(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a mail's HTML alone, for the frame."""
    answer = HttpResponse(_body(_parsed(_mail_file(name)), "html"))
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


@require_safe
@needs(Role.EDITOR)
def mail_source(_request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a mail as it was written."""
    answer = HttpResponse(_mail_file(name).read_bytes(), content_type="message/rfc822")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _mail_files() -> list[Path]:
    return [path for path in settings.NEWSCENTRE.mail_folder.glob("*.eml") if path.is_file()]


def _mail_file(name: str) -> Path:
    """Return the mail of this name, which cannot lead out of the folder."""
    path = Path(settings.NEWSCENTRE.mail_folder) / name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,150}\.eml", name) or not path.is_file():
        raise Http404
    return path


def _parsed(path: Path) -> EmailMessage:
    with open(path, "rb") as file:
        return message_from_bytes(file.read(LARGEST_MAIL), policy=default)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError):
        return ""


@require_safe
@needs(Role.ADMINISTRATOR)
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    page = page_of_rows(request, User.objects.order_by("email"), size=100)
    return render(request, "site/people.html", {"page": page, "roles": list(Role)})


@require_POST
@needs(Role.ADMINISTRATOR)
def set_role(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a person another role or suspend the account; nobody changes their own, so one administrator always remains."""
    person = get_object_or_404(User, pk=user_id)
    form = RoleForm(request.POST)
    if person.pk == request.user.pk:
        messages.error(request, _("You cannot change your own role."))
    elif form.is_valid():
        User.objects.filter(pk=person.pk).update(role=form.cleaned_data["role"], is_active=form.cleaned_data["active"])
        messages.success(request, _("Saved: %(email)s") % {"email": person.email})
    else:
        messages.error(request, _("There is no such role."))
    return redirect("people")
