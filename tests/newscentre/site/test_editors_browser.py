"""The pages where editors correct, review and watch, in a real browser: nothing sticks out, Arabic mirrors, all can be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from newscentre import corrections
from newsdesk.models import Alarm, Article, Label, Role, User
from tests.newscentre.site.conftest import LANGUAGES
from tests.newscentre.site.test_browser import CONTRAST, SIZES, chromium

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TERMS = {"ar": ["خفر السواحل", "مهاجرا"], "en": ["coast guard", "migrants"], "fr": ["garde-côtes", "migrants"]}


@pytest.mark.parametrize("size", SIZES)
def test_editors_pages_fit_mirror_and_can_be_read(
    chromium: Any,
    live_server: Any,
    *,
    write: Callable[..., Article],
    person: Callable[[str], User],
    signed_in: Callable[[str], Client],
    now: datetime,
    size: str,
) -> None:
    articles = {code: write(code) for code in LANGUAGES}
    for code, article in articles.items():
        article.labels.filter(kind="theme").update(terms=[[term, 0.7] for term in TERMS[code]])
        Label.objects.create(
            article=article, kind="topic", value="rescue", score=0.8, threshold=0.5, given=True, actor="topics 1",
            terms=[[TERMS[code][0], 2.0]], created_at=now,
        )  # fmt: skip
    detail = {"label": "protection", "index": 0.41, "others": 0.02, "before": 0.2, "now": 0.05}
    Alarm.objects.create(kind="drift", subject="ar", detail=detail, raised_at=now)
    other = person(Role.ADMINISTRATOR)
    for code in LANGUAGES:
        corrections.propose(articles[code], kind="theme", value="labour", wanted=True, person=other, now=now, note="a note")
    cookie = signed_in(Role.EDITOR).cookies["sessionid"].value
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    for language in LANGUAGES:
        for path in (f"article/{articles[language].pk}/", "desk/review/", "desk/drift/", "theme/mixed_migration/"):
            page.goto(f"{live_server.url}/{language}/{path}")
            if path.startswith("article/"):
                page.locator("details.correct summary").click()
            place = f"{language}/{path} at {width}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, place
            assert page.evaluate("getComputedStyle(document.body).direction") == ("rtl" if language == "ar" else "ltr"), place
            assert page.evaluate(CONTRAST) == [], place
    context.close()
