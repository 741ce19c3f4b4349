"""The life of an index: rebuilt while it is used, mended, and behind an Elasticsearch that is slow, full, or partly down."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from newscentre.outbox import check, drain, drain_all, reindex, repair
from newsdesk.errors import Busy, Unavailable
from newsdesk.models import Article, IndexChange
from search.elastic import ElasticEngine
from search.engine import Engine, SearchRequest
from search.indexes import Shape
from search.query import parse
from tests.search.conftest import NEWSROOM, document
from tests.search.test_outbox import NOW, found, write
from tests.servers import elasticsearch as servers

pytestmark = pytest.mark.django_db(transaction=True)
CLUSTER = (9281, 9282)


@pytest.fixture(autouse=True)
def _own_locks(settings: object, tmp_path: Path) -> None:
    from dataclasses import replace

    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)  # type: ignore[attr-defined]


class Searching(threading.Thread):
    """Asks for everything, again and again, and keeps what it was told."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(daemon=True)
        self.engine, self.totals, self.failures, self.stopped = engine, list[int](), list[BaseException](), threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.totals.append(self.engine.search(SearchRequest(parse(""), now=NOW)).total)
            except BaseException as failure:
                self.failures.append(failure)

    def __enter__(self) -> Searching:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.join()


def test_searches_and_writes_go_on_while_the_index_is_rebuilt(engine: Engine) -> None:
    for number in range(20):
        write(f"Boat {number}")
    drain_all(engine)
    late: list[int] = []

    def meanwhile(_count: int) -> None:
        late.append(write("Raft").pk)
        if connection.vendor != "postgresql":  # there the lock is the session's, and this test has only one
            with pytest.raises(Busy):
                drain(engine)

    with Searching(engine) as searching:
        for _ in range(3):
            reindex(engine, advanced=meanwhile)
    assert searching.failures == []
    assert searching.totals
    assert set(searching.totals) <= {20, 21, 22, 23}, "never an empty or a half index"
    drain_all(engine)
    assert found(engine, "raft") == set(late)
    assert check(engine) == []


def test_what_differs_is_found_and_mended(engine: Engine) -> None:
    articles = [write(f"Boat {number}") for number in range(5)]
    drain_all(engine)
    stray = document(9_999, "en", "Nobody knows of this one")
    engine.apply([articles[0].pk, articles[3].pk], [stray])
    assert sorted(check(engine)) == sorted([articles[0].pk, articles[3].pk, 9_999])
    assert repair(engine) == 3
    assert check(engine) == []
    assert IndexChange.objects.count() == 0
    assert repair(engine) == 0


def test_switching_engines_is_a_reindex(engine: Engine, tmp_path: Path) -> None:
    from search.embedded import EmbeddedEngine

    for title, language in (("Boat", "en"), ("Bateau", "fr"), ("زورق", "ar")):
        write(title, language)
    drain_all(EmbeddedEngine(tmp_path / "former"))
    assert reindex(engine) == 3
    assert check(engine) == []
    assert len(found(engine, "boat OR bateau OR زورق")) == 3


@pytest.fixture
def alias(elasticsearch_url: str, elastic_alias: str) -> Iterator[str]:
    name = f"{elastic_alias}-life"
    yield name
    ElasticEngine(elasticsearch_url, name).drop()


@pytest.mark.elasticsearch
def test_an_index_that_takes_no_writes_delays_and_loses_nothing(elasticsearch_url: str, alias: str) -> None:
    engine = ElasticEngine(elasticsearch_url, alias, pause=0.01)
    boat = write("Boat")
    drain_all(engine)
    late = write("Raft")
    block = "index.blocks.read_only_allow_delete"  # what a node sets itself when its disk is full
    engine.client.indices.put_settings(index=alias, settings={block: True})
    with pytest.raises(Unavailable, match=r"did not take 1 changes.*read-only"):
        drain(engine)
    assert IndexChange.objects.count() == 1
    assert found(engine, "") == {boat.pk}
    engine.client.indices.put_settings(index=alias, settings={block: None})
    assert drain_all(engine) == 1
    assert found(engine, "") == {boat.pk, late.pk}


@pytest.mark.elasticsearch
def test_an_addition_to_an_index_that_is_gone_is_not_lost(elasticsearch_url: str, alias: str) -> None:
    engine = ElasticEngine(elasticsearch_url, alias)
    write("Boat")
    drain_all(engine)
    write("Raft")
    ElasticEngine(elasticsearch_url, alias).drop()
    with pytest.raises(Unavailable):
        drain(engine)
    assert IndexChange.objects.count() == 1
    assert not engine.client.indices.exists(index=alias), "the server made no index of its own"
    assert drain_all(engine) == 1
    assert len(check(engine)) == 1
    assert repair(engine) == 1


