"""What it costs to start the program: a schedule asks it each hour whether a sync is due."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from coda_git_mirror.state.runs import Runs, write_runs
from tests.benchmark.table import Benchmark, Row

_TRIES = 15
_MOST_FOR_VERSION, _MOST_FOR_TICK = 8.0, 12.0
_MOST_SECONDS = 0.4
_PROGRAM = ("-m", "coda_git_mirror")


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` tries fewer times."""
    return {"start": partial(_start, 5 if quick else _TRIES)}


def _start(tries: int) -> list[Row]:
    """In processor time, against that of a Python that does nothing; the tries of all three alternate."""
    with tempfile.TemporaryDirectory() as folder:
        private = Path(folder) / ".git" / "coda-git-mirror"
        write_runs(private, Runs(datetime.now(UTC)))
        commands = (("-c", "pass"), (*_PROGRAM, "--version"), (*_PROGRAM, "sync", "--every", "20h", "-o", folder))
        tried = [[_processor_seconds(command) for command in commands] for _ in range(tries)]
    nothing, version, tick = (median(seconds) for seconds in zip(*tried, strict=True))
    of_nothing = f"of {nothing:.3f} s for `python -c pass`"
    return [
        Row(
            "start",
            "processor time: `--version`",
            version / nothing,
            _MOST_FOR_VERSION,
            f"{version:.3f} s {of_nothing}",
        ),
        Row("", "processor time: a tick that is not due", tick / nothing, _MOST_FOR_TICK, f"{tick:.3f} s {of_nothing}"),
        Row("", "the same, of 0.4 s", tick / _MOST_SECONDS, 1.0, f"{tick:.3f} s"),
    ]


def _processor_seconds(command: tuple[str, ...]) -> float:
    """Of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
