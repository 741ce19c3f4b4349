"""The desk's page on drift, in three languages, for editors alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from newscentre.site.views.drifting import HEIGHT, WIDTH, line
from newsdesk.models import Alarm, Article, Label, Role
from tests.newscentre.site.conftest import LANGUAGES
from tests.newscentre.site.test_pages import checked

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_months_and_alarms(
    language: str, write: Callable[..., Article], signed_in: Callable[[str], Client], now: datetime
) -> None:
    client = signed_in(Role.EDITOR)
    checked(client.get(f"/{language}/desk/drift/").content.decode(), language)
    for code in LANGUAGES:
        write(code)
    Label.objects.update(actor="themes 9")
    detail = {
        "label": "protection",
        "index": 0.41,
        "others": 0.02,
        "before": 0.2,
        "now": 0.05,
        "articles": 300,
        "model": "themes 9",
    }
    Alarm.objects.create(kind="drift", subject="ar", detail=detail, raised_at=now)
    text = client.get(f"/{language}/desk/drift/").content.decode()
    page = checked(text, language)
    assert len(page.all("polyline")) == 6
    assert 'role="alert"' in text
    assert {"ar": "0.41", "en": "0.41", "fr": "0,41"}[language] in text


@pytest.mark.parametrize(("role", "status"), [("stranger", 302), ("analyst", 403), ("editor", 200)])
def test_only_editors_see_it(role: str, status: int, signed_in: Callable[[str], Client]) -> None:
    assert signed_in(role).get("/en/desk/drift/").status_code == status


def test_a_line_stays_in_its_box() -> None:
    assert line([0.0, 0.5, 7.0], most=1.0) == f"0.0,{HEIGHT - 1:.1f} {WIDTH / 2:.1f},12.0 {WIDTH:.1f},1.0"
    assert line([0.5], most=1.0).count(",") == 2
    assert line([], most=1.0) == ""
