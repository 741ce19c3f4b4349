"""The desk's page of names: wishes for a disputed name, its footnote and its boundary go in and are kept with who and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.compose import clean
from newscentre.site.access import needs
from newscentre.site.context import current_language
from newscentre.site.naming import alphabetical, boundary_name
from newsdesk import names
from newsdesk.countries import AUDIENCES, BOUNDARIES, country_codes, disputed, shipped_boundary, shipped_footnote, shipped_name
from newsdesk.languages import languages
from newsdesk.models import NameStyle, Role, User
from newsdesk.names import Style, shown

#: What can be wished for.
WISHES = ("name", "footnote", "boundary")


class StyleForm(forms.Form):
    """One name for one audience and language. What is left empty is as shipped."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False)
    footnote = forms.CharField(
        label=gettext_lazy("Footnote"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    boundary = forms.ChoiceField(label=gettext_lazy("Boundary on maps"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        boundary: Any = self.fields["boundary"]
        boundary.choices = [("", _("as shipped")), *((each, boundary_name(each)) for each in BOUNDARIES)]

    def clean_name(self) -> str:
        """Take out what would turn lines around or cannot be seen."""
        return clean(self.cleaned_data["name"])

    def clean_footnote(self) -> str:
        """Take out what would turn lines around or cannot be seen."""
        return clean(self.cleaned_data["footnote"])


@require_safe
@needs(Role.EDITOR)
def listing(request: HttpRequest) -> HttpResponse:
    """List the disputed names as they are printed now, and a way to any other country's."""
    styled = set(NameStyle.objects.order_by().values_list("code", flat=True).distinct())
    keys = [*disputed(), *sorted(styled - set(disputed()))]
    language = current_language()
    listed = [(key, _by_style(key, language), key in styled) for key in keys]
    unlisted = ((shipped_name(code, language), code) for code in country_codes() if code not in keys)
    others = sorted(unlisted, key=lambda named: alphabetical(named[0]))
    return render(request, "site/names.html", {"listed": listed, "others": others})


def _by_style(key: str, language: str) -> list[tuple[list[str], Style]]:
    """Return how a name is printed, and for which audiences so: once where all read the same."""
    audiences: dict[Style, list[str]] = {}
    for audience in AUDIENCES:
        audiences.setdefault(shown(key, language, audience=audience), []).append(audience)
    return [(read_by, style) for style, read_by in audiences.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.EDITOR)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Show one name for every audience and language; show or keep what is wished for one of them."""
    _check(code)
    asked = (request.POST.get("audience", ""), request.POST.get("language", ""))
    tried = StyleForm(request.POST, prefix="-".join(asked)) if request.method == "POST" else None
    if tried is not None and (asked[0] not in AUDIENCES or asked[1] not in languages()):
        raise Http404
    if tried is not None and tried.is_valid() and "keep" in request.POST:
        _keep(code, *asked, wishes=tried.cleaned_data, person=request.user)
        messages.success(request, _("Saved: %(name)s") % {"name": shown(code, asked[1], audience=asked[0]).name})
        return redirect("name", code)
    kept = {(row.audience, row.language): row for row in NameStyle.objects.filter(code=code).select_related("person")}
    places = [(audience, language) for audience in AUDIENCES for language in languages()]
    pieces = [_piece(code, *place, row=kept.get(place), tried=tried if place == asked else None) for place in places]
    context = {"code": code, "title": shipped_name(code, current_language()), "pieces": pieces}
    return render(request, "site/name.html", context, status=400 if tried is not None and not tried.is_valid() else 200)


def _piece(code: str, audience: str, language: str, *, row: NameStyle | None, tried: StyleForm | None) -> dict[str, Any]:
    """Return what the page shows of one audience and language: the name as it is printed, or would be."""
    wishes = {name: getattr(row, name) for name in WISHES} if row else {}
    wished = tried.cleaned_data if tried is not None and tried.is_valid() else wishes
    return {
        "audience": audience,
        "language": language,
        "form": tried or StyleForm(initial=wishes, prefix=f"{audience}-{language}"),
        "row": row,
        "tried": tried is not None,
        "name": wished.get("name") or shipped_name(code, language),
        "footnote": wished.get("footnote") or shipped_footnote(code, language),
        "boundary": wished.get("boundary") or shipped_boundary(code, audience),
    }


@require_POST
@needs(Role.EDITOR)
def reset(request: HttpRequest, code: str) -> HttpResponse:
    """Go back to what ships, for every audience and language."""
    _check(code)
    NameStyle.objects.filter(code=code).delete()
    names.forget()
    messages.success(request, _("As shipped again: %(name)s") % {"name": shipped_name(code, current_language())})
    return redirect("names")


def _keep(code: str, audience: str, language: str, *, wishes: dict[str, str], person: Any) -> None:
    """Keep a wish; one that wishes for nothing is none."""
    place: dict[str, Any] = {"code": code, "audience": audience, "language": language}
    if any(wishes.values()):
        who = person if isinstance(person, User) else None
        NameStyle.objects.update_or_create(**place, defaults={**wishes, "person": who, "changed_at": datetime.now(UTC)})
    else:
        NameStyle.objects.filter(**place).delete()
    names.forget()


def _check(code: str) -> None:
    if code not in country_codes() and code not in disputed():
        raise Http404
