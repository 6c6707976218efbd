"""How often a request is tried, and how long is waited between: a value."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """Waits in seconds, doubling from `first_wait` to `longest_wait`, spread by `jitter` (a share of the wait).

    Eight tries pass a server of which three answers in ten fail, in all but one of ten thousand requests.
    """

    tries: int = 8
    first_wait: float = 0.5
    longest_wait: float = 8.0
    jitter: float = 0.25

    def wait(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures; `chance` is a number from 0 to 1."""
        doubled = self.first_wait * 2.0 ** min(failures - 1, 30)
        return min(doubled, self.longest_wait) * (1.0 + self.jitter * (2.0 * chance - 1.0))


FIRST_CONTACT = RetryPolicy(tries=5, longest_wait=2.0)
"""For the first request of a run: somebody may be waiting for the word that there is no network."""


class Retries:
    """Counts the requests that failed and wait to be sent again; each waits within a `with` block, on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.waiting = 0

    def __enter__(self) -> None:
        with self._lock:
            self.waiting += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.waiting -= 1
