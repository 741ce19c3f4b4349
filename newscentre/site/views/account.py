"""Sign-in, sign-out and a person's own page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from newscentre.site.access import needs
from newscentre.site.forms import ProfileForm, SignInForm
from newsdesk.models import Role, User


class SignIn(LoginView):
    """The sign-in page; afterwards leads to where the person wanted to go, if that is on this site."""

    form_class = SignInForm
    template_name = "site/sign_in.html"
    redirect_authenticated_user = True


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.VISITOR)
def account(request: HttpRequest) -> HttpResponse:
    """Show a person's own page: name, role, a new password."""
    user = cast(User, request.user)
    which = request.POST.get("form")
    profile = ProfileForm(request.POST if which == "profile" else None, initial={"name": user.name})
    password = PasswordChangeForm(user, request.POST if which == "password" else None)
    for field in password.fields.values():
        field.widget.attrs.update({"dir": "ltr", "autofocus": False})
    if which == "profile" and profile.is_valid():
        User.objects.filter(pk=user.pk).update(name=profile.cleaned_data["name"])
        messages.success(request, _("Your name is saved."))
        return redirect("account")
    if which == "password" and password.is_valid():
        update_session_auth_hash(request, password.save())
        messages.success(request, _("Your password is changed."))
        return redirect("account")
    return render(request, "site/account.html", {"profile": profile, "password": password, "roles": list(Role)})
