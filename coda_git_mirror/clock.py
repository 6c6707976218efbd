"""Time as a parameter: what waits is given a clock, so that tests need not wait and an interrupt ends every wait."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds on a scale that never runs backwards."""

    def now(self) -> float:
        """The present instant, in seconds since some fixed one."""

    def sleep(self, seconds: float) -> None:
        """Waits; raises `Interrupted` when the run is being ended."""


class Interrupted(BaseException):
    """The run is being ended; not an `Exception`, so that no handler takes it for a failed item."""


class Terminated(Interrupted):
    """The system, or whoever started the program, asks it to end (SIGTERM)."""


class SystemClock:
    """The machine's monotonic clock; `interrupt` ends the waits of all threads at once."""

    def __init__(self) -> None:
        self._ending = threading.Event()

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._ending.wait(max(0.0, seconds)):
            raise Interrupted

    def interrupt(self) -> None:
        """Ends every present and future wait."""
        self._ending.set()
