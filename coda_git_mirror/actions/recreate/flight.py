"""Sends the steps by which a doc is made, each after those that it needs, and as many at once as may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coda_git_mirror.actions.ports import Writer
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.actions.writing.live import FIRST_WAIT
from coda_git_mirror.actions.writing.settling import Queue
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, NotThere, Rejected, Unanswered
from coda_git_mirror.model.writes import Accepted
from coda_git_mirror.state.recreation_journal import Entry, RecreationJournal

LATE = 60.0
"""Seconds after which a request that was sent has reached Coda, or never will."""
_MOST_SENDINGS = 3


class Stopped(Exception):
    """Nothing further can be done now; the text is a sentence that says why."""


@dataclass(frozen=True)
class Step:
    """A request, known by its key, that may be sent once the steps `after` are done.

    `find` looks for what it made where its answer got lost: the id, empty where it has none, or None where Coda surely
    shows nothing of it. `known` are ids that are not to be taken for it, `made` is the id of what it is about.
    """

    key: str
    after: tuple[str, ...]
    send: Callable[[], Accepted]
    find: Callable[[Entry], str | None]
    known: tuple[str, ...] = ()
    made: str = ""


class Flight:
    """Carries steps out. Raises Stopped, and what ends the command."""

    def __init__(self, journal: RecreationJournal, writer: Writer, hand: Hand, clock: Clock) -> None:
        self._journal, self._hand, self._clock = journal, hand, clock
        self._queue = Queue(writer, clock, self._landed)
        self._flying: dict[int, str] = {}
        self._sent: Counter[str] = Counter()
        self._number = 0
        self.refused: dict[str, str] = {}
        """Why Coda does not do a step, by its key."""

    @property
    def warnings(self) -> list[str]:
        """What Coda has said of changes that it made."""
        return self._queue.warnings

    def was_repeated(self, key: str) -> bool:
        """Whether a step was sent more than once."""
        return self._sent[key] > 1

    def run(self, steps: Sequence[Step]) -> None:
        """Returns once each step is done, refused, or waits for one that is."""
        waiting = [step for step in steps if not self._journal.is_done(step.key)]
        self.refused.clear()
        while True:
            ready = [step for step in waiting if all(map(self._journal.is_done, step.after))]
            for step in ready:
                waiting.remove(step)
                self._begin(step)
            if not ready and not self._flying:
                return
            if self._flying:
                self._queue.poll_within(FIRST_WAIT, 0.0)
                self._give_up_overdue()

    def _begin(self, step: Step) -> None:
        entry = self._journal.entry(step.key)
        if entry is None:
            self._send(step)
        elif entry.request is not None:
            self._fly(step.key, entry.request)
        else:
            self._resolve(step)

    def _send(self, step: Step) -> None:
        self._sent[step.key] += 1
        self._journal.intend(step.key, step.known)
        try:
            accepted = self._hand.carry(step.send)
        except Unanswered:
            self._end_if_told()
            self._resolve(step)
            return
        except (NotThere, Rejected) as error:
            self._journal.forget(step.key)
            self.refused[step.key] = str(error)
        except CodaError as error:
            self._journal.forget(step.key)
            raise Stopped(f"Coda takes no further changes: {error}.") from error
        else:
            self._journal.accept(step.key, accepted.request, next(iter(accepted.ids), step.made))
            self._fly(step.key, accepted.request)
        self._end_if_told()

    def _end_if_told(self) -> None:
        if self._hand.interruption:
            raise self._hand.interruption

    def _resolve(self, step: Step) -> None:
        """Finds what a request made whose answer is not known, or sends it once more."""
        found = self._found(step)
        if found is not None:
            self._journal.settle(step.key, found or step.made)
        elif self._sent[step.key] < _MOST_SENDINGS:
            self._send(step)
        else:
            raise Stopped("Coda does not answer to what is sent to it; wait some minutes.")

    def _found(self, step: Step) -> str | None:
        entry = self._journal.entry(step.key) or Entry()
        found = step.find(entry)
        if found is None:
            self._clock.sleep(LATE)
            found = step.find(entry)
        return found

    def _fly(self, key: str, request: str) -> None:
        if not request:
            self._journal.settle(key)
            return
        self._number += 1
        self._flying[self._number] = key
        self._queue.add(self._number, request)

    def _landed(self, number: int) -> None:
        self._journal.settle(self._flying.pop(number))

    def _give_up_overdue(self) -> None:
        """What Coda does not say to be done counts as done: only what is read back tells."""
        for number in self._queue.overdue & self._flying.keys():
            self._landed(number)
