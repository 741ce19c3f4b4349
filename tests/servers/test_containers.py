"""Whether a Docker engine answers is known at once; where none does, the next way to a server is taken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.servers.containers import engine_answers


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def address(listener: socket.socket) -> str:
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("said", "answers"), [(b"HTTP/1.0 200 OK\r\n\r\n", True), (b"HTTP/1.0 500 no\r\n\r\n", False), (b"", False)]
)
def test_an_engine_is_one_that_says_so(listener: socket.socket, said: bytes, answers: bool) -> None:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(200)
            connection.sendall(said)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert engine_answers(address(listener)) is answers
    thread.join()


def test_one_that_says_nothing_is_none(listener: socket.socket) -> None:
    assert not engine_answers(address(listener))


@pytest.mark.parametrize("wrong", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "tcp://[", "tcp://127.0.0.1:x"])
def test_no_engine(wrong: str) -> None:
    assert not engine_answers(wrong)
