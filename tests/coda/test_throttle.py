"""The pace of requests, in virtual time against the simulation's own limiters (fault 10)."""

from __future__ import annotations

import threading
from typing import Literal

import pytest

from coda_git_mirror.coda.throttle import PUBLISHED, Limit, Pace, Rate
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.limits import Limiter, Limits
from coda_git_mirror.demo.limits import RateClass as SimulatedClass
from coda_git_mirror.demo.world import World
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock

KINDS: list[Literal["sliding-log", "fixed-window", "token-bucket"]] = ["sliding-log", "fixed-window", "token-bucket"]
READ = Limit(100, 6.0)


def _run(
    pace: Pace, limiter: Limiter, clock: VirtualClock, accepted: int, kind: SimulatedClass = "read"
) -> tuple[float, int]:
    """Seconds and refusals until so many requests were accepted."""
    begun, refused = clock.now(), 0
    while accepted:
        pace.wait_turn()
        if limiter.admits(kind):
            accepted -= 1
            pace.accepted()
        else:
            refused += 1
            pace.refused(None)
    return clock.now() - begun, refused


def _pace(clock: VirtualClock, limit: Limit = READ) -> Pace:
    return Pace(limit, clock, lambda: 0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rate_class", "name", "count"), [(RateClass.READ, "read", 700), (RateClass.DOCS, "docs", 60)])
def test_a_published_limit_is_used_well_and_never_met(
    clock: VirtualClock,
    kind: Literal["sliding-log", "fixed-window", "token-bucket"],
    rate_class: RateClass,
    name: SimulatedClass,
    count: int,
) -> None:
    limit = PUBLISHED[rate_class]
    assert limit is not None
    seconds, refused = _run(_pace(clock, limit), Limiter(Limits(kind=kind), clock.now), clock, count, name)
    assert refused == 0
    assert count / seconds > 0.9 * limit.requests / limit.seconds


@pytest.mark.parametrize("kind", KINDS)
def test_requests_over_the_wire_are_never_refused_either(
    serve: Serve, clock: VirtualClock, kind: Literal["sliding-log", "fixed-window", "token-bucket"]
) -> None:
    coda = serve(World(), limits=Limits(kind=kind))
    source = coda_source(coda.api_url, Secret(coda.token), clock, PUBLISHED)
    for _ in range(300):
        source.account()
    assert {asked.status for asked in coda.requests} == {200}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.75, 0.5, 0.2])
def test_a_limit_that_shrank_is_found(
    clock: VirtualClock, kind: Literal["sliding-log", "fixed-window", "token-bucket"], share: float
) -> None:
    limiter = Limiter(Limits(read=(int(100 * share), 6.0), kind=kind), clock.now)
    seconds, refused = _run(_pace(clock), limiter, clock, 3_000)
    assert 3_000 / seconds > 0.75 * share * 100 / 6.0
    assert refused < 0.04 * 3_000


def test_a_limit_that_is_looser_than_guessed_is_found(clock: VirtualClock) -> None:
    limit = PUBLISHED[RateClass.EXPORT]
    assert limit is not None
    seconds, refused = _run(_pace(clock, limit), Limiter(Limits(), clock.now), clock, 1_000, "export")
    assert 1_000 / seconds > 0.75 * 30 / 6.0
    assert refused < 30


def test_a_single_refusal_costs_little(clock: VirtualClock) -> None:
    pace = _pace(clock)
    pace.wait_turn()
    pace.refused(None)
    begun = clock.now()
    for _ in range(300):
        pace.wait_turn()
        pace.accepted()
    assert clock.now() - begun < 30


def test_an_idle_time_gains_no_rate(clock: VirtualClock) -> None:
    rate = Rate(READ, clock.now())
    rate.refused(clock.now(), clock.now() + 2.0)
    before = rate.value
    rate.climb(clock.now() + 3600.0)
    assert rate.value - before < 0.2
    rate.climb(clock.now())
    assert rate.value - before < 0.2


def test_all_threads_of_a_class_pause_together(clock: VirtualClock) -> None:
    pace, left = _pace(clock), []
    pace.wait_turn()
    pace.refused(30.0)
    resume = clock.now() + 30.0

    def work() -> None:
        pace.wait_turn()
        left.append(clock.now())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(left) == 8
    assert min(left) >= resume


def test_refusals_of_one_burst_make_one_pause(clock: VirtualClock) -> None:
    pace = _pace(clock)
    for _ in range(8):
        pace.refused(None)
    begun = clock.now()
    pace.wait_turn()
    assert 2.0 <= clock.now() - begun <= 3.0


def test_pauses_grow_while_refusals_follow_at_once_and_are_forgotten_after(clock: VirtualClock) -> None:
    pace, pauses = _pace(clock), []
    for _ in range(7):
        begun = clock.now()
        pace.refused(None)
        pace.wait_turn()
        pauses.append(clock.now() - begun)
    assert pauses == sorted(pauses)
    assert pauses[0] < 3.1
    assert pauses[-1] <= 60.0
    pace.accepted()
    begun = clock.now()
    pace.refused(None)
    pace.wait_turn()
    assert clock.now() - begun < 3.5


def test_requests_of_many_threads_leave_evenly(clock: VirtualClock) -> None:
    """Every turn is taken once, whoever takes it."""
    pace, turns, taking = _pace(clock), [], threading.Lock()

    def work() -> None:
        for _ in range(20):
            pace.wait_turn()
            with taking:
                turns.append(clock.now())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(turns) == 160
    assert max(turns) - min(turns) >= 159 / READ.rate - 0.001
