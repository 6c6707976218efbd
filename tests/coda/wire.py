"""A server that answers with whatever bytes a test wants, and the program's own client of it."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.connections import Timeouts
from coda_git_mirror.coda.downloads import BlobDownloader
from coda_git_mirror.coda.exports import PageExporter
from coda_git_mirror.coda.origin import ApiOrigin
from coda_git_mirror.coda.parse import Parser
from coda_git_mirror.coda.rate import Limit
from coda_git_mirror.coda.session import ApiSession, FileSession
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.streams import FileStreams
from coda_git_mirror.coda.throttle import UNLIMITED, Throttle
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret

TOKEN = "the-token-that-nobody-else-may-see"
USER = {"name": "Ada", "loginId": "ada@example.com", "type": "user"}
ORDINARY = Timeouts()
PROMPT = Timeouts(connect=1.0, read=0.3)


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0].removeprefix("/apis/v1")


Answering = Callable[[Asked], Iterable[bytes]]


class Wire(socketserver.ThreadingTCPServer):
    """Answers each request on a connection of its own with the pieces that `answering` makes of it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[Asked] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/apis/v1"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(socketserver.StreamRequestHandler):
    server: Wire
    timeout = 10

    def handle(self) -> None:
        method, target, _ = self.rfile.readline().decode("latin-1").split(" ")
        headers = dict(self._header_lines())
        asked = Asked(method, target, headers, self.rfile.read(int(headers.get("content-length", 0))))
        self.server.asked.append(asked)
        for piece in self.server.answering(asked):
            self.wfile.write(piece)

    def _header_lines(self) -> Iterable[tuple[str, str]]:
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()


def reply(status: int = 200, body: bytes = b"", length: int | str | None = -1, **headers: str) -> list[bytes]:
    """An answer on the wire. `length`: -1 the true one, None for none; `_` in a header's name stands for `-`."""
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    return ["\r\n".join([*lines, "", ""]).encode("latin-1", "surrogateescape"), body]


def reply_json(content: Any, status: int = 200, **headers: str) -> list[bytes]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return reply(status, body, Content_Type="application/json", **headers)


def refusal(status: int, message: str = "No.") -> list[bytes]:
    """An error in Coda's form."""
    return reply_json({"statusCode": status, "statusMessage": "Whatever", "message": message}, status)


def client_of(
    url: str,
    clock: Clock,
    limits: Mapping[RateClass, Limit | None] = UNLIMITED,
    timeouts: Timeouts = ORDINARY,
    chance: Callable[[], float] = lambda: 0.5,
) -> Client:
    session = ApiSession(ApiOrigin.parse(url), Secret(TOKEN), clock, timeouts)
    return Client(session, Throttle(clock, chance, limits), clock, chance)


def source_at(url: str, clock: Clock, timeouts: Timeouts = ORDINARY) -> CodaSource:
    client = client_of(url, clock, timeouts=timeouts)
    exporter = PageExporter(client, FileSession(clock, timeouts), clock)
    blobs = BlobDownloader(FileStreams(timeouts), AssetHosts(), clock)
    return CodaSource(client, exporter, blobs, Parser(ApiOrigin.parse(url)))
