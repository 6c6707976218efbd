"""Edits that somebody else makes in Coda while a plan is carried out (into-coda, rules 9 and 13)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.cell_values import Text
from coda_git_mirror.model.plan import Fate, HeldKind
from tests.actions.writing.desk import Desk, slow_desk, spoil, tasks
from tests.conftest import Serve
from tests.support import VirtualClock


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    world = tasks()
    desk = Desk(serve(world), folder, clock, world.docs[0].table("Tasks"), delete_added=True, stock="tasks 5")
    spoil(desk)
    return desk


def column(desk: Desk, name: str) -> str:
    return desk.table.column(name).id


def test_a_cell_that_is_edited_before_its_row_is_read_again_is_left_alone(desk: Desk) -> None:
    row = desk.table.rows[1]
    desk.coda.on("GET", f"/rows/{row.id}$").call(lambda: row.set("Points", 7))
    carried = desk.carry_out()
    assert [(it.row, it.column, it.kind) for it in carried.written.held] == [
        (row.id, column(desk, "Points"), HeldKind.CONFLICT)
    ]
    assert (row.get("Points"), row.get("Task")) == (7, "Task 1")
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert exit_code(carried.plan, carried.written) == 3
    desk.require_sound()


def test_a_row_that_is_deleted_before_it_is_read_again(desk: Desk) -> None:
    row = desk.table.rows[1]
    desk.coda.on("GET", f"/rows/{row.id}$").call(row.delete)
    carried = desk.carry_out()
    assert {it.reason for it in carried.written.held} == {"the row was deleted in Coda meanwhile"}
    assert len(carried.written.held) == 2
    desk.require_sound()


def test_a_row_that_is_deleted_just_before_it_is_written(desk: Desk) -> None:
    row = desk.table.rows[1]
    desk.coda.on("PUT", f"/rows/{row.id}$").call(row.delete)
    carried = desk.carry_out()
    assert {it.reason for it in carried.written.held} == {"the row was deleted in Coda meanwhile"}
    assert exit_code(carried.plan, carried.written) == 3
    desk.require_sound()


def test_somebody_has_done_it_already(desk: Desk) -> None:
    row = desk.table.rows[0]
    desk.coda.on("GET", f"/rows/{row.id}$").call(lambda: row.set("Status", "To do"))
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent()["PUT"] == 1
    desk.require_goal()


def test_another_cell_of_a_row_stays_as_somebody_makes_it_meanwhile(desk: Desk) -> None:
    row = desk.table.rows[0]
    desk.coda.on("PUT", f"/rows/{row.id}$").call(lambda: row.set("Points", 7))
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    assert (row.get("Points"), row.get("Status")) == (7, "To do")
    desk.require_sound()


def test_an_edit_after_ours_is_told_and_stays(desk: Desk) -> None:
    row = desk.table.rows[0]
    desk.coda.on("GET", "/mutationStatus/").call(lambda: row.set("Status", "Mine"))
    carried = desk.carry_out()
    cell = (row.id, column(desk, "Status"))
    assert carried.written.updates[cell] is Fate.OVERWRITTEN
    assert carried.written.got[cell] == Text("Mine")
    assert Counter(carried.written.fates)[Fate.APPLIED] == 5
    assert row.get("Status") == "Mine"
    desk.require_sound()


def test_a_row_that_somebody_edits_is_not_deleted(desk: Desk) -> None:
    row = desk.table.rows[-1]
    desk.coda.on("PUT", "/rows/").call(lambda: row.set("Task", "Kept"))
    carried = desk.carry_out()
    assert [(it.row, it.reason) for it in carried.written.held] == [(row.id, "it was edited in Coda meanwhile")]
    assert desk.sent()["DELETE"] == 0
    assert row.get("Task") == "Kept"
    desk.require_sound()


def test_a_row_that_is_to_go_and_is_gone(desk: Desk) -> None:
    row = desk.table.rows[-1]
    desk.coda.on("PUT", "/rows/").call(row.delete)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent()["DELETE"] == 0
    desk.require_goal()


def test_a_plan_that_was_shown_is_carried_out_only_as_it_was(desk: Desk) -> None:
    shown, head = desk.planned(), desk.head()
    desk.table.rows[0].set("Status", "Doing")
    with pytest.raises(MirrorError, match=f"not {shown} any more.*nothing was written"):
        desk.carry_out(shown)
    assert (desk.sent(), desk.head()) == (Counter(), head)
    assert set(desk.carry_out(desk.planned()).written.fates) == {Fate.APPLIED}
    desk.require_goal()


def test_an_edit_between_the_two_plans_is_seen(desk: Desk) -> None:
    shown = desk.planned()
    desk.coda.on("GET", r"^/docs$").call(lambda: desk.table.rows[0].set("Status", "Doing"))
    with pytest.raises(MirrorError, match=r"not .* any more"):
        desk.carry_out(shown)
    assert desk.sent() == Counter()
    desk.require_sound()


def test_an_edit_during_the_first_sync_is_seen_although_reads_are_half_a_minute_old(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    desk = slow_desk(serve, clock, folder)
    row = desk.table.rows[1]
    desk.coda.on("GET", "/acl/settings$").call(lambda: row.set("Points", 7))
    carried = desk.carry_out()
    assert row.get("Points") == 7
    assert [it.kind for it in carried.written.held] == [HeldKind.CONFLICT]
    desk.require_sound()


def test_somebody_who_edits_all_the_time(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    desk = slow_desk(serve, clock, folder)
    other = desk.table.doc.page("Notes")
    desk.coda.on("GET", "/rows").call(lambda: other.write(markdown=f"{clock.now()}\n"), times=None)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert carried.notes == (
        "Somebody edits the doc all the time, and edits of the last minute may not have been seen.",
    )
    desk.require_goal()
