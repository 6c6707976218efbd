"""The life of one row of a table, or of one cell: its values through time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from coda_git_mirror.actions.log.docs import DocStep
from coda_git_mirror.changes.cells import ColumnPair
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.format.cells import cell_text
from coda_git_mirror.format.table_parts import files_of
from coda_git_mirror.format.tables import parse_row, stored_columns
from coda_git_mirror.format.text import json_line, one_line
from coda_git_mirror.model.content import Json, name_of
from coda_git_mirror.model.differences import RowChange

ROW_ID = re.compile(r"i-[\w-]+")


@dataclass(frozen=True)
class HeldTable:
    """A table in one state of its doc; without an entry where the doc does not have it."""

    side: Side
    entry: Json | None

    def files(self, suffix: str) -> tuple[str, ...]:
        """The files of the table with that suffix; none unless all are there."""
        files = files_of(self.entry, suffix)
        return files if all(map(self.side.digest, files)) else ()

    def columns(self) -> list[Json]:
        for file in self.files(".json"):
            with self.side.blaming(file):
                return stored_columns(self.side.read(file))
        return []

    def rows(self, needle: bytes = b"") -> Iterator[Json]:
        """All rows in whose lines something stands. Raises DamagedFile where one is none."""
        for file in self.files(".jsonl"):
            with self.side.blaming(file):
                yield from (parse_row(line) for line in self.side.lines(file) if needle in line)

    def row(self, row_id: str) -> Json | None:
        """A row by its id."""
        needle = b'"id":' + json_line(row_id).strip()
        return next((row for row in self.rows(needle) if row["id"] == row_id), None)


def held_table(side: Side, table_id: str) -> HeldTable:
    """A table of a doc by its id."""
    return HeldTable(side, side.stored().tables.get(table_id))


def rows_called(table: HeldTable, word: str) -> dict[str, str]:
    """The names of the rows that have this id or name, by id; regardless of case where none has it exactly."""
    alike: dict[str, str] = {}
    for row in table.rows():
        row_id, name = str(row["id"]), one_line(cell_text(row.get("name")))
        if word == row_id:
            return {row_id: name}
        if name.casefold() == one_line(word).casefold():
            alike[row_id] = name
    exact = {row_id: name for row_id, name in alike.items() if name == one_line(word)}
    return exact or alike


def columns_called(table: HeldTable, word: str) -> dict[str, str]:
    """The names of the columns that have this id or name, by id, likewise."""
    known = column_names(table)
    if word in known:
        return {word: known[word]}
    alike = {column: name for column, name in known.items() if name.casefold() == one_line(word).casefold()}
    exact = {column: name for column, name in alike.items() if name == one_line(word)}
    return exact or alike


def column_names(table: HeldTable) -> dict[str, str]:
    """The names of a table's columns by id."""
    return {str(column["id"]): one_line(name_of(column)) for column in table.columns()}


@dataclass(frozen=True)
class RowStep:
    """A commit by which a row or a cell of it changed."""

    step: DocStep
    change: RowChange


def row_steps(steps: Iterable[DocStep], table_id: str, row_id: str, column: str | None) -> Iterator[RowStep]:
    """The steps by which a row changed, or only one cell of it, newest first."""
    for step in steps:
        before, after = held_table(step.before, table_id), held_table(step.after, table_id)
        if not _differ(before, after):
            continue
        columns = ColumnPair(before.columns(), after.columns())
        change = columns.row_change(before.row(row_id), after.row(row_id))
        if told := change and _told(change, column):
            yield RowStep(step, told)


def _told(change: RowChange, column: str | None) -> RowChange | None:
    """What a row's or a cell's life tells of a change: of a cell also its beginning, of a column's change nothing."""
    if column is not None:
        cells = (cell for cell in change.cells if cell.column == column and not (cell.by_column and cell.text_before))
    elif change.is_by_columns:
        return None
    else:
        cells = (cell for cell in change.cells if not cell.by_column)
    kept = tuple(cells)
    return replace(change, cells=kept) if kept or column is None else None


def _differ(before: HeldTable, after: HeldTable) -> bool:
    return any(_digests(before, suffix) != _digests(after, suffix) for suffix in (".jsonl", ".json"))


def _digests(table: HeldTable, suffix: str) -> list[str | None]:
    return [table.side.digest(file) for file in table.files(suffix)]
