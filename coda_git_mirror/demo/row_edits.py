"""What accepted writes do to the rows of a live table when their time has come (coda-api.md, Writing)."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from coda_git_mirror.demo.cells import simple
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.typed_times import typed_instant
from coda_git_mirror.demo.typed_values import Typist, typed_number
from coda_git_mirror.demo.world import Column, Doc, Row, Table

RowEdit: TypeAlias = Mapping[str, Any]  # the JSON values by column id


@dataclass(frozen=True)
class RowWriter:
    """Edits one table of the live doc; what has gone meanwhile is left out, in silence. `raw`: nothing is parsed."""

    doc: Doc
    table_id: str
    readings: Readings
    raw: bool = False

    def insert(self, edits: Sequence[RowEdit], ids: Sequence[str]) -> None:
        """New rows with these ids, after all others."""
        table = self._table()
        if table is not None and edits:
            now = table.edited()
            for edit, row_id in zip(edits, ids, strict=True):
                self._append(table, edit, row_id, now)

    def upsert(self, edits: Sequence[RowEdit], keys: Sequence[str]) -> None:
        """Of each edit all rows that have its values in the key columns; where there are none, a new row."""
        table = self._table()
        if table is not None and edits:
            now, columns = table.edited(), [column for column in table.columns if column.id in keys]
            known: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
            for row in table.rows:
                known[_shown(row, columns)].append(row)
            for edit in edits:
                matching = known[self._wanted(edit, columns)]
                for row in matching:
                    self._set(row, edit, now)
                if not matching:
                    matching.append(self._append(table, edit, self.doc.world.identifiers.issue("i-"), now))

    def update(self, row_id: str, edit: RowEdit) -> None:
        """Only the cells given."""
        table = self._table()
        row = None if table is None else next((it for it in table.rows if it.id == row_id), None)
        if table is not None and row is not None:
            self._set(row, edit, table.edited())

    def delete(self, row_ids: Sequence[str]) -> None:
        """Those of the rows that are there."""
        table, ids = self._table(), set(row_ids)
        gone = [] if table is None else [row for row in table.rows if row.id in ids]
        if table is not None and gone:
            table.remove_rows(gone)

    def push(self, row_id: str, column_id: str) -> None:
        table = self._table()
        if table is not None and any(row.id == row_id for row in table.rows):
            for column in table.columns:
                column.pushes += column.id == column_id

    def _table(self) -> Table | None:
        if self.doc.id in self.doc.world.deleted_docs:
            return None
        return next((table for table in self.doc.tables if table.id == self.table_id), None)

    def _append(self, table: Table, edit: RowEdit, row_id: str, now: str) -> Row:
        row = Row(table, row_id, now, now)
        table.rows.append(row)
        table.display_order.append(row)
        self._set(row, {**self._defaults(table), **edit}, now)
        return row

    def _defaults(self, table: Table) -> RowEdit:
        boxes = {column.id: "" for column in table.columns if column.type == "checkbox"}
        if not self.readings.fills_defaults:
            return boxes
        return boxes | {column.id: _default(column.default) for column in table.columns if column.default is not None}

    def _set(self, row: Row, edit: RowEdit, now: str) -> None:
        row.updated_at = now
        for column in row.table.columns:
            if column.id in edit and column.writable:
                row.values[column.id] = self._value(row.table, column, edit[column.id])

    def _value(self, table: Table, column: Column, value: Any) -> Any:
        if self.raw:
            return value
        if self.readings.infers_types and column.type == "text" and _never_filled(table, column):
            column.type = inferred_type(value, self.doc.timezone)
        return self._typist.typed(value, column)

    @cached_property
    def _typist(self) -> Typist:
        return Typist(self.doc, self.readings)

    def _wanted(self, edit: RowEdit, columns: Sequence[Column]) -> tuple[Any, ...]:
        """What the key columns have to show."""
        return tuple(simple(self._typist.typed(edit.get(column.id, ""), column)) for column in columns)


def _shown(row: Row, columns: Sequence[Column]) -> tuple[Any, ...]:
    return tuple(simple(row.value(column)) for column in columns)


def _default(formula: str) -> Any:
    """What a column's default comes to, where it is a constant."""
    try:
        return json.loads(formula)
    except ValueError:
        return formula


def _never_filled(table: Table, column: Column) -> bool:
    return not any(simple(row.value(column)) not in ("", []) for row in table.rows)


def inferred_type(value: Any, zone: str) -> str:
    """The type that a text column gets from the first value in it."""
    if isinstance(value, bool) or (isinstance(value, str) and re.fullmatch("true|false", value, re.IGNORECASE)):
        return "checkbox"
    if isinstance(value, (int, float)) or (isinstance(value, str) and typed_number(value) is not None):
        return "number"
    return "date" if isinstance(value, str) and typed_instant(value, zone) is not None else "text"
