"""The `query` of a row listing: `c-id:JSON` or `"Name":JSON`, equality on what `simple` shows (coda-api.md, Rows)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from coda_git_mirror.demo.cells import simple
from coda_git_mirror.demo.replies import ErrorReply
from coda_git_mirror.demo.world import Column, Row, Table


def row_filter(query: str | None, table: Table) -> Callable[[Row], bool]:
    """Whether a row is asked for; 400 for a query that is malformed or names no column."""
    if query is None:
        return lambda _: True
    column, wanted = _parsed(query, table)
    return lambda row: _same(simple(row.value(column)), wanted)


def _parsed(query: str, table: Table) -> tuple[Column, Any]:
    try:
        if query.startswith('"'):
            named, end = json.JSONDecoder().raw_decode(query)
            colon, value = query[end : end + 1], query[end + 1 :]
        else:
            named, colon, value = query.partition(":")
        wanted = json.loads(value)
    except ValueError:
        colon = ""
    if colon != ":" or isinstance(wanted, (list, dict)):
        raise ErrorReply(400, "Validation Error: query must be <column_id_or_name>:<value>.")
    column = next((it for it in table.columns if named in (it.id, it.name)), None)
    if column is None:
        raise ErrorReply(400, "Validation Error: query names no column of the table.")
    return column, wanted


def _same(shown: Any, wanted: Any) -> bool:
    """Equality without Python's own, for which `True` is 1."""
    return isinstance(shown, bool) == isinstance(wanted, bool) and bool(shown == wanted)
