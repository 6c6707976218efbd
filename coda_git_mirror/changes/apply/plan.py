"""The plan of a CSV: what it asks for, merged with the table as it is in Coda."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coda_git_mirror.changes.apply.asked import Asked, ChangedRow
from coda_git_mirror.changes.apply.merge import Living, Reading, ShutColumns, merged, row_name
from coda_git_mirror.changes.apply.new_rows import NewRows, inserted_rows, key_columns, keyed_rows
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.model.plan import Delete, HeldBack, HeldKind, Plan, Update


@dataclass(frozen=True)
class Choices:
    """What the user allows: rows to be deleted, and the columns of the key, of those that live."""

    delete_missing: bool = False
    key: tuple[Column, ...] = ()


def plan_of(asked: Asked, living: Living, choices: Choices, reading: Reading, notes: Sequence[str] = ()) -> Plan:
    """All that is to be written, and what is held back. Raises UsageError where keys do not tell rows apart."""
    shut = ShutColumns(asked.columns, living)
    steps = [step for row in asked.changed for step in _row_steps(row, living, shut, reading)]
    new = _new_rows(asked, living, choices, shut, reading)
    gone = list(_missing_rows(asked, living, new.found)) if choices.delete_missing else []
    updates = [*(step for step in steps if isinstance(step, Update)), *new.updates]
    held = [
        *(step for step in steps if isinstance(step, HeldBack)),
        *asked.damaged,
        *(_unknown(row) for row in asked.unknown),
        *new.held,
        *(step for step in gone if isinstance(step, HeldBack)),
        *shut.held(),
    ]
    return Plan(
        living.doc,
        living.doc_name,
        living.id,
        living.name,
        tuple(updates),
        new.inserts,
        tuple(step for step in gone if isinstance(step, Delete)),
        tuple(held),
        row_count=len(living.rows),
        notes=(*notes, *_notes(asked, new)),
    )


def _row_steps(row: ChangedRow, living: Living, shut: ShutColumns, reading: Reading) -> Iterator[Update | HeldBack]:
    if row.row not in living.rows:
        reason = "the row is not in Coda any more"
        yield HeldBack(row.row, None, HeldKind.CONFLICT, reason, len(row.cells))
        return
    live = living.rows.row(row.row)
    for cell in row.cells:
        column = living.by_id.get(cell.column)
        if column is None or shut.why(cell.column):
            if column is None or shown(canonical(live["values"].get(column.id), column)) != cell.text:
                shut.count(cell.column)
        elif step := merged(live, cell, column, reading):
            yield step


def _new_rows(asked: Asked, living: Living, choices: Choices, shut: ShutColumns, reading: Reading) -> NewRows:
    if choices.key:
        keys = key_columns(choices.key, asked.new, reading)
        return keyed_rows(keys, asked.present, living, shut, reading)
    return inserted_rows(asked.new, _adoptable(asked, living), asked.known, living, shut, reading)


def _adoptable(asked: Asked, living: Living) -> Iterator[Json]:
    """The living rows that the file does not name by their ids."""
    return (living.rows.row(row_id) for row_id in living.rows.ids() if row_id not in asked.present)


def _missing_rows(asked: Asked, living: Living, found: frozenset[str]) -> Iterator[Delete | HeldBack]:
    """Rows of the base that the file lacks: deleted where they are as they were, and a conflict where not.

    Those are not lacking that are `found` without their ids.
    """
    for row_id, was in asked.missing.items():
        if row_id not in living.rows or row_id in found:
            continue
        live = living.rows.row(row_id)
        now = {column.id: canonical(live["values"].get(column.id), column) for column in living.columns}
        calculated = {
            column.id for column in living.columns if column.raw.get("calculated") or column.raw.get("formula")
        }
        shared = (was.keys() & now.keys()) - calculated
        if all(was[column] == now[column] for column in shared):
            yield Delete(row_id, row_name(live), tuple(sorted((name, now[name]) for name in shared)))
        else:
            reason = "the row was changed in Coda since the file was made"
            yield HeldBack(row_id, None, HeldKind.CONFLICT, reason, row_name=row_name(live))


def _unknown(row_id: str) -> HeldBack:
    reason = "the table had no row with this id when the file was made; a new row has none"
    return HeldBack(row_id, None, HeldKind.UNKNOWN_ROW, reason)


def _notes(asked: Asked, new: NewRows) -> Iterator[str]:
    if untouched := asked.untouched + new.untouched:
        yield f"{counted(untouched, 'cell')} that a spreadsheet merely writes otherwise: left alone."
    if new.adopted:
        yield f"{counted(new.adopted, 'row')} without an id: in Coda already."
