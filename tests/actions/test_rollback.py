"""Rollbacks from the mirror to the simulated Coda, whichever way Coda may turn out to behave where nobody knows."""

from __future__ import annotations

import _thread
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.rollback.run import Conditions, Planner
from coda_git_mirror.actions.rollback.target import target_of
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.tables.living_rows import RowsOnDisk
from coda_git_mirror.actions.tables.surroundings import RowsElsewhere
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.actions.writing.carry_out import Order, carry_out
from coda_git_mirror.changes.rollback.states import Asked
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.cells import Person, Reference
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, Table, World
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.plan import Fate, HeldKind, Plan
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.every_column import BEN, CHLOE, EveryColumn, every_column
from tests.support import VirtualClock, await_crew, files, git, mirror, require_sound, source_of


@dataclass
class Bench:
    """A mirror of an account, whose table `table` is rolled back to its first commit."""

    coda: SimulatedCoda
    folder: Path
    clock: VirtualClock
    table: Table
    first: str = ""

    def __post_init__(self) -> None:
        self.sync()
        self.first = git(self.folder, "rev-parse", "HEAD").strip()

    @property
    def options(self) -> SyncOptions:
        return SyncOptions(asset_hosts=frozenset([self.coda.asset_hosts]))

    def sync(self, **options: Any) -> None:
        assert (
            mirror(self.coda, self.folder, self.clock, asset_hosts=self.options.asset_hosts, **options).problems == ()
        )

    def planner(self, asked: Asked) -> tuple[Planner, Any]:
        hosts = AssetHosts(self.options.asset_hosts)
        source, writer = coda_account(self.coda.api_url, Secret(self.coda.token), self.clock, UNLIMITED, hosts)
        target = target_of(self.folder, self.table.doc.id, self.table.id, self.first)
        return Planner(target, asked, source, self.clock, hosts.named), writer

    def plan(self, asked: Asked = Asked()) -> Plan:  # noqa: B008 (a frozen value)
        planner, _ = self.planner(asked)
        return planner.plan(git(self.folder, "rev-parse", "HEAD").strip(), Silent())

    def roll_back(self, asked: Asked = Asked(), plan_id: str | None = None) -> Carried:  # noqa: B008 (a frozen value)
        planner, writer = self.planner(asked)
        planner = replace(planner, conditions=Conditions(plan_id))

        def remake(held: Held) -> Plan:
            tip = str(held.tree.commit)
            plan = planner.plan(tip, Silent())
            planner.require(tip, plan)
            return plan

        try:
            order = Order("rollback", remake, plan_id)
            return carry_out(self.folder, order, planner.source, writer, self.options, Silent(), self.clock)
        finally:
            await_crew()

    def require_sound(self) -> None:
        """An incremental sync makes what a full one makes, and the mirror is whole."""
        self.clock.sleep(600)
        self.sync()
        incremental = files(self.folder)
        self.sync(full=True)
        require_sound(self.folder, incremental)
        assert verify(self.folder).findings == []


@pytest.fixture
def everything() -> EveryColumn:
    return every_column()


@pytest.fixture
def bench(everything: EveryColumn, serve: Serve, folder: Path, clock: VirtualClock) -> Callable[..., Bench]:
    """A bench for the table with every type of column, in front of a Coda that is as the test wants it."""

    def start(**options: Any) -> Bench:
        return Bench(serve(everything.world, **options), folder, clock, everything.table)

    return start


UNWRITABLE = {"Canvas", "Pack", "Push", "Twice"}


def emptied(table: Table) -> None:
    """Every cell of the first row is another than it was, but its name."""
    for column in table.columns:
        if column.name not in {"Name", *UNWRITABLE}:
            table.rows[0].set(column.name, "")


READINGS = [
    {},
    {"readings": Readings(new_blobs=True, bare_singles=True)},
    {"readings": Readings(bare_leftovers=True, texts_of_numbers=True, false_boxes=True, calculated="drop")},
    {"snapshot_lag": 30.0, "mutation_seconds": MEASURED},
    {"snapshot_lag": 30.0, "mutation_seconds": MEASURED, "readings": Readings(unknown_polls=2, snapshot_checks=True)},
]


@pytest.mark.parametrize("options", READINGS)
def test_every_type_of_column_comes_back_and_the_second_plan_is_empty(
    bench: Callable[..., Bench], everything: EveryColumn, options: dict[str, Any]
) -> None:
    bench_ = bench(**options)
    emptied(everything.table)
    done = bench_.roll_back()
    assert {update.cell.column_name for update in done.plan.updates} == {
        column.name for column in everything.table.columns
    } - {"Name", *UNWRITABLE}
    assert set(done.written.fates) == {Fate.APPLIED}, done.written
    again = bench_.roll_back()
    assert again.plan.is_empty
    assert again.before is None
    assert {held.column_name for held in again.plan.held} <= {"Twice"}
    bench_.require_sound()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("options", READINGS)
