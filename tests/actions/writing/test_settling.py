"""What Coda's queue may do with a change, and that only what is read back counts."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.demo.readings import Readings
from coda_git_mirror.demo.server import Token
from coda_git_mirror.model.plan import Fate
from tests.actions.writing.desk import Desk, slow_desk
from tests.conftest import Serve
from tests.support import VirtualClock

METHODS = ["POST", "PUT", "DELETE"]
CHANGES = "/tables/"


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    return slow_desk(serve, clock, folder)


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", METHODS)
def test_what_coda_loses_is_sent_once_more(desk: Desk, method: str) -> None:
    desk.coda.on(method, CHANGES).lose(times=1)
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1) + Counter({method: 1})
    desk.require_goal()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", METHODS)
def test_what_coda_loses_again_is_told_and_comes_with_the_next_run(desk: Desk, method: str) -> None:
    desk.coda.on(method, CHANGES).lose()
    carried = desk.carry_out()
    assert Fate.LOST in set(carried.written.fates)
    assert exit_code(carried.plan, carried.written) == 3
    assert desk.sent()[method] == {"PUT": 4}.get(method, 2)
    desk.coda.off()
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    desk.require_goal()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", METHODS)
def test_what_coda_never_does_is_unknown_and_the_rest_is_known(desk: Desk, method: str) -> None:
    desk.coda.on(method, CHANGES).delay(math.inf, times=1)
    carried = desk.carry_out()
    counts = Counter(carried.written.fates)
    assert set(counts) == {Fate.UNKNOWN, Fate.APPLIED}
    assert exit_code(carried.plan, carried.written) == 3
    assert any("not known" in note for note in carried.written.notes)
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", METHODS)
def test_a_status_that_never_says_completed_is_no_failure(desk: Desk, method: str) -> None:
    desk.coda.on(method, CHANGES).keep_silent()
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    desk.require_goal()


def test_a_warning_is_told(desk: Desk) -> None:
    desk.coda.on("PUT", CHANGES).warn("Something is odd.", times=1)
    assert carried_notes(desk) == ("Coda warns of a change: Something is odd.",)


def carried_notes(desk: Desk) -> tuple[str, ...]:
    carried = desk.carry_out()
    assert exit_code(carried.plan, carried.written) == 0
    desk.require_goal()
    return carried.written.notes


@pytest.mark.parametrize(
    "readings",
    [Readings(unknown_polls=3, null_warnings=True), Readings(snapshot_checks=True), Readings(bare_singles=True)],
    ids=["404 first", "rows are looked up in the snapshot", "bare singles"],
)
def test_other_readings_of_the_facts(serve: Serve, clock: VirtualClock, folder: Path, readings: Readings) -> None:
    assert carried_notes(slow_desk(serve, clock, folder, readings=readings)) == ()


@pytest.mark.thinned(2)
@pytest.mark.parametrize("method", METHODS)
def test_a_storm_of_refusals_passes(desk: Desk, method: str) -> None:
    desk.coda.on(method, CHANGES).fail(429, times=6)
    assert carried_notes(desk) == ()


@pytest.mark.parametrize(("method", "code"), [("POST", 1), ("DELETE", 3)])
def test_refusals_for_ever_end_the_writing(desk: Desk, method: str, code: int) -> None:
    desk.coda.on(method, CHANGES).fail(429)
    carried = desk.carry_out()
    assert "rate limit" in carried.written.stopped
    assert exit_code(carried.plan, carried.written) == code
    desk.coda.off()
    desk.carry_out()
    desk.require_goal()


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_token_that_may_not_write(desk: Desk, refusal: int) -> None:
    desk.coda.use(Token("read-only", read_only=True, refusal=refusal))
    carried = desk.carry_out()
    assert exit_code(carried.plan, carried.written) == 1
    assert "may not change it" in carried.written.stopped
    assert carried.after is None
    assert carried.before == desk.head()
    assert desk.sent() == Counter(POST=1)
    assert not list((desk.folder / ".git/coda-git-mirror/writes").glob("*"))


def test_a_token_that_is_withdrawn_in_between(desk: Desk) -> None:
    desk.coda.on("PUT", CHANGES).call(lambda: desk.coda.use("another"))
    token = desk.coda.token
    carried = desk.carry_out()
    assert exit_code(carried.plan, carried.written) == 3
    assert set(carried.written.fates) == {Fate.UNKNOWN}
    assert carried.after is None
    assert any("is not in the mirror yet" in note for note in carried.notes)
    desk.coda.use(token)
    desk.coda.off()
    assert set(desk.carry_out().written.fates) == {Fate.APPLIED}
    desk.require_goal()
