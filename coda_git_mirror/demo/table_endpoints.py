"""The endpoints of tables, views, columns and rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coda_git_mirror.demo import shapes
from coda_git_mirror.demo.listings import Source
from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply
from coda_git_mirror.demo.row_queries import row_query
from coda_git_mirror.demo.service import Call
from coda_git_mirror.demo.world import Row, Table, View

TABLE_TYPES = {"table": Table, "view": View}
ROW_ORDERS = ("createdAt", "updatedAt", "natural")
VALUE_FORMATS = ("simple", "simpleWithArrays", "rich")


def list_tables(call: Call) -> Reply:
    """References to tables and views, of the `tableTypes` asked for."""
    doc = call.doc()
    wanted = tuple(TABLE_TYPES[kind] for kind in call.query.get("tableTypes", "table,view").split(",") if kind)

    def items() -> list[Table | View]:
        found = [it for it in doc.grids() if isinstance(it, wanted)]
        return call.service.shuffled(found, "tables" + doc.id)

    return call.listing("tables", lambda: Source(items, lambda it: shapes.table_reference(it, call.service.links)))


def get_table(call: Call) -> Reply:
    layouts = call.flag("useUpdatedTableLayouts")
    return json_reply(shapes.table(call.table(), call.service.links, updated_layouts=layouts))


def list_columns(call: Call) -> Reply:
    table = call.table()
    columns = table.visible_columns() if call.flag("visibleOnly") else table.base.columns
    source = Source(lambda: columns, lambda it: shapes.column(table, it, call.service.links))
    return call.listing("columns", lambda: source)


def get_column(call: Call) -> Reply:
    table = call.table()
    found = call.find(table.base.columns, "column", named=True)
    parent = shapes.table_reference(table, call.service.links)
    return json_reply({**shapes.column(table, found, call.service.links), "parent": parent})


def list_rows(call: Call) -> Reply:
    """Rows in creation order, last edited order, or as on screen, which implies only visible ones."""
    table = call.table()

    def source() -> Source:
        _check_order(call)
        shape = _row_shape(call, table)
        asked_for = row_query(call.query.get("query", ""), table.base.columns)
        return Source(lambda: list(filter(asked_for, _rows(call, table))), shape, table.base.heavy_above)

    return call.listing("rows", source)


def get_row(call: Call) -> Reply:
    table = call.table()
    found = call.find(table.base.rows, "row", named=True)
    parent = shapes.table_reference(table, call.service.links)
    return json_reply({**_row_shape(call, table)(found), "parent": parent})


def _check_order(call: Call) -> None:
    order = call.query.get("sortBy", "createdAt")
    if order not in ROW_ORDERS:
        raise ErrorReply(400, f"Validation Error: sortBy must be one of {', '.join(ROW_ORDERS)}.")
    if order == "natural" and call.query.get("visibleOnly", "").lower() == "false":
        raise ErrorReply(400, "sortBy=natural cannot be combined with visibleOnly=false.")


def _visible_only(call: Call) -> bool:
    return call.flag("visibleOnly") or call.query.get("sortBy") == "natural"


def _rows(call: Call, table: Table | View) -> list[Row]:
    visible = set(table.visible_rows()) if _visible_only(call) else set(table.base.rows)
    match call.query.get("sortBy"):
        case "natural":
            return table.visible_rows()
        case "updatedAt":
            return [row for row in sorted(table.base.rows, key=lambda it: it.updated_at) if row in visible]
        case _:
            return [row for row in table.base.rows if row in visible]


def _row_shape(call: Call, table: Table | View) -> Callable[[Row], dict[str, Any]]:
    value_format = call.query.get("valueFormat", "simple")
    if value_format not in VALUE_FORMATS:
        raise ErrorReply(400, f"Validation Error: valueFormat must be one of {', '.join(VALUE_FORMATS)}.")
    write = shapes.cell_writer(table.doc, call.service.links, value_format)
    columns = table.visible_columns() if _visible_only(call) else table.base.columns
    by_name = call.flag("useColumnNames")
    positions = {row.id: index for index, row in enumerate(table.base.display_order)}

    def shape(row: Row) -> dict[str, Any]:
        values = shapes.row_values(row, columns, write, by_name=by_name)
        return shapes.row(row, table, positions.get(row.id, 0), call.service.links, values)

    return shape