def test_lost_rows_of_every_type_of_column_come_back_once(
    bench: Callable[..., Bench], everything: EveryColumn, options: dict[str, Any]
) -> None:
    everything.table.add_row({"Name": "names them", "People": [BEN, CHLOE]})
    bench_ = bench(**options)
    for row in everything.table.rows[1::-1]:
        row.delete()
    bench_.clock.sleep(60)
    done = bench_.roll_back()
    assert set(done.written.fates) == {Fate.APPLIED}, done.written
    assert sorted(row.name for row in everything.table.rows) == ["empty", "full", "names them"]
    held = {each.column_name: each.kind for each in done.plan.held}
    assert held == {
        "Canvas": HeldKind.UNWRITABLE, "Pack": HeldKind.UNWRITABLE, "Push": HeldKind.UNWRITABLE,
        "Twice": HeldKind.CALCULATED,
    } or held.keys() <= UNWRITABLE  # fmt: skip
    full = next(row for row in everything.table.rows if row.name == "full")
    waits = full.get("Waits for")
    assert [each.row.name for each in (waits if isinstance(waits, list) else [waits])] == ["empty"]
    again = bench_.roll_back()
    assert again.plan.is_empty
    assert len(everything.table.rows) == 3
    bench_.require_sound()


def test_what_is_nowhere_any_more_is_held_back(bench: Callable[..., Bench], everything: EveryColumn) -> None:
    table, doc = everything.table, everything.doc
    bench_ = bench()
    for name in ("City", "Cities", "Person", "Image", "Status"):
        table.rows[0].set(name, "")
    table.rows[0].set("People", "")
    everything.cities.rows[2].delete()
    doc.permissions.clear()
    everything.cities.add_column(Column("Mayor", "person"))
    everything.cities.rows[0].set("Mayor", BEN)
    bench_.sync()
    everything.blob.gone = True
    plan = bench_.plan()
    held = {each.column_name: each.reason for each in plan.held}
    assert {"Cities", "Image", "People"} <= held.keys()
    assert "which is not there any more" in held["Cities"]
    assert "whom the doc does not know" in held["People"]
    assert [each.cell.column_name for each in plan.updates] == ["Status", "Person", "City"]


def test_people_are_known_by_the_rows_the_sharing_or_the_rest_of_the_doc(
    bench: Callable[..., Bench], everything: EveryColumn
) -> None:
    table, doc = everything.table, everything.doc
    bench_ = bench()
    table.rows[0].set("Person", "")
    table.rows[0].set("People", "")

    def sent() -> set[str]:
        return {each.cell.column_name for each in bench_.plan().updates}

    doc.permissions.clear()
    assert sent() == set()
    doc.share({"type": "email", "email": str(BEN.email)}, "write")
    assert sent() == {"Person"}
    doc.share({"type": "domain", "domain": "lumenbikes.example"}, "write")
    assert sent() == {"Person", "People"}
    doc.permissions.clear()
    everything.cities.add_column(Column("Mayor", "person"))
    everything.cities.rows[0].set("Mayor", Person("Other name", BEN.email))
    assert sent() == set(), "only what is mirrored counts of other tables"
    bench_.sync()
    assert sent() == {"Person"}


def test_many_rows_of_another_table_are_listed_once(serve: Serve, clock: VirtualClock) -> None:
    world = World()
    table = world.add_doc("Plans").add_table("Tasks", [Column("Task")], [{"Task": str(n)} for n in range(30)])
    coda = serve(world)
    elsewhere = RowsElsewhere(source_of(coda, clock), table.doc.id)
    assert all(elsewhere.lives(table.id, row.id) for row in table.rows)
    assert not any(elsewhere.lives(table.id, f"i-none{number}") for number in range(30))
    assert not elsewhere.lives("grid-none", table.rows[0].id)
    assert coda.requests.count("GET", r"/rows") <= 13


def test_a_second_rollback_right_after_the_first_doubles_nothing(
    bench: Callable[..., Bench], everything: EveryColumn
) -> None:
    """Reads that are minutes behind must not show the work of a moment ago as missing."""
    bench_ = bench(snapshot_lag=60.0, mutation_seconds=MEASURED)
    everything.table.rows[1].delete()
    bench_.clock.sleep(90)
    assert set(bench_.roll_back().written.fates) == {Fate.APPLIED}
    assert not any(bench_.roll_back().written.fates)
    assert [row.name for row in everything.table.rows] == ["full", "empty"]


def test_a_row_that_points_to_itself_and_two_that_point_to_each_other(
    serve: Serve, folder: Path, clock: VirtualClock
) -> None:
    world = World()
    table = world.add_doc("Plans").add_table("Tasks", [Column("Task")])
    table.add_column(Column("Waits for", "lookup", many=True, table=table))
    rows = [table.add_row({"Task": name}) for name in "ABC"]
    for row, others in zip(rows, ((0,), (2, 0), (1,)), strict=True):
        row.set("Waits for", [Reference(rows[other]) for other in others])
    bench_ = Bench(serve(world), folder, clock, table)
    for row in rows:
        row.delete()
    done = bench_.roll_back()
    assert set(done.written.fates) == {Fate.APPLIED}
    waits = {row.name: [each.row.name for each in row.get("Waits for")] for row in table.rows}
    assert waits == {"A": ["A"], "B": ["C", "A"], "C": ["B"]}
    assert bench_.plan().is_empty
    bench_.require_sound()


