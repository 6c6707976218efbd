"""The server: one port of this machine alone, and no more at once than it can bear."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Iterable
from time import time
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import RequestHeaderFieldsTooLarge, find_double_newline
from waitress.wasyncore import close_all

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.web.policies import OURS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
AT_ONCE = 32
_LARGEST_HEAD = 64 * 1024
_LARGEST_BODY = 1024 * 1024
_MOST_DROPPED = 16 * 1024 * 1024
_CONNECTIONS = 400
"""So many may wait without holding up others; each is a file of this process."""
_PATIENCE, _PAUSE = 60, 600
"""Seconds; a download may be held up for longer than a question."""
_AHEAD = 4 * 1024 * 1024
"""So much of an answer that is made while it is read may wait for its reader; files wait on the disk."""


class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """What waitress answers by itself, as to a request that is too long."""

    def execute(self) -> None:
        self.response_headers.extend(OURS.items())
        super().execute()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a head that is too long to its end before that is refused, or a client that still writes would not hear."""

    _dropped, _end = 0, b""

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.begun = time()

    def received(self, data: bytes) -> int:
        if not self._dropped:
            consumed = int(super().received(data))
            if not isinstance(self.error, RequestHeaderFieldsTooLarge):
                return consumed
        self._dropped += len(data)
        self._end = (self._end + data)[-len(data) - 3 :]
        self.completed = find_double_newline(self._end) >= 0 or self._dropped > _MOST_DROPPED
        return len(data)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _ErrorTask
    parser_class = _Parser


class _Listener(TcpWSGIServer):  # type: ignore[misc]
    """Lets go of whoever has not said in time what is asked for, or takes nothing of the answer for long."""

    channel_class = _Channel

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            begun = channel.request.begun if channel.request is not None else now
            is_taken = not channel.total_outbufs_len or now - channel.last_activity <= _PAUSE
            if now - begun > _PATIENCE or not is_taken:
                channel.handle_close()


class Server:
    """Listens from the beginning, and answers once it runs."""

    def __init__(self, port: int = 0) -> None:
        """Listens on a port, 0 for any that is free. Raises MirrorError where it cannot."""
        logging.getLogger("waitress").setLevel(logging.CRITICAL)  # its lines would tell addresses with the key
        self._threads, self._sockets = ThreadedTaskDispatcher(), dict[int, Any]()
        self._open, self._ending, self._is_over = dict[int, Any](), threading.RLock(), False
        try:
            self._listener = _Listener(self._answer, self._sockets, dispatcher=self._threads, **_adjusted(port))
        except OSError as error:
            close_all(self._sockets)
            raise MirrorError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}); name another one with --port, or none."
            ) from error
        self.port = int(self._listener.effective_port)

    @property
    def hosts(self) -> frozenset[str]:
        """What the Host of a request to this server may be."""
        names = (HOST, "localhost")
        plain = names if self.port == 80 else ()
        return frozenset([*(f"{name}:{self.port}" for name in names), *plain])

    def run(self, app: WSGIApplication) -> None:
        """Serves until `stop`."""
        self._app = app
        self._threads.set_thread_count(AT_ONCE)
        self._listener.run()
        self._threads.shutdown(timeout=1)
        with self._ending:
            self._is_over = True
            close_all({**self._open, **self._sockets})

    def stop(self) -> None:
        """Ends `run`, whatever thread that is in; nothing once that has ended.

        What wakes it up is closed only afterwards: its number may be another file's as soon as it is.
        """
        with self._ending:
            if not self._is_over:
                self._listener.trigger.pull_trigger(self._let_go)

    def _let_go(self) -> None:
        """With nothing to wait for, the loop ends."""
        self._open.update(self._sockets)
        self._sockets.clear()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)


def _adjusted(port: int) -> dict[str, Any]:
    return {
        "host": HOST,
        "port": port,
        "ident": None,
        "connection_limit": _CONNECTIONS,
        "channel_timeout": _PATIENCE,
        "cleanup_interval": _PATIENCE // 10,
        "max_request_header_size": _LARGEST_HEAD + 1,
        "max_request_body_size": _LARGEST_BODY,
        "outbuf_high_watermark": _AHEAD,
        "asyncore_use_poll": hasattr(select, "poll"),
    }
