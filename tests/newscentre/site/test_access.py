"""Who may see what: each role on each guarded page, sign-in and its limit, forged forms, roles given and taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from typer.testing import CliRunner

from newscentre.cli import operations
from newscentre.cli.app import app
from newscentre.jobs import keep_to_retention
from newsdesk.errors import BadInput
from newsdesk.models import Article, Fetch, Label, Revision, Role, User
from tests.newscentre.site.conftest import LANGUAGES, LAST_WORDS, PASSWORD

pytestmark = pytest.mark.django_db

ROLES = ("stranger", *Role.values)
#: The least role that each guarded page takes.
GUARDED = {
    "account/": "visitor",
    "article/{article}/revision/2/": "analyst",
    "article/{article}/evidence.zip": "analyst",
    "desk/": "editor",
    "desk/?state=refused": "editor",
    "desk/fetch/{fetch}/": "editor",
    "desk/mails/": "editor",
    "desk/mails/one.eml/": "editor",
    "desk/mails/one.eml/html": "editor",
    "desk/mails/one.eml/source": "editor",
    "desk/drift/": "editor",
    "desk/review/": "editor",
    "desk/names/": "editor",
    "desk/names/XK/": "editor",
    "desk/people/": "administrator",
    "saved/": "subscriber",
    "saved/new/": "subscriber",
}
MAIL = """\
From: Newscentre <a@b.example>
To: reader@people.example
Subject: =?utf-8?b?2YbYtNix2Kk=?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8

<script>text</script> https://a.example/confirm
--x
Content-Type: text/html; charset=utf-8

