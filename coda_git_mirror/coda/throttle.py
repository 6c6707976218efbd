"""Keeps each rate class of the API below its limit, together for all threads (FACTS.md, Requests).

Requests of a class leave evenly spaced at a little less than the published rate, without bursts: that fills a known
limit best on every kind of server limiter tried (engineering.md). When Coda refuses one all the same (429), because
the limit is another one or other programs of the same user share it, the whole class pauses, longer each time
refusals follow at once, goes on at the rate that Coda accepted before, and climbs slowly from there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import OutOfPatience
from coda_git_mirror.model.traffic import RateClass

FIRST_PAUSE = 2.0
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
PATIENCE_SECONDS = 300.0
_SHARE = 0.95
_DECREASE = 0.85
_CLIMB = 0.01
"""The share of the highest rate that is gained in a second; a fifth of it near the rate that was refused last."""
_NEAR = 0.9
_FLOOR = 0.05
_WINDOW_SECONDS = 10.0
_EVIDENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds; `begin` is the share of it to begin with where it is only a guess."""

    requests: int
    seconds: float
    begin: float = 1.0

    @property
    def rate(self) -> float:
        """Requests a second to stay below it."""
        return _SHARE * self.requests / self.seconds


PUBLISHED: Mapping[RateClass, Limit | None] = {
    RateClass.READ: Limit(100, 6.0),
    RateClass.DOCS: Limit(4, 6.0),
    RateClass.EXPORT: Limit(60, 6.0, begin=0.2),
}
UNLIMITED: Mapping[RateClass, Limit | None] = dict.fromkeys(RateClass)


class Rate:
    """Requests a second: falls to what was accepted when one is refused, climbs back while none is.

    Not safe for threads by itself. All times are seconds of one clock.
    """

    def __init__(self, limit: Limit, now: float) -> None:
        self._highest = limit.rate
        self.value = limit.rate * limit.begin
        self._refused_at = self._highest
        self._climbed_until = self._counted_since = now
        self._accepted: deque[float] = deque()

    def accepted(self, now: float) -> None:
        self._accepted.append(now)
        while self._accepted[0] < now - _WINDOW_SECONDS:
            self._accepted.popleft()

    def refused(self, now: float, resume: float) -> None:
        """Falls; `resume` is when the next request leaves, before which there is nothing to count."""
        self._refused_at = self.value
        self.value = max(min(_DECREASE * self.value, self._measured(now)), _FLOOR * self._highest)
        self._accepted.clear()
        self._climbed_until = self._counted_since = resume

    def _measured(self, now: float) -> float:
        """The rate accepted of late; the rate that was tried where too little time has passed to tell."""
        counted = min(_WINDOW_SECONDS, now - self._counted_since)
        if counted < _EVIDENCE_SECONDS:
            return self.value
        return sum(instant >= now - counted for instant in self._accepted) / counted

    def climb(self, now: float) -> None:
        """To be called at each request; an idle time gains no more than a second does."""
        near = _NEAR * self._refused_at <= self.value <= self._refused_at
        step = _CLIMB * self._highest * (0.2 if near else 1.0)
        self.value = min(self._highest, self.value + step * min(max(now - self._climbed_until, 0.0), 1.0))
        self._climbed_until = max(self._climbed_until, now)


class Pace:
    """The pace of one class: `wait_turn` before each request, then `accepted` or `refused`."""

    def __init__(self, limit: Limit | None, clock: Clock, chance: Callable[[], float]) -> None:
        self._rate = Rate(limit, clock.now()) if limit else None
        self._clock, self._chance = clock, chance
        self._lock = threading.Lock()
        self._next = 0.0
        self._paused_until = 0.0
        self._refusals = 0
        self._refused_since: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None without a limit."""
        return self._rate.value if self._rate else None

    def wait_turn(self) -> None:
        """Waits until the next request of this class may leave."""
        while True:
            with self._lock:
                now = self._clock.now()
                turn = max(now, self._next)
                self._next = turn + self._spacing(now)
            if turn > now:
                self._clock.sleep(turn - now)
            with self._lock:
                if self._clock.now() >= self._paused_until:
                    return

    def _spacing(self, now: float) -> float:
        if self._rate is None:
            return 0.0
        self._rate.climb(now)
        return 1.0 / self._rate.value

    def accepted(self) -> None:
        with self._lock:
            self._refusals = 0
            self._refused_since = None
            if self._rate:
                self._rate.accepted(self._clock.now())

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
                self._pause_from(now, retry_after)

    def _pause_from(self, now: float, retry_after: float | None) -> None:
        """Begins a pause; refusals of requests that were already under way count as the same one."""
        self._refusals += 1
        self._paused_until = now + self._pause(retry_after)
        self._next = max(self._next, self._paused_until)
        if self._rate:
            self._rate.refused(now, self._paused_until)

    def _pause(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return min(max(retry_after, SHORTEST_PAUSE), LONGEST_PAUSE)
        doubled = FIRST_PAUSE * 2.0 ** min(self._refusals - 1, 10)
        return min(doubled * (1.0 + 0.5 * self._chance()), LONGEST_PAUSE)


class Throttle:
    """A pace for each rate class."""

    def __init__(
        self, clock: Clock, chance: Callable[[], float], limits: Mapping[RateClass, Limit | None] = PUBLISHED
    ) -> None:
        self._paces = {kind: Pace(limits[kind], clock, chance) for kind in RateClass}

    def __getitem__(self, kind: RateClass) -> Pace:
        return self._paces[kind]
