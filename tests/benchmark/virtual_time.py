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
        stillness = _Stillness()
        while not self._ending.is_set():
            if stillness.holds() and self._sleepers:
                self._advance()
        stillness.close()

    def _advance(self) -> None:
        """Moves on to the first sleeper's instant, and to those of its close followers."""
        with self._lock:
            together = self._sleepers[0][0] + _TOGETHER
            while self._sleepers and self._sleepers[0][0] <= together:
                instant, _, woken = heapq.heappop(self._sleepers)
                self._now = max(self._now, instant)
                woken.set()


class _Stillness:
    """Whether no other thread of this process, and no child of it, has done anything for a moment or is about to."""

    def __init__(self) -> None:
        self._states: dict[str, int] = {}

    def holds(self) -> bool:
        """A thread with something to do either waits for a processor, and then it is not asleep to the system, or for
        the interpreter's lock, which it gets in this moment, and then it uses the processor.
        """
        before = _used_by_others()
        time.sleep(_MOMENT)
        if _used_by_others() - before > _NOTHING or not self._all_asleep():
            return False
        return _used_by_others() - before <= _NOTHING

    def _all_asleep(self) -> bool:
        """Whether every other thread sleeps: neither runs, nor could, nor waits for the disk."""
        own, tasks = str(threading.get_native_id()), os.listdir("/proc/self/task")  # noqa: PTH208 - for speed
        for ended in self._states.keys() - tasks:
            os.close(self._states.pop(ended))
        return all(task == own or self._state(task) == _ASLEEP for task in tasks) and not _children_work()

    def _state(self, task: str) -> bytes:
        """The letter after the name in parentheses; a thread that has just ended sleeps for good."""
        try:
            if task not in self._states:
                self._states[task] = os.open(f"/proc/self/task/{task}/stat", os.O_RDONLY)
            return os.pread(self._states[task], 200, 0).rpartition(b")")[2][1:2]
        except (FileNotFoundError, ProcessLookupError):
            return _ASLEEP

    def close(self) -> None:
        for state in self._states.values():
            os.close(state)


def _used_by_others() -> int:
    """Nanoseconds of processor time that the other threads have used so far."""
    return time.process_time_ns() - time.thread_time_ns()


def _children_work() -> bool:
    """Whether a child process (git, that is) does anything; one that waits for input or has ended does not."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return any(_is_at_work(child) for task in Path("/proc/self/task").iterdir() for child in _children(task))


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_at_work(process: str) -> bool:
    try:
        return Path("/proc", process, "stat").read_bytes().rpartition(b")")[2][1:2] not in (_ASLEEP, b"Z")
    except (FileNotFoundError, ProcessLookupError):
        return False
