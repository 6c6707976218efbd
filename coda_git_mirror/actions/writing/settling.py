"""Waits for Coda's queue to be done with what it has accepted, which proves nothing but that it may be read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coda_git_mirror.actions.ports import Writer
from coda_git_mirror.actions.writing.live import FIRST_WAIT, PATIENCE
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import AccessDenied, CodaError, OutOfPatience, TokenRefused
from coda_git_mirror.format.text import one_line

_LONGEST_WAIT = 8.0
"""Longer pauses would spare few requests, and cost time at the end."""


@dataclass
class _Pending:
    """A change in Coda's queue. `deadline` is known once it has been asked about."""

    number: int
    request: str
    due: float
    wait: float = FIRST_WAIT
    deadline: float | None = None


class Queue:
    """The changes that Coda has accepted and may not be done with. `settled` is told the number of each that is."""

    def __init__(self, writer: Writer, clock: Clock, settled: Callable[[int], None]) -> None:
        self._writer, self._clock, self._settled = writer, clock, settled
        self._pending: list[_Pending] = []
        self.overdue: set[int] = set()
        """The numbers of those that Coda was not done with in all the time that it is given."""
        self.unasked: dict[int, float] = {}
        """The numbers of those that this token may not ask about, and since when."""
        self.warnings: list[str] = []

    def add(self, number: int, request: str) -> None:
        """Takes an accepted change; one without an id of its own was made at once."""
        if request:
            self._pending.append(_Pending(number, request, self._clock.now() + FIRST_WAIT))

    def poll_within(self, seconds: float, latency: float) -> None:
        """Asks about changes that are due, as long as an answer will come in this time; waits for the rest of it."""
        end = self._clock.now() + seconds
        while self._pending:
            first, now = min(self._pending, key=lambda each: each.due), self._clock.now()
            if max(first.due, now) + latency > end:
                break
            self._clock.sleep(first.due - now)
            self._ask(first)
        self._clock.sleep(end - self._clock.now())

    def wait_for(self, numbers: set[int] | None = None) -> None:
        """Returns once Coda is done with these changes, or all, or has had its time."""
        while waiting := [each for each in self._pending if numbers is None or each.number in numbers]:
            first = min(waiting, key=lambda each: each.due)
            if (wait := first.due - self._clock.now()) > 0:
                self._clock.sleep(wait)
            self._ask(first)

    def _ask(self, change: _Pending) -> None:
        now = self._clock.now()
        change.deadline = change.deadline or now + PATIENCE
        if self._is_done(change):
            self._pending.remove(change)
            if change.number not in self.unasked:
                self._settled(change.number)
        elif now >= change.deadline:
            self._pending.remove(change)
            self.overdue.add(change.number)
        else:
            change.due = min(self._clock.now() + change.wait, max(change.deadline, now))
            change.wait = min(2 * change.wait, _LONGEST_WAIT)

    def _is_done(self, change: _Pending) -> bool:
        try:
            mutation = self._writer.mutation(change.request)
        except (TokenRefused, OutOfPatience):
            raise
        except AccessDenied:
            self.unasked[change.number] = self._clock.now()
            return True
        except CodaError:
            return False
        if mutation.warning:
            self.warnings.append(f"Coda warns of a change: {one_line(mutation.warning)}")
        return mutation.completed
