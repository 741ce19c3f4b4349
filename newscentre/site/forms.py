"""The site's forms: what a reader typed goes in, checked values or sentences come out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newscentre.alerts.keeping import askable
from newscentre.site.access import SIGN_IN, SIGN_IN_ANYWHERE, visitor_address
from newscentre.site.context import current_language
from newscentre.site.naming import alphabetical, frequencies
from newsdesk.countries import country_codes
from newsdesk.errors import BadQuery
from newsdesk.groups import PREFIX, group_name, groups
from newsdesk.languages import languages
from newsdesk.models import Role
from newsdesk.names import country_name
from newsdesk.routes import ROUTES, route_name
from newsdesk.themes import SECTIONS, theme_name
from search.parse import MOST_CHARACTERS


class SignInForm(AuthenticationForm):
    """E-mail address and password; after too many failures from one place it waits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_messages = {**self.error_messages, "invalid_login": _("This address and this password do not go together.")}
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "dir": "ltr", "autofocus": True})
        self.fields["password"].widget.attrs["dir"] = "ltr"

    def clean(self) -> dict[str, Any]:
        """Check the password, unless this place has failed too often."""
        account = str(self.cleaned_data.get("username") or "").strip().casefold()
        place = visitor_address(self.request) if self.request else ""
        if SIGN_IN.reached(account, place) or SIGN_IN_ANYWHERE.reached(place):
            raise ValidationError(_("Too many failed attempts. Try again in a quarter of an hour."), code="limit")
        try:
            return super().clean()
        except ValidationError:
            SIGN_IN.count(account, place)
            SIGN_IN_ANYWHERE.count(place)
            raise


def _languages() -> list[tuple[str, str]]:
    return [(code, row.name) for code, row in languages().items()]


def _themes() -> list[tuple[str, str]]:
    return [(theme, theme_name(theme, current_language())) for theme in SECTIONS]


def _countries() -> list[tuple[str, list[tuple[str, str]]]]:
    language = current_language()
    named = [(code, country_name(code, language)) for code in country_codes()]
    of_groups = [(PREFIX + key, group_name(key, language)) for key in groups()]
    named.sort(key=lambda pair: alphabetical(pair[1]))
    return [(gettext("Groups of countries"), of_groups), (gettext("Countries"), named)]


def _routes() -> list[tuple[str, str]]:
    return [(key, route_name(key, current_language())) for key in ROUTES]


class WishesForm(forms.Form):
    """What a subscriber wants to receive."""

    language = forms.ChoiceField(label=_("Language"), choices=_languages)
    themes = forms.MultipleChoiceField(
        label=_("Themes"), choices=_themes, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all.")
    )
    countries = forms.MultipleChoiceField(
        label=_("Countries"),
        choices=_countries,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("None chosen: all. Several: hold Ctrl or Cmd."),
    )
    routes = forms.MultipleChoiceField(
        label=_("Routes"), choices=_routes, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all.")
    )


class SubscribeForm(WishesForm):
    """A wish to subscribe."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"})
    )
    field_order = ("email", "language", "themes", "countries", "routes")


class SavedSearchForm(forms.Form):
    """A search to keep, and how to be told."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"dir": "auto"}))
    query = forms.CharField(
        label=_("Query"),
        max_length=MOST_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "spellcheck": "false"}),
        help_text=_("As on the search page. Empty: everything."),
    )
    everything = forms.BooleanField(label=_("Also articles that are not about migration"), required=False)
    copies = forms.BooleanField(label=_("Also copies of the same text"), required=False)
    frequency = forms.ChoiceField(label=_("Mails"), choices=frequencies)
    spikes = forms.BooleanField(label=_("Also tell me when there is far more than usual"), required=False)
    language = forms.ChoiceField(label=_("Language of the mails"), choices=_languages)

    def clean_query(self) -> str:
        """Check that the query can be asked."""
        query = str(self.cleaned_data["query"]).strip()
        try:
            askable(query)
        except BadQuery as error:
            place = gettext("At character %d.") % error.column if error.column else ""
            raise ValidationError(f"{error} {place}".strip()) from error
        return query


class RoleForm(forms.Form):
    """A new role for a person, or none at all."""

    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])
    active = forms.BooleanField(required=False)


class ProfileForm(forms.Form):
    """How a person is called."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False, widget=forms.TextInput(attrs={"dir": "auto"}))
