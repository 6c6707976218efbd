"""A mirror with a long past, made by one `git fast-import`: thousands of syncs would take too long."""

from __future__ import annotations

import hashlib
import random
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.checksums import checksum_list
from coda_git_mirror.format.manifest import DocRecord, Manifest, manifest_document
from coda_git_mirror.format.tables import csv_header, csv_rows, row_records, table_document
from coda_git_mirror.format.text import json_document
from coda_git_mirror.model.content import Account, Column, Table

PAGES, ROWS = 194, 50
FILES = PAGES + 6
"""Of a doc: its pages, a table's three files, and what each doc has."""
EDITED_DOCS, EDITED_PAGES, EDITED_LINES = 7, 5, 3
"""In each commit, which also edits a row of each of these docs; the first doc is one of them each time."""
LINES = 20
_BEGIN = 1_600_000_000
_OWNER = Account("ann@example.org", "Ann")
_COLUMNS = tuple(Column(f"c-{name}", name, raw={"id": f"c-{name}", "name": name}) for name in ("Task", "Notes"))


class MadePast:
    """Docs with pages and a table, about `size` files in all, edited here and there; the same for the same seed."""

    def __init__(self, size: int, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._words = [self._word() for _ in range(5_000)]
        self.docs = [_Doc(number, self) for number in range(max(1, size // FILES))]

    def words(self, count: int) -> str:
        """So many words, of which some are far more common than others."""
        return " ".join(self._words[int(5_000 * self._random.random() ** 3)] for _ in range(count))

    @property
    def commonest(self) -> str:
        """The word that there is most of."""
        return self._words[0]

    def below(self, most: int) -> int:
        return self._random.randrange(most)

    def everything(self) -> dict[str, bytes | None]:
        """All files of the first commit."""
        files: dict[str, bytes | None] = {layout.SETTINGS: b""}
        for doc in self.docs:
            files |= doc.everything()
        return files | {layout.MANIFEST: self._manifest()}

    def edit(self, number: int) -> dict[str, bytes | None]:
        """What one commit changes: the files by path, None for one that goes."""
        changed: dict[str, bytes | None] = {}
        for each in range(min(EDITED_DOCS, len(self.docs))):
            doc = self.docs[(number + each * len(self.docs) // EDITED_DOCS) % len(self.docs) if each else 0]
            changed |= doc.edit(number)
        return changed | {layout.MANIFEST: self._manifest()}

    def _manifest(self) -> bytes:
        return manifest_document(Manifest(_OWNER, tuple(doc.record for doc in self.docs), ()))

    def _word(self) -> str:
        return "".join(self._random.choice("bcdfglmnprst") + self._random.choice("aeiou") for _ in range(3))


class _Doc:
    def __init__(self, number: int, past: MadePast) -> None:
        self._past, self.number, self._edits = past, number, 0
        self.pages = [[past.words(10) for _ in range(LINES)] for _ in range(PAGES)]
        self.names = [f"Page {page}" for page in range(PAGES)]
        self._rows = [[past.words(2), past.words(8)] for _ in range(ROWS)]
        self._sums: dict[str, str] = {}

    @property
    def record(self) -> DocRecord:
        updated = f"2026-01-01T00:00:00.{self._edits:06}Z"
        folder = f"docs/doc-{self.number:04}"
        return DocRecord(f"doc{self.number}", f"Doc {self.number:04}", folder, "", updated, PAGES, 1, ROWS, 0, 0)

    def everything(self) -> dict[str, bytes | None]:
        return self._placed({self._file(page): self._page(page) for page in range(PAGES)} | self._table())

    def edit(self, number: int) -> dict[str, bytes | None]:
        self._edits += 1
        files: dict[str, bytes | None] = {}
        for each in range(EDITED_PAGES):
            page = self._past.below(PAGES)
            if each == 0 and number % 10 == 0:
                files[self._file(page)] = None
                self.names[page] = f"Page {page} of {number}"
            for _ in range(EDITED_LINES):
                self.pages[page][self._past.below(LINES)] = self._past.words(10)
            files[self._file(page)] = self._page(page)
        self._rows[self._past.below(ROWS)][1] = self._past.words(8)
        return self._placed(files | self._table())

    def _placed(self, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
        every = {**files, layout.METADATA: self._metadata(), layout.DOC_README: b"A doc\n"}
        for file, content in every.items():
            self._sums.pop(file, None)
            if content is not None:
                self._sums[file] = hashlib.sha256(content).hexdigest()
        every[layout.CHECKSUMS] = checksum_list(self._sums)
        return {layout.inside(self.record.path, file): content for file, content in every.items()}

    def _file(self, page: int) -> str:
        return f"pages/{self.names[page].lower().replace(' ', '-')}.md"

    def _page(self, page: int) -> bytes:
        head = f"---\nid: page{page}\ntitle: {self.names[page]}\nupdated: '{self.record.updated}'\n---\n\n"
        return f"{head}{chr(10).join(self.pages[page])}\n".encode()

    def _table(self) -> dict[str, bytes | None]:
        rows = [
            {"id": f"i-{row:08}", "name": name, "values": {"c-Task": name, "c-Notes": notes}}
            for row, (name, notes) in enumerate(self._rows)
        ]
        return {
            "tables/tasks.csv": csv_header(_COLUMNS) + b"".join(csv_rows(rows, _COLUMNS)),
            "tables/tasks.jsonl": b"".join(row_records(rows)),
            "tables/tasks.json": table_document(Table(f"grid{self.number}", "Tasks"), _COLUMNS, ROWS),
        }

    def _metadata(self) -> bytes:
        pages = [self._entry(page) for page in range(PAGES)]
        table = {"id": f"grid{self.number}", "name": "Tasks", "file": "tables/tasks.csv", "rowCount": ROWS}
        doc = {"id": self.record.id, "name": self.record.name, "updatedAt": self.record.updated}
        return json_document({"doc": doc, "pages": pages, "tables": [table], "views": [], "assets": [], "denied": []})

    def _entry(self, page: int) -> dict[str, Any]:
        file = self._file(page)
        return {
            "id": f"page{page}", "name": self.names[page], "file": file, "files": {".md": file}, "children": [],
            "contentType": "canvas", "isHidden": False, "createdAt": "2025-01-01T00:00:00.000Z",
        }  # fmt: skip


def write_past(folder: Path, past: MadePast, commits: int) -> None:
    """Makes `folder` a repository with such a past, with nothing in its working copy."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    command = ["git", "-C", str(folder), "fast-import", "--quiet", "--depth=50"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        assert importing.stdin
        for number in range(commits):
            for piece in _commit(number, past.edit(number) if number else past.everything()):
                importing.stdin.write(piece)
    assert importing.returncode == 0


def _commit(number: int, files: Mapping[str, bytes | None]) -> Iterator[bytes]:
    message = f"Sync {number}\n\nCoda-Docs: 1\nCoda-Problems: 0\n".encode()
    yield b"commit refs/heads/main\ncommitter Ann <ann@example.org> %d +0000\n" % (_BEGIN + number * 86_400)
    yield b"data %d\n%s" % (len(message), message)
    for path, content in files.items():
        if content is None:
            yield b"D %s\n" % path.encode()
        else:
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