class Valve(threading.Thread):
    """A way to a server that holds back all answers while it is shut."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        host, _, port = url.rpartition("//")[2].partition(":")
        self.target, self.open = (host, int(port)), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for source, sink, gate in ((client, server, None), (server, client, self.open)):
                threading.Thread(target=self.carry, args=(source, sink, gate), daemon=True).start()

    @staticmethod
    def carry(source: socket.socket, sink: socket.socket, gate: threading.Event | None) -> None:
        try:
            while data := source.recv(65_536):
                if gate:
                    gate.wait()
                sink.sendall(data)
        except OSError:
            pass
        finally:
            sink.close()


@pytest.mark.elasticsearch
def test_a_server_that_does_not_answer_in_time_delays_and_loses_nothing(elasticsearch_url: str, alias: str) -> None:
    valve = Valve(elasticsearch_url)
    valve.open.set()
    valve.start()
    engine = ElasticEngine(valve.url, alias, timeout=1)
    ElasticEngine(elasticsearch_url, alias).clear()
    write("Boat")
    valve.open.clear()
    with pytest.raises(Unavailable, match="does not answer"):
        drain(engine)
    assert IndexChange.objects.count() == 1
    valve.open.set()
    patient = ElasticEngine(valve.url, alias)
    assert drain_all(patient) == 1
    assert check(patient) == []
    valve.listener.close()


@pytest.mark.elasticsearch
def test_months_are_indexes_and_an_article_has_one_place(elasticsearch_url: str, alias: str) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime

    engine = ElasticEngine(elasticsearch_url, alias, shape=Shape(monthly=True))
    engine.apply((), NEWSROOM)
    names = set(engine.client.indices.get_alias(name=alias))
    assert {name.removeprefix(f"{alias}-") for name in names} == {"1", "1-2026-02", "1-2025-12"}
    moved = replace(NEWSROOM[0], dated_at=datetime(2025, 12, 3, tzinfo=UTC))
    engine.apply((), [moved, document(70, "en", "From long ago", dated_at=datetime(1971, 1, 1, tzinfo=UTC))])
    assert sorted(engine.article_ids()) == [*range(1, 9), 70]
    assert engine.client.count(index=f"{alias}-1-2025-12")["count"] == 2
    engine.rebuild([NEWSROOM[:3]])
    assert {name.removeprefix(f"{alias}-") for name in engine.client.indices.get_alias(name=alias)} == {"2", "2-2026-02"}
    with pytest.raises(Unavailable, match="kept by months"):
        ElasticEngine(elasticsearch_url, alias).count()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Callable[[int], None]]:
    if os.environ.get(servers.VARIABLE) is None:
        pytest.skip(f"starts two nodes of Elasticsearch only where {servers.VARIABLE} is set")
    try:
        servers.cluster(CLUSTER)
    except servers.Impossible as reason:
        pytest.skip(str(reason))
    yield lambda port: void(servers.start(port, CLUSTER))
    for port in CLUSTER:
        servers.stop(port)


def void(_: object) -> None:
    """Drop a value."""


@pytest.mark.cluster
def test_with_one_of_two_nodes_down_searches_go_on_and_writes_go_on_or_wait(nodes: Callable[[int], None]) -> None:
    first, second = CLUSTER
    url = ",".join(f"http://127.0.0.1:{port}" for port in CLUSTER)
    engine = ElasticEngine(url, "newscentre", shape=Shape(shards=2, replicas=1), timeout=10, pause=0.1)
    for number in range(30):
        write(f"Boat {number}")
    drain_all(engine)
    engine.client.cluster.health(wait_for_nodes="2", wait_for_status="green", timeout="60s")
    shards = engine.client.cat.shards(index="newscentre", format="json")
    assert [row["state"] for row in shards] == ["STARTED"] * 4, "each shard has its copy on the other node"

    # The node that is not the master goes: all goes on.
    servers.stop(second)
    write("Raft while one is down")
    assert drain_all(engine) == 1
    assert len(found(engine, "")) == 31

    nodes(second)
    engine.client.cluster.health(wait_for_nodes="2", wait_for_status="green", timeout="60s")

    # The master goes: the other has every shard and answers; nobody can write.
    servers.stop(first)
    assert len(found(engine, "")) == 31
    late = write("Raft while the master is down")
    with pytest.raises(Unavailable):
        drain(engine)
    assert IndexChange.objects.count() == 1

    nodes(first)
    engine.client.cluster.health(wait_for_nodes="2", wait_for_status="yellow", timeout="60s")
    assert drain_all(engine) == 1
    assert found(engine, "raft master") == {late.pk}
    assert check(engine) == []
    assert Article.objects.count() == 32
