"""Time as a parameter: what waits is given a clock, so that tests need not wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from coda_git_mirror.errors import TimeIsUp


class Clock(Protocol):
    """Seconds on a scale that never runs backwards."""

    def now(self) -> float:
        """The present instant, in seconds since some fixed one."""

    def sleep(self, seconds: float) -> None:
        """Waits; a signal ends the wait of the main thread."""


class Window:
    """The clock of a run that may read for so many seconds: no wait goes on beyond its end."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self.seconds, self._end = clock, seconds, clock.now() + seconds

    def now(self) -> float:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Waits; raises TimeIsUp at the end of the window."""
        left = self._end - self._clock.now()
        self._clock.sleep(max(0.0, min(seconds, left)))
        if seconds >= left:
            self.require_time()

    def share_since(self, instant: float) -> float:
        """Which part of the window has passed since an instant of this clock: 1.0 is all of it."""
        return (self._clock.now() - instant) / self.seconds if self.seconds else 0.0

    def require_time(self) -> None:
        """Raises TimeIsUp where the window is over."""
        if self._clock.now() >= self._end:
            raise TimeIsUp


def require_time(clock: Clock) -> None:
    """Raises TimeIsUp where the clock is that of a window which is over."""
    if isinstance(clock, Window):
        clock.require_time()


class Terminated(BaseException):
    """The system, or whoever started the program, asks it to end (SIGTERM).

    Not an `Exception`, so that no handler takes it for a failed item.
    """


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def present(self) -> datetime:
        """The time of day, in UTC: what is written down for later runs."""
        return datetime.now(UTC)
