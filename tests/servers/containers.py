"""A node in a container: nothing goes in but where Docker is; the address of an Elasticsearch comes out, or none.

The container goes when the process does (testcontainers sees to it). Written for machines with Docker; where the project was
made there was none, so this way was not run.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from urllib.parse import urlsplit

#: The version that the launcher of ``tests.servers.elasticsearch`` starts too.
IMAGE = "docker.elastic.co/elasticsearch/elasticsearch:8.19.8"
HEAP = "512m"
#: Seconds that an engine has to answer; where none does, tests are not to wait for it.
PATIENCE = 0.5


@cache
def elasticsearch() -> str:
    """Start a node and return its address; empty where no Docker engine answers, or testcontainers is not installed."""
    if not engine_answers(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"):
        return ""
    try:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import HttpWaitStrategy
    except ImportError:
        return ""
    settings = {"discovery.type": "single-node", "xpack.security.enabled": "false", "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}"}
    node = DockerContainer(IMAGE, env=settings, ports=[9200])
    node.waiting_for(HttpWaitStrategy(9200, "/_cluster/health").for_status_code(200).with_startup_timeout(300)).start()
    return f"http://{node.get_container_host_ip()}:{node.get_exposed_port(9200)}"


def engine_answers(address: str) -> bool:
    """Say whether a Docker engine answers at an address, as ``DOCKER_HOST`` writes it, within a moment."""
    try:
        parts = urlsplit(address)
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            connection.connect(parts.path)
        else:
            connection = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 2375), timeout=PATIENCE)
        with connection:
            connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in connection.recv(200)
    except (OSError, ValueError):
        return False
