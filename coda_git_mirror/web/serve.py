"""The server: one port of this machine alone, and no more at once than it can bear."""

from __future__ import annotations

import logging
import select
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestHeaderFieldsTooLarge, find_double_newline

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
_PATIENCE = 20
_SPOOLED = 1024**3


class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """What waitress answers by itself, as to a request that is too long."""

    def execute(self) -> None:
        self.response_headers.extend(OURS.items())
        super().execute()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a head that is too long to its end before it is refused: else the client, still writing, would not hear it."""

    _dropped, _end = 0, b""

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


class Server:
    """Listens from the beginning, and answers once it runs."""

    def __init__(self, port: int = 0) -> None:
        """Listens on a port, 0 for any that is free. Raises MirrorError where it cannot."""
        logging.getLogger("waitress").setLevel(logging.CRITICAL)  # its lines would tell addresses with the key
        try:
            server = create_server(
                self._answer,
                host=HOST,
                port=port,
                threads=AT_ONCE,
                ident=None,
                connection_limit=_CONNECTIONS,
                channel_timeout=_PATIENCE,
                cleanup_interval=_PATIENCE // 4,
                max_request_header_size=_LARGEST_HEAD + 1,
                max_request_body_size=_LARGEST_BODY,
                outbuf_high_watermark=_SPOOLED,
                asyncore_use_poll=hasattr(select, "poll"),
            )
        except OSError as error:
            raise MirrorError(
                f"Port {port} of {HOST} cannot be used ({error.strerror}); name another one with --port, or none."
            ) from error
        self._server = cast(TcpWSGIServer, server)
        self._server.channel_class = _Channel
        self.port = int(self._server.effective_port)

    @property
    def hosts(self) -> frozenset[str]:
        """What the Host of a request to this server may be."""
        names = (HOST, "localhost")
        plain = names if self.port == 80 else ()
        return frozenset([*(f"{name}:{self.port}" for name in names), *plain])

    def run(self, app: WSGIApplication) -> None:
        """Serves until `stop`."""
        self._app = app
        self._server.run()
        self._server.task_dispatcher.shutdown(timeout=1)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def stop(self) -> None:
        """Ends `run`, whatever thread that is in."""
        self._server.trigger.pull_trigger(self._close)

    def _close(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()
