"""The object of `diff --json`, whose lists are read while it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from coda_git_mirror.model.changes import ColumnFacts, Kind
from coda_git_mirror.model.differences import (
    ABSENT,
    Detail,
    Differences,
    DocDiff,
    PageDiff,
    Revision,
    RowChange,
    TableDiff,
    ViewDiff,
)
from coda_git_mirror.model.ledger import Problem


def diff_object(differences: Differences) -> Mapping[str, Any]:
    """The object of `diff --json`."""
    return {
        "from": _revision(differences.before),
        "to": _revision(differences.after),
        "docs": map(_doc, differences.docs),
        "problems": {
            "new": map(_problem, differences.new_problems),
            "solved": map(_problem, differences.solved_problems),
        },
    }


def _problem(problem: Problem) -> Mapping[str, Any]:
    return {"kind": problem.kind, "doc": problem.doc, "item": problem.item, "reason": problem.reason}


def _revision(revision: Revision) -> Mapping[str, Any]:
    when = revision.when.isoformat() if revision.when else None
    return {"commit": revision.id, "date": when, "name": revision.name}


def _doc(doc: DocDiff) -> Mapping[str, Any]:
    return {
        "id": doc.id,
        "name": doc.name,
        "change": doc.kind.value,
        "former_name": doc.was or None,
        "path": doc.folder,
        "former_path": doc.former_folder or None,
        "details": map(_detail, doc.details),
        "pages": map(_page, doc.pages),
        "tables": map(_table, doc.tables),
        "views": map(_view, doc.views),
        "assets": {"added": doc.assets_added, "removed": doc.assets_removed},
    }


def _detail(detail: Detail) -> Mapping[str, Any]:
    return asdict(detail)


def _page(page: PageDiff) -> Mapping[str, Any]:
    return {
        "id": page.id,
        "name": page.way[-1],
        "way": page.way,
        "former_way": page.former_way or None,
        "change": page.kind.value,
        "hidden": page.hidden,
        "details": map(_detail, page.details),
        "text": [
            {"line": passage.line, "words": [[piece.operation, piece.text] for piece in passage.pieces]}
            for passage in page.text
        ],
        "only_links": page.only_links,
        "other_forms": page.other_forms,
        "path": page.file or None,
    }


def _table(table: TableDiff) -> Mapping[str, Any]:
    return {
        "id": table.id,
        "name": table.name,
        "former_name": table.was or None,
        "change": table.kind.value,
        "details": map(_detail, table.details),
        "columns": [
            {
                "id": column.id,
                "change": "renamed" if column.kind is Kind.MOVED else column.kind.value,
                "before": _column(column.before),
                "after": _column(column.after),
            }
            for column in table.columns.columns
        ],
        "column_order": table.columns.order,
        "row_counts": asdict(table.counts),
        "rows": map(row_object, table.rows),
        "path": table.file or None,
    }


def _column(facts: ColumnFacts | None) -> Mapping[str, Any] | None:
    if facts is None:
        return None
    return {"name": facts.name, "type": facts.type, "formula": facts.formula, "settings": json.loads(facts.settings)}


def row_object(row: RowChange) -> Mapping[str, Any]:
    """A row with its cells: `before` and `after` as Coda gives them, absent where the row does not have the cell."""
    return {"id": row.id, "name": row.name, "change": row.kind.value, "cells": [_cell(cell) for cell in row.cells]}


def _cell(cell: Any) -> Mapping[str, Any]:
    values = {name: value for name, value in (("before", cell.before), ("after", cell.after)) if value is not ABSENT}
    texts = {"before_text": cell.text_before, "after_text": cell.text_after}
    return {"column": cell.column, "name": cell.name, **values, **texts}


def _view(view: ViewDiff) -> Mapping[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "former_name": view.was or None,
        "change": view.kind.value,
        "details": map(_detail, view.details),
        "rows_added": view.rows_added,
        "rows_removed": view.rows_removed,
        "path": view.file or None,
    }
