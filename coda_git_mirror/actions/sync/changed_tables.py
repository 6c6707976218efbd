"""Which tables and views of an edited doc look different on the pages that show them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from coda_git_mirror.actions.held import Held, HeldDoc, damaged
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.changes.rows import differing_rows
from coda_git_mirror.disk.files import SummedFile, blob_id
from coda_git_mirror.format.tables import parse_row, table_document, view_definition, view_document
from coda_git_mirror.model.content import Outline, Table
from coda_git_mirror.model.outcome import Fetched, Outcome

FetchedTables = Mapping[str, Outcome[TableFiles]]


class ChangedTables:
    """Compares what was read of the tables and views of one doc with what the mirror holds.

    A page shows of a table its visible rows in the order on the screen, so any edit of the table may show; of a view it
    shows what the view's CSV has, besides what a CSV cannot tell: other formats of columns, another picture of a name.
    """

    def __init__(
        self, held: Held, doc: HeldDoc, outline: Outline, read: FetchedTables, suspect_since: datetime | None
    ) -> None:
        self._held, self._doc, self._outline, self._read = held, doc, outline, read
        self._suspect_since = suspect_since
        self._tables = {table.id: table for table in outline.tables}
        self.edited_rows = cache(self._edited_rows)

    def find(self) -> frozenset[str]:
        """The ids of those that changed, are new or are gone; one that could not be read is as it was."""
        stored = self._doc.stored.tables.keys() | self._doc.stored.views.keys()
        gone = stored - {grid.id for grid in (*self._outline.tables, *self._outline.views)}
        tables = {table.id for table in self._outline.tables if self._table_changed(table)}
        return frozenset(gone | tables | {view.id for view in self._outline.views if self._view_changed(view)})

    def _table_changed(self, table: Table) -> bool:
        match self._read[table.id]:
            case Fetched(files):
                document = table_document(table, files.columns, files.row_count)
                return (
                    self._is_suspect(table)
                    or self._differs(table, ".csv", files.csv)
                    or self._differs(table, ".jsonl", files.rows)
                    or self._digest(table, ".json") != blob_id(document, self._held.object_format)
                )
            case _:
                return False

    def _view_changed(self, view: Table) -> bool:
        table_id = base_table_id(view)
        match self._read[view.id]:
            case Fetched(files):
                base = self._tables.get(table_id)
                return (
                    self._is_suspect(view)
                    or (base is not None and self._is_suspect(base))
                    or self._differs(view, ".csv", files.csv)
                    or self._is_defined_anew(view, files)
                    or any(row_id in self.edited_rows(table_id) for row_id in _row_ids(files.rows.path))
                )
            case _:
                return False

    def _is_suspect(self, grid: Table) -> bool:
        """Whether it was edited so late that it, or a page that shows it, may have been read too early."""
        return self._suspect_since is not None and is_since(str(grid.raw.get("updatedAt", "")), self._suspect_since)

    def _is_defined_anew(self, view: Table, files: TableFiles) -> bool:
        path = self._path(view, ".json")
        now = b"".join(view_document(view, files.columns, 0, ()))
        try:
            return path is None or view_definition(self._held.tree.read(path)) != view_definition(now)
        except ValueError:
            return True

    def _edited_rows(self, table_id: str) -> frozenset[str]:
        """The ids of the rows of a table that are other than the mirror holds them; what is new or gone aside."""
        table, outcome = self._tables.get(table_id), self._read.get(table_id)
        path = self._path(table, ".jsonl") if table else None
        if table is None or path is None or not isinstance(outcome, Fetched):
            return frozenset()
        if not self._differs(table, ".jsonl", outcome.value.rows):
            return frozenset()
        with outcome.value.rows.path.open("rb") as lines:
            pairs = differing_rows(self._held.tree.lines(path), lines)
            try:
                return frozenset(str(parse_row(new)["id"]) for old, new in pairs if old and new)
            except ValueError as error:
                raise damaged(path) from error

    def _differs(self, grid: Table, suffix: str, file: SummedFile) -> bool:
        return self._digest(grid, suffix) != file.oid

    def _digest(self, grid: Table, suffix: str) -> str | None:
        path = self._path(grid, suffix)
        return self._held.tree.digest(path) if path else None

    def _path(self, grid: Table, suffix: str) -> str | None:
        """Where the mirror holds a file of the table or view; None where it does not."""
        stored = self._doc.stored.views if grid.is_view else self._doc.stored.tables
        file = stored.get(grid.id, {}).get("file")
        return self._doc.path(f"{str(file).removesuffix('.csv')}{suffix}") if file else None


def base_table_id(view: Table) -> str:
    """The id of the table that a view shows; empty where Coda does not say."""
    base = view.raw.get("parentTable")
    return str(base.get("id", "")) if isinstance(base, dict) else ""


def _row_ids(rows: Path) -> Iterator[str]:
    with rows.open("rb") as lines:
        yield from (str(json.loads(line)) for line in lines)
