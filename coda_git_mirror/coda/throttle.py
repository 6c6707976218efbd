"""Keeps each rate class of the API below its limit, together for all threads (FACTS.md, Requests).

Requests of a class leave evenly spaced at a little less than the published rate, without bursts: that fills a known
limit best on every kind of server limiter tried (engineering.md). When Coda refuses one all the same (429), because
other programs of the same user share the budget, the whole class pauses, longer each time refusals follow at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import OutOfPatience

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
PATIENCE_SECONDS = 300.0
_SHARE = 0.95


class RateClass(Enum):
    """The kinds of requests that Coda counts apart. Which one exports belong to is not published."""

    READ = "read"
    DOCS = "docs"
    EXPORT = "export"


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: float

    @property
    def spacing(self) -> float:
        """Seconds between two requests."""
        return self.seconds / (self.requests * _SHARE)


PUBLISHED: Mapping[RateClass, Limit | None] = {
    RateClass.READ: Limit(100, 6.0),
    RateClass.DOCS: Limit(4, 6.0),
    RateClass.EXPORT: Limit(10, 6.0),
}
UNLIMITED: Mapping[RateClass, Limit | None] = dict.fromkeys(RateClass)


class Pace:
    """The pace of one class: `wait_turn` before each request, then `accepted` or `refused`."""

    def __init__(self, limit: Limit | None, clock: Clock, chance: Callable[[], float]) -> None:
        self._spacing = limit.spacing if limit else 0.0
        self._clock, self._chance = clock, chance
        self._lock = threading.Lock()
        self._next = 0.0
        self._paused_until = 0.0
        self._refusals = 0
        self._refused_since: float | None = None

    def wait_turn(self) -> None:
        """Waits until the next request of this class may leave."""
        while True:
            with self._lock:
                now = self._clock.now()
                turn = max(now, self._next)
                self._next = turn + self._spacing
            if turn > now:
                self._clock.sleep(turn - now)
            with self._lock:
                if self._clock.now() >= self._paused_until:
                    return

    def accepted(self) -> None:
        with self._lock:
            self._refusals = 0
            self._refused_since = None

    def refused(self, retry_after: float | None) -> None:
        """Lets the whole class pause. Raises OutOfPatience when nothing was accepted for PATIENCE_SECONDS."""
        with self._lock:
            now = self._clock.now()
            if self._refused_since is None:
                self._refused_since = now
            if now - self._refused_since > PATIENCE_SECONDS:
                raise OutOfPatience(
                    f"Coda has refused requests for {PATIENCE_SECONDS / 60:.0f} minutes because of its rate limit; "
                    "try again later, or stop other programs that use the same account."
                )
            if now >= self._paused_until:
                self._refusals += 1
                self._paused_until = now + self._pause(retry_after)
                self._next = max(self._next, self._paused_until)

    def _pause(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return min(max(retry_after, 1.0), LONGEST_PAUSE)
        doubled = FIRST_PAUSE * 2.0 ** min(self._refusals - 1, 10)
        return min(doubled, LONGEST_PAUSE) * (1.0 + 0.5 * self._chance())


class Throttle:
    """A pace for each rate class."""

    def __init__(
        self, clock: Clock, chance: Callable[[], float], limits: Mapping[RateClass, Limit | None] = PUBLISHED
    ) -> None:
        self._paces = {kind: Pace(limits[kind], clock, chance) for kind in RateClass}

    def __getitem__(self, kind: RateClass) -> Pace:
        return self._paces[kind]
