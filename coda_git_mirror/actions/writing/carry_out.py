"""Carries a plan out: the one way by which rows of Coda are changed.

Make the plan, sync and commit the doc as it is, make the plan again, write, read back, sync and commit what came of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, ready_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.ports import Source, Writer
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import Telling, sync_ready
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.execute import Executed, execute
from coda_git_mirror.actions.writing.live import LiveTable
from coda_git_mirror.actions.writing.take_up import take_up
from coda_git_mirror.changes.trailers import RestoredRow, restored_rows, written_trailer
from coda_git_mirror.clock import Clock, Terminated
from coda_git_mirror.errors import CodaError, MirrorError
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import abandon
from coda_git_mirror.model.ledger import DOC, GONE, TABLE, Problem
from coda_git_mirror.model.plan import NOTHING_WRITTEN, Fate, Plan, Written
from coda_git_mirror.progress import Progress
from coda_git_mirror.state.write_journal import Begun, WriteJournal, begun_writes

_QUIET_SECONDS = 120.0
"""How long to wait for an instant at which Coda shows every edit of the doc."""
_WRITES = "writes"
_COMMITS = 100
"""So many of the last ones are looked through for what they tell."""
_BUSY = "Somebody edits the doc all the time, and edits of the last minute may not have been seen."


@dataclass(frozen=True)
class Order:
    """What is to be carried out: `remake` makes the plan from the mirror as committed and Coda as it is.

    It is called several times, the last time just after the sync "before"; it raises MirrorError where there is no
    plan. `verb` is the command's name, for the commits. With `plan_id` nothing is written unless the plan has that id.
    `trailers` are further lines for the commits: what a plan, and what became of it, tells whoever comes later.
    """

    verb: str
    remake: Callable[[Held], Plan]
    plan_id: str | None = None
    trailers: Callable[[Plan, Written], Iterable[str]] = lambda _plan, _written: ()


def carry_out(
    folder: Path, order: Order, source: Source, writer: Writer, options: SyncOptions, progress: Progress, clock: Clock
) -> Carried:
    """Makes the plan, commits the doc as it is, writes, reads back, and commits the doc as it is then.

    Raises MirrorBusy where the mirror is held, and MirrorError where nothing was written: the sync "before" failed,
    the plan is not the one asked for, Coda refuses the first write. `options` are those of the mirror's settings.
    """
    begun, sent = clock.now(), source.traffic().sent.total()
    repository = open_mirror(folder)
    with ready_mirror(repository, progress):
        carried = _Carrying(repository, order, source, writer, options, progress, clock).run()
    return replace(carried, requests=source.traffic().sent.total() - sent, seconds=clock.now() - begun)


def rest_of(repository: Repository, plan: Plan) -> Begun | None:
    """The plan that an interrupted run has begun for this table, if this one is the rest of it: it has no other steps.

    Whoever asked for that one by its id has asked for this one, too.
    """
    begun = begun_writes(repository.private_folder / _WRITES, plan.doc)
    return next((it for it in begun if it.table == plan.table and plan.is_part_of(it.marks, it.made)), None)


def _require_plan(plan_id: str | None, plan: Plan, whole: Begun | None) -> None:
    """Raises MirrorError where the plan is another one than that which was asked for."""
    if plan_id not in (None, plan.id, whole.plan if whole else None):
        raise MirrorError(
            f"The plan is not {plan_id} any more: by now it is {plan.id}, with {len(plan.updates)} cells to change, "
            f"{len(plan.inserts)} rows to insert and {len(plan.deletes)} to delete; nothing was written. "
            "Look at it without --apply, and give its id."
        )


class _Carrying:
    """One order, in a mirror that is held and ready."""

    def __init__(
        self, repository: Repository, order: Order, source: Source, writer: Writer, options: SyncOptions,
        progress: Progress, clock: Clock,
    ) -> None:  # fmt: skip
        self._repository, self._order, self._source, self._writer = repository, order, source, writer
        self._options, self._progress, self._clock = options, progress, clock
        self._journals = repository.private_folder / _WRITES
        self._problems: tuple[Problem, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._known: frozenset[str] | None = None

    def run(self) -> Carried:
        """Everything; nothing is written into Coda before the commit is there that holds the table as it is."""
        plan = self._plan()
        unfinished = list(begun_writes(self._journals, plan.doc))
        if plan.is_empty and not unfinished:
            self._await_quiet(plan)
            plan = self._plan()
        if not unfinished:
            _require_plan(self._order.plan_id, plan, None)
            if plan.is_empty:
                return Carried(plan, notes=self._notes)
        restored = [
            row
            for begun in unfinished
            for row in take_up(begun, self._journal(begun.doc, begun.table), self._source, self._writer, self._clock)
        ]
        self._await_quiet(plan)
        before = self._commit_before(plan, restored)
        plan = self._plan()
        whole = rest_of(self._repository, plan)
        _require_plan(self._order.plan_id, plan, whole)
        for begun in unfinished:
            if plan.is_empty or begun.table != plan.table:
                self._journal(begun.doc, begun.table).end()
        if plan.is_empty:
            return Carried(plan, before=before, after=before, problems=self._problems, notes=self._notes)
        return self._write(Carried(plan, before=before, notes=self._notes), whole)

    def _plan(self) -> Plan:
        return self._order.remake(Held.at_head(self._repository))

    def _journal(self, doc: str, table: str) -> WriteJournal:
        return WriteJournal(self._journals, doc, table)

    def _await_quiet(self, plan: Plan) -> None:
        """Waits until Coda shows every edit of the doc, so that none is taken for what it was before."""
        live = LiveTable(self._source, plan.doc, plan.table, (), self._clock)
        living = () if plan.inserts else plan.living_rows[:1]
        with _readable():
            seen = live.surely(living or None, patience=_QUIET_SECONDS)
        self._known = None if living else frozenset(seen.rows)
        self._notes = () if seen.is_sure else (_BUSY,)

    def _commit_before(self, plan: Plan, restored: Sequence[RestoredRow]) -> str | None:
        """The commit that holds the table as it is, whether it is made now or was there."""
        new = self._untold(restored)
        self._sync(plan, self._options, new)
        self._require_rows(plan)
        return self._repository.head()

    def _untold(self, restored: Iterable[RestoredRow]) -> list[RestoredRow]:
        """Those that no commit of late tells of."""
        head = self._repository.head()
        commits = islice(History(self._repository).commits(head), _COMMITS) if head and restored else ()
        told = {row for commit in commits for row in restored_rows(commit.message)}
        return [row for row in dict.fromkeys(restored) if row not in told]

    def _sync(
        self, plan: Plan, options: SyncOptions, restored: Sequence[RestoredRow], written: Written = NOTHING_WRITTEN
    ) -> SyncReport:
        """Syncs the one doc, whatever its times say. Raises MirrorError where nothing could be committed."""
        told = self._order.trailers(plan, written)
        trailers = (written_trailer(self._order.verb, plan.table), *(row.trailer for row in restored), *told)
        options = replace(
            options, docs=(plan.doc,), selected_by_settings=False, edited=frozenset({plan.doc}), strict=False
        )
        telling = Telling(trailers, in_any_case=bool(restored))
        report = sync_ready(self._repository, self._source, options, self._progress, self._clock, telling)
        self._problems = tuple(dict.fromkeys((*self._problems, *report.problems)))
        return report

    def _require_rows(self, plan: Plan) -> None:
        """Raises MirrorError unless the last commit holds the table's rows as they are."""
        if reason := self._why_not_held(plan):
            raise MirrorError(
                f"The table could not be committed as it is ({reason}), so nothing was written: what is written could "
                "not be taken back. Run the command again."
            )

    def _why_not_held(self, plan: Plan) -> str:
        """Why the last commit lacks the table's rows as they are; empty where it has them."""
        held = Held.at_head(self._repository)
        if problem := next((it for it in held.ledger.of(plan.doc) if _concerns(it, plan.table)), None):
            return problem.reason
        entry = held.doc(plan.doc).stored.tables.get(plan.table) if plan.doc in held.docs else None
        return "the mirror does not hold it" if entry is None or entry.get("file") is None else ""

    def _write(self, carried: Carried, whole: Begun | None) -> Carried:
        plan = carried.plan
        journal = self._journal(plan.doc, plan.table)
        with _readable():
            executed = execute(
                plan, journal, self._source, self._writer, self._progress, self._clock, self._known, whole
            )
        carried = replace(carried, written=executed.written, interruption=executed.interruption)
        if executed.interruption or not any(executed.written.fates):
            return self._without_writes(carried, journal)
        return self._commit_after(carried, executed, journal)

    def _without_writes(self, carried: Carried, journal: WriteJournal) -> Carried:
        """What an interrupted run has sent is taken up by the next one; where nothing was sent there is nothing to."""
        if not carried.interruption:
            journal.end()
        return replace(carried, problems=self._problems)

    def _commit_after(self, carried: Carried, executed: Executed, journal: WriteJournal) -> Carried:
        """The journal stays where something is unknown, or not committed."""
        plan, written = carried.plan, executed.written
        options = replace(self._options, allow_mass_delete=self._options.allow_mass_delete or bool(plan.deletes))
        try:
            self._sync(plan, options, list(_restored(plan, executed)), written)
            reason = self._why_not_held(plan)
        except MirrorError as error:
            with contextlib.suppress(OSError, MirrorError):
                abandon(self._repository)
            reason = str(error)
        except (KeyboardInterrupt, Terminated) as ending:
            return replace(carried, problems=self._problems, interruption=ending)
        if reason:
            note = f"What was written is not in the mirror yet ({reason}); run the command again, or a sync."
            return replace(carried, problems=self._problems, notes=(*carried.notes, note))
        if Fate.UNKNOWN not in written.fates:
            journal.end()
        return replace(carried, after=self._repository.head(), problems=self._problems)


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Tells in a sentence that the table cannot be read before anything is written."""
    try:
        yield
    except CodaError as error:
        raise MirrorError(f"The table cannot be read ({error}), so nothing was written; run it again later.") from error


def _restored(plan: Plan, executed: Executed) -> Iterable[RestoredRow]:
    """The rows that live again under another id, as far as that is known."""
    written = executed.written
    for insert in plan.inserts:
        row, fate = written.new_rows.get(insert.key), written.inserts.get(insert.key)
        if insert.old is not None and row is not None and fate not in (None, Fate.LOST, Fate.UNKNOWN):
            yield RestoredRow(plan.table, insert.old, row)
    for old, new in plan.adopted:
        yield RestoredRow(plan.table, old, new)


def _concerns(problem: Problem, table: str) -> bool:
    """Whether an entry of the ledger means that the rows of a table may not be as Coda has them."""
    if problem.state == GONE:
        return False
    return (problem.kind == TABLE and problem.item_id in ("", table)) or (
        problem.kind == DOC and problem.item_id in ("", "tables")
    )
