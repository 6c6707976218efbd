"""Time as a parameter: what waits is given a clock, so that tests need not wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds on a scale that never runs backwards."""

    def now(self) -> float:
        """The present instant, in seconds since some fixed one."""

    def sleep(self, seconds: float) -> None:
        """Waits; a signal ends the wait of the main thread."""


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
