"""What `diff` and `log` tell as one JSON object, written piece by piece: what is large is never held in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from coda_git_mirror.changes.wording import page_word
from coda_git_mirror.model.changes import ColumnFacts, DocChange, Kind
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
from coda_git_mirror.model.history import Entry, Log
from coda_git_mirror.model.ledger import Problem
from coda_git_mirror.ui.output import is_heard

_INDENT = "  "


def json_pieces(value: Any, indent: str = "") -> Iterator[str]:
    """The text of a JSON value in which any list may be an iterable, read while it is written; ASCII only."""
    if isinstance(value, str | int | float | None):
        yield json.dumps(value)
    elif isinstance(value, Mapping):
        members = ((f"{json.dumps(key)}: ", each) for key, each in value.items())
        yield from _bracketed("{}", members, indent)
    else:
        yield from _bracketed("[]", (("", each) for each in value), indent)


def _bracketed(brackets: str, members: Iterable[tuple[str, Any]], indent: str) -> Iterator[str]:
    yield brackets[0]
    deeper, between = indent + _INDENT, ""
    for key, each in members:
        yield f"{between}\n{deeper}{key}"
        yield from json_pieces(each, deeper)
        between = ","
    yield f"\n{indent}{brackets[1]}" if between else brackets[1]


def print_json(pieces: Iterable[str]) -> None:
    """Prints a JSON object, in pieces, and nothing else."""
    for piece in pieces:
        click.echo(piece, nl=False)
        if not is_heard():
            return
    click.echo()


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
