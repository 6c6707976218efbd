"""Rows with values of every kind in every type of column, spoilt and rolled back: what cannot come back is told.

Afterwards there is nothing to do but what was told; the table is as it was, cell for cell, but for that.
"""

from __future__ import annotations

import random
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

import pytest

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_account
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.model.cell_values import CellValue, Member, Single, singles
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import Fate, HeldKind
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.every_column import EveryColumn, every_column
from tests.odd_values import READINGS, Values, may_be_coerced
from tests.support import VirtualClock, await_crew, git, mirror, require_sound
from tests.workload import Cells, Desk

ROWS = 40
FIXED = 2
"""Rows that others point to, and that stay."""


Told: TypeAlias = "set[tuple[str | None, str | None]]"
"""Cells that are not as they were, by the ids that their rows had and those of their columns."""


class Trial:
    """A table of random rows that is mirrored and then spoilt."""

    def __init__(self, there: EveryColumn, coda: SimulatedCoda, folder: Path, clock: VirtualClock, seed: int) -> None:
        self._there, self._coda, self._folder, self._clock = there, coda, folder, clock
        self._chance = random.Random(seed)
        self._values = Values(there, self._chance)
        hosts = frozenset({coda.asset_hosts})
        source, writer = coda_account(coda.api_url, Secret(coda.token), clock, UNLIMITED, AssetHosts(hosts))
        self._desk = Desk(folder, source, writer, clock, SyncOptions(asset_hosts=hosts))
        self._columns = {each.id: each for each in source.columns(there.doc.id, there.table.id)}
        for _ in range(ROWS):
            there.table.add_row({}).values = self._values.row()
        assert mirror(coda, folder, clock, asset_hosts=hosts).problems == ()
        self._revision = git(folder, "rev-parse", "HEAD").strip()
        self.was = self.cells()

    def cells(self) -> Cells:
        return self._desk.cells(self._there.table)

    def spoil(self) -> None:
        """Every row loses cells to others or goes, and some come."""
        table = self._there.table
        for row in table.rows[FIXED:]:
            if self._chance.random() < 0.2:
                row.delete()
            else:
                other = self._values.row()
                row.values |= {name: value for name, value in other.items() if self._chance.random() < 0.4}
        for _ in range(ROWS // 5):
            table.add_row({}).values = self._values.row()
        table.edited()

    def roll_back(self) -> Carried:
        target = self._desk.planner(self._there.table, self._revision)
        try:
            return self._desk.carry_out(target)
        finally:
            await_crew()

    def column(self, name: str) -> Column:
        return self._columns[name]


def coerced_cells(trial: Trial, done: Carried) -> Told:
    """The cells, by the old ids of their rows, of which Coda made something else, at times what they held before.

    Only few values suffer that.
    """
    for row, column in done.written.got:
        assert may_be_coerced(trial.was[row][column], trial.column(column)), (trial.was[row][column], column)
    return {*done.written.got}


def is_same(was: CellValue, now: CellValue) -> bool:
    """Somebody who is known by name alone, then or now, is whoever has that name."""
    return all(one == other or _is_namesake(one, other) for one, other in zip_longest(singles(was), singles(now)))


def _is_namesake(one: Single | None, other: Single | None) -> bool:
    if not isinstance(one, Member) or not isinstance(other, Member):
        return False
    return one.name == other.name and not (one.email and other.email)


def require_restored(trial: Trial, done: Carried, told: Told) -> None:
    """Whatever is not as it was, was told."""
    now, new = trial.cells(), {**dict(done.plan.adopted), **done.written.new_rows}
    assert now.keys() <= {new.get(row, row) for row in trial.was}
    for row, cells in trial.was.items():
        there = now.get(new.get(row, row))
        if there is None:
            assert any(each == row for each, _ in told), "a row that cannot come is told of"
            continue
        off = {column for column, value in cells.items() if not is_same(value, there[column])}
        untold = {column for column in off if not {(row, column), (None, column)} & told}
        assert [(trial.column(each).kind, cells[each], there[each]) for each in untold] == []


@pytest.mark.thinned(60)
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS)
def test_what_cannot_come_back_is_told(
    serve: Serve, clock: VirtualClock, folder: Path, readings: Readings, seed: int
) -> None:
    there = every_column()
    trial = Trial(there, serve(there.world, readings=readings), folder, clock, seed)
    trial.spoil()
    done = trial.roll_back()
    told = coerced_cells(trial, done) | {(held.row, held.column) for held in done.plan.held}
    assert {*done.written.fates} <= {Fate.APPLIED, Fate.COERCED, Fate.LOST}
    assert not done.written.held
    assert {held.kind for held in done.plan.held} <= {HeldKind.UNWRITABLE, HeldKind.CALCULATED}
    require_restored(trial, done, told)
    again = trial.roll_back()
    assert (again.plan.inserts, again.plan.deletes) == ((), ())
    new = done.written.new_rows
    assert {step.key for step in again.plan.updates} <= {(new.get(row, row), column) for row, column in told if row}
    require_sound(folder)
