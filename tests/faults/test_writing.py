"""Faults of many kinds at once while plans are carried out, and in the end none: the table is whole, no row twice.

The slow profile tries fifty mixtures.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.demo.faults import Rule, Where
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.plan import Fate
from tests.actions.writing.desk import Desk, slow_desk
from tests.conftest import Serve
from tests.support import VirtualClock

FAULTS: list[Callable[[Where], Rule]] = [
    lambda where: where.drop(),
    lambda where: where.drop(after_acceptance=True),
    lambda where: where.fail(502),
    lambda where: where.fail(503, after_acceptance=True),
    lambda where: where.fail(429),
    lambda where: where.lose(),
    lambda where: where.cut(5),
    lambda where: where.delay(300),
    lambda where: where.keep_silent(),
]
READS = ["/rows", "/mutationStatus/", "/columns$", "^/docs$"]


@pytest.mark.thinned(25)
@pytest.mark.parametrize("seed", range(50))
def test_many_faults_at_once(serve: Serve, clock: VirtualClock, folder: Path, seed: int) -> None:
    desk = slow_desk(serve, clock, folder, rows=20)
    for row in desk.table.rows[3:9]:
        row.set("Points", 1_000)
    chance = random.Random(seed)
    for method in ("POST", "PUT", "DELETE"):
        for fault in chance.sample(FAULTS, 3):
            fault(desk.coda.on(method, "/tables/")).chance = lambda: chance.random() < 0.5
    for place in READS:
        desk.coda.on("GET", place).fail(chance.choice([500, 504, 429])).chance = lambda: chance.random() < 0.2
    for _ in range(3):
        run(desk)
    desk.coda.off()
    clock.sleep(600)
    carried = desk.carry_out()
    assert set(carried.written.fates) <= {Fate.APPLIED}
    assert exit_code(carried.plan, carried.written) == 0
    desk.require_goal(fully=True)


def run(desk: Desk) -> None:
    """Whatever comes of it, what it says was done is done."""
    try:
        carried = desk.carry_out()
    except MirrorError:
        return
    plan, written, live = carried.plan, carried.written, desk.true()
    for update in plan.updates:
        if written.updates.get(update.key) is Fate.APPLIED:
            assert live[update.row][update.cell.column] == update.cell.wanted
    for insert in plan.inserts:
        if written.inserts.get(insert.key) is Fate.APPLIED:
            assert written.new_rows[insert.key] in live
    for delete in plan.deletes:
        if written.deletes.get(delete.row) is Fate.APPLIED:
            assert delete.row not in live
