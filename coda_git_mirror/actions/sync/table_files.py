"""Reads a table or view into the files that the mirror will hold of it; no row is kept in memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from coda_git_mirror.actions.ports import RowSink, Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.disk.files import SummedFile, lines_of_files, naming, open_new
from coda_git_mirror.disk.sorted_files import SortedFiles
from coda_git_mirror.disk.temporary import temporary_file
from coda_git_mirror.format.assets import AssetReference, may_show_files, value_assets
from coda_git_mirror.format.table_parts import csv_parts, cut_rows, row_parts, whole_csv
from coda_git_mirror.format.tables import csv_header, csv_rows, row_key, row_records
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.fetched import FetchedFiles

_BATCH = 500
Cut = Callable[[Iterable[bytes], Iterable[int]], Iterator[Iterator[bytes]]]
"""Gives the lines of a file in parts of so many rows."""
_UNKNOWN_COLUMNS = "rows have values in columns that no listing shows"


@dataclass(frozen=True)
class TableFiles:
    """The files of a table or view with its columns: as many of each kind as there are `part_rows`, the rows in each.

    `rows` has a line of JSON for each row: of a table what will be its JSONL, of a view, in one file always, the row's
    id. `lacks` tells that Coda has more rows by its own word; `doubt` what in its answers does not fit together
    otherwise.
    """

    columns: tuple[Column, ...]
    csv: tuple[SummedFile, ...]
    rows: tuple[SummedFile, ...]
    part_rows: tuple[int, ...]
    assets: tuple[AssetReference, ...] = ()
    lacks: str = ""
    doubt: str = ""

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return sum(self.part_rows)

    def lines(self) -> Iterator[bytes]:
        """What `rows` has of each row, whatever the number of its files."""
        return lines_of_files([file.path for file in self.rows])

    def csv_lines(self) -> Iterator[bytes]:
        """The header and the rows of the CSV, likewise."""
        return whole_csv(lines_of_files([file.path]) for file in self.csv)

    @property
    def is_calculated(self) -> bool:
        """Whether values may change while no time moves (coda-api.md, Freshness)."""
        return any(column.raw.get("calculated") or column.raw.get("formula") for column in self.columns)


@dataclass
class TableReader:
    """Reads the tables and views of a run."""

    source: Source
    options: SyncOptions
    files: FetchedFiles
    progress: Progress

    def table(self, doc_id: str, table_id: str) -> TableFiles:
        """A base table: its rows by creation time and id, whatever the listing's order (mirror-format.md, law 3)."""
        columns = tuple(self.source.columns(doc_id, table_id))
        csv, jsonl = self.files.new(), self.files.new()
        with contextlib.closing(SortedFiles(jsonl, csv, csv_header(columns))) as rows:
            sink = _TableSink(self, columns, rows)
            self.source.rows(doc_id, table_id, sink)
            count = rows.finish()
        part_rows = self._part_rows(csv, jsonl, count)
        csv_files, row_files = self._parts(csv, part_rows, csv_parts), self._parts(jsonl, part_rows, row_parts)
        assets, doubt = tuple(sink.assets.values()), sink.doubt or _doubt(columns)
        return TableFiles(columns, csv_files, row_files, part_rows, assets, doubt=doubt)

    def view(self, doc_id: str, view_id: str) -> TableFiles:
        """A view as it shows: its columns, its rows, its order. The rows' values in full are with the base table."""
        columns = self.source.columns(doc_id, view_id)
        csv_path, ids_path, folder = self.files.new(), self.files.new(), self.files.folder
        with naming(csv_path), temporary_file(folder) as rows, open_new(csv_path) as csv:
            sink = _ViewSink(rows, self.progress)
            self.source.shown_rows(doc_id, view_id, sink)
            shown = sink.shown(columns)
            csv.write(csv_header(shown))
            rows.seek(0)
            with open_new(ids_path) as ids:
                while batch := [json.loads(line) for line in islice(rows, _BATCH)]:
                    csv.writelines(csv_rows(batch, shown, self.options.csv_formula_guard))
                    ids.writelines(json_line(row["id"]) for row in batch)
        part_rows = self._part_rows(csv_path, ids_path, sink.count)
        csv_files, ids_file = self._parts(csv_path, part_rows, csv_parts), self.files.summed(ids_path)
        return TableFiles(shown, csv_files, tuple(ids_file), part_rows, doubt=sink.doubt(columns) or _doubt(columns))

    def _part_rows(self, csv: Path, rows: Path, count: int) -> tuple[int, ...]:
        """How many rows each part of a table has that is complete in two files (mirror-format.md, Parts of a table)."""
        largest = self.options.max_table_bytes
        if max(csv.stat().st_size, rows.stat().st_size) <= largest:
            return (count,)
        with csv.open("rb") as csv_lines, rows.open("rb") as row_lines:
            return cut_rows(row_lines, csv_lines, largest)

    def _parts(self, whole: Path, part_rows: tuple[int, ...], cut: Cut) -> tuple[SummedFile, ...]:
        """A complete file as these parts, in place of it."""
        if len(part_rows) == 1:
            return tuple(self.files.summed(whole))
        paths = [self.files.new() for _ in part_rows]
        with naming(whole), whole.open("rb") as lines:
            for path, part in zip(paths, cut(lines, part_rows), strict=True):
                with open_new(path) as file:
                    file.writelines(part)
        with naming(whole):
            whole.unlink()
        return tuple(self.files.summed(*paths))


