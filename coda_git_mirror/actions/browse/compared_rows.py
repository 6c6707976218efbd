"""The rows of a table that changed, as a table with what stood in each cell and what stands there now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from coda_git_mirror.actions.browse.marks import Mark, Room, both_sides, cut
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.changes import ColumnFacts, Kind
from coda_git_mirror.model.differences import CellChange, RowChange, TableDiff

_MOST_COLUMNS = 8
"""Up to so many columns all are shown; of more those in which something changed, however many these are."""
_LONGEST = 600
"""Characters of a value that are shown."""
_SHORT = 30
_State = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True)
class Heading:
    """A column that is shown: what became of it, and whether no value in it changed."""

    name: str
    state: _State
    is_quiet: bool


@dataclass(frozen=True)
class Cell:
    """A value that stayed, came or went; or both, or the words that changed. `note`: why nothing else is seen."""

    state: _State
    before: tuple[Mark, ...] = ()
    after: tuple[Mark, ...] = ()
    words: tuple[Mark, ...] = ()
    note: str = ""

    @property
    def is_short(self) -> bool:
        """Whether it reads better on one line."""
        return all(len(mark.text) <= _SHORT for mark in (*self.before, *self.after, *self.words))


@dataclass(frozen=True)
class Row:
    """A row with a cell for each heading."""

    state: _State
    id: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class RowsPart:
    """Some of the rows that changed, of `total`; `rest` is the number of the first that is not shown."""

    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    total: int
    rest: int | None
    unchanged_rows: int
    left_out: int


def rows_part(table: TableDiff, start: int, most: int, room: Room) -> RowsPart | None:
    """As many rows from a number on, and no more than there is room for, but one; None where no row changed."""
    told = table.told
    total = told.added + told.changed + told.removed
    if not total:
        return None
    start = min(start, total - 1)
    changes = list(_fitting(islice(_telling(table.rows), start, start + most), room))
    columns = _columns(table.known, changes)
    end = start + len(changes)
    return RowsPart(
        tuple(_heading(table, column, changes) for column in columns),
        tuple(_row(change, columns) for change in changes),
        total,
        end if end < total else None,
        max(0, table.size - told.added - told.changed),
        _left_out(table, columns, changes),
    )


def _left_out(table: TableDiff, columns: Collection[str], changes: Sequence[RowChange]) -> int:
    return sum(column not in columns and not _is_name(column, facts, changes) for column, facts in table.known.items())


def _telling(rows: Iterable[RowChange]) -> Iterator[RowChange]:
    return (row for row in rows if not row.is_by_columns)


def _fitting(rows: Iterable[RowChange], room: Room) -> Iterator[RowChange]:
    for number, row in enumerate(rows):
        if number and room.left <= 0:
            return
        room.left -= sum(
            min(len(cell.text_before), _LONGEST) + min(len(cell.text_after), _LONGEST) for cell in row.cells
        )
        yield row


def _columns(known: Mapping[str, ColumnFacts], changes: Sequence[RowChange]) -> dict[str, ColumnFacts]:
    """The columns that are shown; none that says once more what the rows are called.

    Of many columns those come first in which something changed, then some of what rows that came or went had.
    """
    told = {
        cell.column: ColumnFacts(cell.name, "") for change in changes for cell in change.cells if not cell.by_column
    }
    every = {column: facts for column, facts in {**told, **known}.items() if not _is_name(column, facts, changes)}
    in_order = {column: every[column] for column in (*known, *told) if column in every}
    if len(known) <= _MOST_COLUMNS:
        return in_order
    cells = (cell for change in changes if change.kind is Kind.CHANGED for cell in change.cells)
    changed = {cell.column for cell in cells if not cell.by_column}
    first = [column for column in in_order if column in changed]
    others = [column for column in in_order if column in told and column not in changed]
    return {column: every[column] for column in (*first, *others[: max(0, _MOST_COLUMNS - len(first))])}


def _is_name(column: str, facts: ColumnFacts, changes: Sequence[RowChange]) -> bool:
    """Whether a column has the names of all rows, none of which was another one."""
    if any(change.kind is Kind.CHANGED and cell.column == column for change in changes for cell in change.cells):
        return False
    return all(_value(change, column, facts) == change.name for change in changes)


def _value(change: RowChange, column: str, facts: ColumnFacts) -> str:
    return cell_text(change.values[column], facts.type) if column in change.values else ""


def _heading(table: TableDiff, column: str, changes: Sequence[RowChange]) -> Heading:
    facts = table.known.get(column)
    became = next((each for each in table.columns.columns if each.id == column), None)
    states: dict[Kind, _State] = {Kind.ADDED: "added", Kind.REMOVED: "removed"}
    state: _State = states.get(became.kind, "changed") if became else "same"
    changed = (cell for change in changes for cell in change.cells if cell.column == column and not cell.by_column)
    first = next(changed, None)
    return Heading(facts.name if facts else first.name if first else column, state, first is None)


def _row(change: RowChange, columns: Mapping[str, ColumnFacts]) -> Row:
    states: dict[Kind, _State] = {Kind.ADDED: "added", Kind.REMOVED: "removed"}
    cells = {cell.column: cell for cell in change.cells if not cell.by_column}
    made = (
        _changed(cells[column], change.kind) if column in cells else _kept(_value(change, column, facts))
        for column, facts in columns.items()
    )
    return Row(states.get(change.kind, "changed"), change.id, change.name, tuple(made))


def _kept(text: str) -> Cell:
    return Cell("same", after=tuple(cut(Mark("=", text), _LONGEST)))


def _changed(cell: CellChange, kind: Kind) -> Cell:
    before, after = tuple(cut(Mark("-", cell.text_before), _LONGEST)), tuple(cut(Mark("+", cell.text_after), _LONGEST))
    if kind is Kind.ADDED:
        return Cell("added", after=after)
    if kind is Kind.REMOVED:
        return Cell("removed", before=before)
    if cell.text_before == cell.text_after:
        return Cell(
            "changed", after=tuple(cut(Mark("=", cell.text_after), _LONGEST)), note="another value that reads the same"
        )
    if cell.words:
        return Cell("changed", words=tuple(both_sides(cell.words, _LONGEST)))
    return Cell("changed", before, after)
