"""The rows of a table against its stated count: what one answer of Coda's leaves out is not lost by that answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.blocks import Grid
from coda_git_mirror.demo.world import Column, Table, World
from tests.actions.conftest import TrialOf
from tests.begun import Begun
from tests.commands.program import run
from tests.faults.trial import Trial
from tests.support import files

Spoil = Callable[[Any], Any]
ROWS = 40
TASKS = ("docs/plans/tables/tasks.csv", "docs/plans/tables/tasks.jsonl", "docs/plans/tables/tasks.json")
VIEW = "docs/plans/views/open.csv"
LACKING: dict[str, Spoil] = {
    "no rows": lambda _: {"items": []},
    "no rows and a word more": lambda listing: {**listing, "items": [], "nextPageToken": ""},
    "three rows and no token": lambda listing: {"items": listing["items"][:3]},
    "all but one": lambda listing: {"items": listing["items"][1:]},
    "three rows again and again": lambda listing: {"items": listing["items"][:3] * (ROWS // 2)},
}
ODD_COUNTS: list[Any] = [None, "", "40", "many", -1, 40.5, True, [40], {"rows": 40}, 10**30]


def account() -> World:
    world = World()
    plans = world.add_doc("Plans")
    notes = plans.add_page("Notes", markdown="Words.\n")
    tasks = plans.add_table("Tasks", [Column("Task")], [{"Task": f"Task {number:02}"} for number in range(ROWS)], notes)
    notes.append(Grid(tasks))
    plans.add_view("Open", tasks, notes)
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    return world


@pytest.fixture
def trial(trial_of: TrialOf) -> Trial:
    """An account that no mirror is made of yet."""
    return trial_of(account())


@pytest.fixture
def edited(trial: Trial, begun: Begun) -> Trial:
    """A mirror whose next sync looks at the table again."""
    trial.begin(begun)
    tasks(trial).rows[0].set("Task", "Ship it")
    return trial


def tasks(trial: Trial) -> Table:
    return trial.plans.table("Tasks")


def rows_of(trial: Trial, grid_id: str = "") -> str:
    """The pattern of the rows' listing."""
    return f"/tables/{grid_id or tasks(trial).id}/rows$"


def states(trial: Trial, **options: Any) -> list[tuple[str, str, str]]:
    """What a sync tells: kind, item and state."""
    found = [(it.kind, it.item, it.state) for it in trial.sync(**options).problems]
    trial.accept_head()
    return found


def count_of(trial: Trial, method: str, pattern: str, **options: Any) -> int:
    """How often a sync without problems asks."""
    before = trial.coda.requests.count(method, pattern)
    trial.synced(**options)
    return trial.coda.requests.count(method, pattern) - before


@pytest.mark.parametrize("spoil", LACKING.values(), ids=LACKING)
def test_rows_that_a_listing_leaves_out_stay_and_are_told_until_it_gives_them(edited: Trial, spoil: Spoil) -> None:
    edited.coda.on("GET", rows_of(edited)).mutate(spoil)
    for full in (False, True, False):
        assert states(edited, full=full) == [("table", "Tasks", "failed")]
        after = files(edited.folder)
        assert [after[path] for path in TASKS] == [edited.before[path] for path in TASKS]
    edited.check()


@pytest.mark.parametrize("spoil", LACKING.values(), ids=LACKING)
def test_a_listing_that_lacks_rows_once_is_read_again_and_nothing_is_told(edited: Trial, spoil: Spoil) -> None:
    edited.coda.on("GET", rows_of(edited)).mutate(spoil, times=1)
    assert count_of(edited, "GET", rows_of(edited)) == 2
    edited.check()


@pytest.mark.parametrize("spoil", LACKING.values(), ids=LACKING)
def test_a_first_sync_keeps_the_rows_that_were_given_and_tells_of_the_others(trial: Trial, spoil: Spoil) -> None:
    trial.coda.on("GET", rows_of(trial)).mutate(spoil)
    [problem] = trial.sync().problems
    trial.heads = [trial.head]
    given = len({row["id"] for row in spoil({"items": [{"id": number} for number in range(ROWS)]})["items"]})
    assert (problem.kind, problem.item, problem.state) == ("table", "Tasks", "failed")
    assert f"gives {given} row" in problem.reason
    assert files(trial.folder)[TASKS[1]].count(b"\n") == given
    trial.check()


def test_a_sync_that_lacks_rows_exits_with_3(trial: Trial, tmp_path: Path) -> None:
    environment = {"CODA_API_TOKEN": trial.coda.token, "CODA_API_URL": trial.coda.api_url}
    trial.coda.on("GET", rows_of(trial)).mutate(LACKING["no rows"])
    done = run("sync", "-o", "mirror", cwd=tmp_path, **environment)
    assert done.returncode == 3, done.stderr
    assert "gives 0 rows of a table that has 40 by its own word" in done.stdout + done.stderr
    trial.coda.off()
    assert run("sync", "-o", "mirror", cwd=tmp_path, **environment).returncode == 0


def test_more_rows_than_the_count_are_believed_at_once(edited: Trial) -> None:
    edited.coda.on("GET", f"/tables/{tasks(edited).id}$").mutate(lambda table: {**table, "rowCount": 5})
    assert count_of(edited, "GET", rows_of(edited)) == 1
    assert files(edited.folder)[TASKS[1]].count(b"\n") == ROWS