class _TableSink(RowSink):
    """Turns rows into lines of both files as they arrive."""

    def __init__(self, reader: TableReader, columns: tuple[Column, ...], rows: SortedFiles) -> None:
        self._reader, self._columns, self._rows = reader, columns, rows
        self._known = {column.id for column in columns}
        self.assets: dict[str, AssetReference] = {}
        self.doubt = ""
        """Set where rows have values in columns that Coda does not list."""

    def restart(self) -> None:
        self._rows.clear()
        self.assets.clear()
        self.doubt = ""

    def take(self, items: list[Json]) -> None:
        options = self._reader.options
        records = row_records(items)
        lines = csv_rows(items, self._columns, options.csv_formula_guard)
        if not (self.doubt or all(row["values"].keys() <= self._known for row in items)):
            self.doubt = _UNKNOWN_COLUMNS
        self._rows.add([row_key(row) for row in items], records, lines)
        for row, record in zip(items, records, strict=True):
            if may_show_files(record):
                for asset in _row_assets(row, options.asset_hosts):
                    self.assets.setdefault(asset.blob_id, asset)
        self._reader.progress.rows_read(len(items))


class _ViewSink(RowSink):
    """Keeps the rows of a view on disk in the order in which they come, each once."""

    def __init__(self, rows: IO[bytes], progress: Progress) -> None:
        self._rows, self._progress = rows, progress
        self._row_ids: set[str] = set()
        self._columns: set[str] = set()

    @property
    def count(self) -> int:
        return len(self._row_ids)

    def restart(self) -> None:
        self._row_ids.clear()
        self._columns.clear()
        self._rows.seek(0)
        self._rows.truncate()

    def take(self, items: list[Json]) -> None:
        for row in items:
            if row["id"] not in self._row_ids:
                self._row_ids.add(row["id"])
                self._columns |= row["values"].keys()
                self._rows.write(json_line({"id": row["id"], "values": row["values"]}))
        self._progress.rows_read(len(items))

    def shown(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """The columns that the view shows: the listing may name hidden ones too, of which no row has a value."""
        return tuple(column for column in columns if column.id in self._columns or not self._row_ids)

    def doubt(self, columns: Sequence[Column]) -> str:
        """Set where rows have values in columns that are not listed."""
        return "" if self._columns <= {column.id for column in columns} else _UNKNOWN_COLUMNS


def _doubt(columns: Sequence[Column]) -> str:
    return next((f"column {column.id}: {column.doubt}" for column in columns if column.doubt), "")


def _row_assets(row: Json, hosts: frozenset[str]) -> Iterator[AssetReference]:
    values = row.get("values")
    for value in values.values() if isinstance(values, dict) else ():
        if isinstance(value, dict | list):
            yield from value_assets(value, hosts)
