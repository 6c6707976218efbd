"""What is shown while rows are written."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from coda_git_mirror.model.traffic import RateClass, Requests, Traffic
from coda_git_mirror.progress import Progress
from coda_git_mirror.ui.progress import Dashboard, Plain
from tests.support import VirtualClock

TRAFFIC = Traffic(Requests(), 0, {RateClass.CONTENT: 0.5}, 0.1)


def write(progress: Progress) -> None:
    """A third of thirty rows."""
    progress.begin(1)
    progress.writing(30, 30)
    for _ in range(10):
        progress.written(1, 1)


def test_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    write(Plain(lambda: TRAFFIC))
    assert capsys.readouterr().err.splitlines()[-4:] == [
        "Writing 30 rows with 30 requests.",
        "[3/30] rows sent, about 54 s left",
        "[6/30] rows sent, about 48 s left",
        "[9/30] rows sent, about 42 s left",
    ]


def test_on_a_terminal(clock: VirtualClock) -> None:
    dashboard = Dashboard(Console(file=io.StringIO(), width=200), lambda: TRAFFIC, clock, 2)
    write(dashboard)
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as shown:
        console.print(dashboard)
    assert "Writing 30 rows" in shown.get()
    assert "33%" in shown.get()
    assert "about 40 s left" in shown.get()


def test_a_sync_afterwards_is_counted_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Plain(lambda: TRAFFIC)
    write(progress)
    progress.begin(1)
    assert (progress.docs, progress.docs_done) == (1, 0)
    assert capsys.readouterr().err.endswith("Reading 1 doc.\n")
