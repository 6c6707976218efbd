"""A server that begins and ends: at any moment, more than once, and without touching a file that is not its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coda_git_mirror.web.serve import HOST, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def _nothing(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("204 No Content", [])
    return []


def test_it_ends_while_it_is_woken_up_by_others() -> None:
    for _ in range(40):
        server = Server()
        running = threading.Thread(target=server.run, args=[_nothing])
        running.start()
        with socket.create_connection((HOST, server.port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            server.stop()
        running.join(10)
        assert not running.is_alive()


def test_it_may_be_told_to_end_before_it_runs_and_once_it_has_ended() -> None:
    server = Server()
    server.stop()
    server.run(_nothing)
    server.stop()
    another = Server(server.port)
    assert another.port == server.port
    another.stop()
    another.run(_nothing)