def test_the_rows_of_a_table_are_not_held_in_memory() -> None:
    text = "x" * 2_000
    tracemalloc.start()
    try:
        with closing(RowsOnDisk(Silent())) as rows:
            rows.take_all(_rows(5_000, text))
            assert len(rows) == 5_000
            assert rows.row("i-4999")["values"] == {"c-1": f"4999{text}"}
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def _rows(count: int, text: str) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"id": f"i-{number}", "createdAt": "2026-01-01T00:00:00Z", "values": {"c-1": f"{number}{text}"}}


def test_rows_that_come_twice_or_from_the_beginning_again_count_once() -> None:
    with closing(RowsOnDisk(Silent())) as rows:
        rows.take_all(_rows(3, "a"))
        rows.restart()
        rows.take_all(_rows(2, "b"))
        rows.take([{"id": "i-0", "createdAt": "2026-01-02T00:00:00Z", "values": {"c-1": "later"}}])
        assert rows.ids() == ["i-1", "i-0"]
        assert rows.row("i-0")["values"] == {"c-1": "later"}


def test_what_is_asked_for_limits_what_is_done(bench: Callable[..., Bench], everything: EveryColumn) -> None:
    bench_ = bench()
    emptied(everything.table)
    everything.table.add_row({"Name": "mine"})
    asked = Asked(columns=frozenset({"Text", "Number"}), rows=frozenset({everything.table.rows[0].id}))
    plan = bench_.plan(replace(asked, delete_added=True))
    assert [each.cell.column_name for each in plan.updates] == ["Text", "Number"]
    assert plan.deletes == ()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", r"/rows$"), ("PUT", r"/rows/"), ("DELETE", r"/rows$")],
    ids=["insert", "update", "delete"],
)
@pytest.mark.thinned(2)
@pytest.mark.parametrize("after", [True, False], ids=["accepted", "not accepted"])
def test_an_answer_that_is_lost_doubles_nothing_and_loses_nothing(
    bench: Callable[..., Bench], everything: EveryColumn, method: str, path: str, after: bool
) -> None:
    table = everything.table
    bench_ = bench(mutation_seconds=5.0, snapshot_lag=10.0)
    table.rows[1].delete()
    table.rows[0].set("Text", "changed")
    table.add_row({"Name": "mine"})
    bench_.clock.sleep(60)
    bench_.coda.on(method, path).drop(1, after_acceptance=after)
    asked = Asked(delete_added=True)
    bench_.roll_back(asked)
    bench_.coda.off()
    bench_.clock.sleep(600)
    bench_.roll_back(asked)
    assert sorted(row.name for row in table.rows) == ["empty", "full"]
    assert table.rows[0].get("Text") != "changed"
    assert bench_.plan(asked).is_empty
    bench_.require_sound()


def test_a_change_that_coda_loses_is_told_and_written_by_the_next_run(
    bench: Callable[..., Bench], everything: EveryColumn
) -> None:
    bench_ = bench()
    everything.table.rows[0].set("Text", "changed")
    bench_.coda.on("PUT", r"/rows/").lose()
    assert set(bench_.roll_back().written.fates) == {Fate.LOST}
    bench_.coda.off()
    assert set(bench_.roll_back().written.fates) == {Fate.APPLIED}
    assert bench_.plan().is_empty


def test_a_plan_waits_for_the_edits_of_the_last_seconds(bench: Callable[..., Bench], everything: EveryColumn) -> None:
    bench_ = bench(snapshot_lag=12.0)
    everything.table.rows[0].set("Text", "changed")
    assert [each.cell.column_name for each in bench_.plan().updates] == ["Text"]


def test_a_plan_says_that_edits_may_be_missing_where_coda_stays_behind(
    bench: Callable[..., Bench], everything: EveryColumn
) -> None:
    bench_ = bench(snapshot_lag=120.0)
    everything.table.rows[0].set("Text", "changed")
    plan = bench_.plan()
    assert plan.is_empty
    assert plan.notes[-1].startswith("Edits of the last seconds may be missing")


def test_an_interrupted_rollback_is_gone_on_with_by_the_plan_that_was_shown(
    bench: Callable[..., Bench], everything: EveryColumn
) -> None:
    table = everything.table
    bench_ = bench()
    table.rows[1].delete()
    table.rows[0].set("Text", "changed")
    shown = bench_.plan()
    bench_.coda.on("POST", r"/rows$").call(_thread.interrupt_main)
    assert bench_.roll_back(plan_id=shown.id).interruption is not None
    bench_.coda.off()
    assert bench_.plan().id != shown.id
    with pytest.raises(MirrorError, match="not 0123456789ab, so nothing was written"):
        bench_.roll_back(plan_id="0123456789ab")
    assert not bench_.roll_back(plan_id=shown.id).interruption
    assert [row.name for row in table.rows] == ["full", "empty"]
    assert bench_.plan().is_empty
    bench_.require_sound()
