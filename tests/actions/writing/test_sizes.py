"""Many rows, large rows, and rows that point to one another."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.writing.carried import exit_code, outcome
from coda_git_mirror.demo.cells import Reference
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.world import Column, Table, World
from coda_git_mirror.model.plan import Fate, HeldKind
from tests.actions.writing.desk import Desk, tasks
from tests.conftest import Serve
from tests.support import VirtualClock, mirror

ROW = 85 * 1024


def desk_of(serve: Serve, clock: VirtualClock, folder: Path, world: World, **options: Any) -> Desk:
    return Desk(serve(world, **options), folder, clock, world.docs[0].tables[0])


def test_rows_are_inserted_by_the_hundred(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    desk = desk_of(serve, clock, folder, tasks(250))
    for row in desk.table.rows[5:]:
        row.delete()
    assert set(desk.carry_out(allow_mass_delete=True).written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(POST=3)
    desk.require_goal()


def large(rows: int, size: int) -> World:
    """A table with so many rows of that many bytes, each its own."""
    world = World()
    table = world.add_doc("Plans").add_table("Texts", [Column("Text")], [])
    for number in range(rows):
        table.add_row({"Text": f"{number:03}".ljust(size, "x")})
    return world


def test_a_request_stays_below_a_megabyte(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    desk = desk_of(serve, clock, folder, large(14, 80_000))
    for row in [*desk.table.rows]:
        row.delete()
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(POST=2)
    desk.require_goal()


@pytest.mark.parametrize(("size", "refused"), [(ROW - 1, 0), (ROW, 0), (ROW + 1, 1)])
def test_a_row_that_is_too_large_is_found_and_the_others_come(
    serve: Serve, clock: VirtualClock, folder: Path, size: int, refused: int
) -> None:
    world = large(6, 100)
    world.docs[0].tables[0].rows[2].set("Text", "y" * size)
    desk = desk_of(serve, clock, folder, world)
    for row in [*desk.table.rows]:
        row.delete()
    carried = desk.carry_out()
    assert Counter(carried.written.fates) == Counter({Fate.APPLIED: 6 - refused})
    assert [it.kind for it in carried.written.held] == [HeldKind.UNWRITABLE] * refused
    assert exit_code(carried.plan, carried.written) == (3 if refused else 0)
    desk.require_sound()


def test_a_cell_that_is_too_large(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = large(3, ROW + 1)
    desk = desk_of(serve, clock, folder, world)
    desk.table.rows[1].set("Text", "short")
    carried = desk.carry_out()
    assert [(it.row, it.kind) for it in carried.written.held] == [(desk.table.rows[1].id, HeldKind.UNWRITABLE)]
    assert "85" in carried.written.held[0].reason
    assert outcome(carried).exit_code == 1
    desk.require_sound()


def test_a_request_over_the_bound_of_bodies_is_halved(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    desk = desk_of(serve, clock, folder, large(8, 50_000), readings=Readings(body_limit=150_000))
    for row in [*desk.table.rows]:
        row.delete()
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(POST=7)
    desk.require_goal()


def test_changes_that_coda_calls_malformed_one_and_all_end_the_writing(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    desk = desk_of(serve, clock, folder, tasks(200))
    for row in desk.table.rows:
        row.set("Status", "Done")
    desk.coda.on("PUT", "/rows/").fail(400)
    carried = desk.carry_out()
    assert desk.sent() == Counter(PUT=5)
    assert "takes none of these changes" in carried.written.stopped
    assert outcome(carried).exit_code == 1


def chained(rows: int, many: bool = False) -> tuple[World, Table]:
    """Tasks of which each waits for the one before."""
    world = tasks(rows)
    table = world.docs[0].table("Tasks")
    table.add_column(Column("Waits for", "lookup", many=many, table=table))
    for before, row in zip(table.rows, table.rows[1:], strict=False):
        row.set("Waits for", Reference(before))
    return world, table


SLOW = {"mutation_seconds": (5, 40), "snapshot_lag": 30}


@pytest.mark.parametrize("options", [{}, SLOW, {**SLOW, "readings": Readings(snapshot_checks=True)}])
def test_rows_that_point_to_one_another(
    serve: Serve, clock: VirtualClock, folder: Path, options: dict[str, Any]
) -> None:
    world, table = chained(4)
    desk = desk_of(serve, clock, folder, world, **options)
    for row in table.rows[1:]:
        row.delete()
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(POST=3)
    desk.require_goal()
    waits = [row.get("Waits for") for row in table.rows]
    assert [each.row for each in waits[1:]] == table.rows[:-1]


def test_rows_that_point_in_circles(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world, table = chained(3)
    table.rows[0].set("Waits for", Reference(table.rows[2]))
    desk = desk_of(serve, clock, folder, world, **SLOW)
    desk.later = frozenset({"Waits for"})
    for row in [*table.rows]:
        row.delete()
    clock.sleep(60)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(POST=1, PUT=3)
    desk.require_goal()
    waits = [row.get("Waits for").row for row in table.rows]
    assert waits == [table.rows[2], table.rows[0], table.rows[1]]


@pytest.mark.parametrize("later", [True, False])
def test_a_lost_row_to_which_others_point_comes_again_and_they_point_to_it(
    serve: Serve, clock: VirtualClock, folder: Path, later: bool
) -> None:
    world, table = chained(3)
    desk = desk_of(serve, clock, folder, world, **SLOW)
    desk.later = frozenset({"Waits for"} if later else ())
    for row in [*table.rows]:
        row.delete()
    clock.sleep(60)
    desk.coda.on("POST", "/rows$").lose(times=1)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    desk.require_goal()
    named = {row.get("Task"): row for row in table.rows}
    assert named["Task 1"].get("Waits for").row == named["Task 0"]
    assert named["Task 2"].get("Waits for").row == named["Task 1"]


def test_a_row_that_cannot_be_inserted_and_those_that_point_to_it(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    world, table = chained(3)
    table.rows[0].set("Task", "x" * (ROW + 1))
    desk = desk_of(serve, clock, folder, world)
    first, second = table.rows[0].id, table.rows[1].id
    for row in [*table.rows[:2]]:
        row.delete()
    carried = desk.carry_out()
    held = {(it.row, it.column_name) for it in carried.written.held}
    assert held == {(first, ""), (second, "Waits for")}
    assert Counter(carried.written.fates) == Counter({Fate.APPLIED: 1})
    assert outcome(carried).exit_code == 3
    mirror(desk.coda, folder, clock)
    desk.require_sound()
