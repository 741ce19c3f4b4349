"""The page about a source, in each language; alarms on the list; who may pause."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from crawler.answers import _FAILURES, DONE, REFUSED, Answer
from crawler.browser import lacking
from crawler.visits import state_of
from newscentre.pausing import pause
from newscentre.site.conditions import condition
from newsdesk.models import Alarm, Article, Fetch, Role, Source
from tests.crawler.test_visits import paged, visited, way

pytestmark = pytest.mark.django_db
LANGUAGES = ("ar", "en", "fr")
QUIET = {"last": 0, "expected": 12, "low": 5, "high": 22, "statistic": 14.0, "state": "unchanged"}


@pytest.fixture
def source(now: datetime) -> Source:
    return Source.objects.create(
        key="marsa", name="المرسى", homepage="https://marsa.example/", country="TN", languages=["ar", "fr"], state="blocked",
        state_code="robots", state_detail="robots.txt of marsa.example does not allow us this address", state_since=now,
        crawled_at=now, next_crawl_at=now + timedelta(hours=3), polling_interval=1800,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ["لا تسمح لنا قواعده", "30 دقيقة", "الزيارة التالية"]),
        ("en", ["Its rules for robots do not allow us", "30 minutes", "Next visit"]),
        ("fr", ["Ses règles pour les robots", "30 minutes", "Prochaine visite"]),
    ],
)
def test_a_source_says_how_it_is_and_why(source: Source, language: str, words: list[str]) -> None:
    page = Client().get(f"/{language}/sources/{source.key}/").content.decode()
    for word in words:
        assert word in page
    assert source.state_detail not in page
    assert "<form method" not in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["new", "ok", "unchanged", "empty", "silent", "blocked", "redirected", "broken", "paused"])
def test_every_state_has_a_sentence(source: Source, language: str, state: str) -> None:
    Source.objects.update(state=state, state_code="")
    page = Client().get(f"/{language}/sources/{source.key}/").content.decode()
    assert f'state-{state}">{state}<' not in page
    assert f'state-{state}">' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ["لا يسمح به robots.txt", "خطأ الخادم 404"]),
        ("en", ["not allowed by robots.txt", "error 404 of the server"]),
        ("fr", ["interdit par robots.txt", "erreur 404 du serveur"]),
    ],
)
def test_editors_read_in_their_language_what_became_of_pages(
    source: Source, now: datetime, signed_in: Callable[[str], Client], language: str, words: list[str]
) -> None:
    for code in ("robots", "http-404"):
        Fetch.objects.create(
            source=source, url=f"https://marsa.example/{code}", fetched_at=now, state="refused", code=code, verdict="allowed"
        )
    editor = signed_in("editor")
    assert words[0] in editor.get(f"/{language}/desk/fetch/{Fetch.objects.get(code='robots').pk}/").content.decode()
    for address in ("desk/?state=refused", f"sources/{source.key}/"):
        page = editor.get(f"/{language}/{address}").content.decode()
        assert all(word in page for word in words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_alarms_are_shown_on_the_list_and_on_the_page(source: Source, now: datetime, language: str) -> None:
    Alarm.objects.create(kind="quiet", source=source, subject=source.key, detail=QUIET, raised_at=now)
    changes = [{"sign": "date", "before": 0.02, "now": 0.9, "statistic": 12.0}]
    ended = {"raised_at": now - timedelta(days=3), "ended_at": now - timedelta(days=1)}
    Alarm.objects.create(kind="layout", source=source, subject=source.key, detail={"changes": changes}, **ended)
    usual = {"ar": "والمعتاد", "en": "are usual on such a day", "fr": "apporte d’ordinaire"}[language]
    dates = {"ar": "بلا تاريخ", "en": "no date", "fr": "pas de date"}[language]
    listed = Client().get(f"/{language}/sources/").content.decode()
    assert usual in listed
    assert dates not in listed
    page = Client().get(f"/{language}/sources/{source.key}/").content.decode()
    assert usual in page
    assert dates in page


def found(*answers: Answer, **fields: object) -> str:
    """Return the sentence for what a crawl found."""
    visit = visited(*answers)
    for name, value in fields.items():
        setattr(visit, name, value)
    return state_of(visit).sentence


OLD = datetime(2026, 8, 20, tzinfo=UTC)
CLOSED = "robots.txt of desk.example answered with status 503, so nothing there is fetched"
CONDITIONS = [
    found(way(), paged()),
    found(way(), paged(), paged(), left_out=3),
    found(way(), way(REFUSED, "http-500", message="the server answered with status 500"), paged()),
    found(way(moved=True, to="https://desk.example/new;a=b"), paged(DONE, "unchanged")),
    found(way(listed=0)),
    found(way(), lists_only=True),
    found(way(), dates=[OLD]),
    found(),
    found(lacking=lacking()) if lacking() else "a script that reloads",
    *(found(way(), paged(REFUSED, code)) for code in ("blocked", "robots", "reserved", "http-403")),
    found(way(REFUSED, "timeout", message="the server took too long to answer"), way(REFUSED, "timeout")),
    found(way(REFUSED, "robots", message=CLOSED)),
    found(way(REFUSED, "redirect", to="https://parked.example/")),
    *(found(way(REFUSED, code, message=sentence)) for _, code, sentence in _FAILURES),
]


@pytest.mark.parametrize("detail", dict.fromkeys(CONDITIONS))
def test_how_a_crawl_found_a_source_is_told_in_every_language(detail: str) -> None:
    told = {}
    for language in LANGUAGES:
        with translation.override(language):
            told[language] = condition(detail)
    assert told["en"] == detail
    assert told["fr"] != detail
    own = re.sub("\u2068[!-~]+\u2069|it failed", "", told["ar"])  # addresses and names of programs
    assert not re.search(r"[A-Za-z]{2}", own), told["ar"]


@pytest.mark.parametrize("detail", ["", "; ; ", "what nobody worded", "the newest entry that it lists is of 99 Foo 2026"])
def test_what_nobody_worded_stays_as_it_is(detail: str) -> None:
    with translation.override("fr"):
        assert condition(detail).endswith(detail[-12:])


def test_what_a_source_gave_is_drawn_and_told(source: Source, now: datetime) -> None:
    Fetch.objects.create(source=source, url="https://marsa.example/feed", kind="feed", fetched_at=now - timedelta(days=60))
    for hours in range(1, 24 * 58, 6):
        at = now - timedelta(hours=hours)
        Article.objects.create(
            url=f"https://marsa.example/{hours}", source=source, language="ar", title=str(hours), text="t", dated_at=at,
            date_precision="minute", date_origin="feed", first_seen_at=at,
        )  # fmt: skip
    page = Client().get(f"/en/sources/{source.key}/").content.decode()
    assert page.count("<rect ") == 28
    assert "On a day like today, 0 to" in page or "On a day like today, 1 to" in page


def test_editors_pause_and_resume_a_source(source: Source, signed_in: Callable[[str], Client]) -> None:
    editor = signed_in(Role.EDITOR)
    assert source.state_detail in editor.get(f"/en/sources/{source.key}/").content.decode()
    answer = editor.post(f"/en/sources/{source.key}/pause/", {"act": "pause"}, follow=True)
    source.refresh_from_db()
    assert source.state == "paused"
    assert source.paused_by is not None
    assert "Visit it again" in answer.content.decode()
    editor.post(f"/en/sources/{source.key}/pause/", {"act": "resume"})
    source.refresh_from_db()
    assert (source.state, source.paused_at, source.paused_by) == ("new", None, None)


@pytest.mark.parametrize("role", ["stranger", Role.SUBSCRIBER, Role.ANALYST])
def test_nobody_else_pauses_it(source: Source, signed_in: Callable[[str], Client], role: str) -> None:
    answer = signed_in(role).post(f"/en/sources/{source.key}/pause/", {"act": "pause"})
    assert answer.status_code in (302, 403)
    source.refresh_from_db()
    assert source.paused_at is None


def test_pausing_twice_changes_nothing(source: Source, now: datetime) -> None:
    assert pause(source, by=None, now=now)
    assert not pause(source, by=None, now=now + timedelta(hours=1))
    source.refresh_from_db()
    assert source.paused_at == now


def test_an_unknown_source_is_not_found() -> None:
    assert Client().get("/en/sources/nobody/").status_code == 404
