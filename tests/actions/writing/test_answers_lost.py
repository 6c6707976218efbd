"""Answers that get lost, before Coda has taken a change or after: nothing is sent again blindly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.demo.faults import Where
from coda_git_mirror.model.plan import Fate
from tests.actions.writing.desk import Desk, slow_desk
from tests.conftest import Serve
from tests.support import VirtualClock, git

BEFORE: dict[str, Callable[[Where], object]] = {
    "connection closed": lambda where: where.drop(times=1),
    "error 502": lambda where: where.fail(502, times=1),
    "error 504": lambda where: where.fail(504, times=1),
}
AFTER: dict[str, Callable[[Where], object]] = {
    "connection closed": lambda where: where.drop(times=1, after_acceptance=True),
    "error 503": lambda where: where.fail(503, times=1, after_acceptance=True),
    "half an answer": lambda where: where.cut(5, times=1),
    "no JSON": lambda where: where.mutate(lambda _: [], times=1),
    "no ids": lambda where: where.mutate(lambda answer: {"requestId": answer["requestId"]}, times=1),
}
ONCE = Counter(PUT=2, POST=1, DELETE=1)


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    return slow_desk(serve, clock, folder)


def require_done(desk: Desk) -> None:
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert exit_code(carried.plan, carried.written) == 0
    desk.require_goal()


@pytest.mark.thinned(4)
@pytest.mark.parametrize("fault", AFTER.values(), ids=AFTER)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_coda_has_taken_is_not_sent_again(desk: Desk, method: str, fault: Callable[[Where], object]) -> None:
    fault(desk.coda.on(method, "/tables/"))
    require_done(desk)
    assert desk.sent() == ONCE


@pytest.mark.thinned(4)
@pytest.mark.parametrize("fault", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_coda_has_not_taken_is_sent_once_more(desk: Desk, method: str, fault: Callable[[Where], object]) -> None:
    fault(desk.coda.on(method, "/tables/"))
    require_done(desk)
    assert desk.sent() == ONCE + Counter({method: 1})


def test_an_insert_that_never_arrives_is_told(desk: Desk) -> None:
    desk.coda.on("POST", "/tables/").drop()
    carried = desk.carry_out()
    assert set(carried.written.inserts.values()) == {Fate.LOST}
    assert exit_code(carried.plan, carried.written) == 3
    assert desk.sent()["POST"] == 2
    assert "Coda-Row-Restored" not in git(desk.folder, "log", "--format=%B")
    desk.coda.off()
    desk.carry_out()
    desk.require_goal()
