"""The CSVs of a doc whose cells name hosted files, written from the rows that were read or are held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from coda_git_mirror.actions.held import Held, damaged, damaged_rows
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.place import DocParts
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.disk.files import naming
from coda_git_mirror.format.asset_cells import CellTexts, cells_with_files, table_csv, view_csv
from coda_git_mirror.format.assets import value_assets
from coda_git_mirror.format.table_parts import whole_csv
from coda_git_mirror.format.tables import columns_of, csv_header
from coda_git_mirror.format.version import CURRENT
from coda_git_mirror.model.content import Column, Json, Table
from coda_git_mirror.model.outcome import Fetched

_CSV, _ROWS, _DESCRIPTION = ".csv", ".jsonl", ".json"


class AssetCells:
    """Writes the CSVs of one doc anew where files lie elsewhere than the cells of those read or held say."""

    def __init__(self, held: Held, doc: DocParts, options: SyncOptions) -> None:
        self._held, self._doc, self._options = held, doc, options

    def table(self, table: Table) -> Iterator[bytes] | None:
        """The CSV of a table in pieces; None where the one that was read or is held is as it should be."""
        if table.id not in self._doc.assets.tables and not self._has_old_header(table):
            return None
        columns, records = self._columns(table), self._lines(table, _ROWS)
        return self._checked(table, table_csv(records, columns, self._options.csv_formula_guard, self._file_of))

    def view(self, view: Table) -> Iterator[bytes] | None:
        """The same of a view, with the cells of its base table that name files."""
        parent = view.raw.get("parentTable")
        cells = self._cells.get(str(parent.get("id")) if isinstance(parent, dict) else "")
        if not cells and not self._has_old_header(view):
            return None
        return self._checked(view, view_csv(self._lines(view, _CSV), self._columns(view), cells or {}))

    @cached_property
    def _cells(self) -> dict[str, CellTexts]:
        """By table."""
        named = [table for table in self._doc.outline.tables if table.id in self._doc.assets.tables]
        return {
            table.id: cells_with_files(
                self._checked(table, self._lines(table, _ROWS)),
                self._columns(table),
                self._options.csv_formula_guard,
                self._file_of,
            )
            for table in named
        }

    def _has_old_header(self, grid: Table) -> bool:
        """Whether it is held with a header that an older version of the format wrote otherwise."""
        version = self._held.manifest.version if self._held.manifest else CURRENT
        if version == CURRENT or self._fetched(grid) or not self._paths(grid, _CSV):
            return False
        columns = self._columns(grid)
        return csv_header(columns, version) != csv_header(columns)

    def _file_of(self, image: Json) -> str | None:
        found = value_assets(image, self._options.asset_hosts)
        return self._doc.assets.files.get(found[0].blob_id) if found else None

    def _fetched(self, grid: Table) -> TableFiles | None:
        outcome = self._doc.content.tables[grid.id] if self._doc.content else None
        return outcome.value if isinstance(outcome, Fetched) else None

    def _columns(self, grid: Table) -> Sequence[Column]:
        if files := self._fetched(grid):
            return files.columns
        path = self._path(grid, _DESCRIPTION)
        try:
            return columns_of(self._held.tree.read(path))
        except ValueError as error:
            raise damaged(path, self._held.tree) from error

    def _lines(self, grid: Table, suffix: str) -> Iterator[bytes]:
        """All of the table, whatever the number of its files."""
        if files := self._fetched(grid):
            place = files.csv[0].path
            with naming(place):
                yield from files.csv_lines() if suffix == _CSV else files.lines()
        else:
            parts = map(self._held.tree.lines, self._paths(grid, suffix))
            yield from whole_csv(parts) if suffix == _CSV else chain.from_iterable(parts)

    def _path(self, grid: Table, suffix: str) -> str:
        """The first file with that suffix of a table that was not read; where there is none, what it is called."""
        return next(iter(self._paths(grid, suffix)), grid.name)

    def _paths(self, grid: Table, suffix: str) -> tuple[str, ...]:
        """Where the mirror holds a table that was not read."""
        stored = self._doc.held.stored
        return self._doc.held.table_files((stored.views if grid.is_view else stored.tables).get(grid.id), suffix)

    def _checked(self, grid: Table, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Raises MirrorError where somebody wrote something else into the files held."""
        try:
            yield from pieces
        except ValueError as error:
            raise damaged_rows(self._paths(grid, _ROWS) or (grid.name,), self._held.tree) from error
