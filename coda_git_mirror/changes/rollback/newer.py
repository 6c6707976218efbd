"""What somebody did in Coda after the last sync: it differs from the last commit that no write of ours made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.rollback.states import HeldRows
from coda_git_mirror.model.cell_values import CellValue
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Delete, Update


def mark_newer(updates: Sequence[Update], base: HeldRows | None) -> list[Update]:
    """The same steps; those whose cells are not as `base` has them are newer. Without a base all are."""
    as_synced = _Synced(base, {update.row for update in updates})
    return [replace(each, newer=not as_synced.has(each.row, each.cell.column, each.live)) for each in updates]


def newer_deletes(deletes: Sequence[Delete], base: HeldRows | None) -> frozenset[str]:
    """The rows to delete that came, or were edited, after the last sync."""
    as_synced = _Synced(base, {delete.row for delete in deletes})
    return frozenset(
        each.row for each in deletes if not all(as_synced.has(each.row, column, value) for column, value in each.live)
    )


class _Synced:
    """Some rows as the mirror holds them."""

    def __init__(self, base: HeldRows | None, rows: Collection[str]) -> None:
        self._columns: Mapping[str, Column] = {column.id: column for column in base.columns} if base else {}
        self._rows: dict[str, Json] = {}
        if base and rows:
            self._rows = {row["id"]: row["values"] for row in base.rows() if row["id"] in rows}

    def has(self, row: str, column: str, value: CellValue) -> bool:
        """Whether a cell was just so."""
        values, known = self._rows.get(row), self._columns.get(column)
        return values is not None and known is not None and canonical(values.get(column), known) == value
