"""Which files a doc's `metadata.json` says that the doc has, and whether it says so but once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import Originals, StoredDoc, parse_metadata, stored_page_files
from coda_git_mirror.format.table_parts import Part, files_of, part_of, stem_of
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.plain_json import parse_json


@dataclass(frozen=True)
class PageFile:
    page_id: str
    originals: Originals


@dataclass(frozen=True)
class ExpectedFiles:
    """The files of a doc by path below its folder; the entries of tables and views by their stems."""

    stored: StoredDoc
    pages: dict[str, PageFile] = field(default_factory=dict)
    grids: dict[str, Json] = field(default_factory=dict)
    assets: dict[str, Json] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    repeated: tuple[str, ...] = ()

    @property
    def doc_id(self) -> str:
        return str(self.stored.doc.get("id", ""))

    def counts(self) -> dict[str, int]:
        """What the manifest has to say of the doc."""
        tables = [entry for entry in self.stored.tables.values() if entry["file"]]
        return {
            "pages": sum(bool(entry["files"]) for entry in self.stored.pages.values()),
            "tables": len(tables),
            "rows": sum(entry["rowCount"] for entry in tables),
            "views": sum(bool(entry["file"]) for entry in self.stored.views.values()),
            "assets": len(self.stored.assets),
        }


NOTHING_EXPECTED = ExpectedFiles(StoredDoc({}, {}))


def expected_files(content: bytes) -> ExpectedFiles:
    """Raises ValueError where the metadata is not as this program writes it."""
    stored = parse_metadata(content)
    pages = {
        file: PageFile(page_id, files.originals.get(suffix, {}))
        for page_id, files in ((page_id, stored_page_files(entry)) for page_id, entry in stored.pages.items())
        for suffix, file in files.files.items()
    }
    grids = {stem_of(entry): entry for entry in (*stored.tables.values(), *stored.views.values()) if entry["file"]}
    assets = {entry["file"]: entry for entry in stored.assets.values() if entry["file"]}
    named = list(_files(stored))
    repeated = (*_repeated(named), *(f"the id {each}" for each in _repeated_ids(parse_json(content))))
    return ExpectedFiles(stored, pages, grids, assets, frozenset(named), repeated)


def grid_of(file: str) -> Part | None:
    """What a file is of a table or view."""
    folder, _, name = file.partition("/")
    suffixes = {layout.TABLES: layout.TABLE_SUFFIXES, layout.VIEWS: layout.VIEW_SUFFIXES}.get(folder, ())
    suffix = next((suffix for suffix in suffixes if name.endswith(suffix)), None)
    return (part_of(file) or Part(file.removesuffix(suffix), 1, suffix)) if suffix else None


def _files(stored: StoredDoc) -> Iterator[str]:
    yield from (layout.METADATA, layout.DOC_README, layout.CHECKSUMS)
    for page in stored.pages.values():
        yield from page["files"].values()
    for entries, suffixes in ((stored.tables, layout.TABLE_SUFFIXES), (stored.views, layout.VIEW_SUFFIXES)):
        for entry in entries.values():
            if entry["file"]:
                yield from (file for suffix in suffixes for file in files_of(entry, suffix))
    yield from (entry["file"] for entry in stored.assets.values() if entry["file"])


def _repeated_ids(metadata: Any) -> Iterator[str]:
    for name in ("tables", "views", "assets"):
        yield from _repeated([entry["id"] for entry in metadata[name]])
    yield from _repeated(list(_page_ids(metadata["pages"])))


def _page_ids(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        yield entry["id"]
        yield from _page_ids(entry["children"])


def _repeated(names: list[str]) -> Iterator[str]:
    return (name for name, count in Counter(names).items() if count > 1)
