"""Reads back what was written, and finds what has to be sent once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coda_git_mirror.actions.writing.live import PATIENCE, LiveRow, LiveRows, LiveTable, Seen
from coda_git_mirror.actions.writing.parcels import UpdateRow, names_of, needs, pointing
from coda_git_mirror.actions.writing.sender import Sender
from coda_git_mirror.actions.writing.tally import Step
from coda_git_mirror.actions.writing.verdicts import cell_fate, worst
from coda_git_mirror.clock import Clock
from coda_git_mirror.model.cell_values import CellValue, references
from coda_git_mirror.model.plan import Cell, Delete, Fate, Insert, Plan, Update
from coda_git_mirror.state.write_journal import Change

QUEUE_SECONDS = 90.0
"""Longer than Coda was ever seen to take for a change (coda-api.md, Writing): what is not there then will not come."""
_SHORT_PATIENCE = 60.0
"""Seconds while Coda is at work on something that it was given ten minutes for already."""
_UNSURE = "Coda has not shown for ten minutes all that it has accepted, so what became of some of it is not known."


@dataclass(frozen=True)
class Again:
    """Steps that were lost and are worth another request."""

    inserts: tuple[Insert, ...] = ()
    updates: tuple[Update, ...] = ()
    fills: tuple[UpdateRow, ...] = ()
    deletes: tuple[Delete, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inserts or self.updates or self.fills or self.deletes)


class ReadBack:
    """What became of the steps that the sender's tally calls begun."""

    def __init__(self, plan: Plan, live: LiveTable, sender: Sender, clock: Clock) -> None:
        self._plan, self._live, self._sender, self._clock = plan, live, sender, clock
        self._tally, self._queue = sender.tally, sender.queue
        self._inserted = {name for insert in plan.inserts for name in names_of(insert)}
        self._vanished = set[str]()
        """Ids of rows that Coda said it had made, and lost."""

    def judge(self) -> None:
        """Waits until Coda is done, reads, and decides. Raises CodaError where it cannot be read."""
        self._queue.wait_for()
        seen = self._read()
        fates, is_any_sure, is_any_open = dict[Step, Fate](), False, False
        for step, fate in self._fates(seen.rows):
            is_open = fate is not Fate.APPLIED and self._is_open(step, seen)
            is_any_sure, is_any_open = is_any_sure or not is_open, is_any_open or is_open
            if fate is not Fate.APPLIED or not self._is_of_new(step):
                fates[step] = Fate.UNKNOWN if is_open else fate
        self._tally.fates = fates
        self._tally.got = self._got(seen.rows) if is_any_sure else {}
        if is_any_open:
            self._tally.notes.append(_UNSURE)

    def _is_of_new(self, step: Step) -> bool:
        """Whether it is a cell of a row that is inserted: of these there are many, and the row's fate tells theirs."""
        return step[0] is Change.UPDATE and step[1] in self._inserted

    def again(self) -> Again:
        """What is lost and has not been tried often enough."""
        plan = self._plan
        inserts = tuple(it for it in plan.inserts if self._is_lost((Change.INSERT, it.key, "")))
        for insert in inserts:
            self._vanished |= {row for name in names_of(insert) if (row := self._tally.new.pop(name, None))}
        return Again(
            inserts,
            tuple(it for it in plan.updates if self._is_wanting(it.row, it.cell)),
            tuple(self._fills()),
            tuple(it for it in plan.deletes if self._is_lost((Change.DELETE, it.row, ""))),
        )

    def _fills(self) -> Iterator[UpdateRow]:
        """The cells of new rows that are there, but not all as they should be."""
        for insert in self._plan.inserts:
            row = self._tally.new.get(insert.key)
            cells = tuple(it for it in (*insert.cells, *insert.later) if self._is_wanting(insert.key, it))
            if row is not None and cells:
                yield UpdateRow(row, insert.name, cells, insert=insert.key)

    def _is_lost(self, step: Step) -> bool:
        return self._tally.fates.get(step) is Fate.LOST and self._tally.may_try_again(step)

    def _is_wanting(self, row: str, cell: Cell) -> bool:
        """Whether a cell was lost, or points to nothing because the row that it should point to came too late."""
        step = (Change.UPDATE, row, cell.column)
        fate, got = self._tally.fates.get(step), self._tally.got.get((row, cell.column))
        late = fate is Fate.COERCED and needs([cell], self._inserted)
        stray = got is not None and any(each.row in self._vanished for each in references(got))
        return (fate is Fate.LOST or late or stray) and self._tally.may_try_again(step)

    def _read(self) -> Seen:
        rows = self._rows()
        seen = self._live.surely(rows, self._are_all_applied, _SHORT_PATIENCE if self._queue.overdue else PATIENCE)
        since = (*self._sender.unanswered.values(), *self._queue.unasked.values())
        late = max(since, default=-QUEUE_SECONDS) + QUEUE_SECONDS - self._clock.now()
        if seen.is_sure and late > 0 and not self._are_all_applied(seen.rows):
            self._clock.sleep(late)
            seen = self._live.surely(rows, self._are_all_applied)
        return seen

    def _rows(self) -> list[str]:
        """The ids of all rows of which anything was sent."""
        begun = {row: self._tally.new.get(row, row) for _, row, _ in self._tally.begun}
        return list(dict.fromkeys(begun.values()))

    def _are_all_applied(self, rows: LiveRows) -> bool:
        return all(fate is Fate.APPLIED for _, fate in self._fates(rows))

    def _is_open(self, step: Step, seen: Seen) -> bool:
        """Whether it may still come to be."""
        return not seen.is_sure or self._tally.begun.get(step) in self._queue.overdue

    def _fates(self, rows: LiveRows) -> Iterator[tuple[Step, Fate]]:
        begun = self._tally.begun
        for update in self._plan.updates:
            if (step := (Change.UPDATE, update.row, update.cell.column)) in begun:
                row = rows.get(update.row)
                yield step, self._fate(row, update.cell, update.live) if row else Fate.OVERWRITTEN
        for insert in self._plan.inserts:
            if (Change.INSERT, insert.key, "") in begun:
                yield from self._fates_of_new(insert, rows.get(self._tally.new.get(insert.key, "")))
        for delete in self._plan.deletes:
            if (step := (Change.DELETE, delete.row, "")) in begun:
                yield step, Fate.LOST if delete.row in rows else Fate.APPLIED

    def _fates_of_new(self, insert: Insert, row: LiveRow | None) -> Iterator[tuple[Step, Fate]]:
        """Those of its cells, and that of the row, which is the worst of them."""
        if row is None:
            yield (Change.INSERT, insert.key, ""), Fate.LOST
            return
        fates = {
            (Change.UPDATE, insert.key, cell.column): self._fate(row, cell, self._live.nothing_in(cell.column))
            for cell in self._sent_cells(insert)
        }
        yield from fates.items()
        yield (Change.INSERT, insert.key, ""), worst(fates.values())

    def _sent_cells(self, insert: Insert) -> Iterator[Cell]:
        """Those that were not held back, of the later ones those that were sent."""
        yield from (cell for cell in insert.cells if (insert.key, cell.column) not in self._tally.held)
        yield from (cell for cell in insert.later if (Change.UPDATE, insert.key, cell.column) in self._tally.begun)

    def _fate(self, row: LiveRow, cell: Cell, before: CellValue) -> Fate:
        return cell_fate(row.cell(cell.column), self._wanted(cell), before)

    def _wanted(self, cell: Cell) -> CellValue:
        return pointing([cell], self._tally.new)[0].wanted

    def _got(self, rows: LiveRows) -> dict[tuple[str, str], CellValue]:
        """What cells hold that are not as wanted."""
        off = (step for step, fate in self._tally.fates.items() if step[2] and fate is not Fate.APPLIED)
        found = ((row, column, rows.get(self._tally.new.get(row, row))) for _, row, column in off)
        return {(row, column): live.cell(column) for row, column, live in found if live}
