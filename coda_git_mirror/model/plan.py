"""What is about to be written into one table of Coda, as frozen values, and what became of each step of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

from coda_git_mirror.model.cell_values import CellValue, with_rows

ID_DIGITS = 12


class Fate(Enum):
    """What became of a step, by what was read back; Coda's own word for "done" proves nothing."""

    APPLIED = "applied"
    COERCED = "coerced"
    LOST = "lost"
    OVERWRITTEN = "overwritten"
    UNKNOWN = "unknown"


class HeldKind(Enum):
    """Why something that was asked for is not written."""

    CONFLICT = "conflict"
    UNWRITABLE = "unwritable"
    CALCULATED = "calculated"
    COLUMN_GONE = "column-gone"
    RETYPED = "retyped"
    UNKNOWN_ROW = "unknown-row"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value for a column: what it means, and the JSON that is sent for it.

    A reference to a row that this plan inserts is sent by the row's old id until the new one is known.
    """

    column: str
    column_name: str
    wanted: CellValue
    sent: Any = field(hash=False)


@dataclass(frozen=True, slots=True)
class Update:
    """One cell of a living row. `live` is what it held when the plan was made; the texts are for people.

    `newer`: somebody edited the cell after the last sync.
    """

    row: str
    row_name: str
    cell: Cell
    live: CellValue
    was: str
    becomes: str
    newer: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The row and the column."""
        return self.row, self.cell.column


@dataclass(frozen=True, slots=True)
class Insert:
    """A row that Coda lacks. `old` is the id that it had, None for one that is new.

    `later` are cells that point to rows of this plan that come after it; they are filled once these have their ids.
    Cells may be packed (`packed_cells.py`), so that each look at them costs something.
    """

    key: str
    old: str | None
    name: str
    cells: Sequence[Cell]
    later: Sequence[Cell] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """A living row that is to go, with what its cells held when the plan was made, by column."""

    row: str
    name: str
    live: tuple[tuple[str, CellValue], ...]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Something that was asked for and is not written; `row` is None for a whole column, of so many cells.

    The names are for people. `by_coda`: Coda makes itself what these cells show, and nothing was refused to anybody.
    """

    row: str | None
    column: str | None
    kind: HeldKind
    reason: str
    cells: int = 1
    row_name: str = ""
    column_name: str = ""
    by_coda: bool = False


@dataclass(frozen=True)
class Plan:
    """All steps for one base table, in the order in which they are carried out.

    `adopted` are rows that the revision knows by another id and that live already: (old id, id now).
    `notes` are sentences for the user that no step tells.
    """

    doc: str
    doc_name: str
    table: str
    table_name: str
    updates: tuple[Update, ...] = ()
    inserts: tuple[Insert, ...] = ()
    deletes: tuple[Delete, ...] = ()
    held: tuple[HeldBack, ...] = ()
    adopted: tuple[tuple[str, str], ...] = ()
    row_count: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.updates or self.inserts or self.deletes)

    @property
    def step_count(self) -> int:
        """Cells to change, rows to insert and rows to delete."""
        return len(self.updates) + len(self.inserts) + len(self.deletes)

    @property
    def living_rows(self) -> tuple[str, ...]:
        """The ids of the rows that are changed or deleted."""
        return tuple(dict.fromkeys([*(it.row for it in self.updates), *(it.row for it in self.deletes)]))

    @cached_property
    def id(self) -> str:
        """A digest of the steps: two plans with the same one write the same into the same state.

        Names and what is only told beside a step, such as that a cell is newer, are no part of it.
        """
        return _digest(self._steps())

    @property
    def marks(self) -> frozenset[str]:
        """A digest of each step; rows that it points to may get new ids, so of an insert its key alone counts."""
        updates = (
            ("update", it.row, it.cell.column, with_rows(it.cell.wanted, _any_row), it.live) for it in self.updates
        )
        inserts = (("insert", it.key) for it in self.inserts)
        deletes = (("delete", it.row, it.live) for it in self.deletes)
        return frozenset(_digest([step]) for step in (*updates, *inserts, *deletes))

    def is_part_of(self, marks: frozenset[str], rows: frozenset[str]) -> bool:
        """Whether it has no step but such as have these marks, and changes of these rows."""
        return replace(self, updates=tuple(it for it in self.updates if it.row not in rows)).marks <= marks

    def _steps(self) -> Iterator[tuple[object, ...]]:
        yield self.doc, self.table
        for update in self.updates:
            yield "update", update.row, _written(update.cell), update.live
        for insert in self.inserts:
            yield "insert", insert.key, [*map(_written, insert.cells)], [*map(_written, insert.later)]
        for delete in self.deletes:
            yield "delete", delete.row, delete.live


def _any_row(_row: str) -> str:
    return ""


def _digest(steps: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for step in steps:
        digest.update(repr(step).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:ID_DIGITS]


def _written(cell: Cell) -> tuple[str, CellValue, Any]:
    return cell.column, cell.wanted, cell.sent


@dataclass(frozen=True)
class Written:
    """What became of a plan's steps, of those that were begun; a step that is missing here was not sent.

    `updates` by row and column, `inserts` by their key, `deletes` by row. `new_rows` are the ids of inserted rows by
    the insert's key. `got` is what a cell holds that is not as wanted, by row, or the insert's key, and column. `held`
    came up while writing. `stopped` is one sentence that says why not all was sent.
    """

    updates: Mapping[tuple[str, str], Fate] = field(default_factory=dict)
    inserts: Mapping[str, Fate] = field(default_factory=dict)
    deletes: Mapping[str, Fate] = field(default_factory=dict)
    new_rows: Mapping[str, str] = field(default_factory=dict)
    got: Mapping[tuple[str, str], CellValue] = field(default_factory=dict)
    held: tuple[HeldBack, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str = ""
    interrupted: bool = False

    @property
    def fates(self) -> Iterator[Fate]:
        """What became of each step that was begun."""
        yield from self.updates.values()
        yield from self.inserts.values()
        yield from self.deletes.values()


NOTHING_WRITTEN = Written()


@dataclass(frozen=True)
class Cost:
    """What carrying a plan out takes at the tightest rate that Coda has published, before anything is known better."""

    requests: int
    seconds: float
