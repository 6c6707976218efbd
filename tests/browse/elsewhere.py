"""Another place on this machine that plays the rest of the web: it hears of whatever reaches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

NAME = "evil.localhost"
"""A name that is another origin and another site for a browser, and this machine for everybody."""


@dataclass
class Elsewhere:
    """`heard` are the paths of requests that came, `referrers` what they say they came from, if not from here."""

    port: int
    heard: list[str] = field(default_factory=list)
    referrers: list[str] = field(default_factory=list)
    pages: dict[str, bytes] = field(default_factory=dict)
    """What is served, by path."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, path: str) -> str:
        """The address of something there."""
        return f"http://{NAME}:{self.port}/{path}"

    def hear(self, path: str, referrer: str | None) -> bytes:
        with self._lock:
            self.heard.append(urlsplit(path).path.removeprefix("/"))
            self.referrers += [referrer] if referrer and not referrer.startswith(self("")) else []
        return self.pages.get(urlsplit(path).path, b"")

    def forget(self) -> None:
        """As if nothing had come yet."""
        self.heard.clear()
        self.referrers.clear()


class _Server(ThreadingHTTPServer):
    elsewhere: Elsewhere

    def handle_error(self, *_: object) -> None:
        """A browser that goes away in the middle is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = self.server.elsewhere.hear(self.path, self.headers.get("Referer"))
        self.send_response(200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_OPTIONS = _answer  # noqa: N815 (http.server calls them so)


@contextmanager
def elsewhere_listening() -> Iterator[Elsewhere]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.elsewhere = Elsewhere(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.elsewhere
    finally:
        server.shutdown()
        server.server_close()
