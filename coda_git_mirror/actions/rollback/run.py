"""`rollback`: the plan that brings the rows of a table back, made from the mirror and from Coda as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from coda_git_mirror.actions.entry import sound_revisions
from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.rollback.pointing import pointing_notes
from coda_git_mirror.actions.rollback.target import Target
from coda_git_mirror.actions.tables.living_rows import NOT_FRESH, RowsOnDisk, read_rows
from coda_git_mirror.actions.tables.mirrored_doc import MirroredDoc
from coda_git_mirror.actions.tables.past import doc_at, last_sync, other_tables, rows_of, rows_restored, table_at
from coda_git_mirror.actions.tables.surroundings import CodaSurroundings, surroundings_of
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.carry_out import rest_of
from coda_git_mirror.changes.own_tables import deletes_many, require_allowed_deletes
from coda_git_mirror.changes.plan_differences import what_differs
from coda_git_mirror.changes.rollback.plan import Rollback, made_otherwise, plan_rollback
from coda_git_mirror.changes.rollback.states import Asked, HeldRows, LivingTable, Surroundings
from coda_git_mirror.clock import Clock, Terminated
from coda_git_mirror.errors import MirrorError, NotThere
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.content import Doc, Table
from coda_git_mirror.model.plan import Plan, Written
from coda_git_mirror.progress import Progress, Silent

Decided = TypeVar("Decided")


@dataclass(frozen=True)
class Conditions:
    """What has to be so before a plan is carried out."""

    plan_id: str | None = None
    allow_mass_delete: bool = False


@dataclass(frozen=True)
class Planner:
    """Makes the plan, anew each time. `hosts` are further ones that files of the mirror may lie on."""

    target: Target
    asked: Asked
    source: Source
    clock: Clock
    hosts: frozenset[str] = frozenset()
    conditions: Conditions = Conditions()

    def plan(self, tip: str, progress: Progress) -> Plan:
        """The plan for Coda as it is, with the mirror as of the commit `tip`; only reads.

        Raises UsageError for rows and columns that are nowhere, MirrorError for a table that is gone, or that Coda
        fills from elsewhere, and what `Source` raises.
        """
        doc, table = self._there()
        columns = self.source.columns(doc.id, table.id)
        with read_rows(self.source, doc.id, table.id, progress, self.clock) as rows, sound_revisions():
            living = LivingTable(doc.id, doc.name, table.id, table.name, columns, rows)
            plan = self._plan(tip, living, self._surroundings(tip, rows))
        return plan if rows.is_fresh else replace(plan, notes=(*plan.notes, NOT_FRESH))

    def require(self, tip: str, plan: Plan) -> None:
        """Raises MirrorError where a plan is neither the one that was shown nor its rest, or deletes too much."""
        wanted, whole = self.conditions.plan_id, rest_of(self.target.repository, plan)
        if wanted not in (None, plan.id, whole.plan if whole else None):
            raise MirrorError(_another(str(wanted), plan, self._as_mirrored(tip, plan)))
        require_allowed_deletes(plan, self.conditions.allow_mass_delete)

    def judged(self, carried: Carried) -> Carried:
        """The same, with what of the committed table Coda has made itself and the revision has otherwise.

        Nobody has looked where nothing was written or committed, or where that cannot be read.
        """
        if carried.after is None or not any(carried.written.fates):
            return carried
        try:
            other = self._mirrored(carried.after, carried.plan, lambda *state: made_otherwise(self._rollback(*state)))
        except MirrorError:
            return carried
        except (KeyboardInterrupt, Terminated) as ending:
            return replace(carried, interruption=ending)
        return replace(carried, made_otherwise=other)

    def trailers(self, _plan: Plan, _written: Written) -> tuple[str, ...]:
        """Nothing: the states that the mirror holds tell what a later rollback has to do."""
        return ()

    def _as_mirrored(self, tip: str, plan: Plan) -> Plan | None:
        """The plan that this was while Coda was as the commit `tip` holds it; None where that lacks the table."""
        return self._mirrored(tip, plan, self._plan)

    def _mirrored(
        self, tip: str, plan: Plan, decide: Callable[[str, LivingTable, Surroundings], Decided]
    ) -> Decided | None:
        """What is decided of the table as the commit `tip` holds it; None where that lacks it."""
        held = table_at(self.target.history, tip, plan.doc, plan.table)
        if held is None:
            return None
        with RowsOnDisk(Silent()) as rows, sound_revisions():
            rows.take_all(held.rows())
            columns = rows_of(held).columns
            living = LivingTable(plan.doc, plan.doc_name, plan.table, plan.table_name, columns, rows)
            return decide(tip, living, self._surroundings(tip, rows))

    def _plan(self, tip: str, living: LivingTable, surroundings: Surroundings) -> Plan:
        plan = plan_rollback(self._rollback(tip, living, surroundings))
        return replace(plan, notes=(*self._notes(plan), *plan.notes))

    def _rollback(self, tip: str, living: LivingTable, surroundings: Surroundings) -> Rollback:
        restored = rows_restored(self.target.history, tip)
        return Rollback(rows_of(self.target.held), self._base(tip), living, self.asked, restored, surroundings)

    def _there(self) -> tuple[Doc, Table]:
        meant = self.target.table
        try:
            return self.source.doc(meant.doc), self.source.table(meant.doc, meant.id)
        except NotThere as error:
            again = f"coda-git-mirror recreate {meant.doc} --at {self.target.commit[:10]}"
            raise MirrorError(
                f"The table {one_line(meant.name)!r} is not in Coda any more, and rows cannot be put back without it; "
                f"`{again}` makes it anew."
            ) from error

    def _base(self, tip: str) -> HeldRows | None:
        commit = last_sync(self.target.repository, tip)
        held = table_at(self.target.history, commit, self.target.table.doc, self.target.table.id) if commit else None
        return rows_of(held) if held else None

    def _notes(self, plan: Plan) -> Iterator[str]:
        meant = self.target.table
        if meant.view:
            yield f"{one_line(meant.view)!r} is a view of {one_line(plan.table_name)!r}, whose rows these are."
        lost = {insert.old for insert in plan.inserts if insert.old}
        side = doc_at(self.target.history, self.target.commit, meant.doc) if lost else None
        if side:
            yield from pointing_notes(other_tables(side, meant.id), lost)
        if deletes_many(plan):
            yield f"{len(plan.deletes)} of {plan.row_count} rows would go, which needs --allow-mass-delete."

    def _surroundings(self, tip: str, rows: RowsOnDisk) -> CodaSurroundings:
        meant = self.target.table
        now, then = (MirroredDoc(self.target.history, it, meant.doc, meant.id) for it in (tip, self.target.commit))
        return surroundings_of(self.source, meant.doc, rows, now, self.hosts, then)


def _another(plan_id: str, now: Plan, as_mirrored: Plan | None) -> str:
    """That the plan is not the one that was shown, and what differs where that one can be told."""
    said = f"The plan made now is {now.id}, not {plan_id}, so nothing was written"
    if as_mirrored is not None and as_mirrored.id == plan_id:
        return f"{said}; what differs: {what_differs(as_mirrored, now)}."
    edited = (each for each in now.updates if each.newer)
    newer = [one_line(f"{each.row_name or each.row} › {each.cell.column_name}") for each in edited]
    if newer:
        return f"{said}; edited in Coda since the last sync: {', '.join(newer[:5])}."
    return f"{said}; look at it without --apply, and carry it out by its own id."
