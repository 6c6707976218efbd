"""States of a mirror in memory, made by the very functions that write a mirror."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.metadata import Metadata, PageFiles, metadata_document, table_entry
from coda_git_mirror.format.page_files import PAGE_FORMATS, Attachments
from coda_git_mirror.format.paths import DocAddresses, doc_addresses, doc_folders
from coda_git_mirror.format.tables import csv_header, csv_rows, row_key, row_records, table_document, view_document
from coda_git_mirror.format.text import json_line
from coda_git_mirror.model.content import Account, Column, Doc, Json, Outline, Page, Table
from coda_git_mirror.model.ledger import Problem
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
    """A doc: its pages with their text, its tables and views, and the ids of what the mirror never could fetch.

    `html` is by page id; a page that it lacks has no HTML file. `assets` are the ids of hosted files.
    """

    id: str
    name: str
    pages: Mapping[Page, str] = field(default_factory=dict)
    grids: Sequence[Grid] = ()
    missing: frozenset[str] = frozenset()
    views: Sequence[Grid] = ()
    html: Mapping[str, str] = field(default_factory=dict)
    assets: frozenset[str] = frozenset()


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
    held = {"pages": len(content.pages), "tables": len(content.grids), "views": len(content.views)}
    return DocRecord(content.id, content.name, folder, "", "", rows=rows, assets=len(content.assets), **held)


def _page_file(page: Page, suffix: str, export: str) -> bytes:
    text = PAGE_FORMATS[suffix].exported(page, export, ())
    return PAGE_FORMATS[suffix].written(text, lambda _: None, Attachments([], lambda it: it.url))[0]


def _doc_files(content: Content, folder: str) -> dict[str, bytes]:
    doc = Doc(content.id, content.name, raw={"id": content.id, "name": content.name})
    tables = tuple(Table(grid.id, grid.name) for grid in content.grids)
    views = tuple(Table(view.id, view.name, is_view=True) for view in content.views)
    addresses = doc_addresses(folder, Outline(doc, tuple(content.pages), tables, views))
    page_files = {page.id: _page_files(content, page, addresses) for page in content.pages}
    files = {
        file: _page_file(page, suffix, text if suffix == ".md" else content.html[page.id])
        for page, text in content.pages.items()
        for suffix, file in page_files[page.id].files.items()
    }
    for grid in (*content.grids, *content.views):
        present, write = grid.id not in content.missing, _view_files if grid in content.views else _grid_files
        files |= write(grid, addresses.table(grid.id, "")) if present else {}
    named = [
        Page(page.id, page.name, "", page.parent, raw={**page.raw, "id": page.id, "name": page.name})
        for page in content.pages
    ]
    files[layout.METADATA] = metadata_document(
        Metadata(
            doc,
            page_tree(named),
            page_files,
            tuple(_entry(content, grid, addresses) for grid in content.grids),
            tuple(_entry(content, view, addresses) for view in content.views),
            tuple({"id": asset, "file": f"{layout.ASSETS}/{asset}"} for asset in sorted(content.assets)),
        )
    )
    return files


def _page_files(content: Content, page: Page, addresses: DocAddresses) -> PageFiles:
    suffixes = (".md", ".html") if page.id in content.html else (".md",)
    present = () if page.id in content.missing else suffixes
    return PageFiles({suffix: addresses.page(page.id, suffix) for suffix in present})


def _entry(content: Content, grid: Grid, addresses: DocAddresses) -> Json:
    present = grid.id not in content.missing
    file, row_count = (addresses.table(grid.id, ".csv"), len(grid.rows)) if present else (None, None)
    return table_entry({"id": grid.id, "name": grid.name, **grid.raw}, file, row_count)


def _grid_files(grid: Grid, stem: str) -> dict[str, bytes]:
    columns, rows = _columns(grid), sorted(_rows(grid), key=row_key)
    return {
        f"{stem}.csv": _csv(columns, rows),
        f"{stem}.jsonl": b"".join(row_records(rows)),
        f"{stem}.json": table_document(Table(grid.id, grid.name), columns, len(rows)),
    }


def _view_files(view: Grid, stem: str) -> dict[str, bytes]:
    columns, rows = _columns(view), _rows(view)
    table, row_ids = Table(view.id, view.name, is_view=True), map(json_line, view.rows)
    described = view_document(table, columns, len(view.rows), row_ids)
    return {f"{stem}.csv": _csv(columns, rows), f"{stem}.json": b"".join(described)}


def _csv(columns: Sequence[Column], rows: Sequence[Json]) -> bytes:
    return b"".join([csv_header(columns), *csv_rows(rows, columns)])


def _columns(grid: Grid) -> list[Column]:
    return [Column(f"c-{name}", name, raw={"id": f"c-{name}", "name": name}) for name in grid.columns]


def _rows(grid: Grid) -> list[Json]:
    names = [f"c-{name}" for name in grid.columns]
    return [
        {"id": row_id, "name": str(values[0]), "values": dict(zip(names, values, strict=True))}
        for row_id, values in grid.rows.items()
    ]
