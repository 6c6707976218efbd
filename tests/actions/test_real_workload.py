"""A week's edits of a real table, rolled back cell for cell, with no request more than it takes (faults.md, row 94)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import Carried, exit_code
from coda_git_mirror.changes.plan_cost import cost_of
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.mutations import MEASURED
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.tables import Table
from coda_git_mirror.model.cell_values import with_rows
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock, await_crew, git, mirror, require_sound
from tests.workload import FULL, SMALL, Cells, Desk, require_same, week

SIZE = FULL if os.environ.get("HYPOTHESIS_PROFILE") == "slow" else SMALL
MOST_WRITES = 1.1


def desk_of(coda: SimulatedCoda, folder: Path, clock: VirtualClock) -> Desk:
    hosts = frozenset({coda.asset_hosts})
    source, writer = coda_account(coda.api_url, Secret(coda.token), clock, UNLIMITED, AssetHosts(hosts))
    return Desk(folder, source, writer, clock, SyncOptions(asset_hosts=hosts))


READINGS = {
    "kept": Readings(),
    "bare": Readings(bare_singles=True, null_warnings=True, unknown_polls=2, false_boxes=True),
    "anew": Readings(new_blobs=True),
}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS)
def test_a_week_is_taken_back(serve: Serve, clock: VirtualClock, folder: Path, readings: Readings) -> None:
    shop = week(SIZE)
    coda = serve(shop.world, mutation_seconds=MEASURED, readings=readings)
    desk = desk_of(coda, folder, clock)
    clock.sleep(60)
    assert mirror(coda, folder, clock, asset_hosts=desk.options.asset_hosts).problems == ()
    revision = git(folder, "rev-parse", "HEAD").strip()
    was, pointing = desk.cells(shop.orders), desk.cells(shop.parcels)
    shop.pass_by()
    clock.sleep(60)
    carried = rolled_back(desk, coda, shop.orders, revision, shop.least_writes)
    assert len(carried.plan.updates) == SIZE.cells
    assert (len(carried.plan.inserts), len(carried.plan.deletes)) == (SIZE.deleted, SIZE.added)
    require_same(was, desk.cells(shop.orders), carried.written.new_rows)
    repaired = rolled_back(desk, coda, shop.parcels, revision, SIZE.referenced)
    assert len(repaired.plan.updates) == SIZE.referenced
    require_same(with_new_ids(pointing, carried.written.new_rows), desk.cells(shop.parcels))
    require_sound(folder)


def with_new_ids(cells: Cells, new_ids: Mapping[str, str]) -> Cells:
    """The cells, pointing to rows that came back by their new ids."""
    return {
        row: {name: with_rows(value, lambda old: new_ids.get(old, old)) for name, value in values.items()}
        for row, values in cells.items()
    }


def rolled_back(desk: Desk, coda: SimulatedCoda, table: Table, at: str, least: int) -> Carried:
    """The rollback of a table, which holds what it has to, and after which there is nothing to do."""
    coda.requests.clear()
    try:
        carried = desk.carry_out(desk.planner(table, at))
        assert {*carried.written.fates} == {Fate.APPLIED}
        assert (carried.plan.held, carried.written.held, carried.problems) == ((), (), ())
        assert exit_code(carried.plan, carried.written) == 0
        writes = len(coda.requests.writes())
        assert writes == cost_of(carried.plan).requests
        assert least <= writes <= MOST_WRITES * least
        again = desk.carry_out(desk.planner(table, at))
    finally:
        await_crew()
    assert again.plan.is_empty
    assert (again.before, again.after, len(coda.requests.writes())) == (None, None, writes)
    assert carried.after == git(desk.folder, "rev-parse", "HEAD").strip()
    return carried
