"""A command that is killed at any record of its journal: the next one ends with the same table, nothing written twice.

In the process of the tests a kill is an exception that nothing catches, just before or just after a record is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.disk.files import DiskFailed
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.state import write_journal
from tests.actions.writing.desk import Desk, Goal, slow_desk, spoil, tasks
from tests.actions.writing.hurried import SPEED, Errand
from tests.conftest import Serve
from tests.support import PROJECT, VirtualClock

RECORDS = 14
"""Of the plan, of intent, acceptance and settling of four requests, and of the verdicts."""


class Killed(BaseException):
    """The process is gone."""


class Axe:
    """Kills at the so many-th record, before it is written or after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.after, self.seen = 0, False, 0
        self.full = False
        """Whether the disk is full from then on, instead."""
        for name in ("begin", "_append"):
            real = getattr(write_journal.WriteJournal, name)
            monkeypatch.setattr(write_journal.WriteJournal, name, self._around(real))

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def record(*arguments: Any) -> Any:
            self.seen += 1
            if self.full and self.seen >= self.at:
                raise DiskFailed(OSError(errno.ENOSPC, "No space left on device"), Path("writes"))
            if self.seen == self.at and not self.after:
                raise Killed
            result = real(*arguments)
            if self.seen == self.at:
                raise Killed
            return result

        return record


@pytest.fixture
def axe(monkeypatch: pytest.MonkeyPatch) -> Axe:
    return Axe(monkeypatch)


def test_so_many_records_are_written(serve: Serve, clock: VirtualClock, folder: Path, axe: Axe) -> None:
    desk = slow_desk(serve, clock, folder)
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    assert axe.seen == RECORDS
    desk.require_goal()


@pytest.mark.thinned(7)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, RECORDS + 1))
def test_killed_at_any_record(
    serve: Serve, clock: VirtualClock, folder: Path, axe: Axe, number: int, after: bool
) -> None:
    desk = slow_desk(serve, clock, folder)
    axe.at, axe.after = number, after
    with pytest.raises(Killed):
        desk.carry_out()
    sent = desk.sent()
    desk.coda.new_client()
    carried = desk.carry_out()
    assert set(carried.written.fates) <= {Fate.APPLIED}
    assert carried.written.held == ()
    assert sent + desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    desk.require_goal()
    assert desk.carry_out().plan.is_empty
    assert {row.old for row in desk.restored()} == desk.goal.keys() - desk.live().keys()


@pytest.mark.thinned(3)
@pytest.mark.parametrize("number", [7, 4, 12])
def test_a_plan_that_was_asked_for_by_its_id_is_gone_on_with(
    serve: Serve, clock: VirtualClock, folder: Path, axe: Axe, number: int
) -> None:
    desk = slow_desk(serve, clock, folder)
    plan = desk.planned()
    for record in (number, 2):
        axe.at, axe.seen = record, 0
        with pytest.raises(Killed):
            desk.carry_out(plan)
    axe.at = 0
    assert set(desk.carry_out(plan).written.fates) <= {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    desk.require_goal()


def test_a_plan_that_somebody_s_edit_changes_is_not_gone_on_with(
    serve: Serve, clock: VirtualClock, folder: Path, axe: Axe
) -> None:
    desk = slow_desk(serve, clock, folder)
    plan, axe.at = desk.planned(), 5
    with pytest.raises(Killed):
        desk.carry_out(plan)
    desk.table.rows[1].set("Points", 7)
    clock.sleep(60)
    with pytest.raises(MirrorError, match=f"not {plan} any more"):
        desk.carry_out(plan)
    assert desk.table.rows[1].get("Points") == 7
    desk.carry_out()
    desk.require_goal()


@pytest.mark.thinned(6)
@pytest.mark.parametrize("number", range(1, RECORDS + 1))
def test_the_disk_is_full_at_any_record(serve: Serve, clock: VirtualClock, folder: Path, axe: Axe, number: int) -> None:
    desk = slow_desk(serve, clock, folder)
    axe.at, axe.full = number, True
    if number == 1:
        with pytest.raises(MirrorError, match="No space left"):
            desk.carry_out()
    else:
        carried = desk.carry_out()
        assert number == RECORDS or "No space left" in carried.written.stopped
        assert exit_code(carried.plan, carried.written) == (1 if number == 2 else 0 if number == RECORDS else 3)
    axe.full, axe.at = False, 0
    assert set(desk.carry_out().written.fates) <= {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    desk.require_goal()


@pytest.mark.thinned(3)
@pytest.mark.parametrize("spoilt", [b"", b"{}\n", b"not JSON\n"], ids=["gone", "empty", "damaged"])
@pytest.mark.parametrize("number", [6, 9])
def test_killed_and_the_journal_is_lost(
    serve: Serve, clock: VirtualClock, folder: Path, axe: Axe, number: int, spoilt: bytes
) -> None:
    desk = slow_desk(serve, clock, folder)
    axe.at, axe.after = number, True
    with pytest.raises(Killed):
        desk.carry_out()
    desk.coda.new_client()
    for file in (folder / ".git/coda-git-mirror/writes").glob("*"):
        file.unlink()
        if spoilt:
            file.write_bytes(spoilt)
    assert set(desk.carry_out().written.fates) <= {Fate.APPLIED}
    desk.require_goal()


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "slow", reason="takes a minute")
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_instants(serve: Serve, clock: VirtualClock, tmp_path: Path, seed: int) -> None:
    """Really killed, and in the end killed no more."""
    world, chance = tasks(12), random.Random(seed)
    coda = serve(world, clock=lambda: time.monotonic() * SPEED, mutation_seconds=(2, 40), snapshot_lag=30)
    desk = Desk(coda, tmp_path / "mirror", clock, world.docs[0].table("Tasks"), delete_added=True)
    spoil(desk)
    for row in desk.table.rows[2:6]:
        row.set("Status", "Late")
    errand = Errand(coda.api_url, coda.token, desk.folder, Goal(*desk.ids, desk.goal, delete_added=True))
    (tmp_path / "errand").write_bytes(pickle.dumps(errand))
    kills = 0
    while True:
        command = [sys.executable, "-m", "tests.actions.writing.hurried", str(tmp_path / "errand")]
        process = subprocess.Popen(command, cwd=PROJECT, start_new_session=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.7, 6) if kills < 4 else 60)
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert process.returncode == 0
    coda.new_client()
    time.sleep(80 / SPEED)
    desk.require_goal()
