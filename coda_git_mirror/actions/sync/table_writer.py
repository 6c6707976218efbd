"""Tables and views on their way into a doc's new folder, read anew or taken over, in files that git hosts take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.asset_cells import AssetCells
from coda_git_mirror.actions.sync.doc_folder import DocFolder
from coda_git_mirror.actions.sync.place import DocParts
from coda_git_mirror.actions.sync.table_files import TableFiles
from coda_git_mirror.disk.files import naming
from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import table_entry
from coda_git_mirror.format.table_parts import (
    CSV,
    JSONL,
    csv_parts,
    cut_rows,
    part_names,
    part_of,
    parts_listed,
    row_parts,
    whole_csv,
)
from coda_git_mirror.format.tables import document_in_parts, table_document, view_document, view_row_ids
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Json, Table
from coda_git_mirror.model.outcome import Fetched

_JSON = ".json"


@dataclass(frozen=True)
class _Whole:
    """A table or view as a whole: the lines of its rows, as `cut_rows` takes them, and those of its CSV.

    `write_description` writes its `.json`, which is to list these parts.
    """

    rows: Callable[[], Iterable[bytes]]
    csv: Callable[[], Iterable[bytes]]
    write_description: Callable[[str, Sequence[Json]], None]


class TableWriter:
    """Writes the tables and views of a doc; no file of rows has more than `largest` bytes, unless it has one row."""

    def __init__(self, folder: DocFolder, doc: DocParts, cells: AssetCells, largest: int) -> None:
        self._folder, self._doc, self._cells, self._largest = folder, doc, cells, largest

    def write(self, grid: Table, stem: str) -> Json:
        """Writes the files of a table or view under this stem; its entry for the metadata."""
        outcome = self._doc.content.tables[grid.id] if self._doc.content else None
        if isinstance(outcome, Fetched):
            return self._write_read(grid, stem, outcome.value)
        return self._carry(grid, stem)

    def _write_read(self, grid: Table, stem: str, files: TableFiles) -> Json:
        describe = partial(self._describe, grid, files)
        named = self._named_csv(grid)
        if named and (len(files.part_rows) > 1 or self._is_large(f"{stem}{CSV}", named)):
            whole = _Whole(files.lines, lambda: _lines(self._named_csv(grid)), describe)
            return self._cut(grid, stem, whole, files.row_count)
        count = len(files.part_rows)
        if not named:
            self._folder.take_all(files.csv, part_names(stem, count, CSV))
        if not grid.is_view:
            self._folder.take_all(files.rows, part_names(stem, count, JSONL))
        describe(stem, parts_listed(stem, files.part_rows, grid.is_view))
        return table_entry(grid.raw, stem + CSV, files.row_count, count)

    def _describe(self, grid: Table, files: TableFiles, stem: str, parts: Sequence[Json]) -> None:
        if grid.is_view:
            with naming(files.rows[0].path):
                document = view_document(grid, files.columns, files.row_count, files.lines(), parts)
                self._folder.write_pieces(stem + _JSON, document)
        else:
            self._folder.write(stem + _JSON, table_document(grid, files.columns, files.row_count, parts))

    def _carry(self, grid: Table, stem: str) -> Json:
        """Takes a table over from the mirror: what it holds is cut as the settings of now have it."""
        paths, entry = self._held_files(grid), self._held_entry(grid) or {}
        if not all(paths.values()):
            return table_entry(grid.raw, None, None)
        is_cut, named = len(paths[CSV]) > 1, self._named_csv(grid)
        if is_cut or self._as_it_is(stem, paths, named) > self._largest:
            try:
                return self._cut(grid, stem, self._held_whole(grid, paths, bool(named)), entry["rowCount"])
            except ValueError:
                # Somebody wrote something else into it: as long as Coda does not give it anew it stays so.
                self._as_it_is(stem, paths, None)
        return table_entry(grid.raw, stem + CSV, entry["rowCount"], len(paths[CSV]))

    def _held_whole(self, grid: Table, paths: dict[str, tuple[str, ...]], is_named: bool) -> _Whole:
        held = self._folder.held
        description = held.tree.read(paths[_JSON][0])

        def rows() -> Iterable[bytes]:
            return map(json_line, view_row_ids(description)) if grid.is_view else held.lines(paths[JSONL])

        def csv() -> Iterable[bytes]:
            return _lines(self._named_csv(grid)) if is_named else whole_csv(map(held.tree.lines, paths[CSV]))

        def describe(stem: str, parts: Sequence[Json]) -> None:
            self._folder.write(stem + _JSON, document_in_parts(description, parts))

        return _Whole(rows, csv, describe)

    def _as_it_is(self, stem: str, paths: dict[str, tuple[str, ...]], named: Iterator[bytes] | None) -> int:
        """Takes over every file, with the CSV that is `named` in place of the one held; the largest size."""
        sizes = [0]
        for suffix, held in paths.items():
            for path, file in zip(held, part_names(stem, len(held), suffix), strict=True):
                if named and suffix == CSV:
                    self._folder.write_pieces(file, named)
                else:
                    self._folder.carry(path, file)
                sizes.append(self._folder.files[file].size if suffix != _JSON else 0)
        return max(sizes)

    def _cut(self, grid: Table, stem: str, whole: _Whole, row_count: int) -> Json:
        """Raises ValueError, with nothing written, where rows and CSV are not of the same rows."""
        part_rows = cut_rows(whole.rows(), whole.csv(), self._largest)
        whole.write_description(stem, parts_listed(stem, part_rows, grid.is_view))
        self._write_parts(part_names(stem, len(part_rows), CSV), csv_parts(whole.csv(), part_rows))
        if not grid.is_view:
            self._write_parts(part_names(stem, len(part_rows), JSONL), row_parts(whole.rows(), part_rows))
        return table_entry(grid.raw, stem + CSV, row_count, len(part_rows))

    def _write_parts(self, files: Iterable[str], parts: Iterable[Iterable[bytes]]) -> None:
        for file, part in zip(files, parts, strict=True):
            self._folder.write_pieces(file, part)

    def _is_large(self, file: str, pieces: Iterable[bytes]) -> bool:
        """Writes a file, and says whether it is too large."""
        self._folder.write_pieces(file, pieces)
        return self._folder.files[file].size > self._largest

    def _named_csv(self, grid: Table) -> Iterator[bytes] | None:
        """The CSV whose cells say where files lie; None where the one that was read or is held is as it should be."""
        return self._cells.view(grid) if grid.is_view else self._cells.table(grid)

    def _held_files(self, grid: Table) -> dict[str, tuple[str, ...]]:
        suffixes = layout.VIEW_SUFFIXES if grid.is_view else layout.TABLE_SUFFIXES
        return {suffix: self._folder.doc.table_files(self._held_entry(grid), suffix) for suffix in suffixes}

    def _held_entry(self, grid: Table) -> Json | None:
        stored = self._folder.doc.stored
        return (stored.views if grid.is_view else stored.tables).get(grid.id)


def _lines(pieces: Iterable[bytes] | None) -> Iterator[bytes]:
    return (line for piece in pieces or () for line in piece.splitlines(keepends=True))


def docs_to_cut(held: Held, largest: int) -> frozenset[str]:
    """The ids of docs with tables that another bound than `largest` may have cut, or that it cuts."""
    files = [path for path in held.tree.blobs if part_of(_inside_doc(path))]
    sizes = held.repository.sizes([held.tree.blobs[path].oid for path in files]) if files else []
    concerned = (
        path
        for path, size in zip(files, sizes, strict=True)
        if size > largest or ((part := part_of(_inside_doc(path))) and part.number > 1)
    )
    folders = {"/".join(path.split("/", 2)[:2]) for path in concerned}
    return frozenset(doc_id for doc_id, record in held.docs.items() if record.path in folders)


def _inside_doc(path: str) -> str:
    """A path of the mirror as seen from its doc's folder."""
    return path.split("/", 2)[-1] if path.startswith(f"{layout.DOCS}/") else ""
