"""faults.md, row 39: a table's rows against its own word for how many they are, and against what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.sync.guard import MassDeletion
from coda_git_mirror.demo.world import Column, World
from tests.conftest import Serve
from tests.faults.trial import Trial, kept
from tests.support import VirtualClock, files, mirror, require_sound


def _first_rows_only(page: Any) -> Any:
    """A listing that ends at its first page, as if there were no more."""
    return {"items": page["items"]}


def _rows_of_tasks(trial: Trial) -> str:
    return f"/tables/{trial.plans.table('Tasks').id}/rows$"


def test_39_a_table_that_gives_fewer_rows_than_it_has_is_read_again(trial: Trial) -> None:
    trial.coda.on("GET", _rows_of_tasks(trial)).mutate(_first_rows_only, times=1)
    trial.synced()
    trial.check()


def test_39_where_it_always_gives_fewer_rows_none_goes(trial: Trial) -> None:
    trial.coda.on("GET", _rows_of_tasks(trial)).mutate(_first_rows_only)
    after = trial.partial()
    kept(trial, after, *(path for path in trial.before if path.startswith("docs/plans/tables/tasks.")))
    assert b"Rain." in after["docs/travel/pages/bergen.md"]
    trial.check()


def test_39_a_large_table_that_empties_is_read_twice_before_it_is_believed(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    world = World()
    table = world.add_doc("Plans").add_table("Tasks", [Column("Task")], [{"Task": n} for n in range(50)])
    coda = serve(world)
    mirror(coda, folder, clock)
    for row in [*table.rows]:
        row.delete()
    asked = coda.requests.count("GET", r"/rows$")
    assert mirror(coda, folder, clock).changes.rows.removed == 50
    assert coda.requests.count("GET", r"/rows$") - asked == 2
    require_sound(folder)


def test_39_more_than_a_thousand_rows_and_a_tenth_of_all_go_only_when_allowed(
    serve: Serve, clock: VirtualClock, folder: Path
) -> None:
    world = World()
    doc = world.add_doc("Plans")
    tables = [doc.add_table(name, [Column("Task")], [{"Task": n} for n in range(600)]) for name in ("Tasks", "Done")]
    coda = serve(world)
    mirror(coda, folder, clock)
    before = files(folder)
    for row in [row for table in tables for row in table.rows[:501]]:
        row.delete()
    with pytest.raises(MassDeletion, match=r"1002 of 1200 rows \(Tasks, Done\)|1002 of 1200 rows \(Done, Tasks\)"):
        mirror(coda, folder, clock)
    require_sound(folder, before)
    assert mirror(coda, folder, clock, allow_mass_delete=True).changes.rows.removed == 1002
    require_sound(folder)
