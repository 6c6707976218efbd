"""Writes a plan into its table and reads it back; the doc needs to be in no mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.writing.hand import Hand
from coda_git_mirror.actions.writing.live import LiveRows, LiveTable
from coda_git_mirror.actions.writing.parcels import (
    InsertRows,
    UpdateRow,
    delete_parcels,
    insert_parcels,
    names_of,
    request_count,
    update_parcels,
)
from coda_git_mirror.actions.writing.readback import QUEUE_SECONDS, Again, ReadBack
from coda_git_mirror.actions.writing.sender import Doubt, Sender, Stopped
from coda_git_mirror.actions.writing.verdicts import recognised
from coda_git_mirror.clock import Clock, Terminated
from coda_git_mirror.errors import CodaError, MirrorError
from coda_git_mirror.model.cell_values import references
from coda_git_mirror.model.plan import Cell, Insert, Plan, Written
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.write_journal import Begun, Change, WriteJournal

_PATIENCE = 60.0
"""Seconds until what is read before the first change has to show every edit; from then on ours are in the way."""
_SILENT = (
    "Coda has not shown for ten minutes whether it made rows that were sent to it, so nothing further was sent; "
    "wait some minutes and run the command again."
)


@dataclass(frozen=True)
class Executed:
    """What became of a plan, and the exception by which the user ended it."""

    written: Written
    interruption: BaseException | None = None


def execute(
    plan: Plan,
    journal: WriteJournal,
    source: Source,
    writer: Writer,
    progress: Progress,
    clock: Clock,
    known: frozenset[str] | None = None,
    begun: Begun | None = None,
) -> Executed:
    """Sends what the plan has, waits for Coda's queue, and tells by what it reads what became of each step.

    `known` are the ids of the rows that were there shortly before; they are read where nobody gives them. `begun` is
    the plan of which this one is the rest. What was lost is sent once more. Raises CodaError where nothing was sent
    because the table cannot be read; an interruption is part of the answer. The journal stays, for whoever commits
    what it knows.
    """
    columns = source.columns(plan.doc, plan.table)
    live = LiveTable(source, plan.doc, plan.table, columns, clock, plan.row_count)
    if known is None:
        known = frozenset(live.all() if plan.inserts else ())
    if living := plan.living_rows[:1]:
        live.surely(living, patience=_PATIENCE)
    whole, marks = (begun.plan, begun.marks) if begun else (plan.id, plan.marks)
    journal.begin(whole, known, marks)
    with Hand() as hand:
        sender = Sender(plan, live, journal, source, writer, clock, progress, hand)
        return _Execution(plan, live, known, sender, clock).run(journal, progress)


class _Execution:
    """One plan on its way: the stages of sending."""

    def __init__(self, plan: Plan, live: LiveTable, known: frozenset[str], sender: Sender, clock: Clock) -> None:
        self._plan, self._live, self._known, self._sender, self._clock = plan, live, known, sender, clock
        self._tally, self._queue = sender.tally, sender.queue
        self._read_back = ReadBack(plan, live, sender, clock)
        self._inserted = {name: insert for insert in plan.inserts for name in names_of(insert)}
        self._seen = set[str]()
        """Ids of new rows that were waited for."""

    def run(self, journal: WriteJournal, progress: Progress) -> Executed:
        """Everything, whatever ends it."""
        plan, stopped, interruption = self._plan, "", None
        rows = len({update.row for update in plan.updates}) + len(plan.inserts) + len(plan.deletes)
        progress.writing(rows, request_count(plan))
        try:
            stopped = self._send_and_judge()
        except (KeyboardInterrupt, Terminated) as ending:
            interruption = ending
        self._tally.notes += self._queue.warnings
        written = self._tally.written(plan.inserts, stopped, interruption is not None)
        if interruption is None:
            with suppress(MirrorError):
                journal.judge(Counter(fate.value for fate in written.fates))
        return Executed(written, interruption)

    def _send_and_judge(self) -> str:
        """Why not all was sent, in a sentence; empty where all was."""
        plan = self._plan
        steps = Again(plan.inserts, plan.updates, (), plan.deletes)
        while True:
            stopped = self._sent(steps)
            if self._tally.begun:
                try:
                    self._read_back.judge()
                except MirrorError as error:
                    return stopped or f"What was written could not be read back: {error}"
            if stopped or not (steps := self._read_back.again()):
                return stopped

    def _sent(self, steps: Again) -> str:
        try:
            self._send(steps)
        except Stopped as stop:
            return str(stop)
        except CodaError as error:
            return f"Coda takes no further changes: {error}."
        except MirrorError as error:
            return str(error)
        return ""

    def _send(self, steps: Again) -> None:
        for parcel in insert_parcels(steps.inserts):
            self._await_targets([cell for insert in parcel.inserts for cell in insert.cells])
            self._sender.send(parcel)
        self._resolve()
        for update in (*update_parcels(steps.updates), *self._fills(steps.inserts), *steps.fills):
            self._await_targets(update.cells)
            self._sender.send(update)
        for delete in delete_parcels(steps.deletes):
            self._sender.send(delete)

    def _fills(self, inserts: tuple[Insert, ...]) -> Iterator[UpdateRow]:
        """The cells of new rows that had to wait for others, once these rows are there."""
        filled = [insert for insert in inserts if insert.later and insert.key in self._tally.new]
        self._await_rows(filled)
        for insert in filled:
            yield UpdateRow(self._tally.new[insert.key], insert.name, tuple(insert.later), insert=insert.key)

    def _await_targets(self, cells: Sequence[Cell]) -> None:
        """Waits for new rows that cells point to: Coda keeps what points to nothing as mere text."""
        named = {each.row for cell in cells for each in references(cell.wanted)} & self._inserted.keys()
        if named:
            self._resolve()
            self._await_rows([self._inserted[name] for name in named])

    def _await_rows(self, inserts: Iterable[Insert]) -> None:
        """Returns once these new rows are to be seen, as far as Coda has said that it makes them."""
        made = [it for it in inserts if (row := self._tally.new.get(it.key)) is not None and row not in self._seen]
        self._queue.wait_for({self._tally.begun[(Change.INSERT, insert.key, "")] for insert in made})
        ids = {self._tally.new[insert.key] for insert in made}
        if ids:
            self._live.surely(ids, lambda rows: len(rows) == len(ids))
        self._seen.update(ids)

    def _resolve(self) -> None:
        """Looks for the rows of which nobody knows whether Coda has made them, and sends once more what is not there.

        Raises Stopped where Coda does not show it.
        """
        while doubts := self._sender.doubts[:]:
            self._queue.wait_for()
            found, is_sure = self._look_for(doubts)
            self._sender.doubts.clear()
            for doubt in doubts:
                mine = {it.key: found[it.key] for it in doubt.parcel.inserts if it.key in found}
                self._sender.found(doubt.number, doubt.parcel, mine)
            if len(found) == sum(doubt.parcel.size for doubt in doubts):
                return
            if not is_sure:
                raise Stopped(_SILENT)
            self._send_missing(doubts)

    def _send_missing(self, doubts: list[Doubt]) -> None:
        for doubt in doubts:
            missing = (insert for insert in doubt.parcel.inserts if insert.key not in self._tally.new)
            again = tuple(it for it in missing if self._tally.may_try_again((Change.INSERT, it.key, "")))
            if again:
                self._sender.send(InsertRows(again))

    def _look_for(self, doubts: list[Doubt]) -> tuple[dict[str, str], bool]:
        """The ids of rows that have come since, by their inserts' keys, and whether the others are surely not there."""
        rows = [row for doubt in doubts for row in doubt.parcel.rows]

        def matches(live: LiveRows) -> dict[str, str]:
            own = {*self._known, *self._tally.new.values()}
            return recognised(rows, {row: cells for row, cells in live.items() if row not in own})

        def are_all(live: LiveRows) -> bool:
            return len(matches(live)) == len(rows)

        seen = self._live.surely(None, are_all)
        late = max(doubt.since for doubt in doubts) + QUEUE_SECONDS - self._clock.now()
        if seen.is_sure and late > 0 and not are_all(seen.rows):
            self._clock.sleep(late)
            seen = self._live.surely(None, are_all)
        return matches(seen.rows), seen.is_sure
