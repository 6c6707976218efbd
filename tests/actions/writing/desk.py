"""A mirror of a doc with a table, and hand-made plans that bring the table back to what it once was."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.carry_out import Order, carry_out
from coda_git_mirror.changes.canonical import canonical
from coda_git_mirror.changes.encode import Known, Sendable, encode
from coda_git_mirror.changes.shown_values import shown
from coda_git_mirror.changes.trailers import RestoredRow, restored_rows
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Table, World
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model import content
from coda_git_mirror.model.cell_values import CellValue, with_rows
from coda_git_mirror.model.plan import Cell, Delete, Insert, Plan, Update
from coda_git_mirror.progress import Progress, Silent
from coda_git_mirror.redact import Secret
from tests.begun import Begun
from tests.conftest import Serve
from tests.support import VirtualClock, await_crew, files, git, mirror, require_sound

Rows = dict[str, dict[str, CellValue]]
SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
_ROOM = Path(tempfile.mkdtemp(prefix="desks"))
_BEGUN = Begun(_ROOM)
atexit.register(shutil.rmtree, _ROOM, ignore_errors=True)


def tasks(rows: int = 5) -> World:
    """A doc `Plans` with a page and a table `Tasks` of so many rows; each but the first waits for the one before."""
    world = World()
    doc = world.add_doc("Plans")
    page = doc.add_page("Notes", markdown="A line.\n")
    table = doc.add_table("Tasks", [Column("Task"), Column("Status"), Column("Points", "number")], page=page)
    for number in range(rows):
        table.add_row({"Task": f"Task {number}", "Status": "To do", "Points": number})
    return world


@dataclass(frozen=True)
class Goal:
    """What a table is to be again, by old row ids.

    `later` names columns that are filled once all rows are there; with `delete_added` other rows go.
    """

    doc: str
    table: str
    rows: Rows
    later: frozenset[str] = frozenset()
    delete_added: bool = False


def remake(source: CodaSource, goal: Goal, made: Callable[[Plan], object] = lambda _: None) -> Callable[[Held], Plan]:
    """What plans the way to the goal; `made` is told each plan."""

    def plan(held: Held) -> Plan:
        taken = Taken()
        source.rows(goal.doc, goal.table, taken)
        planned = _Planner(goal, source.columns(goal.doc, goal.table), taken.rows, _known_ids(held)).plan()
        made(planned)
        return planned

    return plan


@dataclass
class Desk:
    """`goal` is what the table is to be again: its cells by old row ids, as they were when the desk was made."""

    coda: SimulatedCoda
    folder: Path
    clock: VirtualClock
    table: Table
    later: frozenset[str] = frozenset()
    """Names of columns that are filled once all rows are there."""
    delete_added: bool = False
    goal: Rows = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    progress: Progress = field(default_factory=Silent)
    stock: str = ""
    """Names the account, where many tests begin with the same."""
    limits: Any = field(default_factory=lambda: UNLIMITED)

    def __post_init__(self) -> None:
        if self.stock:
            _BEGUN.put(self.folder, self._make, self.stock)
        else:
            self._make(self.folder)
        self.goal = self.live()

    def _make(self, folder: Path) -> None:
        assert mirror(self.coda, folder, self.clock).problems == ()

    @property
    def ids(self) -> tuple[str, str]:
        return self.table.doc.id, self.table.id

    def account(self) -> tuple[CodaSource, CodaWriter]:
        return coda_account(self.coda.api_url, Secret(self.coda.token), self.clock, self.limits)

    def columns(self) -> list[content.Column]:
        return self.account()[0].columns(*self.ids)

    def live(self) -> Rows:
        """The table as reads show it now."""
        source, _ = self.account()
        taken = Taken()
        source.rows(*self.ids, taken)
        columns = source.columns(*self.ids)
        return {row["id"]: {it.id: canonical(row["values"].get(it.id), it) for it in columns} for row in taken.rows}

    def planned(self) -> str:
        """The id of the plan as it is now."""
        repository = Repository.find(self.folder)
        assert repository
        return self.remake(self.account()[0])(Held.at_head(repository)).id

    def true(self) -> Rows:
        """The table as reads will show it once Coda has nothing more to show, with no fault in the way."""
        rules = [*self.coda._rules]
        self.coda.off()
        self.clock.sleep(31)
        rows = self.live()
        self.coda._rules[:] = rules
        return rows

    def carry_out(self, plan_id: str | None = None, **options: Any) -> Carried:
        """As the command does it."""
        source, writer = self.account()
        order = Order("rollback", self.remake(source), plan_id)
        try:
            return carry_out(self.folder, order, source, writer, SyncOptions(**options), self.progress, self.clock)
        finally:
            await_crew()

    def remake(self, source: CodaSource) -> Callable[[Held], Plan]:
        return remake(source, Goal(*self.ids, self.goal, self.later, self.delete_added), self.plans.append)

    def texts(self, rows: Rows | None = None) -> list[tuple[str, ...]]:
        """The table without ids, as people read it, in no order."""
        found = self.live() if rows is None else rows
        return sorted(tuple(shown(cell) for cell in cells.values()) for cells in found.values())

    def require_goal(self, fully: bool = SLOW) -> None:
        """The table is what it was once, nothing stands in it twice, and the mirror has it."""
        self.coda.off()
        self.clock.sleep(600)
        assert self.texts() == self.texts(self.goal)
        self.require_sound(fully)

    def require_sound(self, fully: bool = SLOW) -> None:
        """The mirror is sound; fully: it is as a full sync makes it, and nothing is wrong with it."""
        assert mirror(self.coda, self.folder, self.clock).problems == ()
        assert not list((self.folder / ".git/coda-git-mirror/writes").glob("*"))
        assert git(self.folder, "status", "--porcelain") == ""
        if not fully:
            return
        require_sound(self.folder)
        assert verify(self.folder).findings == []
        incremental = files(self.folder)
        assert mirror(self.coda, self.folder, self.clock, full=True).problems == ()
        assert files(self.folder) == incremental

    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD").strip()

    def message(self, commit: str = "HEAD") -> str:
        return git(self.folder, "log", "-1", "--format=%B", commit)

    def sent(self) -> Counter[str]:
        """How many requests that change rows were sent, by method."""
        return Counter(request.method for request in self.coda.requests.writes() if "/tables/" in request.path)

    def restored(self) -> list[RestoredRow]:
        """The rows that the mirror's commits say live again under other ids."""
        messages = git(self.folder, "log", "-z", "--format=%B").split("\0")
        return [row for message in messages for row in restored_rows(message)]


