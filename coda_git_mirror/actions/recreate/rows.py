"""Writes the rows of the new tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coda_git_mirror.actions.log.rows import held_table
from coda_git_mirror.actions.recreate.flight import Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.actions.recreate.writing_pages import table_key
from coda_git_mirror.actions.writing.execute import execute
from coda_git_mirror.actions.writing.live import LiveTable
from coda_git_mirror.actions.writing.take_up import take_up
from coda_git_mirror.changes.recreated_rows import Filling, filling_plan
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.errors import CodaError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.plan import Fate, HeldBack, HeldKind, Insert, Plan, Update, Written
from coda_git_mirror.model.recreation import NewTable, NotRestored
from coda_git_mirror.state.write_journal import WriteJournal, begun_writes

_FATES = {
    Fate.LOST: "Coda did not take it",
    Fate.OVERWRITTEN: "somebody changed it meanwhile",
    Fate.UNKNOWN: "nobody knows whether Coda took it",
}


def fill_tables(tools: Tools, doc: NewDoc) -> list[NotRestored]:
    """Writes the rows of all tables that are there; returns what of them could not be written."""
    return [each for table in tools.what.tables for each in _fill(tools, doc, table)]


def _fill(tools: Tools, doc: NewDoc, table: NewTable) -> list[NotRestored]:
    key, new = rows_key(table.old), tools.journal.made(table_key(table.old))
    if new is None or tools.journal.is_done(key):
        return []
    return write_rows(tools, table, _plan(tools, doc, table, new))


def rows_key(old: str) -> str:
    """The step that is done once the rows of a table are there."""
    return f"rows {old}"


def write_rows(tools: Tools, table: NewTable, plan: Plan) -> list[NotRestored]:
    """Carries a plan out and notes down that it is; returns what Coda did not take. Raises Stopped."""
    journal = WriteJournal(tools.writes, plan.doc, plan.table)
    if plan.is_empty:
        tools.journal.settle(rows_key(table.old))
        return _unmet(table, plan, Written())
    try:
        executed = execute(plan, journal, tools.source, tools.writer, tools.progress, tools.clock)
    except CodaError as error:
        raise Stopped(f"The new table {table.name!r} cannot be read: {error}.") from error
    if executed.interruption:
        raise executed.interruption
    if executed.written.stopped:
        raise Stopped(executed.written.stopped)
    tools.journal.settle(rows_key(table.old))
    journal.end()
    return _unmet(table, plan, executed.written)


def _plan(tools: Tools, doc: NewDoc, table: NewTable, new: str) -> Plan:
    columns = tools.source.columns(doc.id, new)
    live = LiveTable(tools.source, doc.id, new, columns, tools.clock).surely(None)
    if not live.is_sure:
        raise Stopped("Coda does not show the new tables yet; wait some minutes.")
    filling = Filling(doc.id, tools.what.title, new, table.name, table.columns, columns)
    cells = {row: tuple(each.cell(column.id) for column in columns) for row, each in live.rows.items()}
    rows = held_table(tools.side, table.old).rows()
    return filling_plan(filling, rows, cells, rows_written(tools, doc, table, new))


def rows_written(tools: Tools, doc: NewDoc, table: NewTable, new: str) -> Mapping[str, str]:
    """The rows that earlier runs are known to have made, by their old ids; noted down for those that may follow."""
    key = f"made {table.old}"
    entry = tools.journal.entry(key)
    known = dict(zip(entry.known[::2], entry.known[1::2], strict=True)) if entry else {}
    found = {
        row.old: row.new
        for begun in list(begun_writes(tools.writes, doc.id))
        if begun.table == new
        for row in take_up(begun, WriteJournal(tools.writes, doc.id, new), tools.source, tools.writer, tools.clock)
    }
    if found.keys() - known.keys():
        known |= found
        tools.journal.intend(key, tuple(part for pair in known.items() for part in pair))
    return known


def _unmet(table: NewTable, plan: Plan, written: Written) -> list[NotRestored]:
    told = [each for insert in plan.inserts for each in _unmet_of(insert, written)]
    told += [each for update in plan.updates for each in _unmet_cell(update, written)]
    told += [(_named(it), it.reason) for it in (*plan.held, *written.held) if it.kind is not HeldKind.CALCULATED]
    return [NotRestored(f"{one_line(table.name)} › {one_line(what)}", reason) for what, reason in told]


def _named(held: HeldBack) -> str:
    return " › ".join(filter(None, (held.row_name or held.row, held.column_name)))


def _unmet_cell(update: Update, written: Written) -> Iterator[tuple[str, str]]:
    fate, got = written.updates.get(update.key), written.got.get(update.key)
    where = f"{update.row_name or update.row} › {update.cell.column_name}"
    if fate is Fate.COERCED and got is not None and shown(got) != shown(update.cell.wanted):
        yield where, f"Coda made “{shown(got)}” of “{shown(update.cell.wanted)}”"
    elif fate in _FATES:
        yield where, _FATES[fate]


def _unmet_of(insert: Insert, written: Written) -> Iterator[tuple[str, str]]:
    """What of a row is not there; a value of another kind that reads the same is there."""
    fate, name = written.inserts.get(insert.key), insert.name or insert.key
    if fate is not Fate.COERCED:
        yield from [(name, _FATES[fate])] if fate in _FATES else []
        return
    for cell in insert.cells:
        got = written.got.get((insert.key, cell.column))
        if got is not None and shown(got) != shown(cell.wanted):
            yield f"{name} › {cell.column_name}", f"Coda made “{shown(got)}” of “{shown(cell.wanted)}”"
