"""Reads a table or view into the files that the mirror will hold of it; no row is kept in memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coda_git_mirror.actions.ports import RowSink, Source
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.format.assets import AssetReference, value_assets
from coda_git_mirror.format.tables import csv_header, csv_row, row_key, row_record
from coda_git_mirror.format.text import json_line
from coda_git_mirror.mirror.disk import naming
from coda_git_mirror.mirror.fetched import FetchedFiles
from coda_git_mirror.mirror.spool import SortedSpool
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.progress import Progress


@dataclass(frozen=True)
class TableFiles:
    """The files of a table or view with its columns. A view has no JSONL, but the ids of its rows as it shows them."""

    columns: tuple[Column, ...]
    csv: Path
    jsonl: Path | None
    row_count: int
    row_ids: tuple[str, ...] = ()
    assets: tuple[AssetReference, ...] = ()


@dataclass
class TableReader:
    """Reads the tables and views of a run."""

    source: Source
    options: SyncOptions
    files: FetchedFiles
    progress: Progress

    def table(self, doc_id: str, table_id: str) -> TableFiles:
        """A base table: its rows by creation time and id, whatever their order in the listing (law 3)."""
        columns = tuple(self.source.columns(doc_id, table_id))
        with contextlib.closing(SortedSpool(self.files.folder)) as spool:
            sink = _TableSink(self, columns, spool)
            self.source.rows(doc_id, table_id, sink)
            csv, jsonl, count = self._write(columns, spool)
        return TableFiles(columns, csv, jsonl, count, assets=tuple(sink.assets.values()))

    def view(self, doc_id: str, view_id: str) -> TableFiles:
        """A view as it shows: its columns, its rows, its order. The rows' values in full are with the base table."""
        columns = self.source.columns(doc_id, view_id)
        rows_path, csv_path = self.files.new(), self.files.new()
        with naming(rows_path), rows_path.open("w+b") as rows, csv_path.open("wb") as csv:
            sink = _ViewSink(rows, self.progress)
            self.source.shown_rows(doc_id, view_id, sink)
            shown = sink.shown(columns)
            csv.write(csv_header(shown))
            rows.seek(0)
            for line in rows:
                csv.write(csv_row(json.loads(line), shown, self.options.csv_formula_guard))
        rows_path.unlink()
        ids = tuple(sink.row_ids)
        return TableFiles(shown, csv_path, None, len(ids), ids)

    def _write(self, columns: tuple[Column, ...], spool: SortedSpool) -> tuple[Path, Path, int]:
        csv_path, jsonl_path, count = self.files.new(), self.files.new(), 0
        with naming(csv_path), csv_path.open("wb") as csv, jsonl_path.open("wb") as jsonl:
            csv.write(csv_header(columns))
            for record, line in spool:
                jsonl.write(record)
                csv.write(line)
                count += 1
        return csv_path, jsonl_path, count


class _TableSink(RowSink):
    """Turns rows into lines of both files as they arrive."""

    def __init__(self, reader: TableReader, columns: tuple[Column, ...], spool: SortedSpool) -> None:
        self._reader, self._columns, self._spool = reader, columns, spool
        self.assets: dict[str, AssetReference] = {}

    def restart(self) -> None:
        self._spool.clear()
        self.assets.clear()

    def take(self, items: list[Json]) -> None:
        options = self._reader.options
        for row in items:
            line = csv_row(row, self._columns, options.csv_formula_guard)
            self._spool.add(row_key(row), row_record(row), line)
            for asset in _row_assets(row, options.asset_hosts):
                self.assets.setdefault(asset.blob_id, asset)
        self._reader.progress.rows_read(len(items))


class _ViewSink(RowSink):
    """Keeps the rows of a view on disk in the order in which they come, each once."""

    def __init__(self, rows: IO[bytes], progress: Progress) -> None:
        self._rows, self._progress = rows, progress
        self.row_ids: dict[str, None] = {}
        self._columns: set[str] = set()

    def restart(self) -> None:
        self.row_ids.clear()
        self._columns.clear()
        self._rows.seek(0)
        self._rows.truncate()

    def take(self, items: list[Json]) -> None:
        for row in items:
            if row["id"] not in self.row_ids:
                self.row_ids[row["id"]] = None
                self._columns |= row["values"].keys()
                self._rows.write(json_line({"id": row["id"], "values": row["values"]}))
        self._progress.rows_read(len(items))

    def shown(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """The columns that the view shows: the listing may name hidden ones too, of which no row has a value."""
        return tuple(column for column in columns if column.id in self._columns or not self.row_ids)


def _row_assets(row: Json, hosts: frozenset[str]) -> Iterator[AssetReference]:
    values = row.get("values")
    for value in values.values() if isinstance(values, dict) else ():
        if isinstance(value, dict | list):
            yield from value_assets(value, hosts)
