"""One deadline for each exchange, from connecting to the last byte, whatever drips: the reads of its socket hold it.

The libraries below wait so long for each read, and begin anew with each byte that comes; they read the heads of interim
answers and the lines after the last chunk without an end (engineering.md, HTTP).
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.origin import place_of

_MOST_OVERHEAD = 1024 * 1024
"""In bytes: of a head with what precedes it, and of what surrounds the pieces of a body; libraries allow 6.5 MB."""
_ASLEEP = 120.0
"""Seconds without a look at a deadline, which no read takes while the machine is awake."""
_ALL_KEPT = 0
"""Without a bound, which urllib3 would fill with as many placeholders: as many are kept as ever asked at once."""
_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}


class Deadline:
    """The instant of the clock at which an exchange has to be over; it may be moved while the exchange goes on."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self.begun = self._seen = clock.now()
        self.end = self.begun + seconds

    @property
    def left(self) -> float:
        """Seconds; not above zero where it is over. What the machine has slept through does not count."""
        now, last = self._clock.now(), self._seen
        if now - last > _ASLEEP:
            self.end += now - last
        self._seen = now
        return self.end - now

    def without(self, step: Callable[[int], object]) -> Callable[[int], None]:
        """The same step, whose time does not count."""

        def uncounted(value: int) -> None:
            begun = self._clock.now()
            step(value)
            self.end += self._clock.now() - begun

        return uncounted

    @property
    def is_over(self) -> bool:
        return self.left <= 0


class TimedAdapter(HTTPAdapter):
    """Connections that end an exchange at the deadline which `deadline` answers with; it retries nothing by itself."""

    def __init__(self, deadline: Callable[[], Deadline]) -> None:
        self._deadline = deadline
        self._pools: dict[str, Any] = {}
        super().__init__(pool_maxsize=_ALL_KEPT, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self._time(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        self._time(manager)
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *arguments: Any, **options: Any
    ) -> Any:
        """Looked for once a place: proxies and certificates are the same in all requests to it."""
        place = place_of(str(request.url))
        if place not in self._pools:
            self._pools[place] = super().get_connection_with_tls_context(request, *arguments, **options)
        return self._pools[place]

    def _time(self, manager: urllib3.PoolManager) -> None:
        pools: Any = {scheme: partial(_timed_pool, kind, self._deadline) for scheme, kind in _POOLS.items()}
        manager.pool_classes_by_scheme = pools


def _timed_pool(
    kind: type[HTTPConnectionPool], deadline: Callable[[], Deadline], *arguments: Any, **options: Any
) -> HTTPConnectionPool:
    pool = kind(*arguments, **options)
    cast(Any, pool).ConnectionCls = partial(_timed_connection, pool.ConnectionCls, deadline)
    return pool


def _timed_connection(kind: Callable[..., Any], deadline: Callable[[], Deadline], **options: Any) -> Any:
    connection = kind(**options)
    connection.response_class = partial(_TimedResponse, deadline)
    return connection


class _TimedResponse(HTTPResponse):
    """An answer, of a proxy too, whose head and each piece of whose body have a bounded overhead."""

    def __init__(self, deadline: Callable[[], Deadline], sock: socket.socket, *arguments: Any, **options: Any) -> None:
        self._arriving = _Arriving(sock, deadline)
        super().__init__(cast(socket.socket, self._arriving), *arguments, **options)

    def read1(self, n: int = -1) -> bytes:
        self._arriving.allow(max(n, 0) + _MOST_OVERHEAD)
        return super().read1(n)


class _Arriving(io.RawIOBase):
    """What comes by a socket: each read waits until the deadline at most, and no more comes than is allowed."""

    def __init__(self, sock: socket.socket, deadline: Callable[[], Deadline]) -> None:
        self._socket, self._deadline = sock, deadline
        self._longest_wait = sock.gettimeout()
        self._file = sock.makefile("rb", buffering=0)
        self._allowed = _MOST_OVERHEAD

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 (http.client reads)
        """What `http.client` asks a socket for."""
        return io.BufferedReader(self)

    def allow(self, size: int) -> None:
        """Lets so many bytes come from now on."""
        self._allowed = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline().left
        if left <= 0:
            raise TimeoutError("the exchange takes too long")
        if self._allowed <= 0:
            raise HTTPException("more comes beside the content than any server has to say")
        self._socket.settimeout(left if self._longest_wait is None else min(self._longest_wait, left))
        count = self._file.readinto(buffer)
        self._allowed -= count or 0
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
