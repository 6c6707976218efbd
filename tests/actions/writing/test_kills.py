"""A command that is killed at any record of its journal: the next one ends with the same table, nothing written twice.

In the process of the tests a kill is an exception that nothing catches, just before or just after a record is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.model.plan import Fate
from coda_git_mirror.state import write_journal
from tests.actions.writing.desk import slow_desk
from tests.conftest import Serve
from tests.support import VirtualClock

RECORDS = 14
"""Of the plan, of intent, acceptance and settling of four requests, and of the verdicts."""


class Killed(BaseException):
    """The process is gone."""


class Axe:
    """Kills at the so many-th record, before it is written or after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.after, self.seen = 0, False, 0
        for name in ("begin", "_append"):
            real = getattr(write_journal.WriteJournal, name)
            monkeypatch.setattr(write_journal.WriteJournal, name, self._around(real))

    def _around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def record(*arguments: Any) -> Any:
            self.seen += 1
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


@pytest.mark.thinned(5)
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
