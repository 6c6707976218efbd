"""Lost rows as steps that insert them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from coda_git_mirror.changes.encode import Known, Sendable, Unwritable, encode
from coda_git_mirror.changes.rollback.adoption import Encoded, encoded
from coda_git_mirror.changes.rollback.columns import SharedColumn, SharedColumns
from coda_git_mirror.changes.rollback.lost_rows import LostRow
from coda_git_mirror.changes.rollback.matching import RowsNow
from coda_git_mirror.changes.rollback.tally import Tally
from coda_git_mirror.changes.write_sizes import LARGEST_ROW, row_bytes
from coda_git_mirror.model.packed_cells import CellPacker
from coda_git_mirror.model.plan import Cell, Insert

_Refusal: TypeAlias = "tuple[SharedColumn | None, str]"
"""The cell without which a row is not inserted, or none where it is the row as a whole, and why it cannot come."""
TOO_LARGE = f"has more than {LARGEST_ROW:,} bytes, which is more than Coda takes"


class Inserting:
    """Makes the steps; what cannot be written goes to the tally."""

    def __init__(self, columns: SharedColumns, now: RowsNow, known: Known, tally: Tally) -> None:
        self._columns, self._now, self._known, self._tally = columns, now, known, tally
        self._refused: dict[str, _Refusal] = {}
        self._packer = CellPacker()
        self._display = next((column for column in columns.all if column.id == columns.display), None)

    def settle(self, rows: Sequence[LostRow]) -> None:
        """Leaves in `now.coming` those of these rows that can come: what points to others points nowhere."""
        self._now.coming, self._refused, left = {row.id for row in rows}, {}, rows
        while refused := {row.id: why for row in left if (why := self._refusal(row))}:
            self._now.coming -= refused.keys()
            self._refused |= refused
            left = [row for row in left if row.id not in refused]

    def steps(self, rows: deque[LostRow]) -> Iterator[Insert]:
        """Those of the rows that can come, in their order; the others are told. Rows are taken out, to spare memory."""
        while rows:
            row = rows.popleft()
            if row.id in self._refused:
                self._tell_refusal(row, *self._refused[row.id])
                continue
            sent = encoded(row, self._columns, self._now, self._known)
            self._tell(row, sent)
            self._tally.shut(row.shut)
            yield self._insert(row, sent)

    def _tell_refusal(self, row: LostRow, column: SharedColumn | None, reason: str) -> None:
        if column is None:
            self._tally.row(row.id, row.name, reason, len(row.columns))
        else:
            self._tally.cell(row.id, row.name, column, f"{reason}; without it the row is not inserted")

    def _refusal(self, row: LostRow) -> _Refusal | None:
        """Why a row cannot come: what it is called by cannot be written, or it is too large."""
        display = self._display
        if display is not None and display.kind is not None and display.id in row.shut:
            return display, display.reason
        if display is not None and display.kind is None and display.now is not None:
            called = encode(self._now.moved(row.cell(display.id)), display.now, self._known)
            if isinstance(called, Unwritable):
                return display, called.reason
        return (None, TOO_LARGE) if row.may_be_large and self._is_too_large(row) else None

    def _is_too_large(self, row: LostRow) -> bool:
        sent = encoded(row, self._columns, self._now, self._known)
        size = row_bytes({column: value.value for column, value in sent.items() if isinstance(value, Sendable)})
        return size > LARGEST_ROW

    def _tell(self, row: LostRow, sent: Encoded) -> None:
        for column in self._columns.open:
            value = sent[column.id]
            reason = value.reason if isinstance(value, Unwritable) else value.loss
            if reason:
                self._tally.cell(row.id, row.name, column, reason)

    def _insert(self, row: LostRow, sent: Encoded) -> Insert:
        told = [
            (column, value)
            for column in self._columns.open
            if isinstance(value := sent[column.id], Sendable) and _is_told(column, value)
        ]
        if not row.later:
            return Insert(row.id, row.id, row.name, self._cells(told))
        later = [each for each in told if each[0].id in row.later]
        at_once = [each for each in told if each[0].id not in row.later]
        return Insert(row.id, row.id, row.name, self._cells(at_once), self._cells(later))

    def _cells(self, told: Sequence[tuple[SharedColumn, Sendable]]) -> Sequence[Cell]:
        columns = tuple((column.id, column.name) for column, _ in told)
        return self._packer.packed(columns, ((value.means, value.value) for _, value in told))


def _is_told(column: SharedColumn, value: Sendable) -> bool:
    """An empty cell is, where Coda would fill it with the column's default."""
    return column.has_default or value.means != column.nothing
