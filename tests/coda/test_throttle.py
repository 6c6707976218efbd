"""The pace of requests, in virtual time against the simulation's own limiters (faults.md, row 10)."""

from __future__ import annotations

import threading

import pytest

from coda_git_mirror.coda.rate import Limit, Rate
from coda_git_mirror.coda.throttle import PUBLISHED, RISKED_SHARE, Pace, Queue, Refusals, Throttle
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.limits import Kind, Limiter, Limits
from coda_git_mirror.demo.limits import Rate as Rating
from coda_git_mirror.demo.limits import RateClass as SimulatedClass
from coda_git_mirror.demo.world import World
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.redact import Secret
from tests.conftest import Serve
from tests.support import VirtualClock

KINDS: list[Kind] = ["sliding-log", "fixed-window", "token-bucket", "log-of-all"]
READ = Limit(100, 6.0)
EXPORT = Limit(100, 6.0, begin=0.15, windows=(6.0, 10.0))


def _run(
    pace: Pace, limiter: Limiter, clock: VirtualClock, accepted: int, kind: SimulatedClass = "read"
) -> tuple[float, int]:
    """Seconds and refusals until so many requests were accepted; there is no other class."""
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


def _pace(clock: VirtualClock, limit: Limit = READ, tally: Refusals | None = None) -> Pace:
    return Pace(limit, clock, lambda: 0.5, tally=tally)


class _AmongPolls(Refusals):
    """Each export is looked at three times, in another class."""

    def accepted(self) -> None:
        for _ in range(4):
            super().accepted()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("rate_class", "name", "count"),
    [
        (RateClass.READ, "read", 700),
        (RateClass.DOCS, "docs", 60),
        (RateClass.WRITE, "write", 120),
        (RateClass.CONTENT, "content", 60),
    ],
)
def test_a_published_limit_is_used_well_and_never_met(
    clock: VirtualClock,
    kind: Kind,
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
def test_requests_over_the_wire_are_never_refused_either(serve: Serve, clock: VirtualClock, kind: Kind) -> None:
    coda = serve(World(), limits=Limits(kind=kind))
    source = coda_source(coda.api_url, Secret(coda.token), clock, PUBLISHED)
    for _ in range(300):
        source.account()
    assert {asked.status for asked in coda.requests} == {200}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.75, 0.5, 0.2])
def test_a_limit_that_shrank_is_found(clock: VirtualClock, kind: Kind, share: float) -> None:
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
    rate.sent(clock.now() + 3600.0)
    assert before < rate.value < 1.31 * before


def test_an_answer_that_was_overtaken_by_a_refusal_counts_before_it(clock: VirtualClock) -> None:
    rate, now = Rate(EXPORT, clock.now()), clock.now()
    for _ in range(12):
        rate.sent(now)
    for _ in range(10):
        rate.accepted(now)
    rate.refused(now, now + 1.0)
    rate.accepted(now + 0.1)
    assert rate.value > 11 / 6.5


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
    assert 1.0 <= clock.now() - begun <= 2.0


def test_pauses_grow_while_refusals_follow_at_once_and_are_forgotten_after(clock: VirtualClock) -> None:
    pace, pauses = _pace(clock), []
    for _ in range(7):
        begun = clock.now()
        pace.refused(None)
        pace.wait_turn()
        pauses.append(clock.now() - begun)
    assert pauses == sorted(pauses)
    assert pauses[0] < 2.0
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


