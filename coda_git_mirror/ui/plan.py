"""What is about to be written into Coda, and what became of it, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.changes.cells import changed_words
from coda_git_mirror.changes.shown_values import shown as cell_shown
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.format.times import local_time
from coda_git_mirror.model.changes import Kind
from coda_git_mirror.model.differences import CellChange, RowChange
from coda_git_mirror.model.plan import Cell, Cost, Delete, Fate, HeldBack, HeldKind, Insert, Plan, Update, Written
from coda_git_mirror.ui.diff import EMPTY, row_lines
from coda_git_mirror.ui.paint import name, quiet, title
from coda_git_mirror.ui.report import duration

_MOST = 40
"""Lines for the steps of a kind."""
_KINDS = {
    HeldKind.CONFLICT: "in conflict",
    HeldKind.UNWRITABLE: "cannot be written",
    HeldKind.CALCULATED: "calculated",
    HeldKind.COLUMN_GONE: "column gone",
    HeldKind.RETYPED: "column of another type now",
    HeldKind.UNKNOWN_ROW: "unknown row",
    HeldKind.DAMAGED: "damaged",
}
_FATES = {
    Fate.COERCED: "Coda made another value of it",
    Fate.LOST: "Coda did not take it",
    Fate.OVERWRITTEN: "somebody changed it meanwhile",
    Fate.UNKNOWN: "nobody knows whether Coda took it",
}
Step = TypeVar("Step")


def plan_lines(plan: Plan, cost: Cost) -> Iterator[str]:
    """What carrying it out would do: each step, what is held back and why, and what it takes."""
    yield title(f"{name(plan.doc_name)} › {name(plan.table_name)}") + quiet(f" (plan {plan.id})")
    yield from _indented(_step_lines(plan))
    yield from _held_lines(plan.held)
    for note in plan.notes:
        yield f"Note: {one_line(note)}"
    if plan.is_empty:
        yield "Nothing is to be written."
        return
    takes = f"{counted(cost.requests, 'request')}, about {duration(cost.seconds)} at Coda's tightest rate"
    yield f"{_summary(plan)}: {takes}."
    yield "Row automations of this doc will run."


def back_to(when: datetime, commit: str) -> str:
    """The line above the plan of a rollback."""
    return f"Back to {local_time(when)} ({commit[:10]})"


def how_to_apply(command: str) -> str:
    """The line that ends a plan which is only shown; `command` is what to type."""
    return f"Nothing was written. To carry it out:\n  {command}"


def outcome_lines(carried: Carried) -> Iterator[str]:
    """What became of a plan that was carried out: all that is not as it was wanted, and where it is committed."""
    written, plan = carried.written, carried.plan
    fates = list(written.fates)
    if fates:
        done = sum(fate is Fate.APPLIED for fate in fates)
        yield (
            f"Written and read back: {done} of {counted(plan.step_count, 'step')} "
            f"({counted(carried.requests, 'request')}, {carried.seconds:.0f} s)."
        )
    yield from _indented(_first(_unmet_lines(carried), "more"))
    yield from _held_lines(written.held)
    if carried.made_otherwise:
        yield "Made by Coda itself, and other than in the revision:"
        yield from _indented(map(held_line, carried.made_otherwise))
    for note in (*written.notes, *carried.notes):
        yield f"Note: {one_line(note)}"
    for when, commit in (("before", carried.before), ("after", carried.after)):
        if commit:
            yield f"Committed {when} writing: {commit[:10]}"


def _summary(plan: Plan) -> str:
    """Such as `3 cells of 2 rows to change, 1 row to insert`."""
    rows = len({update.row for update in plan.updates})
    cells = f"{counted(len(plan.updates), 'cell')} of {counted(rows, 'row')} to change"
    inserted = f"{counted(len(plan.inserts), 'row')} to insert"
    deleted = f"{counted(len(plan.deletes), 'row')} to delete"
    steps = ((plan.updates, cells), (plan.inserts, inserted), (plan.deletes, deleted))
    return ", ".join(text for them, text in steps if them)


def _step_lines(plan: Plan) -> Iterator[str]:
    table = name(plan.table_name)
    yield from _all_of(plan.updates, "cells to change", lambda update: update_lines(update, table))
    yield from _all_of(plan.inserts, "rows to insert", lambda insert: row_lines(_inserted(insert), table))
    yield from _all_of(plan.deletes, "rows to delete", lambda delete: row_lines(_deleted(delete), table))


def update_lines(update: Update, table: str) -> Iterator[str]:
    """A cell as `diff` shows it."""
    words = changed_words(update.was, update.becomes)
    cell = CellChange(update.cell.column, update.cell.column_name, "", "", update.was, update.becomes, words)
    told = quiet(" [newer: edited in Coda since the last sync]") if update.newer else ""
    told += quiet(" [leads to the row that comes back]") if update.cell.wanted == update.live else ""
    for line in row_lines(RowChange(Kind.CHANGED, update.row, update.row_name, (cell,)), table):
        yield line + told


def _inserted(insert: Insert) -> RowChange:
    cells = tuple(map(_cell, (*insert.cells, *insert.later)))
    return RowChange(Kind.ADDED, insert.old or "new", insert.name, cells)


def _cell(cell: Cell) -> CellChange:
    return CellChange(cell.column, cell.column_name, "", "", "", cell_shown(cell.wanted))


def _deleted(delete: Delete) -> RowChange:
    return RowChange(Kind.REMOVED, delete.row, delete.name, ())


def _held_lines(held: Sequence[HeldBack]) -> Iterator[str]:
    if held:
        yield "Held back:"
        yield from _indented(_all_of(held, "held back", lambda each: [held_line(each)]))


def held_line(held: HeldBack) -> str:
    """What is held back and why, in one line."""
    names = (held.row_name or held.row, held.column_name or held.column)
    what = " › ".join(name(each) for each in names if each)
    cells = f", {counted(held.cells, 'cell')}" if held.row is None else ""
    return f"{what}{cells} ({_KINDS[held.kind]}): {one_line(held.reason)}"


def _unmet_lines(carried: Carried) -> Iterator[str]:
    """Each step that was begun and is not as it was wanted, with what Coda holds instead."""
    written, plan = carried.written, carried.plan
    table = name(plan.table_name)
    for update in plan.updates:
        if (fate := written.updates.get(update.key)) in _FATES:
            yield from (f"{line}: {_FATES[fate]}{_got(written, update.key)}" for line in update_lines(update, table))
    for insert in plan.inserts:
        if (fate := written.inserts.get(insert.key)) in _FATES:
            yield from (f"{line}: {_FATES[fate]}" for line in row_lines(_inserted(insert), table))
            yield from _cells_got(written, insert)
    for delete in plan.deletes:
        if (fate := written.deletes.get(delete.row)) in _FATES:
            yield from (f"{line}: {_FATES[fate]}" for line in row_lines(_deleted(delete), table))


def _cells_got(written: Written, insert: Insert) -> Iterator[str]:
    for cell in (*insert.cells, *insert.later):
        if told := _got(written, (insert.key, cell.column)):
            yield f"  {name(cell.column_name)}: {cell_shown(cell.wanted) or EMPTY}{told}"


def _got(written: Written, key: tuple[str, str]) -> str:
    got = written.got.get(key)
    return "" if got is None else f"; it holds {one_line(cell_shown(got)) or EMPTY} now"


def _all_of(steps: Sequence[Step], what: str, lines: Callable[[Step], Iterable[str]]) -> Iterator[str]:
    """The lines of the first steps, and how many more there are."""
    for step in islice(steps, _MOST):
        yield from lines(step)
    if len(steps) > _MOST:
        yield f"and {len(steps) - _MOST} more {what}; --json has them all"


def _first(lines: Iterator[str], what: str) -> Iterator[str]:
    yield from islice(lines, _MOST)
    if left := sum(1 for _ in lines):
        yield f"and {left} {what}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
