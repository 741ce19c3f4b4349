"""Serves the site with waitress until it is told to stop."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from newsdesk.configuration import Configuration
from newsdesk.errors import Busy

THREADS = 8


def port_is_free(host: str, port: int) -> bool:
    """Say whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def make_server(configuration: Configuration) -> Any:
    """Return a bound server of the site: ``run()`` serves until ``close()``; raise Busy if the port is taken."""
    import waitress.server

    from newscentre.site.wsgi import application

    if not port_is_free(configuration.host, configuration.port):
        where = f"port {configuration.port} on {configuration.host}"
        raise Busy(f"{where} is taken by another program; choose another with the setting `port` ({Path('newscentre.toml')})")
    proxy = configuration.trusted_proxy
    believed = {"trusted_proxy": proxy, "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"}} if proxy else {}
    return waitress.server.create_server(
        application,
        host=configuration.host,
        port=configuration.port,
        threads=THREADS,
        ident=None,
        max_request_body_size=1_000_000,
        clear_untrusted_proxy_headers=True,
        **believed,
    )
