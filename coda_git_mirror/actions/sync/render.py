"""Writes one doc into the staging: what was fetched as new files, what was kept or failed as the files held so far."""

from __future__ import annotations

from coda_git_mirror.actions.sync.fetch import DocContent, TableRows
from coda_git_mirror.actions.sync.held import Held, HeldDoc
from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.markdown import page_file
from coda_git_mirror.format.metadata import metadata_document, table_entry
from coda_git_mirror.format.paths import DocAddresses, doc_addresses
from coda_git_mirror.format.readmes import doc_readme
from coda_git_mirror.format.tables import csv_header, table_document
from coda_git_mirror.mirror.repository import Repository
from coda_git_mirror.mirror.staging import StagedFile, Staging
from coda_git_mirror.model.content import Json, Outline, Page, Table
from coda_git_mirror.model.outcome import Fetched, Gone
from coda_git_mirror.model.page_tree import page_tree


class Room:
    """A doc's folder in the staging, and what was written there."""

    def __init__(self, repository: Repository, staging: Staging, held: Held, doc: HeldDoc, folder: str) -> None:
        self._repository, self._staging, self._held = repository, staging, held
        self.doc, self.folder = doc, folder
        self.files: dict[str, StagedFile] = {}

    def write(self, file: str, content: bytes) -> None:
        self.files[file] = self._staging.write(layout.inside(self.folder, file), content)

    def carry(self, old_file: str, new_file: str) -> bool:
        """Takes over a file of the mirror as it is; False where the mirror does not hold it."""
        source = self.doc.path(old_file)
        oid = source and self._held.tree.digest(source)
        if not oid:
            return False
        with self._staging.open(layout.inside(self.folder, new_file)) as writer:
            self._repository.copy_blob(oid, writer)
        self.files[new_file] = writer.staged
        return True

    def write_table(self, stem: str, rows: TableRows) -> int:
        """Writes the CSV and JSONL files side by side; returns the number of rows."""
        count = 0
        csv_file, jsonl_file = f"{stem}.csv", f"{stem}.jsonl"
        with (
            self._staging.open(layout.inside(self.folder, csv_file)) as for_people,
            self._staging.open(layout.inside(self.folder, jsonl_file)) as lossless,
        ):
            for_people.write(csv_header(rows.columns))
            for record, line in rows.lines:
                lossless.write(record)
                for_people.write(line)
                count += 1
        self.files |= {csv_file: for_people.staged, jsonl_file: lossless.staged}
        return count

    def changes(self) -> dict[str, StagedFile | None]:
        """The files of the new tree by their paths in the mirror, and None for those of ours that are no more."""
        new = {layout.inside(self.folder, file): staged for file, staged in self.files.items()}
        old = (self.doc.path(file) for file in self.doc.files)
        return {**{path: None for path in old if path}, **new}


def render_doc(room: Room, outline: Outline, content: DocContent) -> DocRecord:
    """Writes the doc's folder; returns its record for the manifest."""
    present = _without_gone(outline, content)
    addresses = doc_addresses(room.folder, present)
    tree = page_tree(present.pages)
    page_files = {page.id: file for page in present.pages if (file := _render_page(room, page, addresses, content))}
    tables = [_render_table(room, table, addresses, content) for table in present.tables]
    room.write(layout.METADATA, metadata_document(present.doc, tree, page_files, tables))
    room.write(layout.DOC_README, doc_readme(present.doc, tree, page_files, tables))
    room.write(layout.CHECKSUMS, checksum_list({file: staged.sha256 for file, staged in room.files.items()}))
    held_tables = [entry for entry in tables if entry["file"]]
    return DocRecord(
        id=outline.doc.id,
        name=outline.doc.name,
        path=room.folder,
        created=outline.doc.created,
        updated=outline.doc.updated,
        pages=len(page_files),
        tables=len(held_tables),
        rows=sum(entry["rowCount"] for entry in held_tables),
    )


def carry_doc(room: Room, record: DocRecord) -> DocRecord:
    """Moves a doc that is kept as it is to another folder."""
    for file in room.doc.files:
        room.carry(file, file)
    return DocRecord(**{**vars(record), "path": room.folder})


def _without_gone(outline: Outline, content: DocContent) -> Outline:
    pages = tuple(page for page in outline.pages if not isinstance(content.pages[page.id], Gone))
    tables = tuple(table for table in outline.tables if not isinstance(content.tables[table.id], Gone))
    return Outline(outline.doc, pages, tables)


def _render_page(room: Room, page: Page, addresses: DocAddresses, content: DocContent) -> str | None:
    """The page's file; None where neither Coda nor the mirror gave one."""
    file = addresses.page(page.id, ".md")
    outcome = content.pages[page.id]
    if isinstance(outcome, Fetched):
        room.write(file, page_file(page, outcome.value))
        return file
    old_file = room.doc.stored.pages.get(page.id, {}).get("file")
    return file if old_file and room.carry(old_file, file) else None


def _render_table(room: Room, table: Table, addresses: DocAddresses, content: DocContent) -> Json:
    """The table's entry for the metadata."""
    stem = addresses.table(table.id, "")
    outcome = content.tables[table.id]
    if isinstance(outcome, Fetched):
        count = room.write_table(stem, outcome.value)
        room.write(f"{stem}.json", table_document(table, outcome.value.columns, count))
        return table_entry(table.raw, f"{stem}.csv", count)
    stored = room.doc.stored.tables.get(table.id, {})
    old_stem = str(stored.get("file") or "").removesuffix(".csv")
    carried = [room.carry(f"{old_stem}{suffix}", f"{stem}{suffix}") for suffix in layout.TABLE_SUFFIXES]
    return (
        table_entry(table.raw, f"{stem}.csv", stored["rowCount"])
        if all(carried)
        else table_entry(table.raw, None, None)
    )
