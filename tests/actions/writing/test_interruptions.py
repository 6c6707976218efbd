"""Ctrl-C while a plan is carried out: what is in hand is finished, and the next run goes on from there."""

from __future__ import annotations

import _thread
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import outcome
from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from coda_git_mirror.model.plan import Fate
from coda_git_mirror.outcome import Ending
from tests.actions.writing.desk import Desk, slow_desk
from tests.conftest import Serve
from tests.support import VirtualClock


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    return slow_desk(serve, clock, folder)


@pytest.fixture
def terminate() -> Iterator[Callable[[], None]]:
    """Sends this process a SIGTERM, as the command line takes it."""

    def end(_number: int, _frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    yield lambda: _thread.interrupt_main(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_request_in_hand_is_finished_and_noted_down(desk: Desk, method: str) -> None:
    desk.coda.on(method, "/tables/").call(_thread.interrupt_main)
    carried = desk.carry_out()
    ended = outcome(carried)
    assert (ended.ending, ended.exit_code) == (Ending.INTERRUPTED, EXIT_INTERRUPTED)
    done = {"POST": 2, "PUT": 3, "DELETE": 6}[method]
    assert ended.reason == f"Interrupted: {done} of 6 steps done; run it again."
    assert set(carried.written.fates) == {Fate.UNKNOWN}
    assert carried.after is None
    assert set(desk.carry_out().written.fates) <= {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    desk.require_goal()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("place", ["/mutationStatus/", "/tables/[^/]+/rows/", "/tables/[^/]+/rows$"])
def test_interrupted_while_reading(desk: Desk, place: str) -> None:
    desk.coda.on("GET", place).call(_thread.interrupt_main, after=2)
    try:
        ended = outcome(desk.carry_out())
    except KeyboardInterrupt:
        assert desk.sent() == Counter()
    else:
        assert ended.exit_code == EXIT_INTERRUPTED
    assert set(desk.carry_out().written.fates) <= {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    desk.require_goal()


def test_interrupted_in_the_sync_afterwards(desk: Desk) -> None:
    desk.coda.on("DELETE", "/tables/").call(lambda: desk.coda.on("GET", "^/docs$").call(_thread.interrupt_main))
    carried = desk.carry_out()
    assert outcome(carried).exit_code == EXIT_INTERRUPTED
    assert set(carried.written.fates) == {Fate.APPLIED}
    again = desk.carry_out()
    assert again.plan.is_empty
    assert again.after == desk.head()
    desk.require_goal()
    assert {row.old for row in desk.restored()} == desk.goal.keys() - desk.live().keys()


def test_terminated(desk: Desk, terminate: Callable[[], None]) -> None:
    desk.coda.on("PUT", "/tables/").call(terminate)
    assert outcome(desk.carry_out()).exit_code == EXIT_TERMINATED
    desk.carry_out()
    desk.require_goal()
