"""Cells of other tables that pointed to rows which come back under new ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from coda_git_mirror.actions.log.rows import HeldTable
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.column_kinds import RELATION_KIND
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.cell_values import references
from coda_git_mirror.model.content import Column, name_of

_MARK = b'"rowId"'


def pointing_notes(tables: Iterable[HeldTable], rows: Collection[str]) -> Iterator[str]:
    """A sentence for each column of these tables, of the same revision, in which cells point to any of these rows."""
    for table in tables:
        columns = [column for column in map(Column.of, table.columns()) if _is_own_relation(column)]
        counts = _counts(table, columns, rows) if columns else {}
        for column in columns:
            if count := counts[column.id]:
                yield (
                    f"{counted(count, 'cell')} of {one_line(name_of(table.entry or {}))} › {one_line(column.name)} "
                    "pointed to rows that come back under new ids; roll that table back too, and they point there."
                )


def _is_own_relation(column: Column) -> bool:
    return column.kind == RELATION_KIND and not column.raw.get("calculated")


def _counts(table: HeldTable, columns: Iterable[Column], rows: Collection[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in table.rows(_MARK):
        for column in columns:
            value = canonical(row["values"].get(column.id), column)
            counts[column.id] += any(reference.row in rows for reference in references(value))
    return counts
