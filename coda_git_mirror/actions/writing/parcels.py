"""A plan's steps as what one request each can carry, in the order in which they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeAlias

from coda_git_mirror.changes.write_sizes import LARGEST_BODY, row_body_bytes
from coda_git_mirror.model.cell_values import references, with_rows
from coda_git_mirror.model.packed_cells import rows_named, sent_values
from coda_git_mirror.model.plan import Cell, Delete, Insert, Plan, Update
from coda_git_mirror.model.writes import RowCells
from coda_git_mirror.state.write_journal import Change, SentRow

MOST_ROWS = 100


@dataclass(frozen=True)
class InsertRows:
    """New rows that need none of each other."""

    inserts: tuple[Insert, ...]

    change = Change.INSERT

    @property
    def size(self) -> int:
        return len(self.inserts)

    @property
    def rows(self) -> tuple[SentRow, ...]:
        return tuple(SentRow(it.key, it.old, wanted(it.cells)) for it in self.inserts)

    @property
    def bodies(self) -> list[RowCells]:
        """The values of each row as they are sent."""
        return [sent(each.cells) for each in self.inserts]

    def halves(self) -> list[Parcel]:
        half = len(self.inserts) // 2
        return [InsertRows(self.inserts[:half]), InsertRows(self.inserts[half:])]


@dataclass(frozen=True)
class UpdateRow:
    """Cells of one living row: `updates` are the plan's steps, or `insert` is the key of the row that was inserted."""

    row: str
    name: str
    cells: tuple[Cell, ...]
    updates: tuple[Update, ...] = ()
    insert: str = ""

    change = Change.UPDATE
    size = 1

    @property
    def rows(self) -> tuple[SentRow, ...]:
        return (SentRow(self.row, None, wanted(self.cells)),)

    def halves(self) -> list[Parcel]:
        return [self]


@dataclass(frozen=True)
class DeleteRows:
    """Living rows that are to go."""

    deletes: tuple[Delete, ...]

    change = Change.DELETE

    @property
    def size(self) -> int:
        return len(self.deletes)

    @property
    def rows(self) -> tuple[SentRow, ...]:
        return tuple(SentRow(it.row) for it in self.deletes)

    def halves(self) -> list[Parcel]:
        half = len(self.deletes) // 2
        return [DeleteRows(self.deletes[:half]), DeleteRows(self.deletes[half:])]


Parcel: TypeAlias = "InsertRows | UpdateRow | DeleteRows"


def wanted(cells: Iterable[Cell]) -> dict[str, Any]:
    """What cells are to mean, by column."""
    return {cell.column: cell.wanted for cell in cells}


def sent(cells: Iterable[Cell]) -> dict[str, Any]:
    """What is sent for cells, by column."""
    return {cell.column: cell.sent for cell in cells}


def insert_parcels(inserts: Sequence[Insert]) -> Iterator[InsertRows]:
    """The inserts in their order; a row that points to another one of them comes in a later request."""
    batch: list[Insert] = []
    names, size = set[str](), 0
    for insert in inserts:
        length = row_body_bytes(sent_values(insert.cells))
        is_full = len(batch) == MOST_ROWS or size + length > LARGEST_BODY
        if batch and (is_full or not names.isdisjoint(rows_named(insert.cells))):
            yield InsertRows(tuple(batch))
            batch, names, size = [], set(), 0
        batch.append(insert)
        names |= names_of(insert)
        size += length
    if batch:
        yield InsertRows(tuple(batch))


def update_parcels(updates: Iterable[Update]) -> list[UpdateRow]:
    """All cells of a row together, in the order of the rows' first cells."""
    order = {row: place for place, row in enumerate(dict.fromkeys(update.row for update in updates))}
    in_order = sorted(updates, key=lambda update: order[update.row])
    grouped = ((row, tuple(steps)) for row, steps in groupby(in_order, lambda update: update.row))
    return [UpdateRow(row, steps[0].row_name, tuple(it.cell for it in steps), steps) for row, steps in grouped]


def delete_parcels(deletes: Sequence[Delete]) -> list[DeleteRows]:
    """At most 100 rows each."""
    return [DeleteRows(tuple(deletes[start : start + MOST_ROWS])) for start in range(0, len(deletes), MOST_ROWS)]


def request_count(plan: Plan) -> int:
    """How many requests carry the plan out where Coda takes them all."""
    fills = sum(1 for insert in plan.inserts if insert.later)
    batches = sum(1 for _ in insert_parcels(plan.inserts))
    return batches + fills + len({update.row for update in plan.updates}) + len(delete_parcels(plan.deletes))


def names_of(insert: Insert) -> set[str]:
    """By what other steps name the row before its new id is known."""
    return {insert.key, insert.old} if insert.old is not None else {insert.key}


def needs(cells: Iterable[Cell], names: set[str]) -> bool:
    """Whether one of the cells points to one of these rows."""
    return any(each.row in names for cell in cells for each in references(cell.wanted))


def pointing(cells: Iterable[Cell], new: Mapping[str, str]) -> tuple[Cell, ...]:
    """The cells, with the new ids of rows in place of those by which the plan names them."""
    return tuple(_pointing(cell, new) for cell in cells)


def _pointing(cell: Cell, new: Mapping[str, str]) -> Cell:
    moved = {each.row: new[each.row] for each in references(cell.wanted) if each.row in new}
    if not moved:
        return cell
    return replace(
        cell, wanted=with_rows(cell.wanted, lambda row: moved.get(row, row)), sent=_renamed(cell.sent, moved.get)
    )


def _renamed(value: Any, new_of: Callable[[str], str | None]) -> Any:
    if isinstance(value, list | tuple):
        return [_renamed(each, new_of) for each in value]
    return (new_of(value) or value) if isinstance(value, str) else value
