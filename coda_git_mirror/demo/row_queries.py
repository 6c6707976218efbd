"""The `query` of a listing of rows: one column and the value that it has to show (coda-api.md, Rows)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from json import JSONDecodeError, JSONDecoder
from typing import Any

from coda_git_mirror.demo.cells import simple
from coda_git_mirror.demo.replies import ErrorReply
from coda_git_mirror.demo.tables import Column, Row


def row_query(text: str, columns: Sequence[Column]) -> Callable[[Row], bool]:
    """Whether a row is asked for by `c-id:JSON` or `"Name":JSON`: equal to what `simple` shows, in type too.

    Without a query each row is. Raises ErrorReply (400) for an unknown column and for what is no such thing.
    """
    if not text:
        return lambda _: True
    column, value = _parsed(text, columns)

    def asked_for(row: Row) -> bool:
        shown = simple(row.value(column))
        return bool(shown == value) and isinstance(shown, bool) == isinstance(value, bool)

    return asked_for


def _parsed(text: str, columns: Sequence[Column]) -> tuple[Column, Any]:
    try:
        name, end = JSONDecoder().raw_decode(text) if text.startswith('"') else ("", text.index(":"))
        value = json.loads(text[end:].removeprefix(":"))
    except (JSONDecodeError, ValueError) as error:
        raise ErrorReply(400, "Validation Error: query must be <column_id_or_name>:<value>.") from error
    found = [each for each in columns if (name and each.name == name) or each.id == text[:end]]
    if not found or isinstance(value, dict | list):
        raise ErrorReply(400, "Validation Error: query must be of a column of the table and a scalar.")
    return found[0], value
