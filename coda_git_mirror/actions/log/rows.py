"""The life of one row of a table, or of one cell: its values through time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from coda_git_mirror.actions.log.docs import DocStep
from coda_git_mirror.changes.cells import ColumnPair
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.format.cells import cell_text
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

    def file(self, suffix: str) -> str | None:
        """The file of the table with that suffix."""
        stem = str((self.entry or {}).get("file") or "").removesuffix(".csv")
        file = f"{stem}{suffix}"
        return file if stem and self.side.digest(file) else None

    def columns(self) -> list[Json]:
        file = self.file(".json")
        with self.blaming(".json"):
            return stored_columns(self.side.read(file)) if file else []

    def lines(self) -> Iterable[bytes]:
        file = self.file(".jsonl")
        return self.side.lines(file) if file else ()

    def rows(self) -> Iterator[Json]:
        """All rows. Raises DamagedFile where one is none."""
        with self.blaming(".jsonl"):
            yield from map(parse_row, self.lines())

    def row(self, row_id: str) -> Json | None:
        """A row by its id."""
        needle = b'"id":' + json_line(row_id).strip()
        with self.blaming(".jsonl"):
            for line in self.lines():
                if needle in line and (row := parse_row(line))["id"] == row_id:
                    return row
        return None

    def blaming(self, suffix: str) -> AbstractContextManager[None]:
        """Lets what goes wrong in reading a file of the table name it."""
        return self.side.blaming(self.file(suffix) or suffix)


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
        if change and column is not None:
            cells = tuple(cell for cell in change.cells if cell.column == column)
            change = replace(change, cells=cells) if cells else None
        if change:
            yield RowStep(step, change)


def _differ(before: HeldTable, after: HeldTable) -> bool:
    return any(_digest(before, suffix) != _digest(after, suffix) for suffix in (".jsonl", ".json"))


def _digest(table: HeldTable, suffix: str) -> str | None:
    file = table.file(suffix)
    return table.side.digest(file) if file else None
