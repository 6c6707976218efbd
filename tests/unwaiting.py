"""Runs the program with a clock that skips every wait: a whole sync of a small account takes a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from coda_git_mirror.cli import main
from coda_git_mirror.clock import SystemClock


def skip_waits(replace: Callable[[type, str, object], None] = setattr) -> None:
    """Makes it so from now on; a test in this process gives its `monkeypatch.setattr`."""
    lock, skipped = threading.Lock(), 0.0

    def now(_: SystemClock) -> float:
        return time.monotonic() + skipped

    def sleep(_: SystemClock, seconds: float) -> None:
        nonlocal skipped
        with lock:
            skipped += max(0.0, seconds)

    replace(SystemClock, "now", now)
    replace(SystemClock, "sleep", sleep)


if __name__ == "__main__":
    skip_waits()
    main()
