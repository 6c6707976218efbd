"""The two commits around what is written, and what must be so before anything is (into-coda, rule 8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import outcome
from coda_git_mirror.changes.trailers import RestoredRow, is_written
from coda_git_mirror.errors import MirrorBusy, MirrorError
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.state.lock import MirrorLock
from tests.actions.writing.desk import Desk, spoil, tasks
from tests.conftest import Serve
from tests.support import VirtualClock, git, mirror


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    world = tasks()
    desk = Desk(serve(world), folder, clock, world.docs[0].table("Tasks"), delete_added=True, stock="tasks 5")
    spoil(desk)
    return desk


def test_both_commits_say_what_made_them_and_where_lost_rows_live(desk: Desk) -> None:
    first, before = desk.head(), len(desk.coda.requests)
    carried = desk.carry_out()
    assert carried.requests == sum(it.origin == "api" for it in [*desk.coda.requests][before:])
    assert git(desk.folder, "log", "--format=%H").split() == [carried.after, carried.before, first]
    for commit in map(str, (carried.before, carried.after)):
        assert is_written(desk.message(commit))
        assert f"Coda-Written: rollback {desk.table.id}\n" in desk.message(commit)
    assert not is_written(desk.message(first))
    new = carried.written.new_rows
    assert set(desk.restored()) == {RestoredRow(desk.table.id, old, row) for old, row in new.items()}
    lines = git(desk.folder, "log", "-1", "--format=%(trailers:key=Coda-Row-Restored,valueonly)").split("\n")
    assert sorted(filter(None, lines)) == sorted(f"{desk.table.id} {old} {row}" for old, row in new.items())


def test_where_the_mirror_is_up_to_date_no_commit_is_made_before(desk: Desk) -> None:
    mirror(desk.coda, desk.folder, desk.clock)
    head = desk.head()
    carried = desk.carry_out()
    assert carried.before == head
    assert git(desk.folder, "rev-parse", "HEAD~1").strip() == head


def test_a_mirror_that_is_held(desk: Desk) -> None:
    with MirrorLock(desk.folder / ".git/coda-git-mirror"), pytest.raises(MirrorBusy):
        desk.carry_out()
    assert not desk.sent()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("place", ["/rows$", "/columns$", "/tables$", "/pages$"])
def test_nothing_is_written_where_the_table_cannot_be_committed_as_it_is(desk: Desk, place: str) -> None:
    desk.coda.on("GET", "^/docs$").call(lambda: desk.coda.on("GET", place).fail(500))
    with pytest.raises(MirrorError):
        desk.carry_out()
    assert not desk.sent()
    desk.coda.off()
    desk.carry_out()
    desk.require_goal()


def test_a_page_that_can_never_be_exported_forbids_nothing(desk: Desk) -> None:
    desk.table.doc.page("Notes").write(markdown="Two.\n")
    desk.coda.on("POST", "/export$").fail(500)
    carried = desk.carry_out()
    assert [problem.item for problem in carried.problems] == ["Notes"]
    assert outcome(carried).exit_code == 0
    desk.require_goal()


def test_a_sync_that_fails_afterwards_is_made_up_for_by_the_next_run(desk: Desk) -> None:
    desk.coda.on("DELETE", "/tables/").call(lambda: desk.coda.on("GET", "^/docs$").fail(500))
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert carried.after is None
    assert outcome(carried).exit_code == 3
    assert "is not in the mirror yet" in carried.notes[0]
    desk.coda.off()
    again = desk.carry_out()
    assert again.plan.is_empty
    assert outcome(again).exit_code == 0
    assert {row.old for row in desk.restored()} == desk.goal.keys() - desk.live().keys()
    desk.require_goal()


def test_a_table_that_cannot_be_read_afterwards_is_told(desk: Desk) -> None:
    def fail() -> None:
        desk.coda.on("GET", "^/docs$").call(lambda: desk.coda.on("GET", "/rows$").fail(500))

    desk.coda.on("DELETE", "/tables/").call(fail)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert carried.after is None
    assert outcome(carried).exit_code == 3
    desk.coda.off()
    assert outcome(desk.carry_out()).exit_code == 0
    desk.require_goal()


def test_ids_that_are_told_already_are_told_once(desk: Desk) -> None:
    writes = desk.folder / ".git/coda-git-mirror/writes"
    desk.coda.on("DELETE", "/tables/").call(lambda: desk.coda.on("GET", "^/docs$").fail(500))
    desk.carry_out()
    desk.coda.off()
    left = {file: file.read_bytes() for file in writes.iterdir()}
    desk.carry_out()
    desk.table.doc.page("Notes").write(markdown="Two.\n")
    mirror(desk.coda, desk.folder, desk.clock)
    head = desk.head()
    for file, content in left.items():
        file.write_bytes(content)
    assert desk.carry_out().plan.is_empty
    assert desk.head() == head
    desk.require_goal()


def test_ids_of_restored_rows_are_committed_even_where_a_sync_has_committed_the_rows(desk: Desk) -> None:
    desk.coda.on("DELETE", "/tables/").call(lambda: desk.coda.on("GET", "^/docs$").fail(500))
    desk.carry_out()
    desk.coda.off()
    mirror(desk.coda, desk.folder, desk.clock)
    assert not desk.restored()
    desk.carry_out()
    assert desk.message().startswith("Sync: what was written into Coda\n")
    assert {row.old for row in desk.restored()} == desk.goal.keys() - desk.live().keys()
    head = desk.head()
    assert desk.carry_out().plan.is_empty
    assert desk.head() == head
    desk.require_goal()


def test_rows_that_somebody_has_pasted_are_adopted_and_remembered(desk: Desk) -> None:
    desk.table.add_row({"Task": "Task 2", "Status": "To do", "Points": 2})
    carried = desk.carry_out()
    assert len(carried.plan.adopted) == len(carried.plan.inserts) == 1
    assert {row.old for row in desk.restored()} == desk.goal.keys() - desk.live().keys()
    desk.require_goal()


def test_more_rows_than_a_sync_lets_go_may_be_deleted(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    world = tasks(3)
    desk = Desk(serve(world), folder, clock, world.docs[0].table("Tasks"), delete_added=True)
    for number in range(1_200):
        desk.table.add_row({"Task": f"Added {number}"})
    mirror(desk.coda, folder, clock)
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    assert desk.sent()["DELETE"] == 12
    desk.require_goal()
