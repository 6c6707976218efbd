"""Writes that Coda has accepted and not done yet (coda-api.md, Writing)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, TypeAlias

from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.snapshots import Snapshots
from coda_git_mirror.demo.world import Doc

Kind = Literal["insert", "update", "delete", "push", "doc", "page", "content"]
Seconds: TypeAlias = "float | tuple[float, float]"  # one time for all, or one between two for each
MEASURED: Mapping[Kind, Seconds] = {
    "insert": (10, 25),
    "update": (10, 41),
    "delete": (8, 12),
    "push": (10, 25),
    "doc": (10, 25),
    "page": (46, 60),
    "content": (16, 18),
}
FORGOTTEN_AFTER = 24 * 3600.0  # a status is not promised beyond a day after completion
GIVEN_UP_AFTER = 600.0  # what is still not done then may be tried again by anybody


@dataclass(frozen=True)
class Fate:
    """What becomes of an accepted write; by default it is done in its kind's time and its status says so.

    `lost`: nothing changes. `kept`: only so many rows of a batch do. `silent`: its status never says that it is
    completed. `seconds`: a time of its own.
    """

    lost: bool = False
    kept: int | None = None
    silent: bool = False
    warning: str | None = None
    seconds: float | None = None


@dataclass(eq=False)
class Mutation:
    """One accepted write; `due` is when it is done, `touches` are ids that nothing else may write meanwhile."""

    id: str
    doc_id: str
    apply: Callable[[], object]
    fate: Fate
    accepted: float
    due: float
    touches: frozenset[str]
    polls: int = field(default=0, init=False)
    done: bool = field(default=False, init=False)
    excused: bool = field(default=False, init=False)


class Mutations:
    """Accepts writes and carries each out when its time has come; those of a doc can overtake each other."""

    def __init__(
        self,
        seconds: Seconds | Mapping[Kind, Seconds],
        clock: Callable[[], float],
        snapshots: Snapshots,
        readings: Readings,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._snapshots = snapshots
        self._readings = readings
        self._accepted: dict[str, Mutation] = {}
        self._waiting: list[Mutation] = []
        self._fate = Fate()
        self._applying = False
        self.violations: list[str] = []

    def submit(
        self,
        doc: Doc,
        kind: Kind,
        apply: Callable[[], object],
        *,
        touches: Collection[str] = (),
        warning: str | None = None,
    ) -> str:
        """Accepts a write of a live doc and returns its request id; `apply` must bear that what it changes is gone.

        `touches` are the ids of the rows or pages that it changes: two writes in flight for one are a violation.
        """
        now, number = self._clock(), len(self._accepted) + 1
        self._watch(doc, touches, now)
        fate = self._fate if warning is None else replace(self._fate, warning=warning)
        seconds = self._until_done(kind, number) if fate.seconds is None else fate.seconds
        request_id = f"mutate:{uuid.uuid5(uuid.NAMESPACE_URL, f'{doc.id}/{number}')}"
        mutation = Mutation(request_id, doc.id, apply, fate, now, now + seconds, frozenset(touches))
        self._accepted[request_id] = mutation
        self._waiting.append(mutation)
        self.run_due()
        return request_id

    def _until_done(self, kind: Kind, number: int) -> float:
        """The seconds that the write of this number takes: always the same."""
        found = self._seconds.get(kind, 0.0) if isinstance(self._seconds, Mapping) else self._seconds
        least, most = found if isinstance(found, tuple) else (found, found)
        return Random(f"{kind} {number}").uniform(least, most)  # noqa: S311 - a repeatable choice, not a secret

    @property
    def kept(self) -> int | None:
        """How many rows of a batch that is accepted now will change; `None` for all."""
        return self._fate.kept

    def status(self, request_id: str) -> Reply:
        """What `GET /mutationStatus/{requestId}` answers: 404 for what is unknown, not known yet, or forgotten."""
        mutation = self._accepted.get(request_id)
        if mutation is not None:
            mutation.polls += 1
        if mutation is None or self._is_unknown(mutation):
            raise ErrorReply(404, "Could not find a mutation with the specified ID.")
        completed = mutation.done and not mutation.fate.silent
        found: dict[str, object] = {"completed": completed}
        if completed and (mutation.fate.warning is not None or self._readings.null_warnings):
            found["warning"] = mutation.fate.warning
        return json_reply(found)

    def _is_unknown(self, mutation: Mutation) -> bool:
        forgotten = mutation.done and self._clock() - mutation.due > FORGOTTEN_AFTER
        return forgotten or mutation.polls <= self._readings.unknown_polls

    def pending(self, doc: Doc) -> bool:
        """Whether some write of the doc is not done, or not served yet."""
        self.run_due()
        return any(it.doc_id == doc.id for it in self._waiting) or self._snapshots.pending(doc)

    def run_due(self) -> None:
        """Carries out what is due, each at its own instant; to be called before each edit and each answer."""
        if self._applying:
            return
        now = self._clock()
        due = sorted((it for it in self._waiting if it.due <= now), key=lambda it: it.due)
        for mutation in due:
            self._waiting.remove(mutation)
            mutation.done = True
            if not mutation.fate.lost:
                self._apply(mutation)

    def _apply(self, mutation: Mutation) -> None:
        self._applying = True
        try:
            with self._snapshots.at(mutation.due):
                mutation.apply()
        finally:
            self._applying = False

    @contextmanager
    def fated(self, fate: Fate) -> Iterator[None]:
        """What is accepted meanwhile has this fate."""
        before, self._fate = self._fate, fate
        try:
            yield
        finally:
            self._fate = before

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """Nobody learns what is accepted meanwhile, so that it may be sent again."""
        known = set(self._accepted)
        yield
        for request_id in self._accepted.keys() - known:
            self._accepted[request_id].excused = True

    def forget(self) -> None:
        """A new client begins: no write of an earlier one counts as in flight, no violation as its own."""
        for mutation in self._accepted.values():
            mutation.excused = True
        self.violations.clear()

    def _watch(self, doc: Doc, touches: Collection[str], now: float) -> None:
        for mutation in self._waiting:
            in_flight = not mutation.excused and now - mutation.accepted < GIVEN_UP_AFTER
            if mutation.doc_id == doc.id and in_flight:
                self.violations += [f"two writes in flight for {it}" for it in sorted(mutation.touches & set(touches))]
