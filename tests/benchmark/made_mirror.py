"""Mirrors of any size as a sync would leave them, made without Coda: a hundred thousand exports would take too long."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.metadata import Metadata, PageFiles, metadata_document
from coda_git_mirror.format.tables import csv_header, csv_rows, row_records
from coda_git_mirror.model.content import Account, Column, Doc, Page
from coda_git_mirror.model.page_tree import page_tree

PAGES = 200
FILES = PAGES + 2
"""Of a doc."""
EDITED_DOCS, EDITED_PAGES = 7, 5
_OWNER = Account("ann@example.org", "Ann")
_WORDS = ("plan", "ship", "draft", "review", "sell", "call", "write", "check", "order", "print", "paint", "count")


class MadeMirror:
    """Docs with pages, about `size` files in all; `edit` changes a few pages here and there."""

    def __init__(self, size: int) -> None:
        self._docs = [_MadeDoc(number) for number in range(max(EDITED_DOCS, size // FILES))]

    @property
    def manifest(self) -> Manifest:
        return Manifest(_OWNER, tuple(doc.record for doc in self._docs), ())

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All files that a sync writes, by path."""
        for doc in self._docs:
            yield from doc.files().items()
        yield layout.MANIFEST, manifest_document(self.manifest)

    def edit(self) -> dict[str, bytes]:
        """Edits five pages in each of seven docs; the 50 files that this changes."""
        changed: dict[str, bytes] = {}
        for number in range(EDITED_DOCS):
            doc = self._docs[number * len(self._docs) // EDITED_DOCS]
            before = doc.files()
            doc.edit()
            changed |= {path: content for path, content in doc.files().items() if before[path] != content}
        return {**changed, layout.MANIFEST: manifest_document(self.manifest)}


class _MadeDoc:
    def __init__(self, number: int) -> None:
        self._number, self._edits = number, 0
        self._versions: Counter[int] = Counter()

    @property
    def record(self) -> DocRecord:
        name, updated = f"Doc {self._number:04}", f"2026-01-01T00:00:00.{self._edits:03}Z"
        return DocRecord(f"doc{self._number}", name, f"docs/doc-{self._number:04}", "", updated, PAGES, 0, 0, 0, 0)

    def edit(self) -> None:
        self._edits += 1
        self._versions.update(range(0, PAGES, PAGES // EDITED_PAGES))

    def files(self) -> dict[str, bytes]:
        files = {f"pages/page-{page:03}.md": self._page(page) for page in range(PAGES)}
        files[layout.METADATA] = self._metadata()
        sums = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
        files[layout.CHECKSUMS] = checksum_list(sums)
        return {layout.inside(self.record.path, file): content for file, content in files.items()}

    def _page(self, page: int) -> bytes:
        words = random.Random(f"{self._number} {page} {self._versions[page]}")
        lines = (" ".join(words.choices(_WORDS, k=12)) for _ in range(20))
        return f"# Page {page}\n\n{chr(10).join(lines)}\n".encode()

    def _metadata(self) -> bytes:
        pages = [Page(f"page{page}", f"Page {page}", raw={"id": f"page{page}"}) for page in range(PAGES)]
        files = {page.id: PageFiles({".md": f"pages/page-{number:03}.md"}) for number, page in enumerate(pages)}
        doc = Doc(self.record.id, self.record.name, raw={"id": self.record.id, "updatedAt": self.record.updated})
        return metadata_document(Metadata(doc, page_tree(pages), files, ()))


class MadeTable:
    """The CSV and JSONL of a table that is edited here and there."""

    def __init__(self, rows: int) -> None:
        self._columns = tuple(Column(f"c-{number}", name) for number, name in enumerate(("Task", "Notes", "Hours")))
        self._csv, self._jsonl = [b""] * rows, [b""] * rows
        self._random = random.Random(0)
        for row in range(rows):
            self._write(row, 0)

    def edit(self, rows: int, version: int) -> None:
        for _ in range(rows):
            self._write(self._random.randrange(len(self._csv)), version)

    def files(self) -> dict[str, bytes]:
        return {
            "docs/team/tables/tasks.csv": csv_header(self._columns) + b"".join(self._csv),
            "docs/team/tables/tasks.jsonl": b"".join(self._jsonl),
        }

    def _write(self, row: int, version: int) -> None:
        words = random.Random(f"{row} {version}")
        task, notes = (
            " ".join(f"{word} {words.randrange(10_000)}" for word in words.choices(_WORDS, k=k)) for k in (2, 8)
        )
        values: dict[str, Any] = {"c-0": task, "c-1": f"```{notes}```", "c-2": words.randrange(4_000) / 100}
        times = {"createdAt": f"2025-01-01T00:00:{row % 60:02}.000Z", "updatedAt": f"2026-01-01T00:00:00.{version:03}Z"}
        item = {"id": f"i-{row:08}", "name": task, **times, "values": values}
        self._csv[row], self._jsonl[row] = csv_rows([item], self._columns)[0], row_records([item])[0]
