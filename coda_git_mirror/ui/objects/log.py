"""The object of `log --json`, whose entries are read while it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coda_git_mirror.changes.difference_objects import row_object
from coda_git_mirror.changes.wording import page_word
from coda_git_mirror.model.changes import DocChange
from coda_git_mirror.model.history import Entry, Log


def log_object(log: Log) -> Mapping[str, Any]:
    """The object of `log --json`."""
    target = log.target
    named = {"doc": target.doc, "item": target.item, "row": target.row, "column": target.column}
    return {
        "of": {"kind": target.kind, "names": target.names, **named},
        "entries": map(_entry, log.entries),
        "more": log.more,
    }


def _entry(entry: Entry) -> Mapping[str, Any]:
    described = {"commit": entry.commit, "date": entry.when.isoformat(), "subject": entry.subject}
    if entry.row:
        return {**described, "row": row_object(entry.row)}
    return {**described, "doc": _doc_change(entry.doc)} if entry.doc else described


def _doc_change(doc: DocChange) -> Mapping[str, Any]:
    """What changed in a doc, in names and numbers; `diff --json` has it in full."""
    pages = ({"name": page.name, "former_name": page.was or None, "change": page_word(page)} for page in doc.pages)
    views = ({"name": view.name, "former_name": view.was or None, "change": view.kind.value} for view in doc.views)
    tables = (
        {
            "name": table.name,
            "former_name": table.was or None,
            "change": table.kind.value,
            "columns_changed": len(table.columns.columns),
            "rows": asdict(table.rows),
        }
        for table in doc.tables
    )
    return {
        "name": doc.name,
        "former_name": doc.was or None,
        "path": doc.folder,
        "change": doc.kind.value,
        "pages": pages,
        "tables": tables,
        "views": views,
        "assets": {"added": doc.assets_added, "removed": doc.assets_removed},
    }
