"""Gives the demo its people: one account a role with a random password, and one confirmed reader of each language's digest."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path

from digest.subscriptions import confirm, subscribe
from newsdesk.languages import languages
from newsdesk.models import Role, Subscription, User

FILE_NAME = "demo-passwords.json"
DOMAIN = "demo.example"


def accounts(folder: Path) -> dict[str, str]:
    """Return e-mail address and password by account, made on the first run and the same ever after.

    The passwords stand in a file of the data folder that its owner alone can read.
    """
    passwords = _passwords(folder)
    for role in Role:
        email = f"{role}@{DOMAIN}"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=role.label)
        if user.role != role or not user.check_password(passwords[email]):
            user.role = role
            user.set_password(passwords[email])
            user.save()
    return passwords


def readers(now: datetime) -> list[str]:
    """Let somebody subscribe to each language's digest, and confirm it as they would; return their addresses."""
    found: list[str] = []
    for language in languages():
        email = f"reader-{language}@{DOMAIN}"
        if not Subscription.objects.filter(email=email).exists():
            subscribe(email, language, (), (), now)
            confirm(Subscription.objects.get(email=email).token, now)
        found.append(email)
    return found


def _passwords(folder: Path) -> dict[str, str]:
    path = folder / FILE_NAME
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        kept = {}
    wanted = {f"{role}@{DOMAIN}": kept.get(f"{role}@{DOMAIN}") or secrets.token_urlsafe(9) for role in Role}
    if wanted != kept:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(json.dumps(wanted, indent=1) + "\n", encoding="ascii")
    return wanted
