"""Plans carried out: what is written, what is committed, and that nothing is done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from coda_git_mirror.actions.writing.carried import exit_code
from coda_git_mirror.model.plan import Fate
from tests.actions.writing.desk import Desk, spoil, tasks
from tests.conftest import Serve
from tests.support import VirtualClock


@pytest.fixture
def desk(serve: Serve, clock: VirtualClock, folder: Path) -> Desk:
    world = tasks()
    return Desk(serve(world), folder, clock, world.docs[0].table("Tasks"))


def test_a_table_comes_back_and_doing_it_again_does_nothing(desk: Desk) -> None:
    spoil(desk)
    desk.delete_added = True
    carried = desk.carry_out()
    assert set(carried.written.fates) == {Fate.APPLIED}
    assert desk.sent() == Counter(PUT=2, POST=1, DELETE=1)
    assert exit_code(carried.plan, carried.written) == 0
    desk.require_goal(fully=True)
    head, requests = desk.head(), len(desk.coda.requests.writes())
    again = desk.carry_out()
    assert again.plan.is_empty
    assert (again.before, again.after, desk.head()) == (None, None, head)
    assert len(desk.coda.requests.writes()) == requests
