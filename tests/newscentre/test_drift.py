"""Drift: the same scores drawn again raise no alarm, Arabic scores that shift do; in the record it is raised once, and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from classify import reference
from classify.artefact import LABELS
from classify.reference import BINS, EDGES, Spread, spread, together
from digest.alarms import sentence
from newscentre.monitoring.drift import ENOUGH, Drift, apart, drifts, index
from newscentre.monitoring.drifting import measure, watch_drift
from newsdesk.errors import BadArtefact
from newsdesk.models import Alarm, Article, Label

NOW = datetime(2026, 6, 15, tzinfo=UTC)
LANGUAGES = ("ar", "en", "fr")
#: Articles of a language in a month, in the simulation, and how often it is repeated.
ARTICLES, REPEATED = 300, 400


def drawn(rng: np.random.Generator, size: int, *, shift: float = 0.0) -> Mapping[str, Spread]:
    """Draw scores as a model gives them: most near nought, some near one; ``shift`` moves them on the logistic scale."""
    found = {}
    for label in LABELS:
        logits = np.where(rng.random(size) < 0.3, rng.normal(2.5, 1.5, size), rng.normal(-4, 1.5, size)) + shift
        scores = 1 / (1 + np.exp(-logits))
        bins = np.searchsorted(EDGES, scores, side="right")
        found[label] = Spread(tuple(np.bincount(bins, minlength=BINS).tolist()), int((scores >= 0.5).sum()))
    return found


def moved_alone(rng: np.random.Generator, *, shifted: float = 0.0) -> list[str]:
    """Simulate a month of three languages against their references; Arabic is shifted."""
    worst = {}
    for language in LANGUAGES:
        before = drawn(rng, 1000)
        worst[language] = drifts(language, before, drawn(rng, ARTICLES, shift=shifted if language == "ar" else 0.0))[0]
    return [drift.language for drift in apart(worst)]


def test_scores_drawn_again_raise_no_alarm() -> None:
    rng = np.random.default_rng(5)
    false_alarms = sum(bool(moved_alone(rng)) for _ in range(REPEATED))
    assert false_alarms == 0, f"{false_alarms} of {REPEATED} months of {ARTICLES} articles a language"


def test_arabic_that_shifts_alone_raises_one() -> None:
    rng = np.random.default_rng(6)
    assert sum(moved_alone(rng, shifted=-2.0) == ["ar"] for _ in range(50)) == 50


def test_when_all_languages_move_together_none_is_apart() -> None:
    worst = {language: Drift(language, "relevant", 0.8, 0.3, 0.6, 500) for language in LANGUAGES}
    assert apart(worst) == []
    assert apart({"ar": worst["ar"]}) == []
    assert apart({**worst, "ar": Drift("ar", "relevant", 2.9, 0.3, 0.9, 500)})[0].language == "ar"


def test_too_few_articles_say_nothing() -> None:
    rng = np.random.default_rng(7)
    few, many = drawn(rng, ENOUGH - 1, shift=-3), drawn(rng, 1000)
    assert index(many["relevant"], few["relevant"]) == 0
    assert drifts("ar", many, few) == []
    assert index(many["relevant"], many["relevant"]) == 0


def test_spreads_count_every_score_once() -> None:
    whole = spread([(0.0, False), (0.01, False), (0.5, True), (1.0, True)])
    assert (sum(whole.counts), len(whole.counts), whole.given, whole.share) == (4, BINS, 2, 0.5)
    assert together([whole, whole]).counts == tuple(2 * count for count in whole.counts)
    assert together([]) == Spread((0,) * BINS, 0)


def test_the_shipped_reference_is_of_the_shipped_model_and_all_languages(tmp_path: Path) -> None:
    _version, spreads = reference.load()
    assert set(spreads) == set(LANGUAGES)
    assert all(own[label].total > 5000 for own in spreads.values() for label in LABELS)
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(BadArtefact):
        reference.load(tmp_path / "broken.json")


def write(language: str, at: datetime, scores: Iterable[float]) -> None:
    """Write an article for each score, which all of its labels have."""
    listed = [float(score) for score in scores]
    articles = [
        Article(
            url=f"https://news.example/{language}/{at:%j}/{number}", outlet=f"Outlet {language}", language=language,
            title="t", text="t", dated_at=at, date_precision="day", date_origin="json-ld", first_seen_at=at,
        )
        for number in range(len(listed))
    ]  # fmt: skip
    Article.objects.bulk_create(articles)
    Label.objects.bulk_create(
        Label(
            article=article, kind="theme" if place else "relevance", value=label if place else "migration", score=score,
            threshold=0.5, given=score >= 0.5, actor="themes 9", created_at=at,
        )
        for article, score in zip(articles, listed, strict=True)
        for place, label in enumerate(LABELS)
    )  # fmt: skip


@pytest.mark.django_db
def test_in_the_record_an_alarm_is_raised_once_told_and_ended() -> None:
    rng = np.random.default_rng(8)
    for language in LANGUAGES:
        write(language, NOW - timedelta(days=90), rng.beta(0.3, 0.6, ENOUGH + 20))
        write(language, NOW - timedelta(days=5), rng.beta(0.3, 0.6, ENOUGH + 20) * (0.1 if language == "ar" else 1.0))
    report = measure(now=NOW)
    assert report.against == dict.fromkeys(LANGUAGES, "record")
    assert [drift.language for drift in report.apart] == ["ar"]
    assert [(row.language, row.month) for row in report.months[:2]] == [("ar", "2026-03"), ("ar", "2026-06")]
    assert report.sources[0].source == "Outlet ar"
    assert dict(watch_drift(now=NOW)) == {"raised": 1}
    assert dict(watch_drift(now=NOW)) == {}
    alarm = Alarm.objects.get(kind="drift")
    for language in LANGUAGES:
        assert "%" in sentence(alarm, language)
    Label.objects.filter(article__language="ar", article__dated_at__gt=NOW - timedelta(days=10)).update(superseded_at=NOW)
    assert dict(watch_drift(now=NOW)) == {"ended": 1}


@pytest.mark.django_db
def test_an_empty_record_has_nothing_to_tell() -> None:
    assert measure(now=NOW).months == ()
    assert dict(watch_drift(now=NOW)) == {}
