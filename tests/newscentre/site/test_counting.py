"""What is slow to count is remembered for a while; what is quick is counted afresh."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newscentre.site.counting import counted, remembered
from newsdesk.models import Article


@pytest.mark.parametrize(("slow", "outcomes"), [(0.0, [1, 1, 1]), (1e9, [1, 2, 3])])
def test_only_slow_work_is_remembered(monkeypatch: pytest.MonkeyPatch, slow: float, outcomes: list[int]) -> None:
    monkeypatch.setattr("newscentre.site.counting.SLOW", slow)
    numbers = iter(range(1, 9))
    assert [remembered("work", lambda: next(numbers)) for _ in range(3)] == outcomes


def test_nothing_is_an_outcome_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscentre.site.counting.SLOW", 0.0)
    outcomes = iter([None, "late"])
    assert [remembered("none", lambda: next(outcomes)) for _ in range(2)] == [None, None]


@pytest.mark.django_db
def test_different_questions_have_different_answers(write: Callable[..., Article], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscentre.site.counting.SLOW", 0.0)
    for language in ("ar", "en", "en"):
        write(language)
    assert [counted(Article.objects.filter(language=code)) for code in ("ar", "en", "fr")] == [1, 2, 0]