@pytest.mark.parametrize("count", ODD_COUNTS, ids=repr)
def test_a_count_that_is_none_is_not_believed(trial: Trial, count: Any) -> None:
    """But for a number of rows that no table has: then the rows are told to be few."""
    pattern = f"/tables/{tasks(trial).id}$"
    trial.coda.on("GET", pattern).mutate(lambda table: {**table, "rowCount": count})
    told = [("table", "Tasks", "failed")] if count == 10**30 else []
    assert [(it.kind, it.item, it.state) for it in trial.sync().problems] == told
    trial.heads = [trial.head]
    tasks(trial).rows[0].set("Task", "Ship it")
    assert states(trial) == told
    assert files(trial.folder)[TASKS[1]].count(b"\n") == ROWS
    assert b"Ship it" in files(trial.folder)[TASKS[1]]
    trial.check()


@pytest.mark.parametrize("times", [1, 2])
def test_an_empty_listing_of_a_view_is_read_twice_and_then_believed(edited: Trial, times: int) -> None:
    """What a view shows depends on who looks, and all of it is in its base table."""
    pattern = rows_of(edited, edited.plans.views[0].id)
    edited.coda.on("GET", pattern).mutate(LACKING["no rows"], times=times)
    assert count_of(edited, "GET", pattern) == 2
    assert files(edited.folder)[VIEW].count(b"\n") == 1 + (ROWS if times == 1 else 0)
    assert files(edited.folder)[TASKS[1]].count(b"\n") == ROWS
    edited.coda.off()
    assert states(edited, full=True) == []
    edited.check()


def test_a_view_that_shows_fewer_rows_than_it_has_is_believed_at_once(edited: Trial) -> None:
    pattern = rows_of(edited, edited.plans.views[0].id)
    edited.coda.on("GET", pattern).mutate(lambda listing: {"items": listing["items"][: ROWS - 5]})
    assert count_of(edited, "GET", pattern) == 1
    assert files(edited.folder)[VIEW].count(b"\n") == 1 + ROWS - 5


@pytest.mark.parametrize(("left", "readings"), [(ROWS, 1), (20, 1), (19, 2), (1, 2), (0, 2)])
def test_a_table_that_loses_most_of_its_rows_is_read_twice(trial: Trial, left: int, readings: int) -> None:
    trial.begin()
    for row in tasks(trial).rows[left:]:
        row.delete()
    tasks(trial).edited()
    assert count_of(trial, "GET", rows_of(trial)) == readings
    assert files(trial.folder)[TASKS[1]].count(b"\n") == left
    trial.check()


def test_a_small_table_may_lose_all_its_rows_in_one_reading(trial: Trial) -> None:
    for row in tasks(trial).rows[19:]:
        row.delete()
    trial.begin()
    for row in list(tasks(trial).rows):
        row.delete()
    assert count_of(trial, "GET", rows_of(trial)) == 1
    trial.check()


def test_most_rows_are_not_lost_by_one_reading_that_even_the_count_agrees_with(edited: Trial) -> None:
    edited.coda.on("GET", f"/tables/{tasks(edited).id}$").mutate(lambda table: {**table, "rowCount": 3}, times=1)
    edited.coda.on("GET", rows_of(edited)).mutate(LACKING["three rows and no token"], times=1)
    assert count_of(edited, "GET", rows_of(edited)) == 2
    edited.check()


def test_most_rows_are_not_lost_by_two_readings_that_differ(edited: Trial) -> None:
    """Of a table that tells no count."""
    edited.coda.on("GET", f"/tables/{tasks(edited).id}$").mutate(lambda table: {**table, "rowCount": None})
    edited.coda.on("GET", rows_of(edited)).mutate(LACKING["no rows"], times=1)
    edited.coda.on("GET", rows_of(edited)).mutate(LACKING["three rows and no token"], times=1)
    assert states(edited) == [("table", "Tasks", "failed")]
    after = files(edited.folder)
    assert [after[path] for path in TASKS] == [edited.before[path] for path in TASKS]
    edited.check()


def test_rows_replaced_by_as_many_others_are_no_loss(trial: Trial) -> None:
    trial.begin()
    for row in list(tasks(trial).rows):
        row.delete()
    for number in range(ROWS):
        tasks(trial).add_row({"Task": f"Other {number:02}"})
    assert count_of(trial, "GET", rows_of(trial)) == 1
    trial.check()


def test_a_listing_that_lacks_rows_and_has_new_ones_takes_none_away(edited: Trial) -> None:
    """Nor does it bring the new ones, until it is whole."""
    for number in range(5):
        tasks(edited).add_row({"Task": f"New {number}"})
    edited.coda.on("GET", rows_of(edited)).mutate(lambda listing: {"items": listing["items"][5:]})
    assert states(edited) == [("table", "Tasks", "failed")]
    assert [files(edited.folder)[path] for path in TASKS] == [edited.before[path] for path in TASKS]
    edited.check()


def test_rows_that_were_never_given_may_be_lacking_while_others_come(trial: Trial) -> None:
    """As long as none goes that the mirror holds."""
    trial.coda.on("GET", rows_of(trial)).mutate(lambda listing: {"items": listing["items"][:3]}, times=2)
    trial.coda.on("GET", rows_of(trial)).mutate(lambda listing: {"items": listing["items"][:30]})
    [first], [second] = trial.sync().problems, trial.sync().problems
    trial.heads = [trial.head]
    assert "gives 3 rows" in first.reason
    assert "gives 30 rows" in second.reason
    assert files(trial.folder)[TASKS[1]].count(b"\n") == 30
    trial.check()
