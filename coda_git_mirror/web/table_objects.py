"""The JSON of tables, rows and cells (browse.md, browse)."""

from __future__ import annotations

from typing import Any

from coda_git_mirror.actions.browse.cells import CellPage, CellValue, RowPage, RowStep
from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.actions.browse.tables import TablePage
from coda_git_mirror.actions.browse.versions import Versions
from coda_git_mirror.model.looking import IndexedCommit
from coda_git_mirror.web.objects import version_objects

Object = dict[str, Any]


def table_object(view: TablePage, it: Found, every: Versions) -> Object:
    """A page of a table; the values of its rows are texts as the CSV has them, by the ids of the columns."""
    return {
        "doc": it.state.doc,
        "item": it.state.item,
        "kind": it.state.kind,
        "name": it.state.name,
        "path": it.state.path or None,
        "revision": it.at.id,
        "gone": _commit(it.gone),
        "columns": [{"id": column.id, "name": column.name, "type": column.kind} for column in view.columns],
        "rows": [
            {"id": row.id, "name": row.name, "values": {cell.column.id: cell.text for cell in row.cells}}
            for row in view.rows
        ],
        "total": view.total,
        "found": view.found,
        "page": view.page,
        "pages": view.pages,
        "sort": f"{'-' if view.descending else ''}{view.sort.id}" if view.sort else None,
        "q": view.words,
        "notes": list(view.notes),
        "versions": version_objects(every),
    }


def row_object(view: RowPage) -> Object:
    """A row with its changes, newest first."""
    return {
        "doc": view.doc,
        "item": view.table,
        "row": view.row,
        "name": view.name,
        "revision": view.at.id,
        "gone": _commit(view.gone),
        "values": {cell.column.id: cell.text for cell in view.cells},
        "counts": dict(view.values),
        "changes": [_step(step) for step in view.steps],
    }


def _step(step: RowStep) -> Object:
    cells = [
        {"column": cell.column, "name": cell.name, "before": cell.text_before, "after": cell.text_after}
        for cell in step.cells
    ]
    return {**_dated(step.commit), "what": step.what, "edited": step.edited or None, "cells": cells}


def cell_object(view: CellPage) -> Object:
    """The values of a cell, newest first; `until` is null of the present one."""
    return {
        "doc": view.doc,
        "item": view.table,
        "row": view.row,
        "column": view.column.id,
        "name": view.column.name,
        "gone": _commit(view.gone),
        "values": [_value(value) for value in view.values],
    }


def _value(value: CellValue) -> Object:
    until = _commit(value.until)
    return {**_dated(value.commit), "value": value.text, "edited": value.edited or None, "until": until}


def _commit(commit: IndexedCommit | None) -> Object | None:
    return _dated(commit) if commit else None


def _dated(commit: IndexedCommit) -> Object:
    return {"revision": commit.id, "date": commit.when.isoformat()}
