"""What a rollback does not write, as it comes up: single cells, and of columns that cannot be written how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from coda_git_mirror.changes.rollback.columns import SharedColumn
from coda_git_mirror.model.plan import HeldBack, HeldKind


class Tally:
    """Collects what is held back."""

    def __init__(self) -> None:
        self._held: list[HeldBack] = []
        self._cells: Counter[str] = Counter()

    def cell(self, row: str, row_name: str, column: SharedColumn, reason: str) -> None:
        """A cell that cannot be written, or a part of it."""
        kind = HeldKind.UNWRITABLE
        self._held.append(HeldBack(row, column.id, kind, reason, row_name=row_name, column_name=column.name))

    def row(self, row: str, row_name: str, reason: str, cells: int) -> None:
        """A row of which nothing can be written."""
        self._held.append(HeldBack(row, None, HeldKind.UNWRITABLE, reason, cells, row_name))

    def shut(self, columns: Iterable[str]) -> None:
        """A cell in each of these columns, which cannot be written at all."""
        self._cells.update(columns)

    def held(self, shut: Iterable[SharedColumn]) -> Iterator[HeldBack]:
        """Everything: first each column of which cells are not written, once."""
        for column in shut:
            if (cells := self._cells[column.id]) and column.kind:
                by_coda, name = column.is_made_by_coda, column.name
                yield HeldBack(None, column.id, column.kind, column.reason, cells, column_name=name, by_coda=by_coda)
        yield from self._held