class Taken:
    """Collects rows."""

    def __init__(self) -> None:
        self.rows: list[content.Json] = []

    def restart(self) -> None:
        self.rows.clear()

    def take(self, items: list[content.Json]) -> None:
        self.rows += items


def _known_ids(held: Held) -> dict[str, str]:
    commits = [*History(held.repository).commits(held.tree.commit or "")]
    return {row.old: row.new for commit in reversed(commits) for row in restored_rows(commit.message)}


class _Planner:
    """The least planner that can bring a table back."""

    def __init__(
        self, goal: Goal, columns: list[content.Column], rows: list[content.Json], new: dict[str, str]
    ) -> None:
        self._goal, self._columns = goal, columns
        self._live = {row["id"]: {it.id: canonical(row["values"].get(it.id), it) for it in columns} for row in rows}
        self._new = {old: row for old, row in new.items() if row in self._live}
        self._adopted = dict(self._adopt())

    def _adopt(self) -> Iterator[tuple[str, str]]:
        free = self._live.keys() - self._goal.rows.keys() - set(self._new.values())
        for old, cells in self._goal.rows.items():
            if old not in self._live and old not in self._new:
                like = next((row for row in sorted(free) if self._live[row] == cells), None)
                if like:
                    free.discard(like)
                    yield old, like

    def plan(self) -> Plan:
        names = {**self._new, **self._adopted}
        updates, inserts = list[Update](), list[Insert]()
        for old, cells in self._goal.rows.items():
            row = old if old in self._live else names.get(old)
            wanted = {id_: with_rows(value, lambda each: names.get(each, each)) for id_, value in cells.items()}
            if row is None:
                inserts.append(self._insert(old, wanted))
            else:
                updates += [
                    self._update(row, it, wanted[it.id]) for it in self._columns if self._differs(row, it, wanted)
                ]
        kept = {*self._goal.rows, *names.values()}
        gone = sorted(self._live.keys() - kept) if self._goal.delete_added else []
        return Plan(
            doc=self._goal.doc, doc_name="Plans", table=self._goal.table, table_name="Tasks",
            updates=tuple(updates), inserts=tuple(inserts),
            deletes=tuple(Delete(row, row, tuple(self._live[row].items())) for row in gone),
            adopted=tuple(self._adopted.items()),
        )  # fmt: skip

    def _differs(self, row: str, column: content.Column, wanted: dict[str, CellValue]) -> bool:
        return self._live[row][column.id] != wanted[column.id]

    def _update(self, row: str, column: content.Column, value: CellValue) -> Update:
        live = self._live[row][column.id]
        return Update(row, row, self._cell(column, value), live, shown(live), shown(value))

    def _insert(self, old: str, wanted: dict[str, CellValue]) -> Insert:
        cells = [self._cell(it, wanted[it.id]) for it in self._columns if shown(wanted[it.id])]
        later = tuple(cell for cell in cells if cell.column_name in self._goal.later)
        return Insert(old, old, old, tuple(cell for cell in cells if cell not in later), later)

    def _cell(self, column: content.Column, value: CellValue) -> Cell:
        sendable = encode(value, column, Known(lives=lambda _: True))
        assert isinstance(sendable, Sendable), sendable
        return Cell(column.id, column.name, sendable.means, sendable.value)


def spoil(desk: Desk) -> None:
    """Two rows edited, two deleted, one added."""
    rows = desk.table.rows
    rows[0].set("Status", "Done")
    rows[1].set("Points", 100)
    rows[1].set("Task", "Other")
    rows[4].delete()
    rows[2].delete()
    desk.table.add_row({"Task": "New"})


def slow_desk(serve: Serve, clock: VirtualClock, folder: Path, rows: int = 5, **options: Any) -> Desk:
    """One on which Coda takes its time."""
    world = tasks(rows)
    coda = serve(world, mutation_seconds=MEASURED, snapshot_lag=30, **options)
    desk = Desk(coda, folder, clock, world.docs[0].table("Tasks"), delete_added=True, stock=f"tasks {rows}")
    spoil(desk)
    clock.sleep(60)
    return desk
