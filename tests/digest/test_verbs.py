"""The verbs ``digest`` and ``trends`` do what they say, in words and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest
from django.conf import settings
from typer.testing import CliRunner, Result

from newscentre.cli import digest as _verbs  # noqa: F401 - puts the verbs into the app
from newscentre.cli.app import app
from newsdesk.errors import BadInput
from newsdesk.models import Article, Delivery, Subscription
from tests.digest.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


class Morning(datetime):
    """A clock that stands still: no midnight comes between two verbs."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:  # noqa: ARG003 - as it is called
        return cls.fromtimestamp(NOW.timestamp(), UTC)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that runs a verb in this process, on the record of the tests, at the hour of the tests."""
    monkeypatch.setattr("newscentre.cli.digest.open_record", lambda: None)
    monkeypatch.setattr("newscentre.cli.digest.datetime", Morning)

    def called(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data", str(settings.NEWSCENTRE.data), *words])

    return called


def test_a_day_is_built_sent_and_shown(run: Callable[..., Result], write: Callable[..., Article]) -> None:
    for language in ("ar", "en", "fr"):
        write(language)
        assert run("digest", "subscribe", f"{language}@example.org", "--language", language, "--confirmed").exit_code == 0
    built = [json.loads(line) for line in run("digest", "build", "--json").stdout.splitlines()]
    assert [(row["language"], row["stories"], row["elsewhere"], row["deliveries"]) for row in built] == [
        ("ar", 1, 2, 1),
        ("en", 1, 2, 1),
        ("fr", 1, 2, 1),
    ]
    sent = [json.loads(line) for line in run("digest", "send", "--json").stdout.splitlines()]
    assert [row["state"] for row in sent] == ["sent"] * 3
    files = {path.name for path in settings.NEWSCENTRE.mail_folder.iterdir()}
    assert len([name for name in files if name.startswith("digest.")]) >= 3
    assert "Coast guard" in run("digest", "show").stdout
    assert json.loads(run("digest", "show", "--language", "ar", "--json").stdout)["content"]["language"] == "ar"
    assert run("digest", "send", "--json").stdout == ""


def test_a_digest_that_fails_is_told(run: Callable[..., Result], write: Callable[..., Article]) -> None:
    write("en")
    run("digest", "subscribe", "en@example.org", "--confirmed")
    Subscription.objects.update(email="not an address")
    run("digest", "build", "--language", "en")
    done = run("digest", "send", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["state"] == Delivery.State.FAILED
    assert "e-mail" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize(
    "words",
    [
        ("digest", "build", "--language", "de"),
        ("digest", "build", "--day", "yesterday"),
        ("digest", "build", "--day", "2999-01-01"),
        ("digest", "show", "--day", "2001-01-01"),
        ("digest", "subscribe", "nobody"),
        ("digest", "subscribe", "a@example.org", "--theme", "sport"),
        ("trends", "--from", "2026-02-01", "--to", "2026-01-01"),
    ],
)
def test_bad_requests_are_refused_in_a_sentence(run: Callable[..., Result], words: tuple[str, ...]) -> None:
    failure = run(*words).exception
    assert isinstance(failure, BadInput)
    assert len(str(failure)) > 20


def test_trends_are_written_in_three_languages(run: Callable[..., Result], write: Callable[..., Article], tmp_path: Path) -> None:
    write("en")
    done = run("trends", "--from", "2026-03-01", "--to", "2026-03-31", "--out", str(tmp_path / "out"), "--json")
    assert json.loads(done.stdout)["totals"]["independent"] == 1
    assert "too little data" in done.stderr
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"trends.json", "trends-ar.html", "trends-en.html", "trends-fr.html", "volume-ar.svg"} <= names
