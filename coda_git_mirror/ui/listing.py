"""Which tables SQL can ask for: as lines for people, and for programs as what SQL gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from coda_git_mirror.actions.query.listing import ListedTable
from coda_git_mirror.actions.query.saving import Saved
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.answer import Answer
from coda_git_mirror.ui.paint import quiet, shown, title

_COLUMNS = ("table", "name", "doc", "kind", "rows", "column", "type")


def listing_lines(tables: Iterable[ListedTable]) -> Iterator[str]:
    """Each table with its names as they stand in SQL, and its columns beneath it."""
    for table in tables:
        own = f", or {_quoted(table.own)}" if table.own is not None else ""
        count = "" if table.rows is None else f"  {counted(table.rows, 'row')}"
        kind = "  (view)" if table.kind == "view" else ""
        yield f"{title(_quoted(table.name) if table.doc else table.name)}{own}{quiet(count + kind)}"
        for column in table.columns:
            yield f"    {_quoted(column.name)}{quiet(f'  {column.kind}' if column.kind else '')}"


def listing_objects(tables: Iterable[ListedTable]) -> Iterator[dict[str, Any]]:
    """An object for each table."""
    for table in tables:
        columns = [{"name": column.name, "type": column.kind} for column in table.columns]
        told = {"table": table.name, "name": table.own, "doc": table.doc, "kind": table.kind, "rows": table.rows}
        yield {**told, "columns": columns}


def listing_answer(tables: Iterable[ListedTable]) -> Answer:
    """A row for each column."""
    rows = (
        (table.name, table.own, table.doc, table.kind, table.rows, column.name, column.kind)
        for table in tables
        for column in table.columns
    )
    return Answer(_COLUMNS, rows)


def saved_line(saved: Saved) -> str:
    """What a file holds."""
    left_out = f"; {counted(len(saved.left_out), 'thing')} left out" if saved.left_out else ""
    views = f", {counted(saved.views, 'view')}" if saved.views else ""
    return f"Saved {counted(saved.tables, 'table')}{views}, pages and history in {one_line(str(saved.file))}{left_out}."


def _quoted(text: str) -> str:
    return '"' + shown(text).replace('"', '""') + '"'
