"""Answers on the wire: plain HTTP/1.1, and the ways in which a delivery can go wrong that a framework would forbid."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

from coda_git_mirror.demo.faults import Cut, Drop, Flow, LieLength, Stall
from coda_git_mirror.demo.origins import Incoming
from coda_git_mirror.demo.replies import Reply

Delivery: TypeAlias = Cut | LieLength | Stall | Flow | Drop | None
Respond: TypeAlias = Callable[[Incoming], tuple[Reply, Delivery]]


class Origin(ThreadingHTTPServer):
    """One loopback server on a port of its own; `ending` is set when stalled answers must give up.

    What comes over a connection of an earlier `generation` is not even read: its client is gone.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, respond: Respond, ending: threading.Event, date: Callable[[], datetime]) -> None:
        self.respond, self.date, self.generation = respond, date, 0
        self.ending = ending
        super().__init__(("127.0.0.1", 0), Handler)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def start(self) -> None:
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self.handle_request()

    def stop(self) -> None:
        """A connection wakes the server, which otherwise uses no time while nobody asks."""
        self._stopping.set()
        socket.create_connection(("127.0.0.1", self.server_port)).close()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; the simulation's own errors are answered with 500 before this."""


class Handler(BaseHTTPRequestHandler):
    """Reads a request, has it answered, delivers the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Origin

    def setup(self) -> None:
        self._generation = self.server.generation
        super().setup()

    def do_GET(self) -> None:
        if self._generation != self.server.generation:
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        incoming = Incoming.read(self.command, self.path, headers, self.rfile.read(length))
        self._deliver(*self.server.respond(incoming))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        """The `Date` of an answer, by the simulation's calendar."""
        return format_datetime(self.server.date(), usegmt=True)

    def version_string(self) -> str:
        return "simulated-coda"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def _deliver(self, answer: Reply, delivery: Delivery) -> None:
        match delivery:
            case None:
                self._send(answer, len(answer.body), answer.body)
            case Drop():
                self.close_connection = True
            case LieLength(delta):
                self._send(answer, max(0, len(answer.body) + delta), answer.body, close=True)
            case Stall(seconds):
                self._stall(answer, seconds)
            case Flow():
                self._flow(answer, delivery)
            case Cut():
                self._cut(answer, delivery)

    def _stall(self, answer: Reply, seconds: float) -> None:
        self._send(answer, len(answer.body), b"", close=True)
        if not self.server.ending.wait(seconds):
            self.wfile.write(answer.body)

    def _flow(self, answer: Reply, flow: Flow) -> None:
        self._send(answer, None, b"", chunked=True)
        for _ in range(flow.times):
            flow.before()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(flow.piece), flow.piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self, answer: Reply, cut: Cut) -> None:
        if cut.mode == "length":
            self._send(answer, len(answer.body), answer.body[: cut.after_bytes], close=True)
            return
        body, headers = answer.body, dict(answer.headers)
        if cut.mode != "close" and "Content-Encoding" not in headers:
            body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
        part, shown = body[: cut.after_bytes], Reply(answer.status, body, headers)
        if cut.mode == "gzip-chunks":
            self._send(shown, None, b"%x\r\n%s\r\n0\r\n\r\n" % (len(part), part), chunked=True)
        else:
            self._send(shown, None, part, close=True)

    def _send(
        self, answer: Reply, length: int | None, body: bytes, *, close: bool = False, chunked: bool = False
    ) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
