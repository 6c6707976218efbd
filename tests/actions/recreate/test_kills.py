"""A command that is killed at any of its requests, and gone on with: one doc, one of each page, nothing twice.

In the process of the tests a kill is an exception that nothing catches, just before or after a request that writes.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.ports import Writer
from tests.actions.recreate.workshop import Workshop, text
from tests.conftest import Serve
from tests.support import VirtualClock

REQUESTS = 21
"""The doc, six pages, ten pieces of content, rows of two tables, a page that is hidden; and the name."""


class Killed(BaseException):
    """The process is gone."""


class Axe:
    """A writer that kills at the so many-th change, before it is sent or after."""

    def __init__(self, writer: Writer, at: int, after: bool) -> None:
        self._writer, self._at, self._after, self.seen = writer, at, after, 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._writer, name)
        return real if name in ("mutation", "backlog") else lambda *values, **named: self._cut(real, values, named)

    def _cut(self, real: Any, values: Any, named: Any) -> Any:
        self.seen += 1
        if self.seen == self._at and not self._after:
            raise Killed
        answer = real(*values, **named)
        if self.seen == self._at:
            raise Killed
        return answer


def test_so_many_requests_write(serve: Serve, clock: VirtualClock, folder: Path) -> None:
    axes: list[Axe] = []

    def around(writer: Writer) -> Any:
        axes.append(Axe(writer, 0, after=False))
        return axes[-1]

    workshop = Workshop.begun(serve, clock, folder)
    workshop.around = around
    workshop.make()
    assert axes[0].seen == REQUESTS


@pytest.mark.thinned(9)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_killed_at_any_request(serve: Serve, clock: VirtualClock, folder: Path, number: int, after: bool) -> None:
    workshop = Workshop.begun(serve, clock, folder, mutation_seconds=20.0)
    workshop.pin()
    workshop.around = lambda writer: Axe(writer, number, after)
    with pytest.raises(Killed):
        workshop.make()
    workshop.coda.new_client()
    workshop.around = lambda writer: writer
    made = workshop.make(resume=True)
    assert (made.stopped, made.unmet) == ("", ())
    workshop.require_same()
    lines = Counter(text(workshop.new, "Notes").split("\n"))
    assert [lines[line] for line in ("# Hello", "Before.", "Between.", "## Tasks")] == [1, 1, 1, 1]
    assert workshop.make().is_known
