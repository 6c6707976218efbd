"""Makes a copy of the living doc what that was: which part is which, what pages are called, the rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from coda_git_mirror.actions.log.rows import held_table
from coda_git_mirror.actions.recreate.flight import Step, Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.rows import rows_key, rows_written, write_rows
from coda_git_mirror.actions.recreate.skeleton import page_key
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.actions.recreate.writing_pages import table_key
from coda_git_mirror.actions.tables.living_rows import read_rows
from coda_git_mirror.actions.tables.mirrored_doc import MirroredDoc
from coda_git_mirror.actions.tables.surroundings import surroundings_of
from coda_git_mirror.changes.copied_ids import (
    Ids,
    NotAlike,
    copied_columns,
    copied_pages,
    copied_rows,
    copied_tables,
    moved_columns,
    moved_row,
)
from coda_git_mirror.changes.rollback.plan import Rollback, plan_rollback
from coda_git_mirror.changes.rollback.restored_rows import RestoredRows
from coda_git_mirror.changes.rollback.states import Asked, HeldRows, LivingTable
from coda_git_mirror.errors import CodaError, MirrorError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.history import History
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.model.recreation import Copy, NewTable, NotRestored
from coda_git_mirror.state.recreation_journal import Entry

Finding: TypeAlias = Callable[[], Iterable[tuple[str, str]]]
_PAGES, _TABLES = "copied pages", "copied tables"


@dataclass
class Copying:
    """Knows which part of the copy is which of the living doc; it is noted down before anything changes."""

    tools: Tools
    doc: NewDoc
    copy: Copy
    pages: Ids = field(default_factory=dict)
    tables: Ids = field(default_factory=dict)
    columns: dict[str, Ids] = field(default_factory=dict)
    rows: dict[str, Ids] = field(default_factory=dict)

    def find(self) -> None:
        """Looks up everything. Raises Stopped where the copy is not like the doc."""
        self.doc.pages_surely()
        try:
            self._find()
        except NotAlike as error:
            raise Stopped(
                f"{str(error).capitalize()}, so that nobody can tell which part is which; delete it by --abandon, and "
                "make the doc by --from-nothing."
            ) from error
        except CodaError as error:
            raise Stopped(f"The doc and its copy cannot be read: {error}.") from error

    def _find(self) -> None:
        source, journal, old = self.tools.source, self.tools.journal, self.tools.what.doc
        self.pages = self._noted(_PAGES, lambda: copied_pages(source.pages(old), source.pages(self.doc.id)).items())
        self.tables = self._noted(_TABLES, self._find_tables)
        for page in self.copy.pages & self.pages.keys():
            if not journal.is_done(page_key(page)):
                journal.settle(page_key(page), self.pages[page])
        for table in self.copy.tables:
            if table.old in self.tables:
                self._find_in(table)
                journal.settle(table_key(table.old), self.tables[table.old])

    def _noted(self, key: str, find: Finding) -> Ids:
        """What is noted down under a key, else what is found now, which then is."""
        entry = self.tools.journal.entry(key)
        if entry is None:
            pairs = tuple(part for pair in find() for part in pair)
            self.tools.journal.intend(key, pairs)
            entry = Entry(known=pairs)
        return dict(zip(entry.known[::2], entry.known[1::2], strict=True))

    def _find_tables(self) -> Iterable[tuple[str, str]]:
        source = self.tools.source
        old = [table for table in source.tables(self.tools.what.doc) if not table.is_view]
        new = [table for table in source.tables(self.doc.id) if not table.is_view]
        return copied_tables(old, new, self.pages).items()

    def _find_in(self, table: NewTable) -> None:
        source, old, new = self.tools.source, self.tools.what.doc, self.tables[table.old]
        before = source.columns(old, table.old)

        def find_columns() -> Iterable[tuple[str, str]]:
            return copied_columns(before, source.columns(self.doc.id, new)).items()

        def find_rows() -> Iterable[tuple[str, str]]:
            progress, clock = self.tools.progress, self.tools.clock
            with (
                read_rows(source, old, table.old, progress, clock) as mine,
                read_rows(source, self.doc.id, new, progress, clock) as copies,
            ):
                return list(copied_rows(before, mine, copies, self.columns[table.old]))

        self.columns[table.old] = self._noted(f"copied columns {table.old}", find_columns)
        self.rows[table.old] = self._noted(f"copied rows {table.old}", find_rows)

    def set_looks(self) -> None:
        """Gives pages the names and looks that they had."""
        known = {old: fields for old, fields in self.copy.looks if self.tools.journal.made(page_key(old))}
        self.tools.flight.run([self._look(old, dict(fields)) for old, fields in known.items()])

    def _look(self, old: str, fields: Mapping[str, str | bool]) -> Step:
        new = self.tools.journal.made(page_key(old)) or ""

        def find(_: Entry) -> str | None:
            shown = next((it.raw for it in self.doc.pages_surely() if it.id == new), {})
            told = {name: value for name, value in fields.items() if name != "iconName"}
            return "" if all(shown.get(name) == value for name, value in told.items()) else None

        return Step(f"looks {old}", (), lambda: self.tools.writer.change_page(self.doc.id, new, fields), find)

    def put_rows_back(self) -> Iterator[NotRestored]:
        """Makes the rows of the copied tables what they were. Raises Stopped."""
        for table in self.copy.tables:
            if table.old in self.tables and not self.tools.journal.is_done(rows_key(table.old)):
                yield from self._put_back(table)

    def _put_back(self, table: NewTable) -> Iterator[NotRestored]:
        try:
            plan = self._plan(table)
        except CodaError as error:
            raise Stopped(f"The rows of {one_line(table.name)!r} cannot be read: {error}.") from error
        except MirrorError as error:
            yield NotRestored(f"rows of the table {one_line(table.name)}", str(error))
            self.tools.journal.settle(rows_key(table.old))
            return
        yield from write_rows(self.tools, table, plan)

    def _plan(self, table: NewTable) -> Plan:
        tools, new = self.tools, self.tables[table.old]
        written = rows_written(tools, self.doc, table, new)
        columns = tools.source.columns(self.doc.id, new)
        ids, name = self.columns[table.old], tools.what.title
        held = HeldRows(
            moved_columns(table.columns, ids, self.tables),
            lambda: (moved_row(row, ids, self.tables) for row in held_table(tools.side, table.old).rows()),
        )
        noted = [(self.tables[old], *pair) for old, rows in self.rows.items() for pair in rows.items()]
        noted += [(new, *pair) for pair in written.items()]
        mirrored = MirroredDoc(History(tools.repository), tools.what.commit, tools.what.doc, table.old)
        with read_rows(tools.source, self.doc.id, new, tools.progress, tools.clock) as rows:
            living = LivingTable(self.doc.id, name, new, table.name, columns, rows)
            around = surroundings_of(tools.source, self.doc.id, rows, mirrored, tools.hosts)
            asked = Asked(delete_added=True)
            return plan_rollback(Rollback(held, None, living, asked, RestoredRows(noted), around))
