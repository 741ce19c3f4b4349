"""The engines under test, and a small trilingual newsroom of our own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.document import Document
from search.engine import Answer, Engine, SearchRequest
from search.query import parse
from tests.servers.elasticsearch import Impossible, address

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    if os.environ.get("NEWSCENTRE_TEST_ELASTICSEARCH") is None:
        pytest.skip("needs Elasticsearch: set NEWSCENTRE_TEST_ELASTICSEARCH, or to «start» to have a node fetched and started")
    if os.environ["NEWSCENTRE_TEST_ELASTICSEARCH"] == "start":
        os.environ.pop("NEWSCENTRE_TEST_ELASTICSEARCH")
    try:
        return address()
    except Impossible as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def elastic_alias() -> str:
    return f"newscentre-test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def elastic_engine(elasticsearch_url: str, elastic_alias: str) -> Iterator[Engine]:
    from search.elastic import ElasticEngine

    engine = ElasticEngine(elasticsearch_url, elastic_alias)
    yield engine
    engine.drop()


@pytest.fixture(scope="session")
def monthly_engine(elasticsearch_url: str, elastic_alias: str) -> Iterator[Engine]:
    from search.elastic import ElasticEngine
    from search.indexes import Shape

    engine = ElasticEngine(elasticsearch_url, f"{elastic_alias}-monthly", shape=Shape(monthly=True))
    yield engine
    engine.drop()


def make_engine(name: str, request: pytest.FixtureRequest, folder: Path) -> Engine:
    """Return an empty engine of this name."""
    from search.embedded import EmbeddedEngine

    engine: Engine = EmbeddedEngine(folder / "index") if name == "embedded" else request.getfixturevalue(f"{name}_engine")
    engine.clear()
    return engine


ENGINES = ["embedded", *(pytest.param(name, marks=pytest.mark.elasticsearch) for name in ("elastic", "monthly"))]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return make_engine(request.param, request, tmp_path)


Find = Callable[..., set[int]]


@pytest.fixture
def find(engine: Engine) -> Find:
    """Return a function from a query to the ids found."""

    def ask(query: str, **wishes: object) -> set[int]:
        return {article_id for article_id, _ in answer(engine, query, **wishes).hits}

    return ask


def answer(engine: Engine, query: str, **wishes: object) -> Answer:
    return engine.search(SearchRequest(parse(query), limit=100, now=NOW, **wishes))  # type: ignore[arg-type]


def document(article_id: int, language: str, title: str, text: str = "", **fields: object) -> Document:
    values: dict[str, object] = {"dated_at": NOW - timedelta(days=article_id), "url": f"https://example.org/{article_id}"}
    return Document(article_id=article_id, language=language, title=title, text=text, **(values | fields))  # type: ignore[arg-type]


NEWSROOM = [
    document(
        1, "en", "Coast guard rescues refugees off Libya",
        "The patrol took 1,234 people aboard. Some asked for asylum; the others were smuggled workers.",
        outlet="Harbour Post", outlet_key="harbour", outlet_country="GB", relevant=True,
        themes={"protection": 0.9, "mixed_migration": 0.6}, countries=("LY", "IT"), story_id=7, labelled_by=("person", "rule"),
    ),
    document(
        2, "fr", "Des réfugiés secourus au large de la Libye",
        "L’asile est un droit, rappelle l’agence. Les «27» en débattent, et les travailleurs aussi.",
        outlet="La Rive", outlet_key="rive", outlet_country="FR", relevant=True,
        themes={"protection": 0.7}, countries=("LY",), story_id=7, labelled_by=("model",),
    ),
    document(
        3, "ar", "خفر السواحل ينقذ مهاجرين قبالة ليبيا",
        "طلب عدد من اللاجئين اللجوء، وقالت دول الاتحاد الـ27 إنها تدرس الأمر في ألمانيا.",
        outlet="المنارة", outlet_key="manara", outlet_country="MA", relevant=True,
        themes={"mixed_migration": 0.8}, countries=("LY", "DE"), story_id=7,
    ),
    document(4, "en", "Coast guard rescues refugees off Libya", "A copy.", outlet="Echo", outlet_key="echo",
        relevant=True, duplicate=True),
    document(5, "en", "Football: transfer window closes", "The club guard said nothing of the coast.",
             outlet="Harbour Post", outlet_key="harbour"),
    document(6, "fr", "Marché du travail : la mer monte", "Ni réfugiés ni asile ici. Mère et port.",
             outlet="La Rive", outlet_key="rive", outlet_country="FR"),
    document(7, "ar", "السبت في سبتة", "مباراة ودية يوم السبت", outlet="المنارة", outlet_key="manara", outlet_country="MA"),
    document(8, "en", "Undated note", "Universities and universes.",
             undated=True, dated_at=datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
]  # fmt: skip
