"""Finds the limit of a rate class by Coda's answers, and says when the next request may leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

_MARGIN = 0.95
"""Of a limit that is known beforehand."""
_SEARCH, _CLIMB, _REST = 2.0, 1.06, 1.0
"""By how much a rate grows in a second: while nothing is known of the limit, while in doubt, and once it is known."""
_REST_SECONDS = 40.0
_REST_REQUESTS = 20
_DECREASE = 0.85
_MUCH_LESS, _MUCH_MORE = 0.8, 1.2
_TELLING, _TELLING_SHARE = 3, 0.1
"""Fewer accepted requests than the tightest known limit allows, or this share of the usual one, tell nothing of it."""
_FEW = 5
"""Where fewer are allowed in a window, one more or less is too much of a difference to tell the window by."""
_LATENESS = 0.2
"""Requests do not take equally long on their way: so many seconds later, one has surely left Coda's window."""
_ROUNDING = 0.001


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds.

    Where that is only a guess, `begin` is the share of it to begin with, and `windows` are the seconds in which Coda
    may count.
    """

    requests: int
    seconds: float
    begin: float = 1.0
    windows: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Rate:
    """Requests a second of one class; at most the `share` of `limit`, or of what turns out to be the limit.

    It grows until a request is refused. How many were accepted in Coda's window just then is what the limit allows;
    as long as nobody knows which window that is, there is a guess for each, and the most hopeful one counts. A guess
    is wrong, and dropped, when more are accepted in its window, or when one is refused after much fewer.

    At a known limit the rate rests, so much below that its requests keep to the window wherever Coda counts late. From
    time to time it climbs to see whether the limit is still there. A refusal out of the blue means that the limit has
    fallen, nobody knows how far: what is in the window by then is the new guess, and as soon as the window has room
    again, requests leave at that rate until one is refused, when the window holds just what the new limit allows.

    Not safe for threads by itself. All times are seconds of one clock.
    """

    def __init__(self, limit: Limit, now: float, share: float = 1.0) -> None:
        self._share = share
        self._windows = limit.windows or (limit.seconds,)
        self._highest = share * _MARGIN * limit.rate
        self._telling = _TELLING if limit.windows else max(_TELLING, _TELLING_SHARE * limit.requests)
        self.value = self._highest * limit.begin
        self.next = now
        """When the next request may leave."""
        self._guesses: dict[float, float] = {}
        self._growth = _SEARCH
        self._growing_since = self._resting_since = now
        self._accepted_resting = 0
        self._is_refused = False
        self._sent: deque[float] = deque()
        self._accepted: deque[float] = deque()

    def sent(self, now: float) -> None:
        """To be told of each request that leaves."""
        self._sent.append(now)
        self._grow(now)
        spacing = 1.0 / self.value
        self.next = (self.next if now - self.next < spacing else now) + spacing
        self._let_bursts_pass(now)

    def accepted(self, now: float) -> None:
        self._accepted.append(now)
        self._accepted_resting += 1
        self._is_refused = False
        for window in tuple(self._guesses):
            self._doubt(window, self._count(window, now))

    def refused(self, now: float, resume: float) -> None:
        """Falls to what the refusal tells; nothing leaves before `resume`."""
        if self._is_refused:
            self._drop_hopeful_guesses(now)
        else:
            self._learn(now)
        self._is_refused = True
        self._resting_since = self._growing_since = self.next = resume
        self._accepted_resting = 0
        self._let_bursts_pass(now)

    def _grow(self, now: float) -> None:
        """An idle time gains no more than a second does."""
        if now - self._resting_since >= _REST_SECONDS and self._accepted_resting >= _REST_REQUESTS:
            self._growth = max(self._growth, _CLIMB)
        elapsed = min(max(now - self._growing_since, 0.0), 1.0)
        self.value = min(self._highest, self.value * self._growth**elapsed)
        self._growing_since = max(self._growing_since, now)

    def _doubt(self, window: float, accepted: int) -> None:
        """Drops a guess that is too low; the last one only when it is so by far, for windows need not slide."""
        if len(self._guesses) > 1 and accepted > self._guesses[window]:
            del self._guesses[window]
            self._settle(_REST)
        elif self._growth == _CLIMB and accepted > _MUCH_MORE * self._guesses[window] + 2:
            self._guesses.clear()
            self._growth = _SEARCH

    def _learn(self, now: float) -> None:
        """A limit at which the rate rests cannot have risen unnoticed: then only less is believed."""
        counts = {window: float(self._count(window, now)) for window in self._windows}
        if max(counts.values()) < self._telling:
            self._guesses = {window: _DECREASE * self.value / self._share * _reach(window) for window in counts}
            self._settle(_CLIMB)
            return
        before = self._guesses if self._growth == _REST else counts
        plausible = self._plausible(counts)
        self._guesses = {window: min(counts[window], before.get(window, counts[window])) for window in plausible}
        self._settle(_REST)

    def _plausible(self, counts: Mapping[float, float]) -> Iterable[float]:
        """The windows that explain a refusal; where none does, the limit has fallen, and its window is as before.

        Only where hardly anything fits into that window, it may have become a longer one.
        """
        explaining = [window for window, guess in self._guesses.items() if counts[window] >= _MUCH_LESS * guess]
        return explaining or [window for window in self._guesses if counts[window] >= _FEW] or counts

    def _drop_hopeful_guesses(self, now: float) -> None:
        """Refused again although little was accepted in its window: then the window must be a longer one."""
        for window in sorted(self._guesses)[:-1]:
            if self._count(window, now) < _MUCH_LESS * self._guesses[window]:
                del self._guesses[window]
        self.value = min(self.value, self._share * _rate(self._guesses))

    def _settle(self, growth: float) -> None:
        self._guesses = {window: max(1.0, guess) for window, guess in self._guesses.items()}
        self._growth = growth
        self.value = min(self._highest, self._share * _rate(self._guesses))

    def _let_bursts_pass(self, now: float) -> None:
        """Evenly spaced requests keep to every window; after a burst, enough of it has to leave the windows first."""
        for times in (self._sent, self._accepted):
            while times and times[0] < now - _reach(max(self._windows)):
                times.popleft()
        if self._guesses:
            rate = max(self._share * _rate(self._guesses), self.value)
            for window in self._guesses:
                most = ceil(rate * _reach(window) - _ROUNDING)
                if len(self._sent) >= most:
                    self.next = max(self.next, self._sent[-most] + _reach(window))

    def _count(self, window: float, now: float) -> int:
        return sum(instant > now - window for instant in self._accepted)


def _rate(guesses: Mapping[float, float]) -> float:
    """Requests a second that keep to the most hopeful guess."""
    return max(guess / _reach(window) for window, guess in guesses.items())


def _reach(window: float) -> float:
    """In so many seconds the requests of a window leave."""
    return window + _LATENESS
