"""Mirrors as syncs would leave them, made by one `git fast-import`: any cell, name and damage, without a Coda."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.metadata import Metadata, PageFiles, metadata_document, table_entry
from coda_git_mirror.format.table_parts import csv_parts, part_names, parts_listed, row_parts
from coda_git_mirror.format.tables import csv_header, csv_rows, row_records, table_document, view_document
from coda_git_mirror.model.content import Account, Column, Doc, Page, Table
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.model.page_tree import page_tree

TRAILER = "Coda-Problems: 0"
Values = Mapping[str, Any]


def column(name: str, kind: str = "text", column_id: str = "") -> Column:
    """A column, whose id is its name where none is given."""
    return Column.of({"id": column_id or f"c-{name}", "name": name, "format": {"type": kind}})


@dataclass
class MadeTable:
    """Rows have ids `i-0` and so on; a row names its cells by column id. `part_rows` says how many are in each part."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Values] = ()
    slug: str = ""
    id: str = ""
    part_rows: Sequence[int] = ()
    ids: Sequence[str] = ()

    @property
    def stem(self) -> str:
        return f"tables/{self.slug or self.name.lower()}"

    @property
    def records(self) -> list[dict[str, Any]]:
        ids = self.ids or [f"i-{number}" for number in range(len(self.rows))]
        return [
            {"id": row_id, "name": "", "createdAt": f"2026-01-01T00:00:00.{place:03}Z", "values": dict(values)}
            for place, (row_id, values) in enumerate(zip(ids, self.rows, strict=True))
        ]

    def entry(self) -> dict[str, Any]:
        parts = len(self.part_rows) or 1
        return table_entry(self._raw(), f"{self.stem}.csv", len(self.rows), parts)

    def files(self) -> dict[str, bytes]:
        counts = self.part_rows or [len(self.rows)]
        lines, sheet = row_records(self.records), [csv_header(self.columns), *csv_rows(self.records, self.columns)]
        document = table_document(
            Table(self.id or f"t-{self.name}", self.name, raw=self._raw()),
            self.columns,
            len(self.rows),
            parts_listed(self.stem, counts, is_view=False),
        )
        sheets = zip(part_names(self.stem, len(counts), ".csv"), csv_parts(sheet, counts), strict=True)
        files = {name: b"".join(part) for name, part in sheets}
        records = zip(part_names(self.stem, len(counts), ".jsonl"), row_parts(lines, counts), strict=True)
        files |= {name: b"".join(part) for name, part in records}
        return {**files, f"{self.stem}.json": document}

    def _raw(self) -> dict[str, Any]:
        return {"id": self.id or f"t-{self.name}", "name": self.name}


@dataclass
class MadeView:
    """Shows columns and rows of a table; `texts` are cells of its CSV by row id, where the table lacks them."""

    name: str
    table: MadeTable
    columns: Sequence[Column]
    row_ids: Sequence[str]
    slug: str = ""
    base: str = ""
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        return f"views/{self.slug or self.name.lower()}"

    def entry(self) -> dict[str, Any]:
        return table_entry(self._raw(), f"{self.stem}.csv", len(self.row_ids))

    def files(self) -> dict[str, bytes]:
        rows = {row["id"]: row for row in self.table.records}
        records = [rows.get(row_id, {"id": row_id, "values": {}}) for row_id in self.row_ids]
        for record in records:
            texts = zip(self.columns, self.texts.get(record["id"], ()), strict=False)
            record["values"] |= {each.id: text for each, text in texts}
        ids = (json.dumps(row_id).encode() for row_id in self.row_ids)
        table = Table(f"v-{self.name}", self.name, raw=self._raw())
        return {
            f"{self.stem}.csv": csv_header(self.columns) + b"".join(csv_rows(records, self.columns)),
            f"{self.stem}.json": b"".join(view_document(table, self.columns, len(self.row_ids), ids)),
        }

    def _raw(self) -> dict[str, Any]:
        base = self.base or self.table.id or f"t-{self.table.name}"
        return {"id": f"v-{self.name}", "name": self.name, "parentTable": {"id": base}}


@dataclass
class MadeDoc:
    """Pages are Markdown by name."""

    name: str
    tables: Sequence[MadeTable] = ()
    views: Sequence[MadeView] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    slug: str = ""
    id: str = ""
    assets: Sequence[Mapping[str, Any]] = ()
    unread: Sequence[tuple[str, str]] = ()
    """Ids and names of tables that the mirror could never read."""

    @property
    def record(self) -> DocRecord:
        rows = sum(len(table.rows) for table in self.tables)
        path, counts = f"docs/{self.slug or self.name.lower()}", (len(self.pages), len(self.tables), rows)
        return DocRecord(self.id or f"d-{self.name}", self.name, path, "", "", *counts, len(self.views), 0)

    def files(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        grids: list[MadeTable | MadeView] = [*self.tables, *self.views]
        for grid in grids:
            files |= grid.files()
        pages = [Page(f"p-{name}", name, raw=self._page(name)) for name in self.pages]
        held = {page.id: PageFiles({".md": f"pages/{page.name.lower()}.md"}) for page in pages}
        for name, text in self.pages.items():
            files[f"pages/{name.lower()}.md"] = f"---\nid: p-{name}\ntitle: {name}\n---\n\n{text}".encode()
        never = [table_entry({"id": table, "name": name}, None, None) for table, name in self.unread]
        tables = (*(table.entry() for table in self.tables), *never)
        doc = Doc(self.record.id, self.name, raw={"id": self.record.id, "name": self.name})
        views, assets = tuple(view.entry() for view in self.views), tuple(dict(each) for each in self.assets)
        files[layout.METADATA] = metadata_document(Metadata(doc, page_tree(pages), held, tables, views, assets))
        sums = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        files[layout.CHECKSUMS] = checksum_list(sums)
        files[layout.DOC_README] = b"Read me.\n"
        return {layout.inside(self.record.path, path): content for path, content in files.items()}

    def _page(self, name: str) -> dict[str, Any]:
        return {"id": f"p-{name}", "name": name, "updatedAt": "2026-01-02T03:04:05.000Z"}


def mirror_files(docs: Iterable[MadeDoc], problems: Iterable[Problem] = ()) -> dict[str, bytes]:
    """All files of a mirror that holds these docs."""
    docs = list(docs)
    manifest = Manifest(Account("ann@example.org", "Ann"), tuple(doc.record for doc in docs), tuple(problems))
    files = {layout.MANIFEST: manifest_document(manifest), layout.SETTINGS: b"", "README.md": b"A mirror.\n"}
    for doc in docs:
        files |= doc.files()
    return files


def commit_states(folder: Path, states: Sequence[Mapping[str, bytes]]) -> Path:
    """A repository at `folder` with a sync's commit for each state, a day each from 2026-03-01 on, at noon in UTC."""
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(folder)], check=True)
    pieces: list[bytes] = []
    for number, files in enumerate(states):
        when = 1_772_366_400 + number * 86_400
        message = f"Sync {number + 1}\n\n{TRAILER}\n".encode()
        pieces.append(
            b"commit refs/heads/main\nauthor A <a@example.org> %d +0000\ncommitter A <a@example.org> %d +0000\n"
            % (when, when)
        )
        pieces.append(b"data %d\n%sdeleteall\n" % (len(message), message))
        for path, content in files.items():
            pieces.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    imported = ["git", "-C", str(folder), "fast-import", "--quiet"]
    subprocess.run(imported, input=b"".join(pieces), check=True)
    subprocess.run(["git", "-C", str(folder), "reset", "--quiet", "--hard"], check=True)
    return folder