LIMITS: list[Rating] = [(3, 10.0), (5, 10.0), (10, 6.0), (30, 6.0), (60, 6.0)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", LIMITS)
def test_the_limit_of_exports_is_found_soon_whatever_it_is(clock: VirtualClock, limit: Rating, kind: Kind) -> None:
    pace = _pace(clock, EXPORT)
    seconds, refused = _run(pace, Limiter(Limits(export=limit, kind=kind), clock.now), clock, 500, "export")
    assert seconds < 1.15 * 500 * limit[1] / limit[0]
    assert refused < 0.08 * 500


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_that_rises_is_found_too(clock: VirtualClock, kind: Kind) -> None:
    begun = clock.now()

    def limits() -> Limits:
        return Limits(export=(5, 10.0) if clock.now() < begun + 200.0 else (30, 6.0), kind=kind)

    seconds, refused = _run(_pace(clock, EXPORT, _AmongPolls()), Limiter(limits, clock.now), clock, 600, "export")
    assert seconds < 1.15 * (200 + (600 - 100) / 5)
    assert refused < 0.06 * 600


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_that_falls_is_found_too(clock: VirtualClock, kind: Kind) -> None:
    begun = clock.now()

    def limits() -> Limits:
        return Limits(read=(100 if clock.now() < begun + 30.0 else 30, 6.0), kind=kind)

    seconds, refused = _run(_pace(clock), Limiter(limits, clock.now), clock, 1_000)
    assert seconds < 1.2 * (30 + (1_000 - 500) / 5)
    assert refused < 0.04 * 1_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("elapsed", [42.0, 48.0, 50.0, 52.0, 61.0])
def test_a_limit_of_exports_that_falls_is_found_at_once(clock: VirtualClock, kind: Kind, elapsed: float) -> None:
    """Whether the rate rests just then, climbs, or has just been refused for climbing."""
    begun = clock.now()

    def limits() -> Limits:
        return Limits(export=(30 if clock.now() < begun + elapsed else 10, 6.0), kind=kind)

    seconds, refused = _run(_pace(clock, EXPORT), Limiter(limits, clock.now), clock, 500, "export")
    most = 1.2 if kind == "log-of-all" else 1.15
    assert seconds < most * (elapsed + (500 - 5 * elapsed) * 0.6)
    assert refused < 0.04 * 500


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_that_falls_may_be_counted_in_another_window(clock: VirtualClock, kind: Kind) -> None:
    begun = clock.now()

    def limits() -> Limits:
        return Limits(export=(30, 6.0) if clock.now() < begun + 60.0 else (5, 10.0), kind=kind)

    seconds, refused = _run(_pace(clock, EXPORT), Limiter(limits, clock.now), clock, 450, "export")
    most = 1.45 if kind == "log-of-all" else 1.2
    assert seconds < most * (60 + (450 - 300) * 2)
    assert refused < 0.06 * 450


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", LIMITS)
def test_looking_whether_a_limit_has_risen_risks_few_refusals(clock: VirtualClock, limit: Rating, kind: Kind) -> None:
    _, refused = _run(_pace(clock, EXPORT), Limiter(Limits(export=limit, kind=kind), clock.now), clock, 1_000, "export")
    assert refused <= RISKED_SHARE * 1_000 + 6


@pytest.mark.parametrize(("kind", "lost"), [("sliding-log", 0.05), ("log-of-all", 0.14)])
def test_looking_whether_a_limit_has_risen_costs_little_time(clock: VirtualClock, kind: Kind, lost: float) -> None:
    """None at all but where each refusal takes the place of another request."""
    limiter = Limiter(Limits(export=(5, 10.0), kind=kind), clock.now)
    seconds, refused = _run(_pace(clock, EXPORT, _AmongPolls()), limiter, clock, 500, "export")
    assert seconds < (1 + lost) * 1_000
    assert 40 < refused < 60


def test_after_a_refusal_requests_leave_singly_until_one_is_accepted(clock: VirtualClock) -> None:
    limiter, pace = Limiter(Limits(read=(30, 6.0)), clock.now), _pace(clock)
    _run(pace, limiter, clock, 60)
    pace.wait_turn()
    pace.refused(None)
    gaps = []
    for _ in range(3):
        begun = clock.now()
        pace.wait_turn()
        gaps.append(clock.now() - begun)
    assert gaps[0] >= 1.0
    assert min(gaps[1:]) >= 0.2
    pace.accepted()
    pace.wait_turn()
    begun = clock.now()
    pace.wait_turn()
    assert clock.now() - begun < 0.2


def test_all_classes_bear_the_risk_together(clock: VirtualClock) -> None:
    tally = Refusals()
    assert not tally.may_risk()
    reading, exporting = (Pace(limit, clock, lambda: 0.5, tally=tally) for limit in (READ, EXPORT))
    for _ in range(41):
        reading.accepted()
    assert tally.may_risk()
    exporting.wait_turn()
    exporting.refused(None)
    assert tally.may_risk()
    exporting.refused(None)
    assert not tally.may_risk()


def test_other_programs_may_have_their_share(clock: VirtualClock) -> None:
    pace = Pace(READ, clock, lambda: 0.5, share=0.5)
    seconds, refused = _run(pace, Limiter(Limits(), clock.now), clock, 300)
    assert refused == 0
    assert 0.47 < 300 / seconds / READ.rate < 0.5


def test_of_a_limit_that_is_found_others_have_their_share_too(clock: VirtualClock) -> None:
    pace = Pace(EXPORT, clock, lambda: 0.5, share=0.5)
    seconds, _ = _run(pace, Limiter(Limits(export=(30, 6.0)), clock.now), clock, 1_000, "export")
    assert 0.45 < 1_000 / seconds / 5 < 0.6


def test_who_comes_first_leaves_first() -> None:
    line, left = Queue(), []

    def work(number: int) -> None:
        with line.front():
            left.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    with line.front():
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(line) <= number:
                pass
    for thread in threads:
        thread.join()
    assert left == list(range(8))


def test_one_class_does_not_hold_another(clock: VirtualClock) -> None:
    throttle = Throttle(clock, lambda: 0.5)
    throttle[RateClass.EXPORT].refused(60.0)
    begun = clock.now()
    throttle[RateClass.READ].wait_turn()
    assert clock.now() == begun
    assert throttle[RateClass.EXPORT].backlog() == 60.0
    assert throttle[RateClass.READ].backlog() < 0.1
