"""When to ask whether an export is ready, by the time that the exports of the run have taken so far.

While nothing holds up other requests, an answer soon is worth a question more. While requests of the class that
counts wait for their turn, a question too early takes the turn of another request, and an answer late costs nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

_LEAST, _GROWTH, _MOST = 0.75, 1.4, 4.0

_LONGEST = 30.0
"""So long an export may be said to take: one that took longer tells of a machine that slept, or of a bad moment."""


@dataclass
class _FirstWait:
    """Seconds until the first question; `closer` and `shorter` decide how many of the answers to it are yes."""

    seconds: float
    closer: float
    shorter: float

    def learn(self, ready_after: float, asked: int) -> None:
        if asked == 1:
            self.seconds *= self.shorter
        else:
            self.seconds += self.closer * max(min(ready_after, _LONGEST) - self.seconds, 0.0)


class PollTimes:
    """What one run has learned; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first = {False: _FirstWait(1.5, closer=0.3, shorter=0.6), True: _FirstWait(4.0, closer=0.6, shorter=0.99)}

    def polls(self, congested: bool) -> Polls:
        """The waits for an export that begins now; `congested` is whether requests have to wait for their turn."""
        with self._lock:
            return Polls(self, congested, self._first[congested].seconds)

    def learn(self, congested: bool, ready_after: float, asked: int) -> None:
        with self._lock:
            self._first[congested].learn(ready_after, asked)


class Polls:
    """The questions about one export."""

    def __init__(self, times: PollTimes, congested: bool, first: float) -> None:
        self._times, self._congested = times, congested
        self._following = max(_LEAST, first / 6 if congested else 0.0)
        self._next = first
        self._asked = 0

    def wait(self) -> float:
        """Seconds to wait before the next question."""
        wait = self._next
        self._asked += 1
        self._next = min(self._following * _GROWTH ** (self._asked - 1), _MOST)
        return wait

    def ready(self, seconds: float) -> None:
        """The export was ready at the last question, so many seconds after it began."""
        self._times.learn(self._congested, seconds, self._asked)
