"""Work that begins by rank, and not more of it at once than is of use."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from coda_git_mirror.actions.sync.in_turn import InTurn


def test_work_of_a_lower_rank_begins_first_and_of_one_rank_what_came_first() -> None:
    done, gate, pool = list[str](), threading.Event(), InTurn("turn", 4, lambda: 1)
    first = pool.submit(gate.wait)
    jobs = [pool.submit_ranked(rank, partial(done.append, name)) for rank, name in ((2, "c"), (1, "a"), (1, "b"))]
    jobs[0].cancel()
    gate.set()
    assert first.result()
    assert [job.result() for job in jobs[1:]] == [None, None]
    pool.shutdown(wait=True)
    assert done == ["a", "b"]


@pytest.mark.parametrize(("width", "expected"), [(0, 1), (2, 2), (100, 3)])
def test_as_many_are_at_work_as_are_of_use_and_one_always(width: int, expected: int) -> None:
    """None beyond the number of threads."""
    started, gate, pool = threading.Semaphore(0), threading.Event(), InTurn("turn", 3, lambda: width)

    def work() -> bool:
        started.release()
        return gate.wait()

    jobs = [pool.submit(work) for _ in range(6)]
    for _ in range(expected):
        assert started.acquire(timeout=20)
    assert not started.acquire(blocking=False)
    gate.set()
    assert all(job.result() for job in jobs)
    pool.shutdown(wait=True)


def test_a_failure_is_whose_work_it_was_and_what_waits_at_the_end_is_cancelled() -> None:
    gate, pool = threading.Event(), InTurn("turn", 1)
    failing = pool.submit(lambda: gate.wait() and 1 / 0)
    waiting = pool.submit(lambda: None)
    pool.shutdown(wait=False)
    gate.set()
    with pytest.raises(ZeroDivisionError):
        failing.result()
    assert waiting.cancelled()
