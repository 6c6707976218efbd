"""`metadata.json` of a doc: the doc, its page tree in sidebar order and its tables, as Coda describes them.

It is also where a later sync finds which file belongs to which page and table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coda_git_mirror.format.text import json_document
from coda_git_mirror.model.content import Doc, Json
from coda_git_mirror.model.page_tree import PageNode

_TREE_FIELDS = frozenset({"children", "parent"})


def metadata_document(
    doc: Doc, tree: Iterable[PageNode], page_files: Mapping[str, str], tables: Iterable[Json]
) -> bytes:
    """`page_files` has the file of each page that has one; `tables` are entries made by `table_entry`."""
    return json_document(
        {
            "doc": doc.raw,
            "pages": [_page_entry(node, page_files) for node in tree],
            "tables": sorted(tables, key=lambda entry: (str(entry.get("file")), str(entry["id"]))),
        }
    )


def _page_entry(node: PageNode, page_files: Mapping[str, str]) -> Json:
    page = node.page
    return {
        **{name: value for name, value in page.raw.items() if name not in _TREE_FIELDS},
        "file": page_files.get(page.id),
        "children": [_page_entry(subpage, page_files) for subpage in node.subpages],
    }


def table_entry(raw: Json, file: str | None, row_count: int | None) -> Json:
    """A table in `metadata.json`: its CSV file and row count are None where the mirror could never read it."""
    return {**raw, "file": file, "rowCount": row_count}


@dataclass(frozen=True)
class StoredDoc:
    """What a doc's `metadata.json` says that the mirror holds. Entries are by id; pages are flat again."""

    pages: Mapping[str, Json]
    tables: Mapping[str, Json]


NOTHING_STORED = StoredDoc({}, {})


def parse_metadata(content: bytes) -> StoredDoc:
    """Reads `metadata.json` back. Raises ValueError where it is not as this program writes it."""
    try:
        metadata = json.loads(content)
        pages = dict(_flat(metadata["pages"], None))
        tables = {entry["id"]: entry for entry in _entries(metadata["tables"])}
        _require_counts(tables.values())
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not the metadata of a doc: {error!r}") from error
    return StoredDoc(pages, tables)


def _flat(entries: Any, parent: str | None) -> Iterable[tuple[str, Json]]:
    for entry in _entries(entries):
        yield entry["id"], {**entry, "parent": parent}
        yield from _flat(entry["children"], entry["id"])


def _entries(stored: Any) -> list[Json]:
    """The entries of pages or tables, once it is certain that each has an id and its file or none."""
    if not isinstance(stored, list):
        raise TypeError(f"{type(stored).__name__} instead of a list")
    for entry in stored:
        if not isinstance(entry["id"], str) or not isinstance(entry["file"], str | None):
            raise TypeError("an entry without its id or file")
    return stored


def _require_counts(tables: Iterable[Json]) -> None:
    for entry in tables:
        if entry["file"] is not None and type(entry["rowCount"]) is not int:
            raise TypeError("a table without its row count")
