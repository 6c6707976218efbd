"""The endpoints that write rows: each checks all of a request first, and only then lets it be done."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from coda_git_mirror.demo.bodies import ListOf, OneOf, Shape, read_body
from coda_git_mirror.demo.mutations import Kind
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.row_edits import RowEdit, RowWriter
from coda_git_mirror.demo.service import Call, find
from coda_git_mirror.demo.world import Column, Row, Table, View

SCALARS = (str, int, float, bool)
VALUE = OneOf((*SCALARS, ListOf(OneOf((*SCALARS, ListOf(OneOf(SCALARS)))))))
ROW = Shape({"cells": ListOf(Shape({"column": str, "value": VALUE}))})
UPSERT = Shape({"rows": ListOf(ROW)}, {"keyColumns": ListOf(str)})
UPDATE = Shape({"row": ROW})
DELETION = Shape({"rowIds": ListOf(str)})


def upsert_rows(call: Call) -> Reply:
    """Inserts rows, or with `keyColumns` updates those that match; only the former tells ids."""
    body = read_body(call.body, UPSERT, call.service.readings.body_limit)
    grid = call.written_table()
    if isinstance(grid, View):
        raise ErrorReply(400, "Rows can only be inserted into a base table, not into a view.")
    edits = [_row_edit(call, grid, edit) for edit in body["rows"]]
    keys = _keys(call, grid, body.get("keyColumns", []))
    writer = _writer(call, grid)
    kept = call.service.mutations.kept
    if keys:
        return _accept(call, grid, "insert", lambda: writer.upsert(edits[:kept], keys))
    ids = [call.service.world.identifiers.issue("i-") for _ in edits]
    return _accept(call, grid, "insert", lambda: writer.insert(edits[:kept], ids[:kept]), ids, addedRowIds=ids)


def update_row(call: Call) -> Reply:
    body = read_body(call.body, UPDATE, call.service.readings.body_limit)
    grid = call.written_table()
    row_id, edit = _row(call, grid).id, _row_edit(call, grid, body["row"])
    writer = _writer(call, grid)
    return _accept(call, grid, "update", lambda: writer.update(row_id, edit), [row_id], id=row_id)


def delete_rows(call: Call) -> Reply:
    """Deletes the rows of these ids; what it does not know it passes over."""
    ids = read_body(call.body, DELETION, call.service.readings.body_limit)["rowIds"]
    grid = call.written_table()
    writer, kept = _writer(call, grid), call.service.mutations.kept
    return _accept(call, grid, "delete", lambda: writer.delete(ids[:kept]), ids, rowIds=ids)


def delete_row(call: Call) -> Reply:
    grid = call.written_table()
    row_id, writer = _row(call, grid).id, _writer(call, grid)
    return _accept(call, grid, "delete", lambda: writer.delete([row_id]), [row_id], id=row_id)


def push_button(call: Call) -> Reply:
    grid = call.written_table()
    row_id, column = _row(call, grid).id, find(grid.base.columns, call.ids["column"], "column", named=True)
    if column.type != "button":
        raise ErrorReply(400, "The column is not a button column.")
    writer = _writer(call, grid)
    return _accept(call, grid, "push", lambda: writer.push(row_id, column.id), rowId=row_id, columnId=column.id)


def _accept(
    call: Call,
    grid: Table | View,
    kind: Kind,
    apply: Callable[[], object],
    touches: Collection[str] = (),
    **answer: object,
) -> Reply:
    """202, unless the table is synced from elsewhere, which is refused or comes to nothing."""
    if grid.base.synced and call.service.readings.synced == "refuse":
        raise ErrorReply(400, "Rows of a synced table cannot be edited.")
    done = (lambda: None) if grid.base.synced else apply
    return json_reply(
        {"requestId": call.service.mutations.submit(call.live_doc(), kind, done, touches=touches), **answer}, 202
    )


def _writer(call: Call, grid: Table | View) -> RowWriter:
    return RowWriter(call.live_doc(), grid.base.id, call.service.readings, raw=call.flag("disableParsing"))


def _row(call: Call, grid: Table | View) -> Row:
    return find(grid.base.rows, call.ids["row"], "row", named=True)


def _row_edit(call: Call, grid: Table | View, found: Any) -> RowEdit:
    """The values by column id; 400 for a row that is too large, or with a column that is not there or not to edit."""
    values = [cell["value"] for cell in found["cells"]]
    size, limit = sum(map(_size, values)), call.service.readings.row_limit
    if size > limit:
        message = f"Row edit of size {-(-size // 1024)} KB exceeds maximum size of {limit // 1024} KB."
        raise ErrorReply(400, message)
    columns = [_column(call, grid, cell["column"]) for cell in found["cells"]]
    if call.service.readings.calculated == "refuse" and not all(column.writable for column in columns):
        raise ErrorReply(400, "Calculated columns and buttons cannot be edited.")
    return {column.id: value for column, value in zip(columns, values, strict=True)}


def _keys(call: Call, grid: Table, named: Sequence[str]) -> Sequence[str]:
    columns = [_column(call, grid, it) for it in named]
    if not all(column.writable for column in columns):
        raise ErrorReply(400, "Calculated columns cannot be used as key columns.")
    return [column.id for column in columns]


def _column(call: Call, grid: Table | View, named: str) -> Column:
    """The column of this id, address or name."""
    if named.startswith(("http://", "https://")):
        named = unquote(urlsplit(named).path.rsplit("/", 1)[-1])
    try:
        return find(grid.base.columns, named, "column", named=True)
    except ErrorReply as unknown:
        raise ErrorReply(call.service.readings.unknown_column_status, unknown.message) from None


def _size(value: Any) -> int:
    """Bytes as Coda counts them: those of the text, and one more for each of its newlines."""
    if isinstance(value, list):
        return sum(map(_size, value))
    text = value if isinstance(value, str) else json.dumps(value)
    return len(text.encode("utf-8", "surrogatepass")) + text.count("\n")
