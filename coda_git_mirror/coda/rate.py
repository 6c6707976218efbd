"""Finds the limit of a rate class by Coda's answers, and says when the next request may leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil

_MARGIN = 0.95
"""Of a limit that is known beforehand."""
_SEARCH, _CLIMB, _REST = 2.0, 1.3, 1.0
"""By how much a rate grows in a second: while nothing is known of the limit, while in doubt, and once it is known."""
_REST_SECONDS = 15.0
"""Between a refusal and the next climb, at the least."""
_DECREASE = 0.85
_MUCH_LESS, _MUCH_MORE = 0.9, 1.2
"""Accepted requests, to what a guess allows: at a refusal, and without one, the guess is wrong."""
_TELLING, _TELLING_SHARE = 3, 0.1
"""Fewer accepted requests than the tightest known limit allows, or this share of the usual one, tell nothing of it."""
_LATENESS = 0.15
"""Requests do not take equally long on their way: so many seconds later, one has surely left Coda's window."""
_MADE_UP = 3.0
"""So many seconds of a pause are made up for, at twice the rate, as far as the windows have room."""
_ANSWER = 0.2
"""After a refusal, so many seconds pass for an answer before another request follows."""
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
    is wrong, and dropped, when more are accepted in its window, or when one is refused after much fewer. Where that
    leaves none, the limit has fallen: what is in each window by then is the new guess.

    At a known limit the rate rests, so much below that its requests keep to the window wherever Coda counts late. A
    refusal costs no time then: what a pause held up is made up for as soon as the window has room. So the rate climbs
    often to see whether the limit is still there, whenever `may_risk` says that the run can bear a refusal more.

    Not safe for threads by itself. All times are seconds of one clock.
    """

    def __init__(
        self, limit: Limit, now: float, share: float = 1.0, may_risk: Callable[[], bool] = lambda: True
    ) -> None:
        self._share, self._may_risk = share, may_risk
        self._windows = limit.windows or (limit.seconds,)
        self._highest = share * _MARGIN * limit.rate
        self._telling = _TELLING if limit.windows else max(_TELLING, _TELLING_SHARE * limit.requests)
        self.value = self._highest * limit.begin
        self.next = now
        """When the next request may leave."""
        self._due = now
        self._guesses: dict[float, float] = {}
        self._growth = _SEARCH
        self._growing_since = self._resting_since = now
        self._is_refused = self._counts_refused = False
        self._sent: deque[float] = deque()
        self._accepted: deque[float] = deque()
        self._refused: deque[float] = deque()

    def sent(self, now: float) -> None:
        """To be told of each request that leaves."""
        self._sent.append(now)
        self._grow(now)
        spacing = 1.0 / self.value
        self._due = max(self._due, now - max(spacing, _MADE_UP if self._guesses else 0.0)) + spacing
        apart = max(spacing / 2, _ANSWER if self._is_refused else 0.0)
        self.next = max(self._due, now + apart, self._room(now))

    def accepted(self, now: float) -> None:
        self._accepted.append(now)
        counts = {window: _count(self._accepted, window, now) for window in self._guesses}
        if now < self._resting_since:
            self._raise_guesses(counts)
            return
        self._is_refused = False
        for window, accepted in counts.items():
            self._doubt(window, accepted)

    def refused(self, now: float, resume: float) -> None:
        """Falls to what the refusal tells, unless others in the same pause did; nothing leaves before `resume`."""
        if resume > self._resting_since:
            self._resting_since = self._growing_since = resume
            self._learn(now)
        self._refused.append(now)
        if self._sent and len(self._guesses) == 1 and not self._counts_refused:
            self._sent.pop()
        self._is_refused = True
        self.next = max(self._due, resume, self._room(now))

    def _grow(self, now: float) -> None:
        """An idle time gains no more than a second does."""
        if self._growth == _REST and now - self._resting_since >= _REST_SECONDS and self._may_risk():
            self._growth = _CLIMB
        elapsed = min(max(now - self._growing_since, 0.0), 1.0)
        self.value = min(self._highest, self.value * self._growth**elapsed)
        self._growing_since = max(self._growing_since, now)

    def _raise_guesses(self, counts: Mapping[float, int]) -> None:
        """Answers overtake each other: what is accepted in a pause had left before it, and fitted into the window."""
        self._guesses = {window: max(guess, float(counts[window])) for window, guess in self._guesses.items()}
        self._settle(self._growth)

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
        counts = {window: float(_count(self._accepted, window, now)) for window in self._windows}
        if self._growth == _REST and not self._counts_refused and self._is_full_of_refused(counts, now):
            self._counts_refused = True
        elif max(counts.values()) < self._telling:
            self._guesses = {window: _DECREASE * self.value / self._share * _reach(window) for window in counts}
            self._settle(_CLIMB)
        else:
            before = self._guesses if self._growth == _REST else counts
            plausible = [window for window, guess in self._guesses.items() if counts[window] >= _MUCH_LESS * guess]
            self._guesses = {
                window: min(counts[window], before.get(window, counts[window])) for window in plausible or counts
            }
            self._settle(_REST)

    def _is_full_of_refused(self, counts: Mapping[float, float], now: float) -> bool:
        """Whether what was refused of late explains a refusal at a known limit, and what was accepted does not."""
        return all(counts[window] < guess for window, guess in self._guesses.items()) and any(
            counts[window] + _count(self._refused, window, now) >= guess for window, guess in self._guesses.items()
        )

    def _settle(self, growth: float) -> None:
        self._guesses = {window: max(1.0, guess) for window, guess in self._guesses.items()}
        self._growth = growth
        self.value = min(self._highest, self._share * _rate(self._guesses))

    def _room(self, now: float) -> float:
        """When all windows have room: after a burst, enough of it has to leave them first."""
        for times in (self._sent, self._accepted, self._refused):
            while times and times[0] < now - _reach(max(self._windows)):
                times.popleft()
        if not self._guesses:
            return now
        rate = max(self._share * _rate(self._guesses), self.value)
        most = {window: ceil(rate * _reach(window) - _ROUNDING) for window in self._guesses}
        return max(
            (self._sent[-count] + _reach(window) for window, count in most.items() if len(self._sent) >= count),
            default=now,
        )


def _count(times: Iterable[float], window: float, now: float) -> int:
    return sum(instant > now - window for instant in times)


def _rate(guesses: Mapping[float, float]) -> float:
    """Requests a second that keep to the most hopeful guess."""
    return max(guess / _reach(window) for window, guess in guesses.items())


def _reach(window: float) -> float:
    """In so many seconds the requests of a window leave."""
    return window + _LATENESS
