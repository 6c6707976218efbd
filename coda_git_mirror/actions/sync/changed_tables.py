"""Which tables and views of an edited doc look different on the pages that show them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import zip_longest

from coda_git_mirror.actions.held import Held, HeldDoc, damaged_rows
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.actions.sync.visits import is_since
from coda_git_mirror.changes.rows import differing_rows
from coda_git_mirror.disk.files import SummedFile, blob_id
from coda_git_mirror.format.asset_cells import without_places
from coda_git_mirror.format.table_parts import parts_listed, stem_of, whole_csv
from coda_git_mirror.format.tables import parse_row, table_document, view_definition, view_document
from coda_git_mirror.model.content import Json, Outline, Table
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
                parts = parts_listed(stem_of(self._entry(table)), files.part_rows, is_view=False)
                document = table_document(table, files.columns, files.row_count, parts)
                return (
                    self._is_suspect(table)
                    or self._differs(table, ".jsonl", files.rows)
                    or self._digests(table, ".json") != [blob_id(document, self._held.object_format)]
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
                    or self._shows_otherwise(view, files)
                    or self._is_defined_anew(view, files)
                    or any(str(json.loads(line)) in self.edited_rows(table_id) for line in files.lines())
                )
            case _:
                return False

    def _shows_otherwise(self, view: Table, files: TableFiles) -> bool:
        """Whether the rows of a view read otherwise; where hosted files lie, of which Coda says nothing, aside."""
        if not self._differs(view, ".csv", files.csv):
            return False
        held = map(self._held.tree.lines, self._paths(view, ".csv"))
        pairs = zip_longest(without_places(whole_csv(held)), without_places(files.csv_lines()))
        return any(before != after for before, after in pairs)

    def _is_suspect(self, grid: Table) -> bool:
        """Whether it was edited so late that it, or a page that shows it, may have been read too early."""
        return self._suspect_since is not None and is_since(str(grid.raw.get("updatedAt", "")), self._suspect_since)

    def _is_defined_anew(self, view: Table, files: TableFiles) -> bool:
        paths = self._paths(view, ".json")
        now = b"".join(view_document(view, files.columns, 0, ()))
        try:
            return not paths or view_definition(self._held.tree.read(paths[0])) != view_definition(now)
        except ValueError:
            return True

    def _edited_rows(self, table_id: str) -> frozenset[str]:
        """The ids of the rows of a table that are other than the mirror holds them; what is new or gone aside."""
        table, outcome = self._tables.get(table_id), self._read.get(table_id)
        paths = self._paths(table, ".jsonl") if table else ()
        if table is None or not paths or not isinstance(outcome, Fetched):
            return frozenset()
        if not self._differs(table, ".jsonl", outcome.value.rows):
            return frozenset()
        pairs = differing_rows(self._held.lines(paths), outcome.value.lines())
        try:
            return frozenset(str(parse_row(new)["id"]) for old, new in pairs if old and new)
        except ValueError as error:
            raise damaged_rows(paths, self._held.tree) from error

    def _differs(self, grid: Table, suffix: str, files: Sequence[SummedFile]) -> bool:
        return self._digests(grid, suffix) != [file.oid for file in files]

    def _digests(self, grid: Table, suffix: str) -> list[str | None]:
        return [self._held.tree.digest(path) for path in self._paths(grid, suffix)]

    def _paths(self, grid: Table, suffix: str) -> tuple[str, ...]:
        """Where the mirror holds the files of the table or view with this suffix; none where it does not."""
        return self._doc.table_files(self._entry(grid), suffix)

    def _entry(self, grid: Table) -> Json | None:
        return (self._doc.stored.views if grid.is_view else self._doc.stored.tables).get(grid.id)


def base_table_id(view: Table) -> str:
    """The id of the table that a view shows; empty where Coda does not say."""
    base = view.raw.get("parentTable")
    return str(base.get("id", "")) if isinstance(base, dict) else ""
