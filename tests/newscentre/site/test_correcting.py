"""Corrections: one editor says it and it holds, another confirms or rejects it; relabelling leaves it; others may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from typer.testing import CliRunner

from newscentre import corrections, doubts
from newscentre.cli import corrections as _verbs  # noqa: F401 - puts the verb into the app
from newscentre.cli.app import app
from newscentre.ingest.committer import write_labels
from newscentre.site.explaining import with_terms
from newscentre.site.views.correcting import shorten
from newsdesk import values
from newsdesk.errors import BadInput
from newsdesk.models import Article, Correction, IndexChange, Label, Role, User
from tests.newscentre.site.conftest import LANGUAGES
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db
Write = Callable[..., Article]
MODEL = (
    values.Label("relevance", "migration", 0.97, 0.5, True, "themes 9"),
    values.Label("theme", "mixed_migration", 0.93, 0.5, True, "themes 9"),
    values.Label("theme", "protection", 0.2, 0.5, False, "themes 9"),
)


@pytest.fixture
def editors(db: None) -> tuple[User, User]:
    first, second = (User.objects.create_user(f"{name}@people.example", role=Role.EDITOR) for name in ("first", "second"))
    return first, second


def propose(article: Article, value: str, person: User, now: datetime, *, wanted: bool, kind: str = "theme") -> Correction:
    return corrections.propose(article, kind=kind, value=value, wanted=wanted, person=person, now=now)


def test_a_correction_holds_at_once_and_outlives_relabelling(write: Write, editors: tuple[User, User], now: datetime) -> None:
    article = write()
    IndexChange.objects.all().delete()
    propose(article, "mixed_migration", editors[0], now, wanted=False)
    propose(article, "protection", editors[0], now, wanted=True)
    propose(article, "IT", editors[0], now, wanted=True, kind="country")
    assert IndexChange.objects.filter(article_id=article.pk).count() == 3
    write_labels(article, MODEL, at=now + timedelta(days=1))
    article = Article.objects.get(pk=article.pk)
    assert (article.themes, article.countries) == (["protection"], ["IT"])
    said = article.labels.get(kind="theme", value="protection", superseded_at=None)
    assert (said.person, said.actor, said.created_at) == (editors[0], "person", now)
    assert article.labels.filter(kind="theme", value="mixed_migration", person=None, superseded_at=now).exists()


def test_a_second_person_confirms_never_the_first(write: Write, editors: tuple[User, User], now: datetime) -> None:
    first, second = editors
    wish = propose(write(), "protection", first, now, wanted=True)
    assert corrections.as_labelled() == []
    with pytest.raises(BadInput, match="second person"):
        corrections.confirm(wish, person=first, now=now)
    settled = corrections.confirm(wish, person=second, now=now)
    assert (settled.state, settled.second_person, settled.decided_at) == ("confirmed", second, now)
    with pytest.raises(BadInput, match="settled"):
        corrections.reject(wish, person=second, now=now)
    (example,) = corrections.as_labelled()
    assert (example.language, example.truth) == ("en", (True, True, True, False, False))


def test_rejecting_brings_the_models_label_back(write: Write, editors: tuple[User, User], now: datetime) -> None:
    first, second = editors
    article = write(themes=[("mixed_migration", 0.91)])
    wrong = propose(article, "mixed_migration", first, now, wanted=False)
    missing = propose(article, "labour", first, now, wanted=True)
    for wish in (wrong, missing):
        corrections.reject(wish, person=second, now=now + timedelta(hours=1))
    article = Article.objects.get(pk=article.pk)
    assert article.themes == ["mixed_migration"]
    back = article.labels.get(kind="theme", superseded_at=None)
    assert (back.person, back.score, back.actor) == (None, 0.91, "labeller 1.0")
    assert article.labels.filter(person=first).exclude(superseded_at=None).count() == 2


def test_whoever_says_it_again_agrees_or_disagrees(write: Write, editors: tuple[User, User], now: datetime) -> None:
    first, second = editors
    article, later = write(), now + timedelta(minutes=1)
    propose(article, "labour", first, now, wanted=True)
    assert propose(article, "labour", second, later, wanted=True).state == "confirmed"
    propose(article, "protection", first, now, wanted=True)
    propose(article, "protection", second, later, wanted=False)
    states = list(Correction.objects.filter(value="protection").order_by("pk").values_list("state", "wanted"))
    assert states == [("rejected", True), ("proposed", False)]
    propose(article, "development", first, now, wanted=True)
    propose(article, "development", first, later, wanted=False)
    assert Correction.objects.get(value="development").wanted is False
    assert Article.objects.get(pk=article.pk).themes == ["mixed_migration", "labour"]


def test_what_is_given_a_theme_is_about_migration(write: Write, editors: tuple[User, User], now: datetime) -> None:
    article = write(relevant=False, themes=())
    propose(article, "rescue", editors[0], now, wanted=True, kind="topic")
    article = Article.objects.get(pk=article.pk)
    assert (article.given("relevance"), article.given("topic")) == (["migration"], ["rescue"])
    for kind, value in (("theme", "weather"), ("country", "QQ"), ("city", "sfax"), ("relevance", "yes")):
        with pytest.raises(BadInput):
            propose(article, value, editors[0], now, wanted=True, kind=kind)


@pytest.mark.parametrize("role", ["stranger", "visitor", "subscriber", "analyst"])
def test_only_editors_correct_and_review(role: str, write: Write, signed_in: Callable[[str], Client]) -> None:
    article, client = write(), signed_in(role)
    label = {"label": "theme:labour", "wanted": "yes"}
    wanted = 302 if role == "stranger" else 403
    assert client.post(f"/en/article/{article.pk}/correct/", label).status_code == wanted
    assert client.get("/en/desk/review/").status_code == wanted
    assert client.post("/en/desk/review/answer/", {"key": "wish:1", "answer": "yes"}).status_code == wanted
    assert not Correction.objects.exists()
    assert "/correct/" not in client.get(f"/en/article/{article.pk}/").content.decode()


def test_a_form_of_another_site_is_refused(write: Write, person: Callable[[str], User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(Role.EDITOR))
    for path in (f"/en/article/{write().pk}/correct/", "/en/desk/review/answer/"):
        assert client.post(path, {"label": "theme:labour", "wanted": "yes", "key": "x", "answer": "yes"}).status_code == 403
    assert not Correction.objects.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_editor_corrects_on_the_page_and_another_reviews(
    language: str, write: Write, signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    article, editor, second = write(language), signed_in(Role.EDITOR), Client()
    second.force_login(person(Role.ADMINISTRATOR))
    page = checked(editor.get(f"/{language}/article/{article.pk}/").content.decode(), language)
    assert [form for form in page.all("form") if (form.get("action") or "").endswith("/correct/")]
    answer = editor.post(f"/{language}/article/{article.pk}/correct/", {"label": "theme:labour", "wanted": "yes"})
    assert answer.headers["Location"] == f"/{language}/article/{article.pk}/"
    assert "labour" in Article.objects.get(pk=article.pk).themes
    own = editor.get(f"/{language}/desk/review/").content.decode()
    assert "wish:" not in own
    text = second.get(f"/{language}/desk/review/").content.decode()
    checked(text, language)
    wish = Correction.objects.get()
    assert f'value="wish:{wish.pk}"' in text
    assert article.title in text
    second.post(f"/{language}/desk/review/answer/", {"key": f"wish:{wish.pk}", "answer": "skip"})
    assert "wish:" not in second.get(f"/{language}/desk/review/").content.decode()
    second.post(f"/{language}/desk/review/answer/", {"key": f"wish:{wish.pk}", "answer": "no", "note": "<b>no pay in it"})
    assert "labour" not in Article.objects.get(pk=article.pk).themes
    rejected = editor.get(f"/{language}/desk/review/").content.decode()
    checked(rejected, language)
    assert {"ar": "مرفوض", "en": "rejected", "fr": "rejetée"}[language] in rejected
    assert "&lt;b&gt;no pay in it" in rejected
    assert "administrator@people.example" in rejected
    checked(second.get(f"/{language}/desk/review/").content.decode(), language)


def test_doubtful_labels_are_asked_and_answered(write: Write, signed_in: Callable[[str], Client]) -> None:
    article, client = write(themes=[("mixed_migration", 0.91)]), signed_in(Role.EDITOR)
    assert "label:" not in client.get("/en/desk/review/").content.decode()
    Label.objects.create(
        article=article, kind="theme", value="protection", score=0.45, threshold=0.5, given=False, actor="m 1",
        created_at=article.first_seen_at, terms=[["asylum", 0.4]],
    )  # fmt: skip
    Label.objects.create(
        article=article, kind="topic", value="asylum", score=0.6, threshold=0.5, given=True, actor="m 1",
        created_at=article.first_seen_at,
    )  # fmt: skip
    (question,) = doubts.questions()
    assert (question.value, question.disagreement, question.given) == ("protection", True, False)
    text = client.get("/en/desk/review/").content.decode()
    key = f"label:{article.pk}:theme:protection"
    assert key in text
    assert "asylum" in text
    client.post("/en/desk/review/answer/", {"key": key, "answer": "yes"})
    assert "protection" in Article.objects.get(pk=article.pk).themes
    assert doubts.questions() == []
    assert Correction.objects.get().state == "proposed"


@pytest.mark.parametrize(
    "key", ["", "wish:", "wish:x", "wish:999", "wish:9" + "9" * 30, "label:1:theme:labour", "label::", "a\0b", "label:1:theme:\0"]
)
def test_nonsense_is_answered_with_a_sentence(key: str, signed_in: Callable[[str], Client]) -> None:
    client = signed_in(Role.EDITOR)
    for said in ("yes", "no", "maybe", ""):
        assert client.post("/en/desk/review/answer/", {"key": key, "answer": said}).status_code == 302
    assert not Correction.objects.exists()


def test_why_a_label_was_given_is_told_and_shown(write: Write, signed_in: Callable[[str], Client], client: Client) -> None:
    article = write()
    label = article.labels.get(kind="theme")
    label.terms = [["wooden boat", 0.7], ["<b>", 0.2]]
    label.save()
    text = signed_in(Role.ANALYST).get(f"/en/article/{article.pk}/?why={label.pk}").content.decode()
    assert "<mark>wooden boat</mark>" in text
    assert "because of:" in text
    assert "<b>" not in text
    given = signed_in(Role.EDITOR).get(f"/api/articles/{article.pk}").json()["labels"]
    assert next(row["terms"] for row in given if row["kind"] == "theme") == [["wooden boat", 0.7], ["<b>", 0.2]]
    assert all(row["terms"] is None for row in client.get(f"/api/articles/{article.pk}").json()["labels"])


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("Camp, campus and CAMP", ["camp"], ["Camp", "CAMP"]),
        ("demandeurs d'asile, asile", ["asile", "demandeurs d'asile"], ["demandeurs d'asile", "asile"]),
        ("مخيم اللاجئين", ["مخيم"], ["مخيم"]),
        ("a (b) c", ["(b)", " "], ["(b)"]),
        ("nothing", [], []),
    ],
)
def test_terms_are_found_as_whole_words(text: str, terms: list[str], marked: list[str]) -> None:
    segments = with_terms(text, terms)
    assert "".join(part for part, _ in segments) == text
    assert [part for part, hit in segments if hit] == marked


@pytest.mark.parametrize(("word", "longest"), [("سداد", 899), ("boat\n", 899), ("x" * 2000, 900)])
def test_the_beginning_of_a_text_ends_with_a_word(word: str, longest: int) -> None:
    beginning = shorten(f"{word} " * 500)
    assert len(beginning) <= longest
    assert set(beginning.split()) == {word.strip()[:900]}


def test_corrections_are_exported_without_texts(
    write: Write, editors: tuple[User, User], now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    article = write()
    wish = propose(article, "labour", editors[0], now, wanted=True)
    corrections.confirm(wish, person=editors[1], now=now)
    monkeypatch.setenv("NEWSCENTRE_DATA", str(tmp_path))
    monkeypatch.setattr("newscentre.cli.corrections.open_record", lambda: None)
    done = CliRunner().invoke(app, ["--data", str(tmp_path), "corrections", "export", str(tmp_path / "out.jsonl")])
    assert done.exit_code == 0, done.stderr
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    row = json.loads(line)
    assert (row["url"], row["value"], row["wanted"], row["by"], row["second"]) == (
        article.url, "labour", True, "first@people.example", "second@people.example",
    )  # fmt: skip
    assert article.title not in line
