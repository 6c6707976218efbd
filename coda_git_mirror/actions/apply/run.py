"""`apply`: the plan that brings what a CSV asks for into Coda, made from the mirror and from Coda as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from coda_git_mirror.actions.apply.bases import Base, base_at, nearest_base, versions
from coda_git_mirror.actions.apply.names import LivingNames
from coda_git_mirror.actions.apply.place import Sheets, sheets_of, unnamed
from coda_git_mirror.actions.apply.reading import asked_of, key_columns_of, named_sheet
from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.live_names import base_of, find_doc, find_table
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.tables.living_rows import RowsOnDisk, read_rows
from coda_git_mirror.actions.tables.meant import meant_table
from coda_git_mirror.actions.tables.mirrored_doc import MirroredDoc
from coda_git_mirror.actions.tables.past import doc_at, last_sync, rows_of, table_at
from coda_git_mirror.actions.tables.surroundings import surroundings_of
from coda_git_mirror.changes.apply.asked import Asked
from coda_git_mirror.changes.apply.merge import Living, Reading
from coda_git_mirror.changes.apply.plan import Choices, plan_of
from coda_git_mirror.changes.apply.sheet_rows import Fingerprints, fingerprints
from coda_git_mirror.changes.encode import Known
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.changes.own_tables import deletes_many, require_own_rows
from coda_git_mirror.changes.rollback.newer import mark_newer
from coda_git_mirror.changes.rollback.states import HeldRows
from coda_git_mirror.errors import MirrorError, NotThere, UsageError
from coda_git_mirror.format.csv_files import columns_named, read_sheet
from coda_git_mirror.format.tables import ROW_ID_HEADER, csv_names
from coda_git_mirror.format.text import one_line
from coda_git_mirror.format.times import local_time
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.content import Column, Doc, Table
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.progress import Progress


@dataclass(frozen=True)
class Wanted:
    """What the user asks for: a file, the table if it does not tell that, and what may be done."""

    file: Path
    to: tuple[str, str] | None = None
    key: tuple[str, ...] = ()
    base: str | None = None
    delete_missing: bool = False
    overwrite_newer: bool = False
    plain_text: bool = False


@dataclass(frozen=True)
class Application:
    """A file that was read, and the table that it goes into. `inside` is where it lies in the mirror, if it does.

    Plans are made from it again and again: the file is not read any more.
    """

    repository: Repository
    source: Source
    progress: Progress
    wanted: Wanted
    doc: Doc
    table: Table
    asked: Asked
    key: tuple[str, ...]
    base: Base | None
    notes: tuple[str, ...]
    inside: str | None = None
    hosts: frozenset[str] = frozenset()

    @cached_property
    def _history(self) -> History:
        return History(self.repository)

    def plan(self, tip: str) -> Plan:
        """The plan for Coda as it is, with the mirror as of the commit `tip`; only reads.

        Raises UsageError where keys do not tell rows apart, MirrorError for a table that Coda fills from elsewhere, and
        what `Source` raises.
        """
        columns = self.source.columns(self.doc.id, self.table.id)
        with read_rows(self.source, self.doc.id, self.table.id, self.progress) as rows, sound_revisions():
            require_own_rows(self.table.id, self.table.name, rows.ids())
            plan = self._plan(tip, columns, rows)
            return replace(plan, updates=tuple(mark_newer(plan.updates, self._synced(tip))))

    def as_mirrored(self, tip: str) -> Plan | None:
        """The plan that this was while Coda was as the commit `tip` holds it; None where that lacks the table."""
        held = table_at(self._history, tip, self.doc.id, self.table.id)
        if held is None:
            return None
        with RowsOnDisk(self.progress) as rows, sound_revisions():
            rows.take_all(held.rows())
            return self._plan(tip, list(rows_of(held).columns), rows)

    def _plan(self, tip: str, columns: list[Column], rows: RowsOnDisk) -> Plan:
        living = Living(self.doc.id, self.doc.name, self.table.id, self.table.name, columns, rows)
        by_id = {column.id: column for column in columns}
        key = tuple(by_id[column] for column in self.key if column in by_id)
        choices = Choices(self.wanted.delete_missing, key)
        plan = plan_of(self.asked, living, choices, self._reading(tip, columns, rows), self.notes)
        if not deletes_many(plan):
            return plan
        more = f"{len(plan.deletes)} of {plan.row_count} rows would go, which needs --allow-mass-delete."
        return replace(plan, notes=(*plan.notes, more))

    def _reading(self, tip: str, columns: list[Column], rows: RowsOnDisk) -> Reading:
        mirrored = MirroredDoc(self._history, tip, self.doc.id, self.table.id)
        around = surroundings_of(self.source, self.doc.id, rows, mirrored, self.hosts)
        known = Known(
            lambda reference: reference.row in rows or around.lives(reference.table, reference.row),
            around.person,
            around.public_url,
            plain_text=self.wanted.plain_text,
        )
        names = LivingNames(self.source, self.doc.id, self.table.id, columns, rows)
        directory = names.directory(lambda member: around.person(member) is not None)
        return Reading(directory, known, self.wanted.overwrite_newer)

    def _synced(self, tip: str) -> HeldRows | None:
        commit = last_sync(self.repository, tip)
        held = table_at(self._history, commit, self.doc.id, self.table.id) if commit else None
        return rows_of(held) if held else None


def application(
    folder: Path, wanted: Wanted, source: Source, progress: Progress, guard: bool, hosts: frozenset[str] = frozenset()
) -> Application:
    """Reads a file and finds out what it asks for; `guard` tells whether CSVs of the mirror are guarded (cli.md, Settings).

    Raises UsageError for a file that is no CSV, that nobody knows the table or the base of, or that names columns which
    are not there; MirrorError for a table that is not in Coda any more, and what `Source` raises.
    """
    repository = open_mirror(folder)
    history, head = History(repository), repository.head()
    if head is None:
        raise MirrorError(f"The mirror in {folder} has no commit yet; `coda-git-mirror sync` makes the first.")
    with sound_revisions():
        sheets = _sheets(wanted, repository, history, head, source)
        doc, grid, table = _living(source, sheets)
        columns = source.columns(doc.id, table.id)
        newest = next(versions(history, head, sheets.doc, sheets.grid), None)
        known = {ROW_ID_HEADER, *csv_names(columns), *(newest.by_name if newest else ())}
        sheet = read_sheet(wanted.file, known)
        prints = fingerprints(columns_named(sheet.header, known)[0], sheet.records())
        base = _base(wanted, repository, history, head, sheets, prints)
        named = named_sheet(sheet, base, columns)
        asked = asked_of(named, prints, base, sheets.part or None, guard)
        key = tuple(column.id for column in key_columns_of(wanted.key, named, columns))
    notes = tuple(_notes(history, base, grid, table))
    return Application(repository, source, progress, wanted, doc, table, asked, key, base, notes, sheets.inside, hosts)


def _sheets(wanted: Wanted, repository: Repository, history: History, head: str, source: Source) -> Sheets:
    found = sheets_of(wanted.file, repository.root, history, head)
    if wanted.to is None:
        if found is None:
            raise unnamed(wanted.file)
        return found
    doc, grid = _named(wanted.to, wanted.base, repository, history, head, source)
    if found and (found.doc, found.grid) == (doc, grid):
        return found
    return Sheets(doc, grid, part=0)


def _named(
    to: tuple[str, str], base: str | None, repository: Repository, history: History, head: str, source: Source
) -> tuple[str, str]:
    """What words mean in the mirror, with a base also in that revision, else in Coda."""
    tips = [Revisions(repository, LAST_TRAILER).resolve(base), head] if base else [head]
    try:
        meant = meant_table(history, tips, *to)
    except UsageError as failure:
        try:
            doc = find_doc(source, to[0])
            return doc.id, find_table(source, doc, to[1]).id
        except UsageError:
            raise failure from None
    return meant.doc, meant.view_id or meant.id


def _living(source: Source, sheets: Sheets) -> tuple[Doc, Table, Table]:
    """The doc, the table or view, and the base table."""
    try:
        doc = source.doc(sheets.doc)
        grid = source.table(doc.id, sheets.grid)
        return doc, grid, base_of(source, doc, grid)
    except NotThere as error:
        raise MirrorError(
            f"The table {sheets.grid} of the doc {sheets.doc} is not in Coda any more, so nothing can be written into "
            "it; name another one with --to."
        ) from error


def _base(
    wanted: Wanted, repository: Repository, history: History, head: str, sheets: Sheets, prints: Fingerprints
) -> Base | None:
    """The state that the file was made from; none is needed of a file whose rows have no ids."""
    if wanted.base is not None:
        commit = Revisions(repository, LAST_TRAILER).resolve(wanted.base)
        side = doc_at(history, commit, sheets.doc)
        base = base_at(commit, side, sheets.grid) if side else None
        if base is None:
            raise UsageError(f"Revision {commit[:10]} does not hold this table; name one that does with --base.")
        return base
    if not prints.rows:
        return None
    found = versions(history, head, sheets.doc, sheets.grid)
    base = next(found, None) if sheets.inside else nearest_base(prints, found)
    if base is None:
        raise UsageError(
            "The mirror holds no state of this table that the file could have been made from; run `coda-git-mirror "
            f"sync`, name a revision with --base, or leave the column {ROW_ID_HEADER} out to insert all rows."
        )
    return base


def _notes(history: History, base: Base | None, grid: Table, table: Table) -> Iterator[str]:
    if base:
        when = next(history.commits(base.commit)).when
        yield f"the base is revision {base.commit[:10]} of {local_time(when)}; --base names another."
    if grid.id != table.id:
        yield f"{one_line(grid.name)!r} is a view of {one_line(table.name)!r}, whose rows these are."
