"""Threads for work that begins by rank, and not more of it at once than is of use."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class InTurn:
    """At most `at_once` threads; `width` tells how many of them are of use at present, one being so always.

    Of what waits the work of the lowest rank begins first, and of one rank what was given first. `rank` tells that of
    work for a doc.
    """

    def __init__(self, kind: str, at_once: int, width: Callable[[], int] | None = None) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=kind)
        self._at_once, self._width = at_once, width or (lambda: at_once)
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, Future[Any], Callable[[], Any]]] = []
        self._running = 0

    def submit(self, work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Work of the lowest rank."""
        return self.submit_ranked(0, lambda: work(*arguments, **named))

    def submit_ranked(self, rank: int, work: Callable[[], T]) -> Future[T]:
        """Work that may have to wait for its turn."""
        future: Future[T] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (rank, next(self._numbers), future, work))
            self._begin()
        return future

    def shutdown(self, *, wait: bool) -> None:
        """Cancels what has not begun."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for _, _, future, _ in waiting:
            future.cancel()
        self._pool.shutdown(wait=wait)

    def _begin(self) -> None:
        """Begins as much as is of use; the lock is held."""
        while self._waiting and self._running < max(1, min(self._at_once, self._width())):
            _, _, future, work = heapq.heappop(self._waiting)
            if future.set_running_or_notify_cancel():
                self._running += 1
                self._pool.submit(self._do, future, work)

    def _do(self, future: Future[T], work: Callable[[], T]) -> None:
        outcome: Future[T] = Future()
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)
        with self._lock:
            self._running -= 1
            self._begin()
        if failure := outcome.exception():
            future.set_exception(failure)
        else:
            future.set_result(outcome.result())
