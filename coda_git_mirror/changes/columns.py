"""The columns of a table, compared between two states by their ids."""

from __future__ import annotations

import json
from collections.abc import Sequence

from coda_git_mirror.model.changes import ColumnChange, ColumnChanges, ColumnFacts
from coda_git_mirror.model.content import Json, name_of

_OWN = frozenset({"id", "name", "formula", "type", "browserLink"})


def compare_columns(old: Sequence[Json], new: Sequence[Json]) -> ColumnChanges:
    """What became of the columns that two `.json` files of a table name, in the order of the newer one."""
    before, after = _facts(old), _facts(new)
    ids = [*after, *(column for column in before if column not in after)]
    changed = tuple(
        ColumnChange(column, before.get(column), after.get(column))
        for column in ids
        if before.get(column) != after.get(column)
    )
    return ColumnChanges(changed, tuple(after) if list(before) != list(after) else None)


def _facts(columns: Sequence[Json]) -> dict[str, ColumnFacts]:
    return {str(column.get("id", "")): column_facts(column) for column in columns}


def column_facts(column: Json) -> ColumnFacts:
    """A column as the mirror stores it, without what follows other items: the name of a referenced table's page."""
    described = column.get("format")
    format_ = described if isinstance(described, dict) else {}
    table = format_.get("table")
    settings = {name: value for name, value in column.items() if name not in _OWN}
    settings["format"] = {**format_, "table": table.get("id") if isinstance(table, dict) else table}
    return ColumnFacts(
        name=name_of(column),
        type=str(format_.get("type", "")),
        formula=str(column.get("formula") or ""),
        settings=json.dumps(settings, sort_keys=True),
    )
