"""Answers on the wire: plain HTTP/1.1, and the ways in which a delivery can go wrong that a framework would forbid."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TypeAlias

from coda_git_mirror.demo.faults import Cut, Drop, Flow, LieLength, Stall
from coda_git_mirror.demo.origins import Incoming
from coda_git_mirror.demo.replies import Reply

Delivery: TypeAlias = Cut | LieLength | Stall | Flow | Drop | None
Respond: TypeAlias = Callable[[Incoming], tuple[Reply, Delivery]]

_LONGEST_LINE = 65_536
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_UNKNOWN: tuple[Reply, Delivery] = Reply(501), None
_REASONS = {int(status): status.phrase for status in HTTPStatus}


class Origin(ThreadingTCPServer):
    """One loopback server on a port of its own; `ending` is set when stalled answers must give up.

    What comes over a connection of an earlier `generation` is not even read: its client is gone.
    """

    allow_reuse_address = True
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
        return f"127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self.handle_request()

    def stop(self) -> None:
        """A connection wakes the server, which otherwise uses no time while nobody asks."""
        self._stopping.set()
        socket.create_connection(("127.0.0.1", self.server_address[1])).close()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news; the simulation's own errors are answered with 500 before this."""


class Handler(StreamRequestHandler):
    """Reads requests, one after the other, has each answered, delivers the answers."""

    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Origin

    def handle(self) -> None:
        generation, self._goes_on = self.server.generation, True
        while self._goes_on and (line := self.rfile.readline(_LONGEST_LINE)):
            method, target, version = line.decode("latin-1").split()
            headers = self._headers()
            if generation != self.server.generation:
                return
            self._goes_on = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
            body = self.rfile.read(int(headers.get("content-length") or 0))
            incoming = Incoming.read(method, target, headers, body)
            self._deliver(*(self.server.respond(incoming) if method in _METHODS else _UNKNOWN))

    def _headers(self) -> dict[str, str]:
        """By their names in lower case."""
        headers = {}
        while line := self.rfile.readline(_LONGEST_LINE).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def _deliver(self, answer: Reply, delivery: Delivery) -> None:
        match delivery:
            case None:
                self._send(answer, len(answer.body), answer.body)
            case Drop():
                self._goes_on = False
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
        date = format_datetime(self.server.date(), usegmt=True)
        lines = [
            f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}",
            "Server: simulated-coda",
            f"Date: {date}",
        ]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        if close:
            lines.append("Connection: close")
        self._goes_on &= not close
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        self.wfile.flush()
