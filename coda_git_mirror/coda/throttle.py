"""Keeps each rate class of the API below its limit, together for all threads (coda-api.md, Requests).

Requests of a class leave one after another, evenly spaced at a little less than the limit, without bursts: that fills
a known limit best on every kind of server limiter tried (engineering.md, Rate limits). When Coda refuses one all the
same (429), because the limit is another one or other programs of the same user share it, the whole class pauses, longer
each time refusals follow at once. `rate.py` tells how the limit is found, and how the pauses are made up for; one
`Refusals` for all classes keeps what that risks to few.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.rate import Limit, Rate
from coda_git_mirror.errors import OutOfPatience
from coda_git_mirror.model.traffic import RateClass

FIRST_PAUSE = 1.0
SECOND_PAUSE = 3.0
"""Each further one is twice as long."""
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
PATIENCE_SECONDS = 300.0
RISKED_SHARE = 0.025
"""Of all requests, for the sake of knowing the limits as they are now."""

PUBLISHED: Mapping[RateClass, Limit | None] = {
    RateClass.READ: Limit(100, 6.0),
    RateClass.DOCS: Limit(4, 6.0),
    RateClass.EXPORT: Limit(100, 6.0, begin=0.15, windows=(6.0, 10.0)),
    RateClass.WRITE: Limit(10, 6.0),
    RateClass.CONTENT: Limit(5, 10.0),
}
"""More exports than reads are of no use, as each needs one; the windows are those of the published classes."""

UNLIMITED: Mapping[RateClass, Limit | None] = dict.fromkeys(RateClass)


class Refusals:
    """How many requests of all classes were accepted and refused; one more refusal may be risked while few were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = self._refused = 0

    def accepted(self) -> None:
        with self._lock:
            self._accepted += 1

    def refused(self) -> None:
        with self._lock:
            self._refused += 1

    def may_risk(self) -> bool:
        return self._refused < RISKED_SHARE * self._accepted


class Pace:
    """The pace of one class: `wait_turn` before each request, then `accepted` or `refused`.

    `share` is the part of the limit that may be used; the `tally` is that of all classes.
    """

    def __init__(
        self,
        limit: Limit | None,
        clock: Clock,
        chance: Callable[[], float],
        share: float = 1.0,
        tally: Refusals | None = None,
    ) -> None:
        self._tally = tally or Refusals()
        self._rate = Rate(limit, clock.now(), share, self._tally.may_risk) if limit else None
        self._clock, self._chance = clock, chance
        self._lock = threading.Lock()
        self._line = Queue()
        self._paused_until = 0.0
        self._refusals = 0
        self._refused_since: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None without a limit."""
        return self._rate.value if self._rate else None

    def wait_turn(self) -> None:
        """Waits until the next request of this class may leave; whoever comes first leaves first."""
        with self._line.front():
            while (wait := self._leave()) > 0.0:
                self._clock.sleep(wait)

    def _leave(self) -> float:
        """Seconds to wait, or none where the request leaves now."""
        with self._lock:
            now = self._clock.now()
            wait = self._next() - now
            if wait <= 0.0 and self._rate:
                self._rate.sent(now)
            return wait

    def _next(self) -> float:
        return max(self._paused_until, self._rate.next if self._rate else 0.0)

    def backlog(self) -> float:
        """Seconds that a request would wait for its turn if it came now."""
        with self._lock:
            wait = max(self._next() - self._clock.now(), 0.0)
            return wait + (len(self._line) / self._rate.value if self._rate else 0.0)

    def accepted(self) -> None:
        self._tally.accepted()
        with self._lock:
            self._refusals = 0
            self._refused_since = None
            if self._rate:
                self._rate.accepted(self._clock.now())

    def refused(self, retry_after: float | None) -> None:
        """Lets the whole class pause, once for all that were under way.

        Raises OutOfPatience when nothing was accepted for PATIENCE_SECONDS.
        """
        self._tally.refused()
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
            if self._rate:
                self._rate.refused(now, self._paused_until)

    def _pause(self, retry_after: float | None) -> float:
        if retry_after is not None:
            return min(max(retry_after, SHORTEST_PAUSE), LONGEST_PAUSE)
        pause = FIRST_PAUSE if self._refusals == 1 else SECOND_PAUSE * 2.0 ** min(self._refusals - 2, 10)
        return min(pause * (1.0 + 0.5 * self._chance()), LONGEST_PAUSE)


class Queue:
    """Threads in the order in which they came; one at a time is at the front."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: deque[threading.Event] = deque()

    def __len__(self) -> int:
        return len(self._gates)

    @contextmanager
    def front(self) -> Iterator[None]:
        """Waits for everybody who came before; whoever leaves, in whatever way, lets the next one go ahead."""
        gate = threading.Event()
        with self._lock:
            self._gates.append(gate)
            self._gates[0].set()
        try:
            gate.wait()
            yield
        finally:
            with self._lock:
                self._gates.remove(gate)
                if self._gates:
                    self._gates[0].set()


class Throttle:
    """A pace for each rate class, which uses at most the `share` of its limit."""

    def __init__(
        self,
        clock: Clock,
        chance: Callable[[], float],
        limits: Mapping[RateClass, Limit | None] = PUBLISHED,
        share: float = 1.0,
    ) -> None:
        tally = Refusals()
        self._paces = {kind: Pace(limits[kind], clock, chance, share, tally) for kind in RateClass}

    def __getitem__(self, kind: RateClass) -> Pace:
        return self._paces[kind]
