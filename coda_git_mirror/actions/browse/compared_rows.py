"""The rows of a table that changed, as a table with what stood in each cell and what stands there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from coda_git_mirror.actions.browse.marks import Mark, Room, both_sides, cut
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.model.changes import ColumnFacts, Kind
from coda_git_mirror.model.differences import CellChange, RowChange, TableDiff

_MOST_COLUMNS = 8
"""Up to so many columns all are shown; else those in which something changed."""
_LONGEST = 600
"""Characters of a value that are shown."""
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
    hidden_columns: int


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
        len(table.known) - len([column for column in columns if column in table.known]),
    )


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
    """The columns that are shown, in the order of the table; none that says once more what the rows are called."""
    changed = {cell.column: cell.name for change in changes for cell in change.cells if not cell.by_column}
    if len(known) > _MOST_COLUMNS:
        shown = {column: facts for column, facts in known.items() if column in changed}
    else:
        shown = dict(known)
    names = {column: facts for column, facts in shown.items() if _is_name(column, facts, changes)}
    unknown = {column: ColumnFacts(name, "") for column, name in changed.items() if column not in known}
    return {column: facts for column, facts in {**shown, **unknown}.items() if column not in names}


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
