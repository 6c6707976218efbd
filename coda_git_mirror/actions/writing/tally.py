"""What has become of a plan's steps so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from coda_git_mirror.actions.writing.parcels import DeleteRows, InsertRows, Parcel, names_of
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.model.plan import Cell, Fate, HeldBack, HeldKind, Insert, Written
from coda_git_mirror.state.write_journal import Change

Step: TypeAlias = tuple[Change, str, str]
"""What is done to which row, by its id or the insert's key, and column, where it is a cell."""

_MOST_ANSWERED = 2
"""How often a step is sent that Coda takes and that is not there afterwards."""
_MOST_TRIES = {Change.INSERT: 2, Change.UPDATE: 4, Change.DELETE: 4}
"""The same where answers get lost, too."""


def steps_of(parcel: Parcel) -> list[Step]:
    """The steps that a request carries."""
    match parcel:
        case InsertRows(inserts):
            return [(Change.INSERT, insert.key, "") for insert in inserts]
        case DeleteRows(deletes):
            return [(Change.DELETE, delete.row, "") for delete in deletes]
        case _:
            return [(Change.UPDATE, parcel.insert or parcel.row, cell.column) for cell in parcel.cells]


@dataclass
class Tally:
    """`begun` are the steps that were sent, each with the number of its last request."""

    begun: dict[Step, int] = field(default_factory=dict)
    fates: dict[Step, Fate] = field(default_factory=dict)
    got: dict[tuple[str, str], CellValue] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    """The new ids of rows by whatever the plan's steps name them."""
    held: dict[tuple[str, str | None], HeldBack] = field(default_factory=dict)
    """By row, or the insert's key, and column, where it is a cell."""
    notes: list[str] = field(default_factory=list)
    _sent_at_once: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The columns that were sent with a new row, by the insert's key."""
    _columns: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    _answered: Counter[Step] = field(default_factory=Counter)
    _tries: Counter[Step] = field(default_factory=Counter)

    def begin(self, parcel: Parcel, number: int) -> None:
        """Counts a request that is about to be sent."""
        for step in steps_of(parcel):
            self.begun[step] = number
            self._tries[step] += 1

    def answer(self, parcel: Parcel) -> None:
        """Counts Coda's word that it has taken a request, for a new row that it has taken each of its cells."""
        self._answered.update(steps_of(parcel))
        if isinstance(parcel, InsertRows):
            for insert in parcel.inserts:
                columns = tuple(cell.column for cell in insert.cells)
                self._sent_at_once[insert.key] = self._columns.setdefault(columns, columns)

    def find_done(self, step: Step) -> None:
        """Notes that a step is done that was not sent, or sent before."""
        self.begun.setdefault(step, 0)
        self.fates[step] = Fate.APPLIED

    def refuse(self, parcel: Parcel) -> None:
        """Takes back a request of which nothing was done."""
        for step in steps_of(parcel):
            self._tries[step] -= 1
            if not self._tries[step]:
                del self.begun[step]

    def may_try_again(self, step: Step) -> bool:
        """Whether a step that is not there is worth another request."""
        return self._answers(step) < _MOST_ANSWERED and self._tries.get(step, 0) < _MOST_TRIES[step[0]]

    def _answers(self, step: Step) -> int:
        """How often Coda has said that it has taken a step; of the cells that came with a row, also with the row."""
        change, row, column = step
        came = change is Change.UPDATE and column in self._sent_at_once.get(row, ())
        return self._answered.get(step, 0) + (self._answered.get((Change.INSERT, row, ""), 0) if came else 0)

    def made(self, insert: Insert, row: str) -> None:
        """Notes the id of a row that was inserted."""
        self.new.update(dict.fromkeys(names_of(insert), row))

    def hold_row(self, kind: HeldKind, reason: str, row: str, name: str) -> None:
        """Notes that a row is not written after all."""
        self.held[row, None] = HeldBack(row, None, kind, reason, row_name=name)

    def hold_cells(self, kind: HeldKind, reason: str, row: tuple[str, str], cells: Iterable[Cell]) -> None:
        """Notes that cells of a row, given by id and name, are not written after all."""
        for cell in cells:
            entry = HeldBack(row[0], cell.column, kind, reason, row_name=row[1], column_name=cell.column_name)
            self.held[row[0], cell.column] = entry

    def written(self, inserts: Iterable[Insert], stopped: str, interrupted: bool) -> Written:
        """What to tell of it; a step that was sent and never read back is unknown."""
        fates = {step: self.fates.get(step, Fate.UNKNOWN) for step in self.begun}
        keys = {insert.key for insert in inserts}
        cells = {(row, column): fate for (change, row, column), fate in fates.items() if change is Change.UPDATE}
        return Written(
            updates={cell: fate for cell, fate in cells.items() if cell[0] not in keys},
            inserts={row: fate for (change, row, _), fate in fates.items() if change is Change.INSERT},
            deletes={row: fate for (change, row, _), fate in fates.items() if change is Change.DELETE},
            new_rows={key: self.new[key] for key in keys if key in self.new},
            got=dict(self.got),
            held=tuple(self.held.values()),
            notes=tuple(dict.fromkeys(self.notes)),
            stopped=stopped,
            interrupted=interrupted,
        )
