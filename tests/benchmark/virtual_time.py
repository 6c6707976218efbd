"""Virtual time for real threads and real HTTP: hours of a sync pass in seconds, and every run takes the same time.

Whoever waits by this clock sleeps until virtual time reaches the instant, and virtual time moves only while nothing
else happens in this process: to the instant of the next sleeper, at once. That nothing happens is asked of the
system (Linux): no other thread has used the processor for a moment, and none is about to.
"""

from __future__ import annotations

import heapq
import os
import threading
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

_MOMENT = 0.0002
"""Real seconds in which a thread that has something to do is sure to have begun, or to be waiting for a processor."""
_NOTHING = 2_000
"""Nanoseconds by which the two processor clocks differ by themselves; no thread wakes for less."""
_TOGETHER = 0.002
"""Virtual seconds: sleepers whose instants are no further apart wake together, at the last one's."""
_ASLEEP = b"S"
_TASKS = Path("/proc/self/task")


class VirtualTime:
    """A `Clock` for the client and the simulated Coda; time passes while it is entered as a context."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = count()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._driver = threading.Thread(target=self._drive, name="virtual time", daemon=True)

    def __enter__(self) -> Self:
        self._driver.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.set()
        self._driver.join()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        woken.wait()

    def _drive(self) -> None:
        while not self._ending.is_set():
            if _is_quiet() and self._sleepers:
                self._advance()

    def _advance(self) -> None:
        """Moves on to the first sleeper's instant, and to those of its close followers."""
        with self._lock:
            together = self._sleepers[0][0] + _TOGETHER
            while self._sleepers and self._sleepers[0][0] <= together:
                instant, _, woken = heapq.heappop(self._sleepers)
                self._now = max(self._now, instant)
                woken.set()


def _is_quiet() -> bool:
    """Whether no other thread and no child has done anything for a moment, nor is about to.

    A thread with something to do either waits for a processor (then it is not asleep to the system), or for the
    interpreter's lock, which it gets in this moment (then it uses the processor).
    """
    before = _used_by_others()
    time.sleep(_MOMENT)
    if _used_by_others() - before > _NOTHING or not _all_asleep():
        return False
    return _used_by_others() - before <= _NOTHING


def _used_by_others() -> int:
    """Nanoseconds of processor time that the other threads have used so far."""
    return time.process_time_ns() - time.thread_time_ns()


def _all_asleep() -> bool:
    """Whether every other thread, and every child process, sleeps: neither runs, nor could, nor waits for the disk."""
    own = threading.get_native_id()
    tasks = [Path(_TASKS, name) for name in os.listdir(_TASKS) if int(name) != own]  # noqa: PTH208 - for speed
    return all(_state(task / "stat") == _ASLEEP and all(map(_is_idle_child, _children(task))) for task in tasks)


def _state(stat: Path) -> bytes:
    """The letter after the name in parentheses; a thread or process that has just ended sleeps for good."""
    try:
        with open(stat, "rb") as file:  # noqa: PTH123 - for speed
            return file.read().rpartition(b")")[2][1:2]
    except (FileNotFoundError, ProcessLookupError):
        return _ASLEEP


def _children(task: Path) -> list[str]:
    try:
        with open(task / "children") as file:  # noqa: PTH123 - for speed
            return file.read().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_idle_child(process: str) -> bool:
    return _state(Path("/proc", process, "stat")) in (_ASLEEP, b"Z")
