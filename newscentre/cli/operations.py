"""Looking after it: ``settings``, ``health``, ``people``."""

from __future__ import annotations

import os
import secrets
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from newscentre.cli.app import app
from newscentre.cli.output import complain, show
from newscentre.cli.record import open_record
from newsdesk.errors import BadInput

people = typer.Typer(help="The people who can sign in.", no_args_is_help=True)
app.add_typer(people, name="people")
Json = Annotated[bool, typer.Option("--json", help="Write JSON Lines.")]


@app.command("settings")
def settings_command(*, as_json: Json = False) -> None:
    """Show every setting: its value, what it means, and where it can be changed."""
    from newsdesk.configuration import FILE_NAME, Configuration, load, without_secrets

    data = Path(os.environ["NEWSCENTRE_DATA"])
    configuration = load(data)
    rows: list[dict[str, Any]] = [
        {
            "setting": setting.name,
            "value": without_secrets(getattr(configuration, setting.name)),
            "default": setting.default,
            "meaning": setting.metadata["description"],
        }
        for setting in fields(Configuration)
        if setting.name != "data"
    ]
    show(rows, as_json=as_json)
    if not as_json:
        typer.echo(f"\nSet them in {data / FILE_NAME} (name = value) or as NEWSCENTRE_<NAME> in the environment.")


@app.command("health")
def health_command(*, as_json: Json = False) -> None:
    """Say what is wrong, if anything: quarantined pages, troubled sources, an index that lags. Exit 1 if something is."""
    open_record()
    from newscentre.health import examine

    findings = examine()
    show([finding.row() for finding in findings], as_json=as_json)
    troubled = [finding for finding in findings if not finding.well]
    if not as_json:
        for finding in troubled:
            if finding.detail:
                complain(f"{finding.what}:\n{finding.detail}")
    raise typer.Exit(int(bool(troubled)))


@people.command("add")
def add_person(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    *,
    role: Annotated[str, typer.Option("--role", help="visitor, subscriber, analyst, editor or administrator.")] = "visitor",
) -> None:
    """Make an account and show its password, once."""
    open_record()
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from newsdesk.models import Role, User

    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(f"{email!r} is no e-mail address") from error
    if role not in Role.values:
        raise BadInput(f"there is no role {role!r}; the roles are {', '.join(Role.values)}")
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput(f"{email} has an account already")
    password = secrets.token_urlsafe(12)
    User.objects.create_user(email, password, role=role)
    typer.echo(password)


@people.command("password")
def new_password(email: Annotated[str, typer.Argument(help="The address that the person signs in with.")]) -> None:
    """Give somebody a new password and show it, once; whoever is signed in as them is signed out."""
    open_record()
    from newsdesk.models import User

    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        raise BadInput(f"{email} has no account; `people add` makes one")
    password = secrets.token_urlsafe(12)
    person.set_password(password)
    person.save(update_fields=["password"])
    typer.echo(password)
