"""A server on this machine that hears pings, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Ping:
    """One request: its method, path, headers as one text, and body."""

    method: str
    path: str
    headers: str
    body: bytes


@dataclass
class Listener:
    """`answer` gives status and headers for the nth ping; None hangs until the listener goes away."""

    address: str = ""
    pings: list[Ping] = field(default_factory=list)
    answer: Callable[[int], tuple[int, dict[str, str]] | None] = lambda _: (200, {})
    echoes: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def heard(self) -> list[str]:
        return [f"{ping.method} {ping.path}" for ping in self.pings]


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener at an address that has a path and a query, as real ones do."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            listener.pings.append(Ping(self.command, self.path, str(self.headers), body))
            answer = listener.answer(len(listener.pings))
            if answer is None:
                listener.over.wait()
                return
            said = str(self.headers).encode() + body if listener.echoes else b"OK"
            self.send_response(answer[0])
            for name, value in {**answer[1], "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = handle_any  # noqa: N815 (http.server calls them so)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.address = f"http://127.0.0.1:{server.server_port}/ping/uuid"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield listener
    finally:
        listener.over.set()
        server.shutdown()
        server.server_close()
