"""The record and the index keep in step, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from newscentre.outbox import analysed, check, drain, drain_all, reindex
from newsdesk.errors import Busy, Unavailable
from newsdesk.locks import advisory_lock
from newsdesk.models import Article, IndexChange, Label, Source
from search.document import Document, indexed
from search.embedded import EmbeddedEngine
from search.engine import Engine, SearchRequest
from search.query import parse
from tests.search.conftest import NEWSROOM

NOW = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_locks(settings: object, tmp_path: Path) -> None:
    from dataclasses import replace

    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)  # type: ignore[attr-defined]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return EmbeddedEngine(tmp_path / "index")


def write(title: str, language: str = "en", **fields: object) -> Article:
    values: dict[str, object] = {"dated_at": NOW, "date_precision": "day", "date_origin": "feed", "first_seen_at": NOW}
    article = Article.objects.create(
        url=f"https://example.org/{Article.objects.count()}", title=title, text="body", language=language, **(values | fields)
    )
    IndexChange.objects.create(article_id=article.pk, created_at=NOW)
    return article


def found(engine: Engine, query: str) -> set[int]:
    return {number for number, _ in engine.search(SearchRequest(parse(query), limit=100, now=NOW)).hits}


def test_changes_reach_the_index_once(engine: Engine) -> None:
    source = Source.objects.create(key="rive", name="La Rive", homepage="https://example.org", country="FR")
    boat = write("Boat", source=source, outlet="La Rive", outlet_country="FR")
    write("زورق", "ar"), write("Bateau", "fr")
    for kind, value, given in (
        ("relevance", "migration", True),
        ("theme", "labour", True),
        ("theme", "protection", False),
        ("country", "LY", True),
    ):
        Label.objects.create(
            article=boat, kind=kind, value=value, score=0.6, threshold=0.5, given=given, actor="test", created_at=NOW
        )
    assert drain(engine) == 3
    assert drain(engine) == IndexChange.objects.count() == 0
    assert found(engine, "") == set(Article.objects.values_list("id", flat=True))
    assert found(engine, "theme:labour>0.5 country:LY outlet:rive outlet-country:FR relevant:yes") == {boat.pk}
    assert found(engine, "theme:protection") == set()


def test_edits_and_removals_replace_what_was_there(engine: Engine) -> None:
    old, gone, deleted = write("Old title"), write("Taken down"), write("Deleted")
    drain(engine)
    Article.objects.filter(pk=old.pk).update(title="New name")
    Article.objects.filter(pk=gone.pk).update(removed_at=NOW)
    Article.objects.filter(pk=deleted.pk).delete()
    for number in (old.pk, gone.pk, deleted.pk, old.pk):
        IndexChange.objects.create(article_id=number, created_at=NOW)
    assert drain_all(engine, batch=2) == 4
    assert found(engine, "") == found(engine, "name") == {old.pk}
    assert found(engine, "title:old") == set()
    assert check(engine) == []


class Dies(EmbeddedEngine):
    """Fails as a killed process would: right after the commit."""

    def apply(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        super().apply(deletions, additions)
        raise KeyboardInterrupt


def test_dying_between_commit_and_deletion_is_harmless(tmp_path: Path) -> None:
    article = write("Boat")
    with pytest.raises(KeyboardInterrupt):
        drain(Dies(tmp_path / "index"))
    assert IndexChange.objects.count() == 1
    engine = EmbeddedEngine(tmp_path / "index")
    assert drain(engine) == 1
    assert engine.count() == 1
    assert found(engine, "boat") == {article.pk}


def test_a_dead_engine_delays_and_loses_nothing() -> None:
    from search.elastic import ElasticEngine

    write("Boat")
    with pytest.raises(Unavailable):
        drain(ElasticEngine("http://127.0.0.1:9", "nowhere"))
    assert IndexChange.objects.count() == 1


def test_one_drains_at_a_time(engine: Engine) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("there the lock is the session's, and this test has only one")
    write("Boat")
    with advisory_lock("index"), pytest.raises(Busy):
        drain(engine)
    assert IndexChange.objects.count() == 1


def test_reindex_builds_anew_and_an_interrupted_one_leaves_the_old(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [write("Boat"), write("Ship")]
    drain(engine)
    extra = write("Raft")
    assert check(engine) == [extra.pk]

    def interrupted(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(engine, advanced=interrupted)
    assert found(engine, "") == {article.pk for article in articles}
    told: list[int] = []
    assert reindex(engine, advanced=told.append) == sum(told) == 3
    assert check(engine) == []


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    import tantivy

    engine = EmbeddedEngine(tmp_path / "index")
    engine.apply((), ())
    (label,) = tmp_path.glob("index/*/make.json")
    writer = tantivy.Index.open(str(label.parent)).writer(15_000_000, 1)
    with pytest.raises(Busy):
        engine.apply((), ())
    with pytest.raises(Busy):
        engine.clear()
    del writer


def test_articles_are_analysed_in_other_processes_as_in_this_one(caplog: pytest.LogCaptureFixture) -> None:
    batches = [NEWSROOM[:3], NEWSROOM[3:]]
    assert list(analysed(batches, workers=1)) == [list(map(indexed, batch)) for batch in batches]
    assert not caplog.records, "none of it was left to the main process"
