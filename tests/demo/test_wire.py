"""The simulation speaks HTTP over sockets: what other clients than the program's own may say and expect."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from tests.demo.conftest import Serve
from tests.support import small_account


@pytest.fixture
def connection(serve: Serve) -> Iterator[tuple[socket.socket, SimulatedCoda]]:
    coda = serve(small_account()).coda
    place = urlsplit(coda.api_url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as opened:
        yield opened, coda


Connected = tuple[socket.socket, SimulatedCoda]


def heads(received: bytes) -> list[str]:
    return re.findall(r"HTTP/1\.1 \d+ [A-Za-z ]+", received.decode())


def everything(opened: socket.socket) -> bytes:
    """What comes until the other side closes the connection."""
    received = b""
    while piece := opened.recv(65536):
        received += piece
    return received


def test_requests_follow_each_other_until_one_wants_no_more(connection: Connected) -> None:
    opened, coda = connection
    head = f"HTTP/1.1\r\nhost: x\r\nAUTHORIZATION:Bearer {coda.token}\r\n"
    bodies = [b'{"outputFormat":"html"}', b"not json at all"]
    opened.sendall(f"GET /apis/v1/whoami {head}\r\n".encode())
    for body in bodies:
        opened.sendall(f"POST /apis/v1/docs/x/pages/y/export {head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    opened.sendall(f"GET /apis/v1/docs?limit=1 {head}Connection: Close\r\n\r\n".encode())
    received = everything(opened)
    assert heads(received) == ["HTTP/1.1 200 OK", *["HTTP/1.1 404 Not Found"] * 2, "HTTP/1.1 200 OK"]
    assert json.loads(received.rpartition(b"\r\n\r\n")[2])["items"]
    assert [request.body for request in coda.requests] == [b"", *bodies, b""]
    assert [request.query for request in coda.requests] == [{}, {}, {}, {"limit": "1"}]


def test_an_older_client_gets_one_answer(connection: Connected) -> None:
    opened, coda = connection
    opened.sendall(f"GET /apis/v1/whoami HTTP/1.0\r\nAuthorization: Bearer {coda.token}\r\n\r\n".encode())
    assert heads(everything(opened)) == ["HTTP/1.1 200 OK"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "BREW"])
def test_other_methods_are_none_of_its_own(connection: Connected, method: str) -> None:
    opened, coda = connection
    opened.sendall(f"{method} /apis/v1/whoami HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert heads(everything(opened)) == ["HTTP/1.1 501 Not Implemented"]
    assert len(coda.requests) == 0


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_no_request_is_not_answered(connection: Connected, sent: bytes) -> None:
    opened, coda = connection
    opened.sendall(sent)
    opened.shutdown(socket.SHUT_WR)
    assert everything(opened) == b""
    assert len(coda.requests) == 0
