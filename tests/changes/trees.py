"""States of a mirror in memory, made by the very functions that write a mirror."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.markdown import page_file
from coda_git_mirror.format.metadata import metadata_document, table_entry
from coda_git_mirror.format.paths import doc_addresses, doc_folders
from coda_git_mirror.format.tables import csv_header, csv_row, row_key, row_record, table_document
from coda_git_mirror.model.content import Account, Column, Doc, Json, Outline, Page, Table
from coda_git_mirror.model.outcome import Problem
from coda_git_mirror.model.page_tree import page_tree


@dataclass(frozen=True)
class Grid:
    """A table with its rows: by row id, a value for each column."""

    id: str
    name: str
    columns: tuple[str, ...] = ("A",)
    rows: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """A doc: its pages with their text, its tables, and the ids of what the mirror never could fetch."""

    id: str
    name: str
    pages: Mapping[Page, str] = field(default_factory=dict)
    grids: Sequence[Grid] = ()
    missing: frozenset[str] = frozenset()


class MemoryTree:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def digest(self, path: str) -> str | None:
        return hashlib.sha256(self.files[path]).hexdigest() if path in self.files else None

    def read(self, path: str) -> bytes:
        return self.files[path]

    def lines(self, path: str) -> Iterator[bytes]:
        return iter(self.files[path].splitlines(keepends=True))


def tree(*contents: Content, problems: tuple[Problem, ...] = ()) -> MemoryTree:
    """The mirror of an account with these docs."""
    folders = doc_folders(Doc(content.id, content.name) for content in contents)
    files: dict[str, bytes] = {}
    records: list[DocRecord] = []
    for content in contents:
        room = _doc_files(content, folders[content.id])
        sums = checksum_list({path: hashlib.sha256(written).hexdigest() for path, written in room.items()})
        files |= {layout.inside(folders[content.id], path): file for path, file in room.items()}
        files[layout.inside(folders[content.id], layout.CHECKSUMS)] = sums
        records.append(_record(content, folders[content.id]))
    files[layout.MANIFEST] = manifest_document(Manifest(Account("a", "A"), tuple(records), problems))
    return MemoryTree(files)


def _record(content: Content, folder: str) -> DocRecord:
    rows = sum(len(grid.rows) for grid in content.grids)
    return DocRecord(content.id, content.name, folder, "", "", len(content.pages), len(content.grids), rows)


def _doc_files(content: Content, folder: str) -> dict[str, bytes]:
    doc = Doc(content.id, content.name, raw={"id": content.id, "name": content.name})
    tables = tuple(Table(grid.id, grid.name) for grid in content.grids)
    pages = tuple(content.pages)
    addresses = doc_addresses(folder, Outline(doc, pages, tables))
    page_files = {page.id: addresses.page(page.id, ".md") for page in pages if page.id not in content.missing}
    files = {
        page_files[page.id]: page_file(page, text) for page, text in content.pages.items() if page.id in page_files
    }
    entries: list[Json] = []
    for grid in content.grids:
        present = grid.id not in content.missing
        stem = addresses.table(grid.id, "")
        raw = {"id": grid.id, "name": grid.name, **grid.raw}
        entries.append(table_entry(raw, f"{stem}.csv" if present else None, len(grid.rows) if present else None))
        files |= _grid_files(grid, stem) if present else {}
    named = [Page(page.id, page.name, "", page.parent, raw={"id": page.id, "name": page.name}) for page in pages]
    files[layout.METADATA] = metadata_document(doc, page_tree(named), page_files, entries)
    return files


def _grid_files(grid: Grid, stem: str) -> dict[str, bytes]:
    columns = [Column(f"c-{name}", name, raw={"id": f"c-{name}", "name": name}) for name in grid.columns]
    rows: list[Json] = [
        {"id": row_id, "values": {column.id: value for column, value in zip(columns, values, strict=True)}}
        for row_id, values in grid.rows.items()
    ]
    rows.sort(key=row_key)
    return {
        f"{stem}.csv": b"".join([csv_header(columns), *(csv_row(row, columns) for row in rows)]),
        f"{stem}.jsonl": b"".join(row_record(row) for row in rows),
        f"{stem}.json": table_document(Table(grid.id, grid.name), columns, len(rows)),
    }