<p style="color:red">html</p><script>1</script>
--x--
""".replace("\n", "\r\n")


@pytest.fixture
def things(write: Callable[..., Article], mails: Path, now: datetime) -> dict[str, int]:
    article = write("en")
    Revision.objects.create(
        article=article, number=2, seen_at=now, title="Changed", text=article.text + "\nMore.", text_sha256=""
    )
    fetch = Fetch.objects.create(url="https://a.example/<b>", final_url="", fetched_at=now, state="quarantined", code="crash",
                                 message="it crashed", traceback="Traceback: <script>boom</script>")  # fmt: skip
    (mails / "one.eml").write_bytes(MAIL.encode())
    return {"article": article.pk, "fetch": fetch.pk}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_pages_and_no_others(signed_in: Callable[[str], Client], things: dict[str, int], role: str) -> None:
    browser = signed_in(role)
    for (path, least), language in zip(GUARDED.items(), cycle(LANGUAGES)):
        answer = browser.get(f"/{language}/{path.format(**things)}")
        may = role != "stranger" and ROLES.index(role) >= ROLES.index(least)
        wanted = 200 if may else 302 if role == "stranger" else 403
        assert answer.status_code == wanted, (role, path)
        if wanted == 302:
            assert answer.headers["Location"].startswith(f"/{language}/sign-in/?next=/{language}/")


def test_what_somebody_signed_in_sees_is_kept_nowhere(signed_in: Callable[[str], Client], things: dict[str, int]) -> None:
    analyst, article = signed_in("analyst"), things["article"]
    for path in ("/en/", f"/en/article/{article}/", f"/api/articles/{article}", "/en/account/", "/en/nowhere/"):
        assert analyst.get(path).headers["Cache-Control"] == "private, no-store", path
        assert "Cache-Control" not in Client().get(path).headers, path


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_only_analysts_see_texts_and_provenance(
    signed_in: Callable[[str], Client], write: Callable[..., Article], role: str, language: str
) -> None:
    article = write(language)
    browser = signed_in(role)
    page, data = (
        browser.get(f"/{language}/article/{article.pk}/").content.decode(),
        browser.get(f"/api/articles/{article.pk}").json(),
    )
    may = role in ("analyst", "editor", "administrator")
    assert (LAST_WORDS[language] in page) is may
    assert ("because of mixed_migration" in page) is may
    assert ("labeller 1.0" in page) is may
    assert (data["text"] is not None) is may
    assert all((label["evidence"] is not None) is may for label in data["labels"])


def test_a_persons_label_and_history_are_shown(
    signed_in: Callable[[str], Client], write: Callable[..., Article], now: datetime
) -> None:
    article, editor = write("en"), User.objects.create_user("nour@people.example", PASSWORD, role=Role.EDITOR)
    Label.objects.filter(article=article, kind="theme").update(superseded_at=now)
    Label.objects.create(
        article=article,
        kind="theme",
        value="labour",
        score=1,
        threshold=0.5,
        given=True,
        actor="person",
        person=editor,
        created_at=now,
    )
    page = signed_in("analyst").get(f"/en/article/{article.pk}/").content.decode()
    assert "nour@people.example" in page
    assert "1 earlier label" in page


def test_a_revision_shows_what_changed(signed_in: Callable[[str], Client], things: dict[str, int]) -> None:
    page = signed_in("analyst").get(f"/en/article/{things['article']}/revision/2/").content.decode()
    assert "<ins>More.</ins>" in page
    assert "<del>" in page


def test_a_suspended_account_may_nothing(signed_in: Callable[[str], Client], things: dict[str, int]) -> None:
    browser = signed_in("editor")
    User.objects.update(is_active=False)
    assert browser.get("/en/desk/").status_code == 302


def test_mails_are_shown_harmlessly(signed_in: Callable[[str], Client], things: dict[str, int]) -> None:
    editor = signed_in("editor")
    assert "نشرة" in editor.get("/ar/desk/mails/").content.decode()
    page = editor.get("/en/desk/mails/one.eml/").content.decode()
    assert "&lt;script&gt;text" in page
    assert 'href="https://a.example/confirm"' in page
    assert 'sandbox=""' in page
    framed = editor.get("/en/desk/mails/one.eml/html")
    assert "sandbox" in framed.headers["Content-Security-Policy"]
    assert "script" not in framed.headers["Content-Security-Policy"]
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    for name in ("../secret-key", "..%2Fsecret-key", "two.eml", "one.txt", ".eml", "a/../one.eml"):
        assert editor.get(f"/en/desk/mails/{name}/source").status_code == 404


def test_a_traceback_is_shown_escaped(signed_in: Callable[[str], Client], things: dict[str, int]) -> None:
    page = signed_in("editor").get(f"/ar/desk/fetch/{things['fetch']}/").content.decode()
    assert "&lt;script&gt;boom" in page
    assert "<script" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_signing_in_leads_back_and_only_within_the_site(client: Client, person: Callable[[str], User], language: str) -> None:
    person("editor")
    form = {"username": "Editor@People.example", "password": PASSWORD}
    for wanted, leads_to in (
        (f"/{language}/desk/", f"/{language}/desk/"),
        ("https://evil.example/", f"/{language}/"),
        ("//evil.example", f"/{language}/"),
    ):
        answer = client.post(f"/{language}/sign-in/", form | {"next": wanted})
        assert answer.headers["Location"] == leads_to
        assert client.get(f"/{language}/account/").status_code == 200
        client.post(f"/{language}/sign-out/")
        assert client.get(f"/{language}/account/").status_code == 302


@pytest.mark.parametrize(
    ("referer", "leads_to"),
    [("http://testserver/en/article/7/", "http://testserver/en/article/7/"), ("https://evil.example/", "/en/")],
)
def test_who_is_signed_out_over_a_form_is_led_back_to_its_page(
    client: Client, person: Callable[[str], User], referer: str, leads_to: str
) -> None:
    person("editor")
    asked = client.post("/en/article/7/correct/", {"label": "theme:labour"}, headers={"referer": referer})
    wanted = parse_qs(urlsplit(asked.headers["Location"]).query)["next"][0]
    answer = client.post("/en/sign-in/", {"username": "editor@people.example", "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == leads_to


def test_a_session_begins_anew_with_the_sign_in(client: Client, person: Callable[[str], User]) -> None:
    person("visitor")
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    client.post("/en/sign-in/", {"username": "visitor@people.example", "password": PASSWORD})
    assert client.session.session_key != before


def test_sessions_of_long_ago_are_deleted(signed_in: Callable[[str], Client], now: datetime) -> None:
    old, fresh = signed_in("visitor").session, signed_in("editor").session
    Session.objects.filter(pk=old.session_key).update(expire_date=now - timedelta(days=1))
    keep_to_retention()
    assert [session.pk for session in Session.objects.all()] == [fresh.session_key]


def test_failed_sign_ins_are_limited(client: Client, person: Callable[[str], User]) -> None:
    person("editor")
    right = {"username": "editor@people.example", "password": PASSWORD}
    for _attempt in range(5):
        assert client.post("/en/sign-in/", right | {"password": "wrong"}).status_code == 200
    limited = client.post("/en/sign-in/", right)
    assert "Too many failed attempts" in limited.content.decode()
    assert client.get("/en/account/").status_code == 302
    assert client.post("/en/sign-in/", right, REMOTE_ADDR="198.51.100.7").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["sign-in/", "digests/", "digests/confirm/abc/", "digests/preferences/abc/", "sign-out/", "account/", "desk/people/1/role/"],
)
def test_forged_forms_are_refused(path: str, db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(f"/fr/{path}", {"x": "y"})
    assert answer.status_code == 403
    assert "Le formulaire a expiré" in answer.content.decode()


def test_an_administrator_gives_roles_but_not_to_herself(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    reader = person("visitor")
    browser = signed_in("administrator")
    herself = User.objects.get(role="administrator")
    for who, role in ((reader, "analyst"), (herself, "visitor")):
        assert browser.post(f"/en/desk/people/{who.pk}/role/", {"role": role, "active": "on"}).status_code == 302
    browser.post(f"/en/desk/people/{reader.pk}/role/", {"role": "emperor"})
    assert dict(User.objects.values_list("pk", "role")) == {reader.pk: "analyst", herself.pk: "administrator"}
    assert browser.get(f"/en/desk/people/{reader.pk}/role/").status_code == 405
    browser.post(f"/en/desk/people/{reader.pk}/role/", {"role": "analyst"})
    reader.refresh_from_db()
    assert not reader.is_active


def test_lesser_roles_give_no_roles(signed_in: Callable[[str], Client], person: Callable[[str], User]) -> None:
    reader = person("visitor")
    assert signed_in("editor").post(f"/en/desk/people/{reader.pk}/role/", {"role": "administrator"}).status_code == 403
    reader.refresh_from_db()
    assert reader.role == "visitor"


def test_a_person_changes_name_and_password(signed_in: Callable[[str], Client]) -> None:
    browser = signed_in("visitor")
    browser.post("/en/account/", {"form": "profile", "name": "<b>Nour</b>"})
    assert "&lt;b&gt;Nour" in browser.get("/en/").content.decode()
    fresh = {
        "form": "password",
        "old_password": PASSWORD,
        "new_password1": "quite another phrase 8",
        "new_password2": "quite another phrase 8",
    }
    assert browser.post("/en/account/", fresh | {"old_password": "no"}).status_code == 200
    assert browser.post("/en/account/", fresh | {"new_password1": "short", "new_password2": "short"}).status_code == 200
    assert browser.post("/en/account/", fresh).status_code == 302
    assert browser.get("/en/account/").status_code == 200
    assert User.objects.get().check_password("quite another phrase 8")


def test_who_forgot_the_password_is_given_another(signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSCENTRE_DATA", str(settings.NEWSCENTRE.data))
    monkeypatch.setattr(operations, "open_record", lambda: None)
    browser = signed_in("administrator")
    told = CliRunner().invoke(
        app, ["--data", str(settings.NEWSCENTRE.data), "people", "password", "Administrator@People.example"]
    )
    assert User.objects.get().check_password(told.stdout.strip())
    assert browser.get("/en/desk/").status_code == 302
    nobody = CliRunner().invoke(app, ["--data", str(settings.NEWSCENTRE.data), "people", "password", "nobody@people.example"])
    assert isinstance(nobody.exception, BadInput)


@pytest.mark.parametrize("address", ["https://news.example", "https://news.example/", "https://news.example/migration/"])
def test_forms_are_taken_from_the_site_itself_however_its_address_is_written(address: str, tmp_path: Path) -> None:
    told = {"NEWSCENTRE_DATA": str(tmp_path), "NEWSCENTRE_SITE_URL": address}
    code = "from newsdesk.settings import CSRF_TRUSTED_ORIGINS; print(CSRF_TRUSTED_ORIGINS)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | told, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['https://news.example']"
