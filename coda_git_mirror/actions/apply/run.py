"""`apply`: the plan that brings what a CSV asks for into Coda, made from the mirror and from Coda as it is now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from coda_git_mirror.actions.apply.edited import EditedFiles
from coda_git_mirror.actions.apply.names import LivingNames
from coda_git_mirror.actions.entry import sound_revisions
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.rollback.run import Conditions
from coda_git_mirror.actions.tables.living_rows import NOT_FRESH, RowsOnDisk, read_rows
from coda_git_mirror.actions.tables.mirrored_doc import MirroredDoc
from coda_git_mirror.actions.tables.past import last_sync, rows_of, rows_restored, table_at
from coda_git_mirror.actions.tables.surroundings import surroundings_of
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.carry_out import rest_of
from coda_git_mirror.changes.apply.asked import Asked, with_living_rows
from coda_git_mirror.changes.apply.merge import Living, Reading
from coda_git_mirror.changes.apply.plan import Choices, plan_of
from coda_git_mirror.changes.encode import Known
from coda_git_mirror.changes.own_tables import deletes_many, require_allowed_deletes, require_own_rows
from coda_git_mirror.changes.plan_differences import what_differs
from coda_git_mirror.changes.rollback.newer import mark_newer
from coda_git_mirror.changes.rollback.states import HeldRows
from coda_git_mirror.changes.trailers import KeptCell
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import MirrorBusy, MirrorError
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import Column, Doc, Table
from coda_git_mirror.model.plan import NOTHING_WRITTEN, Fate, HeldKind, Plan, Written
from coda_git_mirror.progress import Progress, Silent
from coda_git_mirror.state.conflicts import Conflict, Conflicts, mark_of
from coda_git_mirror.state.lock import MirrorLock

_LOOK = "look at it without --apply, and carry it out by its own id"


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
    """A file that was read, and the table that it goes into. `key` are ids of columns.

    `inside` is where the file lies in the mirror, if it does. Plans are made again and again; it is not read any more.
    `base` is the commit that it was made from, empty where it has no ids.
    """

    repository: Repository
    source: Source
    wanted: Wanted
    conditions: Conditions
    doc: Doc
    table: Table
    asked: Asked
    key: tuple[str, ...]
    base: str
    notes: tuple[str, ...]
    inside: str | None
    hosts: frozenset[str]
    clock: Clock

    @cached_property
    def _history(self) -> History:
        return History(self.repository)

    def plan(self, tip: str, progress: Progress) -> Plan:
        """The plan for Coda as it is, with the mirror as of the commit `tip`; only reads.

        Raises UsageError where keys do not tell rows apart, MirrorError for a table that Coda fills from elsewhere, and
        what `Source` raises.
        """
        columns = self.source.columns(self.doc.id, self.table.id)
        with read_rows(self.source, self.doc.id, self.table.id, progress, self.clock) as rows, sound_revisions():
            require_own_rows(self.table.id, self.table.name, rows.ids())
            plan = self._plan(tip, columns, rows)
            plan = replace(plan, updates=tuple(mark_newer(plan.updates, self._synced(tip))))
        return plan if rows.is_fresh else replace(plan, notes=(*plan.notes, NOT_FRESH))

    def require(self, tip: str, plan: Plan) -> None:
        """Raises MirrorError where a plan is not the one that was shown, or deletes more than is allowed."""
        shown = self.conditions.plan_id
        whole = rest_of(self.repository, plan)
        if shown not in (None, plan.id, whole.plan if whole else None):
            as_mirrored = self._as_mirrored(tip)
            is_known = as_mirrored is not None and as_mirrored.id == shown
            told = f"what differs: {what_differs(as_mirrored, plan)}" if as_mirrored and is_known else _LOOK
            raise MirrorError(f"The plan made now is {plan.id}, not {shown}, so nothing was written; {told}.")
        require_allowed_deletes(plan, self.conditions.allow_mass_delete)
        self._remember(plan)

    def judged(self, carried: Carried) -> Carried:
        """The same: cells that Coda makes itself are wanted otherwise only where the file changes them."""
        return carried

    def trailers(self, plan: Plan, written: Written) -> Iterator[str]:
        """The conflicts, so that they stay some in any clone: these commits seem to be what the file was made from."""
        for each in self._conflicts(plan, written):
            yield KeptCell(self.table.id, each.row, each.column, each.base, each.mark).trailer

    def _remember(self, plan: Plan) -> None:
        """Notes the conflicts of a plan that is about to be carried out, and forgets those that it settles."""
        self._note(self._conflicts(plan, NOTHING_WRITTEN))

    def end(self, carried: Carried) -> None:
        """Notes also the conflicts that came up while it was carried out, and what was written over since; and that
        nothing is left to be done of a file of the mirror. Nothing is noted while another run holds the mirror.
        """
        plan, written = carried.plan, carried.written
        is_done = carried.interruption is None and (plan.is_empty or any(written.fates))
        with contextlib.suppress(MirrorBusy), MirrorLock(self.repository.private_folder):
            self._note(self._conflicts(plan, written))
            if self.inside and is_done:
                EditedFiles(self.repository).finish(self.inside)

    def _note(self, conflicts: Iterable[Conflict]) -> None:
        Conflicts(self.repository.private_folder).note(self.table.id, self._texts(), conflicts)

    def _texts(self) -> dict[tuple[str, str], str]:
        """What the file asks for, by row and column; of a row that it lacks nothing, for no column."""
        texts = {(row.row, cell.column): cell.text for row in self.asked.changed for cell in row.cells}
        return texts | {(row, ""): "" for row in self.asked.missing}

    def _conflicts(self, plan: Plan, written: Written) -> list[Conflict]:
        """What of that is left as somebody has edited it."""
        held = (each for each in (*plan.held, *written.held) if each.kind is HeldKind.CONFLICT)
        lost = (key for key, fate in written.updates.items() if fate is Fate.OVERWRITTEN)
        keys = {*((str(each.row), each.column or "") for each in held), *lost} if self.base else set()
        return [Conflict(*key, mark_of(text), self.base) for key, text in self._texts().items() if key in keys]

    def _as_mirrored(self, tip: str) -> Plan | None:
        """The plan that this was while Coda was as the commit `tip` holds it; None where that lacks the table."""
        held = table_at(self._history, tip, self.doc.id, self.table.id)
        if held is None:
            return None
        with RowsOnDisk(Silent()) as rows, sound_revisions():
            rows.take_all(held.rows())
            return self._plan(tip, list(rows_of(held).columns), rows)

    def _plan(self, tip: str, columns: list[Column], rows: RowsOnDisk) -> Plan:
        living = Living(self.doc.id, self.doc.name, self.table.id, self.table.name, columns, rows)
        by_id = {column.id: column for column in columns}
        key = tuple(by_id[column] for column in self.key if column in by_id)
        choices = Choices(self.wanted.delete_missing, key)
        restored = rows_restored(self._history, tip)
        asked = self.asked
        if restored:
            asked = with_living_rows(asked, lambda row: restored.living(row, rows.__contains__) or row)
        plan = plan_of(asked, living, choices, self._reading(tip, columns, rows), self.notes)
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
