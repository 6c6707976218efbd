"""Tables that a sync takes over from the mirror, cut as its settings have it: no row is asked for anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.doc_folder import DocFolder
from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import table_entry
from coda_git_mirror.format.table_parts import (
    CSV,
    JSONL,
    PARTS,
    csv_parts,
    cut_rows,
    part_names,
    part_of,
    parts_listed,
    row_parts,
    whole_csv,
)
from coda_git_mirror.format.tables import document_in_parts, view_row_ids
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Json, Table

_JSON = ".json"


class CarriedTable:
    """A table or view as the mirror holds it, on its way into the doc's new folder."""

    def __init__(self, folder: DocFolder, table: Table) -> None:
        self._folder, self._table = folder, table
        stored = folder.doc.stored.views if table.is_view else folder.doc.stored.tables
        suffixes = layout.VIEW_SUFFIXES if table.is_view else layout.TABLE_SUFFIXES
        self._entry = stored.get(table.id, {})
        self._paths = {suffix: folder.doc.table_files(self._entry, suffix) for suffix in suffixes}

    def carry(self, stem: str, largest: int) -> Json:
        """Writes its files under their new stem, none with more than `largest` bytes; returns its new entry."""
        if not all(self._paths.values()):
            return table_entry(self._table.raw, None, None)
        is_cut = PARTS in self._entry
        if is_cut or self._as_it_is(stem) > largest:
            try:
                return self._cut(stem, largest)
            except ValueError:
                # Somebody wrote something else into it: as long as Coda does not give it anew it stays so.
                self._as_it_is(stem)
        return self._described(stem, len(self._paths[CSV]))

    def _as_it_is(self, stem: str) -> int:
        """Takes over every file; answers with the size of the largest that holds rows."""
        sizes = [0]
        for suffix, paths in self._paths.items():
            for path, file in zip(paths, part_names(stem, len(paths), suffix), strict=True):
                self._folder.carry(path, file)
                sizes.append(self._folder.files[file].size if suffix != _JSON else 0)
        return max(sizes)

    def _cut(self, stem: str, largest: int) -> Json:
        """Raises ValueError, with nothing written, where the files are not of the same rows."""
        part_rows = cut_rows(self._row_lines(), self._csv_lines(), largest)
        parts = parts_listed(stem, part_rows, self._table.is_view)
        document = document_in_parts(self._description, parts)
        self._write(stem, CSV, csv_parts(self._csv_lines(), part_rows), len(part_rows))
        if not self._table.is_view:
            self._write(stem, JSONL, row_parts(self._row_lines(), part_rows), len(part_rows))
        self._folder.write(stem + _JSON, document)
        return self._described(stem, len(part_rows))

    def _described(self, stem: str, parts: int) -> Json:
        return table_entry(self._table.raw, stem + CSV, self._entry["rowCount"], parts)

    def _write(self, stem: str, suffix: str, parts: Iterable[Iterable[bytes]], count: int) -> None:
        for file, part in zip(part_names(stem, count, suffix), parts, strict=True):
            self._folder.write_pieces(file, part)

    def _csv_lines(self) -> Iterator[bytes]:
        return whole_csv(map(self._folder.held.tree.lines, self._paths[CSV]))

    def _row_lines(self) -> Iterable[bytes]:
        if self._table.is_view:
            return map(json_line, view_row_ids(self._description))
        return self._folder.held.lines(self._paths[JSONL])

    @property
    def _description(self) -> bytes:
        return self._folder.held.tree.read(self._paths[_JSON][0])


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
