"""The rows of a table against what else is known of it: one answer of Coda's is not believed against another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from coda_git_mirror.actions.held import Held, HeldDoc, damaged_rows
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.changes.rows import differing_rows
from coda_git_mirror.errors import Unavailable
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Json, Table

_FEW_ROWS = 20
"""A table or view of so few rows may lose most of them without a second question."""


@dataclass(frozen=True)
class HeldRows:
    """The rows of a table or view as the mirror holds them."""

    held: Held
    doc: HeldDoc
    grid: Table

    @property
    def count(self) -> int:
        """How many there are; 0 where the mirror does not hold it."""
        return int(self._entry["rowCount"]) if self.is_there else 0

    @property
    def is_there(self) -> bool:
        """Whether the mirror holds the table or view at all."""
        return bool(self._entry.get("file"))

    def would_lose(self, files: TableFiles) -> bool:
        """Whether a row of the base table is not among those that were read."""
        paths = self.doc.table_files(self._entry, ".jsonl")
        if not paths:
            return False
        try:
            return any(new is None for _, new in differing_rows(self.held.lines(paths), files.lines()))
        except ValueError as error:
            raise damaged_rows(paths, self.held.tree) from error

    @property
    def _entry(self) -> Json:
        stored = self.doc.stored.views if self.grid.is_view else self.doc.stored.tables
        return stored.get(self.grid.id, {})


@dataclass(frozen=True)
class Agreement:
    """Reads a table or view until two answers agree on it: `read` gives its files, `look` what it says of itself."""

    read: Callable[[], TableFiles]
    look: Callable[[], Table]
    held: HeldRows

    def files(self, grid: Table) -> TableFiles:
        """The files, once they fit to the count that the table states, and to its columns.

        Where a second reading does not fit either, no row that the mirror holds may go: then it raises Unavailable, or
        gives files that say what they lack; nor may most of them by a reading with which no other answer agrees. What a
        view shows is in its base table, and two readings prove it.
        """
        first = self.read()
        if self._fits(first, grid):
            return first
        grid = self.look()
        second, stated = self.read(), grid.row_count
        if not _shows_display_column(second, grid):
            second = replace(second, doubt="no listing shows the column by which it calls its rows")
        if grid.is_view:
            return second
        if self._shrinks(second) and second.row_count not in (first.row_count, stated):
            counts = f"{counted(first.row_count, 'row')} of a table and then {second.row_count}"
            raise Unavailable(f"Coda gives {counts}; the {self.held.count} that the mirror holds stay")
        if stated is None or second.row_count >= stated:
            return second
        lacks = f"Coda gives {counted(second.row_count, 'row')} of a table that has {stated} by its own word"
        if self.held.would_lose(second):
            raise Unavailable(f"{lacks}; the rows that the mirror holds stay")
        return replace(second, lacks=lacks)

    def _fits(self, files: TableFiles, grid: Table) -> bool:
        stated = grid.row_count
        enough = stated is None or files.row_count >= stated or (grid.is_view and files.row_count > 0)
        return enough and not (self._shrinks(files) or files.doubt) and _shows_display_column(files, grid)

    def _shrinks(self, files: TableFiles) -> bool:
        return self.held.count >= _FEW_ROWS and files.row_count < self.held.count / 2


def _shows_display_column(files: TableFiles, grid: Table) -> bool:
    """Whether the column by which the table calls its rows is among its columns; a view may hide it."""
    display = grid.raw.get("displayColumn")
    name = display.get("id") if isinstance(display, dict) else None
    return grid.is_view or name is None or any(column.id == name for column in files.columns)
